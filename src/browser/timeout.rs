//! Time: a clock that only moves forward, and a timer that is cleared when it is dropped.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;

    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(handler: &JsValue, milliseconds: f64) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(id: &JsValue);
}

/// Milliseconds since the page or the worker began, rounded down.
pub(super) fn now() -> u64 {
    performance_now() as u64
}

/// One `setTimeout`, cleared by drop.
#[must_use = "a timeout is cleared when it is dropped"]
pub(super) struct Timeout {
    id: JsValue,
    deadline: u64,
    _closure: Closure<dyn Fn()>,
}

impl Timeout {
    /// Calls `handler` at `deadline` on the clock of [`now`], or later.
    pub(super) fn at(deadline: u64, handler: impl Fn() + 'static) -> Self {
        // `now` rounds down; the extra millisecond keeps the timer from firing before the deadline.
        let delay = deadline.saturating_sub(now()) + 1;
        let closure: Closure<dyn Fn()> = Closure::new(handler);
        let id = set_timeout(closure.as_ref(), delay as f64);
        Timeout { id, deadline, _closure: closure }
    }

    pub(super) fn deadline(&self) -> u64 {
        self.deadline
    }
}

impl Drop for Timeout {
    fn drop(&mut self) {
        clear_timeout(&self.id);
    }
}
