//! User Timing: how long the steps of links took.

use wasm_bindgen::prelude::*;

use crate::core::LinkId;

#[wasm_bindgen(module = "/src/browser/page.js")]
extern "C" {
    /// Writes an entry named `gatesocket {step}`, with times as `performance.now()` has them.
    pub(super) fn measured(step: &str, link: LinkId, start: f64, end: f64, ok: bool);
}
