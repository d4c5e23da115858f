//! An event listener that is removed when it is dropped.

use wasm_bindgen::{JsCast, prelude::*};
use web_sys::EventTarget;

/// One `addEventListener`, undone by drop.
///
/// Drop may happen while the closure runs (a message handler that closes the session): wasm-bindgen
/// then frees it when the call returns.
#[must_use = "a listener is removed when it is dropped"]
pub(super) struct Listener {
    target: EventTarget,
    event: &'static str,
    closure: Closure<dyn Fn(JsValue)>,
}

impl Listener {
    pub(super) fn new<E: JsCast>(
        target: &EventTarget,
        event: &'static str,
        handler: impl Fn(E) + 'static,
    ) -> Self {
        let closure: Closure<dyn Fn(JsValue)> =
            Closure::new(move |value: JsValue| handler(value.unchecked_into()));
        // Fails only for a target without the method, and every WebSocket has it.
        let _ = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
        Listener { target: target.clone(), event, closure }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let callback = self.closure.as_ref().unchecked_ref();
        let _ = self.target.remove_event_listener_with_callback(self.event, callback);
    }
}
