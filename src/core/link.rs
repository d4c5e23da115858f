//! One WebSocket under a session, as the session sees it.

use std::collections::VecDeque;

use super::failure::Instead;
use super::outbox::Waiting;

/// Names a link. A session never uses the same name twice.
pub type LinkId = u32;

/// How far a link has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It has been asked for.
    Opening,
    /// It is open, and the question for the connectionId is on its way.
    Identifying,
    /// Its connectionId is known, and the rooms are being joined with it: only while rotating.
    Joining,
    /// Messages flow.
    Ready,
}

/// A message that a link has taken and whose bytes may still be in the browser's buffer.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    pub(super) waiting: Waiting,
    /// Whether it may be sent again if the link dies.
    pub(super) retry: bool,
    /// Whether an answer settles it, so that its delivery alone does not.
    pub(super) is_request: bool,
}

#[derive(Debug)]
pub(super) struct Link {
    pub(super) id: LinkId,
    pub(super) stage: Stage,
    pub(super) connection_id: Option<String>,
    pub(super) begun_at: u64,
    /// When it opened; before that, when it was begun.
    pub(super) opened_at: u64,
    pub(super) ready_at: Option<u64>,
    /// When something last arrived.
    pub(super) heard_at: u64,
    /// How often the connectionId was asked for while identifying.
    pub(super) questions: u32,
    /// Questions without an answer yet, those of heartbeats and probes included.
    pub(super) unanswered: u32,
    /// When the last question was sent.
    pub(super) asked_at: u64,
    /// Whether the next answer can only be the one to that question, so that it tells a round-trip time.
    pub(super) is_timed: bool,
    /// What came instead of an answer.
    pub(super) instead: Option<Instead>,
    /// What may not have reached the network yet, oldest first.
    pub(super) flights: VecDeque<Flight>,
}

impl Link {
    pub(super) fn new(id: LinkId, now: u64) -> Self {
        Link {
            id,
            stage: Stage::Opening,
            connection_id: None,
            begun_at: now,
            opened_at: now,
            ready_at: None,
            heard_at: now,
            questions: 0,
            unanswered: 0,
            asked_at: now,
            is_timed: false,
            instead: None,
            flights: VecDeque::new(),
        }
    }

    /// Whether the session may send requests of its own to it.
    pub(super) fn carries_requests(&self) -> bool {
        matches!(self.stage, Stage::Joining | Stage::Ready)
    }

    pub(super) fn heard(&mut self, now: u64) {
        self.heard_at = now;
    }
}
