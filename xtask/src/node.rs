//! Node.js and npm packages.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::fingerprint::{forget, unless_fresh};
use crate::process::{Step, output_of};
use crate::project;

/// The oldest Node.js that Vite 8 runs on.
const OLDEST: (u32, u32) = (20, 19);

/// The version of Node.js, if it is new enough.
pub(crate) fn check() -> Result<String> {
    let by_hand = "install Node.js 22 from https://nodejs.org or with your package manager";
    let Some(version) = output_of(Command::new("node").arg("--version")) else {
        bail!("Node.js is missing; {by_hand}");
    };
    let mut numbers =
        version.trim_start_matches('v').split('.').map(|part| part.parse().unwrap_or(0));
    if (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < OLDEST {
        bail!("Node.js {version} is too old, {}.{} is needed; {by_hand}", OLDEST.0, OLDEST.1);
    }
    if output_of(Command::new("npm").arg("--version")).is_none() {
        bail!("npm is missing; {by_hand}");
    }
    Ok(version)
}

/// Installs what the lock file of one of the project's folders names, unless that was done before.
pub(crate) fn install(folder: &str, why: &str, takes: &'static str) -> Result<()> {
    install_in(&project::path(folder), why, takes)
}

/// Installs what a folder's lock file names, unless that was done before.
pub(crate) fn install_in(root: &Path, why: &str, takes: &'static str) -> Result<()> {
    let folder = project::shown(root);
    let inputs = [root.join("package.json"), root.join("package-lock.json")];
    let stamp = format!("npm-{}", folder.replace('/', "-"));
    // npm writes this file last. Its content may change: the page's folder gets the packed tarball too.
    if !root.join("node_modules/.package-lock.json").exists() {
        forget(&stamp);
    }
    unless_fresh(&stamp, &inputs, &[], || {
        let what = format!("Installing npm packages of {folder}, {why}");
        Step::new(what, takes, npm(root, &["ci", "--no-audit", "--no-fund"])).run().map_err(
            |error| {
                error.context(format!("npm packages are missing; by hand: cd {folder} && npm ci"))
            },
        )
    })
}

/// Installs the packed package into a folder whose other packages are there, as a user would. It is not in
/// the folder's package.json: the tarball's checksum, which a lock file would keep, is new with every build.
pub(crate) fn install_tarball(root: &Path, tarball: &Path) -> Result<()> {
    let folder = project::shown(root);
    let stamp = format!("tarball-in-{}", folder.replace('/', "-"));
    // `npm ci` takes the package away again.
    let made = ["gatesocket/package.json", ".package-lock.json"]
        .map(|file| root.join("node_modules").join(file));
    unless_fresh(&stamp, &[tarball.to_owned()], &made, || {
        let mut install = npm(root, &["install", "--no-save", "--no-audit", "--no-fund"]);
        install.arg(tarball);
        Step::new(format!("Installing the packed package into {folder}"), "", install).run()
    })
}

/// An npm command in a folder.
pub(crate) fn npm(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(folder);
    command
}

/// The folder of programs that a folder's packages bring.
pub(crate) fn bin(folder: &str) -> PathBuf {
    project::path(folder).join("node_modules/.bin")
}
