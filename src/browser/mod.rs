//! The driver: carries a [`Session`](crate::core::Session) on a browser's `WebSocket` and timers.
//!
//! It works wherever `WebSocket`, `performance` and `setTimeout` are global: in a window and in a
//! worker. What it creates (a socket, a listener, a timer) it removes when the session ends.

// What is marked so has a part for some of those who hold a session only.
#[cfg(feature = "tickets")]
mod address;
#[cfg(feature = "javascript")]
mod callbacks;
#[cfg(feature = "javascript")]
mod checks;
mod clock;
#[cfg(feature = "tickets")]
mod closing;
mod driver;
#[cfg(feature = "javascript")]
mod failure;
mod json;
mod links;
#[cfg_attr(not(feature = "javascript"), allow(dead_code))]
mod observer;
#[cfg(feature = "javascript")]
mod options;
mod page;
#[cfg(feature = "tickets")]
mod promised;
mod settle;
#[cfg(feature = "javascript")]
mod stats;
mod text;
#[cfg(feature = "tickets")]
mod ticket;
#[cfg(feature = "javascript")]
mod ticket_options;
mod timing;
#[cfg(feature = "javascript")]
mod trace;

pub(crate) use driver::Driver;

#[cfg(feature = "javascript")]
pub(crate) use driver::Follow;
#[cfg(feature = "typed")]
pub(crate) use {
    address::Address,
    closing::{closing, normal_close},
    observer::{Event, Observer},
    ticket::{Ticket, TicketHeaders, headers_of},
};
#[cfg(feature = "javascript")]
pub(crate) use {
    callbacks::call,
    failure::to_js as failure_to_js,
    options::{close_arguments, read_options, read_send_options, read_source},
    settle::promise,
    stats::stats_to_js,
    trace::trace_entry_to_js,
};
#[cfg(feature = "typed")]
pub(crate) use {
    driver::{Options, SendOptions, Source},
    settle::Settle,
};
