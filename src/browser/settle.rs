//! Telling whoever asked for something what became of it.

#[cfg(feature = "javascript")]
use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;

#[cfg(feature = "javascript")]
use super::failure::to_js;
use crate::core::Failure;

/// The other end of what somebody waits for.
pub(crate) enum Settle {
    /// The two functions of a promise.
    #[cfg(feature = "javascript")]
    Promise { resolve: Function, reject: Function },
    /// What a future of Rust waits for.
    #[cfg(feature = "typed")]
    Future(Box<Tell>),
}

/// Is told what was asked for, or why it could not be had.
#[cfg(feature = "typed")]
pub(crate) type Tell = dyn FnOnce(Result<&JsValue, &Failure>);

impl Settle {
    pub(crate) fn resolve(self, value: &JsValue) {
        match self {
            #[cfg(feature = "javascript")]
            Settle::Promise { resolve, .. } => {
                // The functions of a promise do not throw.
                let _ = resolve.call1(&JsValue::UNDEFINED, value);
            }
            #[cfg(feature = "typed")]
            Settle::Future(tell) => tell(Ok(value)),
        }
    }

    pub(crate) fn reject(self, failure: &Failure) {
        match self {
            #[cfg(feature = "javascript")]
            Settle::Promise { reject, .. } => {
                let _ = reject.call1(&JsValue::UNDEFINED, &to_js(failure));
            }
            #[cfg(feature = "typed")]
            Settle::Future(tell) => tell(Err(failure)),
        }
    }
}

/// A promise whose other end goes to `start`.
#[cfg(feature = "javascript")]
pub(crate) fn promise(start: impl FnOnce(Settle)) -> Promise {
    let mut start = Some(start);
    Promise::new(&mut |resolve, reject| {
        if let Some(start) = start.take() {
            start(Settle::Promise { resolve, reject });
        }
    })
}
