//! The driver: carries a [`Session`](crate::core::Session) on a browser's `WebSocket` and timers.
//!
//! It works wherever `WebSocket`, `performance` and `setTimeout` are global: in a window and in a
//! worker. Everything it creates (a socket, a listener, a timer) is a value whose drop removes it.

// What is marked so has a part for some of those who hold a session only.
#[cfg(feature = "tickets")]
mod address;
#[cfg(feature = "javascript")]
mod callbacks;
#[cfg(feature = "javascript")]
mod checks;
#[cfg(feature = "tickets")]
mod closing;
mod driver;
#[cfg(feature = "npm")]
mod facade;
#[cfg_attr(not(feature = "javascript"), allow(dead_code))]
mod failure;
mod incoming;
mod json;
mod link;
mod listener;
mod next_task;
#[cfg_attr(not(any(feature = "javascript", feature = "npm")), allow(dead_code))]
mod observer;
#[cfg(feature = "javascript")]
mod options;
#[cfg(feature = "tickets")]
mod promised;
mod settle;
mod signals;
#[cfg(feature = "javascript")]
mod stats;
#[cfg(feature = "tickets")]
mod ticket;
#[cfg(feature = "javascript")]
mod ticket_options;
mod timeout;
mod timing;
#[cfg(feature = "javascript")]
mod trace;

pub(crate) use driver::Driver;

#[cfg(any(feature = "javascript", feature = "npm"))]
pub(crate) use driver::Follow;
#[cfg(feature = "npm")]
pub(crate) use facade::{Facade, Numbers, entry, error, stats};
#[cfg(feature = "typed")]
pub(crate) use {
    address::Address,
    closing::{closing, normal_close},
    observer::{Event, Observer},
    ticket::{Ticket, TicketHeaders, headers_of},
};
#[cfg(any(feature = "typed", feature = "npm"))]
pub(crate) use {
    driver::{Options, SendOptions, Source},
    settle::Settle,
};
#[cfg(feature = "javascript")]
pub(crate) use {
    failure::to_js as failure_to_js,
    incoming::call,
    options::{close_arguments, read_options, read_send_options, read_source},
    settle::promise,
    stats::stats_to_js,
    trace::trace_entry_to_js,
};
