//! The driver: carries a [`Session`](crate::core::Session) on a browser's `WebSocket` and timers.
//!
//! It works wherever `WebSocket`, `performance` and `setTimeout` are global: in a window and in a
//! worker. Everything it creates (a socket, a listener, a timer) is a value whose drop removes it.

mod address;
mod callbacks;
mod driver;
mod failure;
mod json;
mod link;
mod listener;
mod observer;
mod options;
mod settle;
mod signals;
mod stats;
mod timeout;

pub(crate) use driver::Driver;
pub(crate) use failure::to_js as failure_to_js;
pub(crate) use options::{close_arguments, read_options, read_send_options, read_source};
pub(crate) use settle::promise;
pub(crate) use stats::stats_to_js;
