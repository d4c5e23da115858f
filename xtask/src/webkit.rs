//! WebKitGTK, the third browser of the tests: Safari's engine, as far as Linux has it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::{debian, project};

/// What the tests start: the driver, the browser that it drives, and a screen for it, as it has no headless mode.
pub(crate) struct WebKit {
    driver: PathBuf,
    pub(crate) browser: PathBuf,
    screen: PathBuf,
}

impl WebKit {
    /// Where the tests look for each part.
    pub(crate) fn environment(self) -> [(&'static str, PathBuf); 3] {
        [("WEBKIT_DRIVER", self.driver), ("WEBKIT_BROWSER", self.browser), ("XVFB", self.screen)]
    }
}

/// What the environment names, or what is installed.
pub(crate) fn find() -> Option<WebKit> {
    Some(WebKit {
        driver: given("WEBKIT_DRIVER").or_else(|| project::on_path("WebKitWebDriver"))?,
        browser: given("WEBKIT_BROWSER").or_else(installed_browser)?,
        screen: given("XVFB").or_else(|| project::on_path("Xvfb"))?,
    })
}

/// WebKitGTK, installed first if it must be.
pub(crate) fn ensure() -> Result<WebKit> {
    if let Some(webkit) = find() {
        return Ok(webkit);
    }
    let why = "WebKitGTK, the third browser of the tests";
    debian::install(&["webkit2gtk-driver", "xvfb"], why, "about 1 minute, once")?;
    find().context(
        "WebKitGTK was installed, yet its driver, its MiniBrowser or Xvfb was not found. Name them in WEBKIT_DRIVER, \
         WEBKIT_BROWSER and XVFB",
    )
}

fn given(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|file| file.is_file())
}

/// `/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser`, or that of another processor or version.
fn installed_browser() -> Option<PathBuf> {
    let folders = |parent: &Path| {
        let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
        let mut folders: Vec<_> =
            entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
        folders.sort();
        folders
    };
    let is_webkit = |folder: &PathBuf| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("webkit2gtk-") || name.starts_with("webkitgtk-")
    };
    folders(Path::new("/usr/lib"))
        .iter()
        .flat_map(|architecture| folders(architecture))
        .filter(is_webkit)
        .map(|folder| folder.join("MiniBrowser"))
        .find(|browser| browser.is_file())
}
