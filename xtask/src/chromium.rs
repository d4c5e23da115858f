//! Chromium and its WebDriver, for the tests and for `demo --check`.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::{debian, project};

/// A browser and the driver that fits it.
pub(crate) struct Chromium {
    pub(crate) browser: PathBuf,
    pub(crate) driver: PathBuf,
}

/// The browser of `CHROMIUM`, or one that is installed; with the driver of `CHROMEDRIVER` or `PATH`.
pub(crate) fn find() -> Option<Chromium> {
    let from = |name| std::env::var_os(name).map(PathBuf::from).filter(|file| file.is_file());
    let installed = || {
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
            .into_iter()
            .find_map(project::on_path)
    };
    let browser = from("CHROMIUM").or_else(installed)?;
    let driver = from("CHROMEDRIVER").or_else(|| project::on_path("chromedriver"))?;
    Some(Chromium { browser, driver })
}

/// Chromium, installed first if it must be.
pub(crate) fn ensure() -> Result<Chromium> {
    if let Some(chromium) = find() {
        return Ok(chromium);
    }
    let packages = ["chromium", "chromium-driver"];
    debian::install(&packages, "Chromium, in which pages are tested", "about 1 minute, once")?;
    find().context("Chromium was installed, yet chromium and chromedriver are not on PATH")
}
