//! The driver: carries a [`Session`](crate::core::Session) on a browser's `WebSocket` and timers.
//!
//! It works wherever `WebSocket`, `performance` and `setTimeout` are global: in a window and in a
//! worker. Everything it creates (a socket, a listener, a timer) is a value whose drop removes it.

// What is marked so has a part that only JavaScript sees.
mod address;
#[cfg(feature = "javascript")]
mod callbacks;
#[cfg(feature = "javascript")]
mod checks;
mod closing;
mod driver;
#[cfg_attr(not(feature = "javascript"), allow(dead_code))]
mod failure;
mod incoming;
mod json;
mod link;
mod listener;
mod next_task;
#[cfg_attr(not(feature = "javascript"), allow(dead_code))]
mod observer;
#[cfg(feature = "javascript")]
mod options;
mod promised;
mod settle;
mod signals;
#[cfg(feature = "javascript")]
mod stats;
mod ticket;
#[cfg(feature = "javascript")]
mod ticket_options;
mod timeout;
mod timing;
#[cfg(feature = "javascript")]
mod trace;

pub(crate) use driver::Driver;

#[cfg(feature = "typed")]
pub(crate) use {
    address::Address,
    closing::{closing, normal_close},
    driver::{Options, SendOptions, Source},
    observer::{Event, Observer},
    settle::Settle,
    ticket::{Ticket, TicketHeaders, headers_of},
};
#[cfg(feature = "javascript")]
pub(crate) use {
    driver::Follow,
    failure::to_js as failure_to_js,
    incoming::call,
    options::{close_arguments, read_options, read_send_options, read_source},
    settle::promise,
    stats::stats_to_js,
    trace::trace_entry_to_js,
};
