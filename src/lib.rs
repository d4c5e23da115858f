//! The WebSocket client for AWS API Gateway WebSocket APIs.
//!
//! A **session** is what a user holds: one logical connection that knows its `connectionId`. It is
//! carried by a **link**, one browser `WebSocket`. Three layers, and arrows that point one way:
//!
//! - [`core`] decides. A state machine without clock, I/O or JavaScript; it compiles and is tested on
//!   any machine.
//! - `browser` acts. It owns the `WebSocket`, its listeners and the timers, and feeds the core.
//! - `bindings` is what JavaScript sees: the class `GateSocket`.
//!
//! The last two exist only where the target is `wasm32`.

pub mod core;

#[cfg(target_arch = "wasm32")]
mod bindings;
#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(target_arch = "wasm32")]
pub use bindings::GateSocket;

// For the unit tests of the driver, which run where it runs.
#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
