//! The WebSocket client for AWS API Gateway WebSocket APIs, for front ends written in Rust. (It is also
//! the core of the npm package `gatesocket`, which has its own documentation.)
//!
//! A session is one logical connection, which knows its `connectionId`, comes back by itself when a
//! connection is lost, and tells the sender of every message what became of it. It works in a window, in
//! a dedicated worker and in a shared worker, with any framework: there is no runtime to start.
//!
#![cfg_attr(all(target_arch = "wasm32", feature = "typed"), doc = include_str!("typed/guide.md"))]
//!
//! # The layers
//!
//! A **session** is carried by **links**, each of which is one browser `WebSocket`. Arrows point one way:
//!
//! - [`core`] decides. A state machine without clock, I/O or JavaScript; it compiles and is tested on
//!   any machine.
//! - `browser` acts. It owns the `WebSocket`, its listeners and the timers, and feeds the core.
//! - What users hold sits on it: `Socket` for Rust, and in `bindings` the class `GateSocket` for JavaScript.
//!
//! The npm package has a driver of its own, in TypeScript, which `npm` gives the core as functions of numbers.
//!
//! All but the core exists only where the target is `wasm32`, and what users hold with the features
//! `typed` and `javascript`, both of which are there by default, and `npm`.

pub mod core;

pub use core::{
    Failure, GatewayFrame, Identification, LinkClose, OutboxSettings, Reconnect, RoomNames,
    Rotation, Settings, Stats, Status, TraceEntry, TraceEvent, TraceSettings,
};

#[cfg(all(target_arch = "wasm32", feature = "npm"))]
mod allocator;
#[cfg(all(target_arch = "wasm32", feature = "javascript"))]
mod bindings;
#[cfg(all(target_arch = "wasm32", any(feature = "javascript", feature = "typed")))]
mod browser;
#[cfg(all(target_arch = "wasm32", feature = "npm"))]
mod npm;
#[cfg(all(target_arch = "wasm32", feature = "development"))]
mod panics;
#[cfg(all(target_arch = "wasm32", feature = "typed"))]
mod typed;

#[cfg(all(target_arch = "wasm32", feature = "javascript"))]
pub use bindings::GateSocket;
#[cfg(all(target_arch = "wasm32", feature = "typed"))]
pub use typed::*;

#[cfg(all(doctest, target_arch = "wasm32", feature = "typed"))]
#[doc = include_str!("../docs/rust.md")]
struct Chapter;

// For the unit tests of the driver, which run where it runs.
#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
