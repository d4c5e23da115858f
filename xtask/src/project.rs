//! Where things are: the project's folders, and the folder of tools that outlives a clone.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the project.
pub(crate) fn root() -> PathBuf {
    // As `cargo run` says it, first: clones that share a CARGO_TARGET_DIR share this program too.
    let xtask = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    xtask.parent().map(Path::to_owned).unwrap_or_default()
}

/// A path below the root.
pub(crate) fn path(relative: &str) -> PathBuf {
    root().join(relative)
}

/// Cargo's output folder, which honours `CARGO_TARGET_DIR`.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| path("target"), |dir| root().join(dir))
}

/// The logs of long steps.
pub(crate) fn logs() -> PathBuf {
    target().join("xtask/logs")
}

/// Tools that xtask installs for itself, kept for all clones: `GATESOCKET_CACHE`, else
/// `XDG_CACHE_HOME/gatesocket`, else `~/.cache/gatesocket`.
pub(crate) fn cache() -> PathBuf {
    let from = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = from("GATESOCKET_CACHE")
        .or_else(|| from("XDG_CACHE_HOME").map(|dir| dir.join("gatesocket")))
        .or_else(|| from("HOME").map(|dir| dir.join(".cache/gatesocket")))
        .unwrap_or_else(|| target().join("xtask/cache"));
    // Tools are installed from other folders than this one.
    std::path::absolute(&folder).unwrap_or(folder)
}

/// A cargo command in the project, whose output goes where [`target`] says.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command
        .args(arguments)
        .current_dir(root())
        .env("CARGO_TARGET_DIR", target())
        .env_remove("CARGO_BUILD_TARGET");
    command
}

/// A path as a person would write it: relative to the root where it lies below.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// The first file of this name on `PATH`.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|dir| dir.join(name)).find(|file| file.is_file())
}

/// `PATH` with these folders in front.
pub(crate) fn path_with(folders: &[PathBuf]) -> std::ffi::OsString {
    let rest = env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().cloned().chain(env::split_paths(&rest));
    // Fails only for a folder with a colon in its name, which PATH can't express at all.
    env::join_paths(all).unwrap_or(rest)
}

/// The version that `Cargo.lock` has of a crate.
pub(crate) fn locked_version(krate: &str) -> Option<String> {
    let lock = std::fs::read_to_string(path("Cargo.lock")).ok()?;
    let mut lines = lock.lines();
    lines.find(|line| *line == format!("name = \"{krate}\""))?;
    let version = lines.next()?.strip_prefix("version = \"")?;
    Some(version.trim_end_matches('"').to_owned())
}
