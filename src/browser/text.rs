//! Texts that come from JavaScript. wasm-bindgen would bring half a kilobyte of its own for them.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/browser/text.js")]
extern "C" {
    /// The size of a string in bytes of UTF-8; negative for what is none.
    fn size(value: &JsValue) -> i32;

    /// Writes a string as UTF-8 into as many bytes.
    fn write(value: &JsValue, into: &mut [u8]);
}

/// The text of a string.
pub(crate) fn text(value: &JsValue) -> Option<String> {
    let mut bytes = vec![0; usize::try_from(size(value)).ok()?];
    write(value, &mut bytes);
    // SAFETY: `TextEncoder` writes nothing but UTF-8, and a check of it would be larger than all else here.
    Some(unsafe { String::from_utf8_unchecked(bytes) })
}
