//! Every browser of the tests.

use std::path::PathBuf;

use anyhow::Result;

use crate::{chromium, firefox, webkit};

/// Where they are, by the variables that name them to the tests; installed first if they must be.
pub(crate) fn ensure() -> Result<Vec<(&'static str, PathBuf)>> {
    let mut browsers = webkit::ensure()?.environment().to_vec();
    browsers.push(("CHROMIUM", chromium::ensure_browser()?));
    browsers.push(("FIREFOX", firefox::ensure_browser()?));
    Ok(browsers)
}
