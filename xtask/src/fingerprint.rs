//! Steps that are skipped while what they read has not changed, judged by content.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::project;

/// Runs `step` unless it ran to its end before with the same content in `inputs`, and `outputs` are
/// still as it left them. Folders count with all their files but `node_modules`, `dist` and hidden
/// ones.
pub(crate) fn unless_fresh(
    name: &str,
    inputs: &[PathBuf],
    outputs: &[PathBuf],
    step: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let stamp = stamp_file(name);
    let read = of(inputs)?;
    let stamped = |outputs: &str| format!("{read} {outputs}");
    let fresh = of(outputs)
        .is_ok_and(|made| fs::read_to_string(&stamp).is_ok_and(|then| then == stamped(&made)));
    if fresh {
        return Ok(());
    }
    // Interrupted from here on, the step counts as not done.
    forget(name);
    step()?;
    write(&stamp, &stamped(&of(outputs)?))
}

/// Lets the next [`unless_fresh`] of this name run its step.
pub(crate) fn forget(name: &str) {
    let _ = fs::remove_file(stamp_file(name));
}

fn stamp_file(name: &str) -> PathBuf {
    project::target().join("xtask/stamps").join(name)
}

/// Writes a file whole, and the folders above it.
pub(crate) fn write(file: &Path, text: &str) -> Result<()> {
    let folder = file.parent().context("a file has a folder")?;
    fs::create_dir_all(folder)?;
    fs::write(file, text).with_context(|| format!("{} can't be written", file.display()))
}

fn of(inputs: &[PathBuf]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for input in inputs {
        hash_path(input, &mut hasher)?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn hash_path(path: &Path, hasher: &mut DefaultHasher) -> Result<()> {
    path.hash(hasher);
    if !path.is_dir() {
        return match fs::read(path) {
            Ok(content) => {
                content.hash(hasher);
                Ok(())
            }
            Err(error) => Err(error).with_context(|| format!("{} can't be read", path.display())),
        };
    }
    let mut entries: Vec<PathBuf> = fs::read_dir(path)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    entries.sort();
    for entry in entries {
        let name = entry.file_name().unwrap_or_default().to_string_lossy();
        if name != "node_modules" && name != "dist" && !name.starts_with('.') {
            hash_path(&entry, hasher)?;
        }
    }
    Ok(())
}
