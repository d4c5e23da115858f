//! A WebSocket as the browser, the network and the gateway have it.

use crate::world::Frame;
use gatesocket::core::MessageId;
use std::collections::{BTreeSet, VecDeque};

/// `readyState`, as far as the page has learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not open yet.
    Connecting,
    /// Open.
    Open,
    /// Closed.
    Closed,
}

/// One connection, seen from all sides.
#[derive(Debug)]
pub struct Link {
    /// What the page knows.
    pub page_state: State,
    /// The page has called `close`.
    pub closing: bool,
    /// The gateway's close frame has come, and the page will be told in a moment.
    pub server_is_closing: bool,
    /// The page's listeners are gone.
    pub dropped: bool,
    /// The gateway takes it for open.
    pub server_open: bool,
    /// No byte passes any more, and nobody knows.
    pub dead: bool,
    /// Messages that the session has handed over and not been told to have left.
    pub undrained: VecDeque<MessageId>,
    /// When the session last heard something on it, by the session's clock.
    pub heard_at: u64,
    /// The session knows its connectionId.
    pub is_known: bool,
    /// Frames in the browser's buffer.
    pub buffer: VecDeque<Frame>,
    /// The last message that has left it.
    pub last_left: Option<MessageId>,
    /// When the last frame of the buffer leaves.
    pub leaves_at: u64,
    /// When the last byte on its way to the page arrives.
    pub arrives_at: u64,
    /// When the gateway accepted it.
    pub opened_at: u64,
    /// When the gateway last saw data either way.
    pub active_at: u64,
    /// The gateway's name for it.
    pub connection_id: String,
    /// Its close is on its way to the page.
    pub close_sent: bool,
    /// Rooms that the backend has its connectionId in.
    pub rooms: BTreeSet<u32>,
    /// Requests to rooms that the backend has not seen, and when they were written.
    pub rooms_asked: Vec<(u32, u64)>,
    /// Rooms whose request failed, as far as the session can know, while it was under way: by an error
    /// of the gateway, which names no request, or by the end of its time. API Gateway promises no order,
    /// so the next request may overtake it, and nobody can say where that ends.
    pub rooms_in_doubt: BTreeSet<u32>,
}

impl Link {
    /// A connection that was asked for.
    pub fn new(connection_id: String, now: u64) -> Self {
        Link {
            page_state: State::Connecting,
            closing: false,
            server_is_closing: false,
            dropped: false,
            server_open: false,
            dead: false,
            undrained: VecDeque::new(),
            heard_at: now,
            is_known: false,
            buffer: VecDeque::new(),
            last_left: None,
            leaves_at: now,
            arrives_at: now,
            opened_at: now,
            active_at: now,
            connection_id,
            close_sent: false,
            rooms: BTreeSet::new(),
            rooms_asked: Vec::new(),
            rooms_in_doubt: BTreeSet::new(),
        }
    }

    /// Whether `send` would throw away what it is given.
    pub fn takes_nothing(&self) -> bool {
        self.page_state == State::Closed || self.page_state == State::Open && self.server_is_closing
    }

    /// The session learns that all up to and with a message has left.
    pub fn drained_to(&mut self, message: MessageId) {
        if self.undrained.contains(&message) {
            while self.undrained.pop_front().is_some_and(|gone| gone != message) {}
        }
    }
}
