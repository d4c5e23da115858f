//! Waiting for a promise that somebody else made.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Anything with a `then`.
    type Thenable;

    /// With both handlers; js-sys wants closures of its own types.
    #[wasm_bindgen(method)]
    fn then(this: &Thenable, fulfilled: &JsValue, rejected: &JsValue) -> Promise;
}

type Then = Box<dyn FnOnce(Option<JsValue>)>;

/// Calls `then` in a task after this one, with nothing if the promise is rejected.
///
/// The promise owns its handlers: it may be settled long after anybody cares, or never, and the engine
/// frees them with it. So `then` must not keep anything alive.
pub(super) fn when_settled(promise: &Promise, then: impl FnOnce(Option<JsValue>) + 'static) {
    let then: Then = Box::new(then);
    let once = Rc::new(Cell::new(Some(then)));
    let other = Rc::clone(&once);
    let fulfilled = Closure::once(move |value: JsValue| call(&once, Some(value)));
    let rejected = Closure::once(move |_: JsValue| call(&other, None));
    let promise: &Thenable = promise.unchecked_ref();
    let _ = promise.then(&fulfilled.into_js_value(), &rejected.into_js_value());
}

fn call(then: &Cell<Option<Then>>, value: Option<JsValue>) {
    if let Some(then) = then.take() {
        then(value);
    }
}
