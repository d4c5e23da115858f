//! The two ends of a promise.

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;

use super::failure::to_js;
use crate::core::Failure;

/// Settles a promise; only the first time counts, as with every promise.
pub(super) struct Settle {
    resolve: Function,
    reject: Function,
}

impl Settle {
    pub(super) fn resolve(&self, value: &JsValue) {
        // The functions of a promise do not throw.
        let _ = self.resolve.call1(&JsValue::UNDEFINED, value);
    }

    pub(super) fn reject(&self, failure: &Failure) {
        let _ = self.reject.call1(&JsValue::UNDEFINED, &to_js(failure));
    }
}

/// A promise whose two ends go to `start`.
pub(super) fn promise(start: impl FnOnce(Settle)) -> Promise {
    let mut start = Some(start);
    Promise::new(&mut |resolve, reject| {
        if let Some(start) = start.take() {
            start(Settle { resolve, reject });
        }
    })
}
