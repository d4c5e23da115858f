//! Telling whoever asked for something what became of it.

use js_sys::Promise;
use wasm_bindgen::JsValue;

use super::failure::to_js;
use crate::core::Failure;

/// What was asked for, or why it could not be had.
pub(crate) type Outcome<'a> = Result<&'a JsValue, &'a Failure>;

/// The other end of a promise of JavaScript, or of a future of Rust. Called once at most.
pub(crate) struct Settle(Box<dyn FnOnce(Outcome<'_>)>);

impl Settle {
    pub(crate) fn new(settle: impl FnOnce(Outcome<'_>) + 'static) -> Self {
        Settle(Box::new(settle))
    }

    pub(crate) fn resolve(self, value: &JsValue) {
        (self.0)(Ok(value));
    }

    pub(crate) fn reject(self, failure: &Failure) {
        (self.0)(Err(failure));
    }
}

/// A promise whose other end goes to `start`.
pub(crate) fn promise(start: impl FnOnce(Settle)) -> Promise {
    let mut start = Some(start);
    Promise::new(&mut |resolve, reject| {
        if let Some(start) = start.take() {
            start(Settle::new(move |result| {
                // The functions of a promise do not throw.
                let _ = match result {
                    Ok(value) => resolve.call1(&JsValue::UNDEFINED, value),
                    Err(failure) => reject.call1(&JsValue::UNDEFINED, &to_js(failure)),
                };
            }));
        }
    })
}
