//! What a session hears from the page and the network, and its timer, which `page.js` owns.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/browser/page.js")]
extern "C" {
    pub(super) type Page;

    #[wasm_bindgen(constructor)]
    pub(super) fn new(tell: &JsValue) -> Page;

    /// Tells what happens from now on, and at once what is already so.
    #[wasm_bindgen(method)]
    pub(super) fn watch(this: &Page);

    /// Tells of the end of a wait, in milliseconds, that replaces the one before; a negative one only ends that.
    #[wasm_bindgen(method)]
    pub(super) fn wake(this: &Page, pause: f64);

    /// Tells nothing of the page any more.
    #[wasm_bindgen(method)]
    pub(super) fn unwatch(this: &Page);
}
