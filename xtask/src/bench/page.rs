//! Benchmarks in a page: the packed npm package in headless Chromium, with the peers that a folder's lock file names.

use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process::output_of_step;
use crate::{chromium, node, page, project};

/// Runs a script of a folder with all that it needs; returns the JSON that it prints.
pub(super) fn measure(
    what: &str,
    folder: &str,
    script: &str,
    arguments: &[String],
) -> Result<Value> {
    let browser = chromium::ensure_browser()?;
    page::build()?;
    page::install_drivers()?;
    node::install(folder, "to measure beside", "a moment")?;
    let mut command = Command::new("node");
    command
        .arg(project::path(folder).join(script))
        .args(arguments)
        .current_dir(project::root())
        .env("CHROMIUM", browser);
    let printed = output_of_step(what, command)?;
    serde_json::from_str(&printed).context("the figures can't be read")
}
