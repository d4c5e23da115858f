//! The core as wasm, twice: as small as it gets, and for development, with names and with panics that say why. Nothing of
//! JavaScript is made for it: it takes and gives numbers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::fingerprint::{unless_fresh, write};
use crate::process::{Step, output_of};
use crate::rust_target::TARGET;
use crate::standard_library::{self, Release, UNSTABLE};
use crate::{inlined, node, project};

/// The features that today's browsers have. `--all-features` writes an encoding that they refuse.
const WASM_FEATURES: [&str; 6] = [
    "--enable-reference-types",
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-multivalue",
];

/// Where the data ends and the heap begins, which the linker exports and nobody asks for.
const LINKERS_EXPORTS: &str = "--remove-exports=__*";

/// Everything that is made here; git does not know it.
const FOLDER: &str = "pkg-template/src/wasm";

/// What is made of the core, twice.
const MADE: [&str; 3] = ["integrity.txt", "gatesocket_bg.wasm", "gatesocket_bg.txt"];

/// The wasm that reads the text which [`inlined`] writes.
const UNPACK: &str = "pkg-template/src/unpack.wat";

/// What is made of [`UNPACK`].
const UNPACKERS: [&str; 2] = ["unpack.wasm", "unpack.txt"];

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Release,
    /// What bundlers take under the condition `development`.
    Development,
}

impl Kind {
    pub(crate) const ALL: [Kind; 2] = [Kind::Release, Kind::Development];

    /// As folders and conditions are named.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Release => "release",
            Kind::Development => "development",
        }
    }

    /// Where the wasm is put, among the sources of the facade.
    fn folder(self) -> PathBuf {
        project::path(FOLDER).join(self.name())
    }

    fn profile(self) -> &'static str {
        match self {
            Kind::Release => "wasm",
            Kind::Development => "release",
        }
    }

    fn features(self) -> &'static str {
        match self {
            Kind::Release => "npm",
            Kind::Development => "development",
        }
    }

    /// With `--dealign`, because how an access is aligned is a hint that browsers' processors do not need.
    fn shrinking(self) -> &'static [&'static str] {
        match self {
            // The lowest addresses are the end of the stack, where nothing is that code could mean to read.
            Kind::Release => &[
                "--flatten",
                "--rereloop",
                "-Oz",
                "-Oz",
                "--dealign",
                "--low-memory-unused",
                LINKERS_EXPORTS,
                "--strip-debug",
                "--strip-producers",
                "--strip-target-features",
            ],
            Kind::Development => &["-Os", "--debuginfo", "--dealign", LINKERS_EXPORTS],
        }
    }
}

/// The wasm of a release with the names of its functions; its code is that of the package.
pub(crate) fn release_with_names() -> Result<PathBuf> {
    let folder = project::target().join("xtask/named");
    let wasm = folder.join("gatesocket_bg.wasm");
    let inputs = [compiled(Kind::Release), project::path("xtask/src/wasm.rs")];
    unless_fresh("named", &inputs, std::slice::from_ref(&wasm), || {
        fs::create_dir_all(&folder)?;
        let mut shrink = Command::new(node::bin("pkg-template").join("wasm-opt"));
        let flags = Kind::Release.shrinking().iter().filter(|flag| !flag.starts_with("--strip"));
        shrink
            .args(flags)
            .arg("--debuginfo")
            .args(WASM_FEATURES)
            .arg(compiled(Kind::Release))
            .arg("-o")
            .arg(&wasm);
        Step::new("Shrinking the wasm (with names)", "", shrink).run()
    })?;
    Ok(wasm)
}

/// Builds both, unless they are there already and fit the sources.
pub(crate) fn build() -> Result<()> {
    let (release, decided) = standard_library::ensure()?;
    remove_others(&project::path(FOLDER), &[&Kind::ALL.map(Kind::name)[..], &UNPACKERS].concat())?;
    // With the files that hold the flags.
    let sources = ["Cargo.toml", "Cargo.lock", "src", "xtask/src/wasm.rs", "xtask/src/inlined.rs"]
        .map(project::path);
    let sources = [&sources[..], &[decided]].concat();
    for kind in Kind::ALL {
        remove_others(&kind.folder(), &MADE)?;
        let made = MADE.map(|name| kind.folder().join(name));
        let stamp = format!("wasm-{}", kind.name());
        unless_fresh(&stamp, &sources, &made, || build_one(kind, &release))?;
    }
    let [unpack, text] = UNPACKERS.map(|name| project::path(FOLDER).join(name));
    let sources = [UNPACK, "xtask/src/wasm.rs", "xtask/src/inlined.rs"].map(project::path);
    unless_fresh("unpack", &sources, std::slice::from_ref(&text), || {
        let mut assemble = Command::new(node::bin("pkg-template").join("wasm-as"));
        assemble.arg(project::path(UNPACK)).arg("-o").arg(&unpack);
        Step::new("Assembling the wasm that unpacks the core", "", assemble).run()?;
        let mut shrink = Command::new(node::bin("pkg-template").join("wasm-opt"));
        shrink.arg("-Oz").arg(&unpack).arg("-o").arg(&unpack);
        Step::new("Shrinking the wasm that unpacks the core", "", shrink).run()?;
        write(&text, &inlined::hexadecimal(&fs::read(&unpack)?))
    })
}

/// Removes what builds of other commits have left in a folder: a search would find it, and an import too.
fn remove_others(folder: &Path, made: &[&str]) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if made.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        let path = entry.path();
        let removed = if entry.file_type()?.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        removed.with_context(|| format!("{} can't be removed", project::shown(&path)))?;
    }
    Ok(())
}

/// Its own folder: what other builds share would be compiled anew after each of these, and after each of those.
fn target() -> PathBuf {
    project::target().join("package")
}

fn compiled(kind: Kind) -> PathBuf {
    target().join(TARGET).join(kind.profile()).join("gatesocket.wasm")
}

fn build_one(kind: Kind, release: &Release) -> Result<()> {
    let profile = kind.profile();
    let mut cargo =
        project::cargo(&["rustc", "--lib", "--target", TARGET, "--no-default-features"]);
    cargo
        // This one alone: beside a library for Rust it would be a tenth larger.
        .args(["--crate-type", "cdylib"])
        .args(["--features", kind.features(), "--profile", profile])
        // The bytes must not depend on where the project, cargo's registry and the compiler are.
        .args(["-Ztrim-paths", "--config", &format!("profile.{profile}.trim-paths=\"all\"")])
        .env(UNSTABLE.0, UNSTABLE.1)
        .env("CARGO_TARGET_DIR", target());
    if kind == Kind::Release {
        release.library.apply(&mut cargo);
    }
    release.toolchain.apply(&mut cargo, &[]);
    let name = kind.name();
    let what = format!("Compiling the core to WebAssembly ({name})");
    Step::new(what, "about 40 seconds at first", cargo).run()?;

    let folder = kind.folder();
    fs::create_dir_all(&folder)?;
    let wasm = folder.join("gatesocket_bg.wasm");
    let mut shrink = Command::new(node::bin("pkg-template").join("wasm-opt"));
    shrink.args(kind.shrinking()).args(WASM_FEATURES).arg(compiled(kind)).arg("-o").arg(&wasm);
    Step::new(format!("Shrinking the wasm ({name})"), "", shrink).run()?;
    write(&wasm.with_extension("txt"), &inlined::text(&fs::read(&wasm)?)?)?;
    write(&folder.join("integrity.txt"), &integrity(&wasm)?)
}

/// The hash of a file, as `integrity` of a script or of `fetch` takes it (W3C, "Subresource Integrity").
fn integrity(file: &Path) -> Result<String> {
    let hash = "const bytes = require('fs').readFileSync(process.argv[1]); \
                require('crypto').createHash('sha384').update(bytes).digest('base64')";
    let hash = output_of(Command::new("node").args(["-p", hash]).arg(file));
    Ok(format!("sha384-{}", hash.context("Node.js could not hash the wasm")?))
}

/// What the entry without inlined wasm is published with: the file, and its [`integrity`].
pub(crate) fn published() -> (PathBuf, PathBuf) {
    let folder = Kind::Release.folder();
    (folder.join("gatesocket_bg.wasm"), folder.join("integrity.txt"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_older_build_has_left_is_removed_and_nothing_else() {
        let folder = std::env::temp_dir().join(format!("gatesocket-wasm-{}", std::process::id()));
        for file in ["release/integrity.txt", "unpack.txt", "gatesocket.js", "snippets/a/b.js"] {
            write(&folder.join(file), "text").expect("a file");
        }
        remove_others(&folder, &["release", "unpack.txt"]).expect("a folder");
        for (file, stays) in [
            ("release/integrity.txt", true),
            ("unpack.txt", true),
            ("gatesocket.js", false),
            ("snippets", false),
        ] {
            assert_eq!(folder.join(file).exists(), stays, "{file}");
        }
        fs::remove_dir_all(&folder).expect("it is ours");
        assert!(remove_others(&folder, &[]).is_ok(), "a first build has no folder");
    }
}
