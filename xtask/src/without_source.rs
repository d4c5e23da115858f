//! The package as it is built where the source of the standard library can't be had: without rustup, and not on Debian.
//!
//! Who has that machine gets a larger package that works. It is made here of this one's compiler, laid into a folder
//! without the source, and of all programs that would fetch it none.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, io};

use anyhow::{Context, Result, bail};

use crate::fingerprint::write;
use crate::process::{Step, output_of, output_of_step};
use crate::rust_target::TARGET;
use crate::standard_library::Library;
use crate::{node, package};

/// A session with the gateway that the package brings, as every Node.js can have one.
const SESSION: &str = "
    import { connect } from 'gatesocket'
    import { fakeGateway } from 'gatesocket/testing'
    fakeGateway().on('ECHO', ({ data }) => ({ echo: data }))
    const socket = connect('wss://example.com/production/')
    const id = await socket.ready()
    const { echo } = await socket.request({ action: 'ECHO', data: id })
    socket.close()
    console.log(echo === id ? 'talked' : `${echo} is not ${id}`)
";

/// Builds a copy of the project without the source, and has a session with what came out. `packed` is the tarball of the
/// same project with the source.
pub(crate) fn check(copy: &Path, packed: &Path) -> Result<()> {
    let Some(path) = path_without_source(&copy.join("target/no-source"))? else {
        eprintln!(
            "  not built without the source: the compiler that is in use has no wasm target beside it"
        );
        return Ok(());
    };
    let mut pack = package::pack_copy(copy)?;
    pack.env("PATH", path);
    Step::new("Building the package without that source", "about 1 minute", pack).run()?;
    let chosen = fs::read_to_string(copy.join("target/xtask/release"))?;
    if !chosen.contains(Library::Compiled.name()) {
        bail!("the source of the standard library was found where it was out of reach:\n{chosen}");
    }
    let tarball = copy.join("target/npm").join(packed.file_name().context("a file has a name")?);
    let folder = copy.join("target/session");
    write(&folder.join("package.json"), "{ \"private\": true }\n")?;
    let mut install = node::npm(&folder, &["install", "--no-audit", "--no-fund"]);
    install.arg(&tarball);
    Step::new("Installing what was built without it", "", install).run()?;
    let mut session = Command::new("node");
    session.args(["--input-type=module", "--eval", SESSION]).current_dir(&folder);
    let said = output_of_step("A session with it", session)?;
    if said.trim() != "talked" {
        bail!("a session of the package that was built without the source printed: {said}");
    }
    Ok(())
}

/// Folders for `PATH` with a compiler that has no source beside it, and with nothing that could fetch one; none where the
/// compiler that is in use does not compile for wasm by itself.
fn path_without_source(folder: &Path) -> Result<Option<OsString>> {
    let Some(sysroot) = output_of(Command::new("rustc").args(["--print", "sysroot"])) else {
        return Ok(None);
    };
    let sysroot = PathBuf::from(sysroot);
    if !sysroot.join("lib/rustlib").join(TARGET).is_dir() {
        return Ok(None);
    }
    let _ = fs::remove_dir_all(folder);
    let (toolchain, programs) = (folder.join("toolchain"), folder.join("programs"));
    link_all(&sysroot.join("bin"), &toolchain.join("bin"), |name| !fetches_or_builds_it(name))?;
    link_all(&sysroot.join("lib"), &toolchain.join("lib"), |name| name != "rustlib")?;
    link_all(&sysroot.join("lib/rustlib"), &toolchain.join("lib/rustlib"), |name| name != "src")?;
    for program in ["rustc", "rustdoc"] {
        // Reached by a link, they would take the folder that they really are in.
        let (script, real) =
            (toolchain.join("bin").join(program), sysroot.join("bin").join(program));
        let (real, beside) = (real.display(), toolchain.display());
        write(&script, &format!("#!/bin/sh\nexec '{real}' --sysroot '{beside}' \"$@\"\n"))?;
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    }
    for folder in env::split_paths(&env::var_os("PATH").unwrap_or_default()) {
        if folder.is_dir() {
            link_all(&folder, &programs, |name| !fetches_or_builds_it(name))?;
        }
    }
    Ok(Some(env::join_paths([toolchain.join("bin"), programs])?))
}

/// Whether a program is among those with which `standard_library` and `rust_target` would come to a source.
fn fetches_or_builds_it(name: &str) -> bool {
    ["rustc", "rustdoc", "rustup", "apt-get"].contains(&name) || name.starts_with("wasm-ld")
}

/// Links into a folder to all that another has under the names that are wanted, but for those that are there already.
fn link_all(from: &Path, to: &Path, is_wanted: impl Fn(&str) -> bool) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if !is_wanted(&entry.file_name().to_string_lossy()) {
            continue;
        }
        match symlink(entry.path(), to.join(entry.file_name())) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}
