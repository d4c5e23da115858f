//! Chromium for the tests and for `demo --check`, and its WebDriver for wasm-pack.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::{debian, project};

/// The browser of `CHROMIUM`, or one that is installed.
pub(crate) fn find_browser() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    from_environment("CHROMIUM").or_else(|| names.into_iter().find_map(project::on_path))
}

/// The driver of `CHROMEDRIVER`, or one that is installed.
pub(crate) fn find_driver() -> Option<PathBuf> {
    from_environment("CHROMEDRIVER").or_else(|| project::on_path("chromedriver"))
}

/// Chromium, installed first if it must be.
pub(crate) fn ensure_browser() -> Result<PathBuf> {
    if let Some(browser) = find_browser() {
        return Ok(browser);
    }
    debian::install(&["chromium"], "Chromium, in which pages are tested", "about 1 minute, once")?;
    find_browser().context("Chromium was installed, yet chromium is not on PATH")
}

/// The driver and the browser that it drives, installed first if they must be.
pub(crate) fn ensure_driver() -> Result<PathBuf> {
    ensure_browser()?;
    if let Some(driver) = find_driver() {
        return Ok(driver);
    }
    let why = "chromedriver, by which wasm-pack drives Chromium";
    debian::install(&["chromium-driver"], why, "about 10 seconds, once")?;
    find_driver().context("chromedriver was installed, yet it is not on PATH")
}

fn from_environment(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from).filter(|file| file.is_file())
}
