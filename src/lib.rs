//! The WebSocket client for AWS API Gateway WebSocket APIs, for front ends written in Rust. (It is also
//! the core of the npm package `gatesocket`, which has its own documentation.)
//!
//! A session is one logical connection, which knows its `connectionId`, comes back by itself when a
//! connection is lost, and tells the sender of every message what became of it. It works in a window, in
//! a dedicated worker and in a shared worker, with any framework: there is no runtime to start.
//!
//! ```toml
//! [dependencies]
//! # Without the default features: those export a class for JavaScript.
//! gatesocket = { path = "…", default-features = false, features = ["typed"] }
//! ```
//!
//! ```no_run
//! use futures_util::StreamExt; // or any other crate with a `next` for streams
//! use gatesocket::{Error, Options, Socket};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize)]
//! #[serde(tag = "action", rename_all = "SCREAMING_SNAKE_CASE")]
//! enum Command<'a> {
//!     Echo { data: &'a str },
//!     History { room: &'a str },
//! }
//!
//! #[derive(Deserialize)]
//! struct Echo {
//!     echo: String,
//! }
//!
//! #[derive(Deserialize)]
//! struct Lines {
//!     lines: Vec<String>,
//! }
//!
//! async fn talk() -> Result<(), Error> {
//!     let socket = Socket::connect("ws://localhost:3001/production/", Options::default())?;
//!     let mut messages = socket.messages::<Echo>();
//!     let connection_id = socket.ready().await?;
//!
//!     socket.send(&Command::Echo { data: "hello" }).await?; // it has left for the network
//!     if let Some(message) = messages.next().await {
//!         assert_eq!(message?.echo, "hello");
//!     }
//!
//!     // The answer is the message that repeats the request's `ref`.
//!     let history = socket.request::<Lines>(&Command::History { room: "lobby" }).await?;
//!     println!("{connection_id}: {} lines", history.lines.len());
//!
//!     // As would the drop of the last handle:
//!     socket.close();
//!     Ok(())
//! }
//! ```
//!
//! # What there is
//!
//! | | |
//! |---|---|
//! | `Socket::connect` | a URL, or a closure that is asked for a fresh one before every connection; [`Settings`] or `Options` |
//! | `ready`, `get_connection_id` | the connectionId as a future |
//! | `snapshots` | status and connectionId for a view: the present ones, then the latest after every change |
//! | `send`, `request`, `join` | calls that take effect at once, and a future that tells what became of them |
//! | `messages` | a stream of messages of a type of yours; as many as you like |
//! | `events` | status, connectionIds, gateway frames, failures and closes, in order |
//! | `stats`, `trace` | what the session has done so far: counted, and in order |
//!
//! Every failure is an `Error` with a stable `code()`, the same that JavaScript sees, and a text that
//! says what to do.
//!
//! # Who owns what
//!
//! - A clone of a `Socket` is another handle on the same session. When the last one is dropped, the session
//!   is closed with code 1000. Keep one for as long as the session shall live: in the state of a component, say.
//! - Streams, rooms and futures keep no session alive. When it ends, streams end and futures fail with
//!   the reason.
//! - To drop the future of a request aborts it. To drop that of `send` takes nothing back.
//! - A stream that is dropped is forgotten. One that is not read keeps `Options::buffer` items, and then
//!   drops the oldest and says so.
//!
//! # The layers
//!
//! A **session** is carried by **links**, each of which is one browser `WebSocket`. Arrows point one way:
//!
//! - [`core`] decides. A state machine without clock, I/O or JavaScript; it compiles and is tested on
//!   any machine.
//! - `browser` acts. It owns the `WebSocket`, its listeners and the timers, and feeds the core.
//! - What users hold sits on it: `Socket` for Rust, and in `bindings` the class `GateSocket` for
//!   JavaScript.
//!
//! All but the core exists only where the target is `wasm32`, and what users hold with the features
//! `typed` and `javascript`, both of which are there by default.

pub mod core;

pub use core::{
    Failure, GatewayFrame, Identification, LinkClose, OutboxSettings, Reconnect, Rotation,
    Settings, Stats, Status, TraceEntry, TraceEvent, TraceSettings,
};

#[cfg(all(target_arch = "wasm32", feature = "javascript"))]
mod bindings;
#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(all(target_arch = "wasm32", feature = "typed"))]
mod typed;

#[cfg(all(target_arch = "wasm32", feature = "javascript"))]
pub use bindings::GateSocket;
#[cfg(all(target_arch = "wasm32", feature = "typed"))]
pub use typed::*;

// For the unit tests of the driver, which run where it runs.
#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
