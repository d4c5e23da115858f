//! The tests of the tarball: what others' tools say of it, what bundlers take of it, its bytes and their number.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::fingerprint::unless_fresh;
use crate::process::{Step, output_of};
use crate::{node, package, project, size, test, without_source};

const FOLDER: &str = "tests/tarball";

/// Runs them all.
pub(crate) fn run() -> Result<()> {
    let tarball = package::pack()?;
    let installed = package::install_alone()?;
    node::install(
        FOLDER,
        "publint, attw and esbuild, which check the package",
        "about 10 seconds",
    )?;
    let environment = [("GATESOCKET_TARBALL", tarball), ("GATESOCKET_INSTALLED", installed)];
    test::node_tests(&[FOLDER], &environment, 2)?;
    size::check()?;
    same_bytes()
}

/// Builds a copy of the project in another folder, from nothing, and compares the tarballs; then builds the copy with what
/// machines have that can build no other.
fn same_bytes() -> Result<()> {
    let tarball = package::pack()?;
    let stamp = project::target().join("xtask/same-bytes");
    unless_fresh("same-bytes", std::slice::from_ref(&tarball), std::slice::from_ref(&stamp), || {
        let copy = project::target().join("copy/gatesocket");
        if copy.exists() {
            fs::remove_dir_all(&copy)?;
        }
        copy_sources(&project::root(), &copy)?;
        let what = "Building the package again, in another folder";
        Step::new(what, "about 2 minutes", package::pack_copy(&copy)?).run()?;
        let again = copy.join("target/npm").join(tarball.file_name().context("a file has a name")?);
        compare(&tarball, &again)?;
        without_source::check(&copy, &tarball)?;
        fs::remove_dir_all(&copy)?;
        crate::fingerprint::write(&stamp, "the same\n")
    })
}

/// Everything but what a build makes and installs.
fn copy_sources(from: &Path, to: &Path) -> Result<()> {
    const MADE: [&str; 5] = ["target", "node_modules", "pkg", "dist", "__pycache__"];
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if MADE.contains(&name.as_str()) || name == ".git" || entry.path().ends_with("src/wasm") {
            continue;
        }
        let copied = to.join(&name);
        if entry.file_type()?.is_dir() {
            copy_sources(&entry.path(), &copied)?;
        } else if entry.file_type()?.is_file() {
            fs::copy(entry.path(), &copied)
                .with_context(|| format!("{} can't be copied", project::shown(&entry.path())))?;
        }
    }
    Ok(())
}

/// Fails where two tarballs differ, with the names of the files that do.
fn compare(one: &Path, other: &Path) -> Result<()> {
    if fs::read(one)? == fs::read(other)? {
        return Ok(());
    }
    let (ours, again) = (files_of(one)?, files_of(other)?);
    let differ: Vec<&str> = ours
        .keys()
        .chain(again.keys())
        .filter(|name| ours.get(*name) != again.get(*name))
        .map(String::as_str)
        .collect();
    bail!(
        "two builds of the same sources give different tarballs; what differs: {}. A build that was interrupted or made by \
         hand explains it too: remove target/xtask/stamps, and run this again",
        if differ.is_empty() { "only the archive itself".to_owned() } else { differ.join(", ") }
    )
}

/// Its files and their bytes.
fn files_of(tarball: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let folder = tarball.with_extension("unpacked");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    output_of(Command::new("tar").arg("-xzf").arg(tarball).arg("-C").arg(&folder))
        .with_context(|| format!("{} can't be unpacked", project::shown(tarball)))?;
    let mut files = BTreeMap::new();
    let mut folders: Vec<PathBuf> = vec![folder.clone()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(&folder)?.display().to_string();
                files.insert(name, fs::read(&path)?);
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packs files with these texts into a folder of the test's own.
    fn packed(test: &str, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("gatesocket-{test}-{}", std::process::id()));
        let sources = folder.join(name);
        fs::create_dir_all(&sources).expect("a folder");
        for (file, text) in files {
            fs::write(sources.join(file), text).expect("a file");
        }
        let tarball = folder.join(format!("{name}.tgz"));
        let mut tar = Command::new("tar");
        // The same bytes of the same texts, whenever they were written.
        tar.args(["-czf"]).arg(&tarball).args(["--mtime=@0", "-C"]).arg(&sources).arg(".");
        output_of(&mut tar).expect("tar is there");
        tarball
    }

    #[test]
    fn two_builds_may_not_differ_in_a_byte() {
        let files = [("index.js", "export {}"), ("core.wasm", "asm")];
        let changed = [("index.js", "export {}"), ("core.wasm", "asn"), ("more.js", "")];
        let one = packed("bytes", "one", &files);
        assert!(compare(&one, &packed("bytes", "same", &files)).is_ok());
        let told = compare(&one, &packed("bytes", "changed", &changed)).expect_err("a difference");
        let told = told.to_string();
        assert!(told.contains("core.wasm, more.js"), "{told}");
        assert!(!told.contains("index.js"), "{told}");
        fs::remove_dir_all(one.parent().expect("a folder")).expect("it is ours");
    }

    #[test]
    fn the_archive_itself_may_not_differ_either() {
        let one = packed("archive", "one", &[("index.js", "export {}")]);
        let other = one.with_file_name("other.tgz");
        let mut bytes = fs::read(&one).expect("it was made");
        // The operating system that a gzip header names (RFC 1952).
        bytes[9] ^= 1;
        fs::write(&other, bytes).expect("a file");
        let told = compare(&one, &other).expect_err("a difference").to_string();
        assert!(told.contains("only the archive itself"), "{told}");
        fs::remove_dir_all(one.parent().expect("a folder")).expect("it is ours");
    }
}
