//! Firefox, the second browser of the tests.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::json;

use crate::fingerprint::write;
use crate::{cargo_tool, debian, project};

/// The browser of `FIREFOX`, or one that is installed.
pub(crate) fn find_browser() -> Option<PathBuf> {
    let given = std::env::var_os("FIREFOX").map(PathBuf::from).filter(|file| file.is_file());
    given.or_else(|| ["firefox-esr", "firefox"].into_iter().find_map(project::on_path))
}

/// Firefox, installed first if it must be.
pub(crate) fn ensure_browser() -> Result<PathBuf> {
    if let Some(browser) = find_browser() {
        return Ok(browser);
    }
    let why = "Firefox, the second browser of the tests";
    debian::install(&["firefox-esr"], why, "about 1 minute, once")?;
    find_browser().context("Firefox was installed, yet firefox-esr is not on PATH")
}

/// The driver of `GECKODRIVER`, or one that is installed, and the file that tells it which browser to
/// start. Both are installed first if they must be.
pub(crate) fn ensure_driver() -> Result<(PathBuf, PathBuf)> {
    let browser = ensure_browser()?;
    let given = std::env::var_os("GECKODRIVER").map(PathBuf::from).filter(|file| file.is_file());
    let driver = match given {
        Some(driver) => driver,
        None => cargo_tool::geckodriver().ensure()?.join("geckodriver"),
    };
    let options = json!({"moz:firefoxOptions": {"binary": browser, "args": ["-headless"]}});
    let capabilities = project::target().join("xtask/firefox.json");
    write(&capabilities, &options.to_string())?;
    Ok((driver, capabilities))
}
