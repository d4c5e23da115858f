//! Time: a clock that only moves forward and counts sleep.

use std::cell::Cell;

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/browser/page.js")]
extern "C" {
    #[wasm_bindgen(js_name = performanceNow)]
    fn performance_now() -> f64;

    #[wasm_bindgen(js_name = dateNow)]
    fn date_now() -> f64;
}

#[wasm_bindgen]
extern "C" {
    /// From 0 to below 1.
    #[wasm_bindgen(js_namespace = Math)]
    pub(super) fn random() -> f64;
}

/// How far the wall clock must run ahead to mean that the machine slept, in milliseconds: more than
/// any correction that network time makes in small steps.
const SLEPT: f64 = 2_000.0;

/// `performance.now()`, which stands still while the machine sleeps in most browsers, moved on by what
/// the wall clock says beyond it.
pub(super) struct Clock {
    /// How far the wall clock was ahead at first.
    origin: f64,
    /// How far the wall clock was ahead when last read.
    ahead: Cell<f64>,
    slept: Cell<f64>,
    /// What was told last: the wall clock may be put back.
    last: Cell<f64>,
}

impl Clock {
    pub(super) fn new() -> Self {
        let origin = date_now() - performance_now();
        Clock { origin, ahead: Cell::new(origin), slept: Cell::new(0.0), last: Cell::new(0.0) }
    }

    /// What the wall clock showed at a time of this clock, in milliseconds since 1970. Corrections of the
    /// wall clock since then do not change the order.
    pub(super) fn wall(&self, time: u64) -> u64 {
        (self.origin + time as f64) as u64
    }

    /// Milliseconds from a fixed point, rounded down.
    pub(super) fn now(&self) -> u64 {
        let elapsed = performance_now();
        let ahead = date_now() - elapsed;
        let jump = ahead - self.ahead.replace(ahead);
        if jump > SLEPT {
            self.slept.set(self.slept.get() + jump);
        }
        self.forward(elapsed + self.slept.get())
    }

    /// The same by the wall clock alone, which browsers read eight times as fast, for what happens with
    /// every message. Wrong by any correction of the wall clock since the last [`now`](Clock::now).
    pub(super) fn about_now(&self) -> u64 {
        self.forward(date_now() - self.ahead.get() + self.slept.get())
    }

    fn forward(&self, time: f64) -> u64 {
        let time = time.max(self.last.get());
        self.last.set(time);
        time as u64
    }

    /// A time of this clock as `performance.now()` would have had it.
    pub(super) fn performance(&self, time: u64) -> f64 {
        time as f64 - self.slept.get()
    }
}
