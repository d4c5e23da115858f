//! One WebSocket under a session, as the session sees it.

use std::rc::Rc;

use super::failure::Instead;
use super::outbox::MessageId;
use super::queue::Queue;

/// Names a link. A session never uses the same name twice.
pub type LinkId = u32;

/// The name of no link.
pub(super) const NO_LINK: LinkId = 0;

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

/// A message that waits for a link, or that one has taken and whose bytes may still be in the browser's buffer.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    pub(super) message: MessageId,
    pub(super) bytes: usize,
    /// When it has waited for too long, in milliseconds, or [`NEVER`](super::timer::NEVER).
    pub(super) expires: u64,
    /// Whether it may be sent again if the link dies.
    pub(super) retry: bool,
    /// Whether an answer settles it, so that its delivery alone does not.
    pub(super) is_request: bool,
}

#[derive(Debug)]
pub(super) struct Link {
    pub(super) id: LinkId,
    pub(super) stage: Stage,
    pub(super) connection_id: Option<Rc<str>>,
    /// When it was asked for. The gateway counts its lifetime from some moment after that, and a page that was
    /// frozen hears much later that it is open.
    pub(super) begun_at: u64,
    /// When it opened; before that, when it was begun.
    pub(super) opened_at: u64,
    /// When it became ready; before that, when it was begun.
    pub(super) ready_at: u64,
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
    /// When it last took a message that wants no answer by name.
    pub(super) sent_at: u64,
    /// What may not have reached the network yet, oldest first.
    pub(super) flights: Queue<Flight>,
    /// What that weighs, in bytes.
    held: usize,
    /// It has not taken a message, because it is closing, and will take none any more.
    refuses: bool,
}

/// How much a link takes that has not reached the network, in bytes. What comes then waits in the outbox, so
/// that a page that sends on and on through a network that has stopped runs out of neither memory nor answers.
const MOST_HELD: usize = 16 * 1024 * 1024;
/// What a message weighs beside its own bytes.
const WEIGHT: usize = 64;

impl Link {
    pub(super) fn new(id: LinkId, now: u64) -> Self {
        Link {
            id,
            stage: Stage::Opening,
            connection_id: None,
            begun_at: now,
            opened_at: now,
            ready_at: now,
            heard_at: now,
            questions: 0,
            unanswered: 0,
            asked_at: now,
            is_timed: false,
            instead: None,
            sent_at: 0,
            flights: Queue::default(),
            held: 0,
            refuses: false,
        }
    }

    /// Whether it takes another message.
    pub(super) fn has_room(&self) -> bool {
        !self.refuses && self.held < MOST_HELD
    }

    pub(super) fn take(&mut self, flight: Flight) {
        self.held += flight.bytes + WEIGHT;
        self.flights.push(flight.message, flight);
    }

    /// All up to and with a message have left: the next of them.
    pub(super) fn drain_to(&mut self, message: MessageId) -> Option<Flight> {
        let gone = self.flights.pop_to(message);
        self.held -= gone.as_ref().map_or(0, |flight| flight.bytes + WEIGHT);
        gone
    }

    /// A message that was not taken after all, because the link is closing.
    pub(super) fn give_back(&mut self, message: MessageId) -> Option<Flight> {
        let flight = self.flights.take(message);
        if let Some(flight) = &flight {
            self.held -= flight.bytes + WEIGHT;
            self.refuses = true;
        }
        flight
    }

    /// Whether the session may send requests of its own to it.
    pub(super) fn carries_requests(&self) -> bool {
        matches!(self.stage, Stage::Joining | Stage::Ready)
    }
}
