//! Firefox, the second browser of the tests.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::{debian, project};

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
