//! What a session tells the driver to do.

use std::rc::Rc;

use super::failure::{Failure, LinkClose};
use super::inbound::Delivery;
use super::link::LinkId;
use super::outbox::MessageId;
use super::rooms::RoomId;
use super::status::Status;

/// A decision that the driver carries out.
// A tag of its own: less code reads it than one that is hidden in a text.
#[repr(u8)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Create a WebSocket.
    OpenLink(LinkId),
    /// Write the question for the connectionId to a link.
    Identify(LinkId),
    /// Write a message to a link; keep its body, which may be needed again.
    Transmit(LinkId, MessageId),
    /// A message has left for the network: tell its sender, and forget it.
    Confirm(MessageId),
    /// Forget a message and tell its sender why.
    Reject(MessageId, Rc<Failure>),
    /// The message just received answers a request: tell its sender, and forget the request.
    Answer(MessageId),
    /// Take the message just received to the user.
    Deliver(Delivery),
    /// The session has a connectionId; the message just received may be the answer that brought it.
    ConnectionId {
        /// The new one.
        id: Rc<str>,
        /// The one that it replaces.
        previous: Option<Rc<str>>,
    },
    /// The status has changed.
    Status(Status),
    /// Something failed. If it ends the session, `Status(Closed)` follows.
    Failed(Rc<Failure>),
    /// The current link, which was ready, is gone. If the session goes on, another attempt follows.
    Closed(LinkClose),
    /// A link is gone, or could not be had: ask the user whether another is wanted, and say so with
    /// [`Input::Reconnect`](super::Input::Reconnect) before anything else happens. Only where
    /// [`Settings::asks_to_reconnect`](super::Settings::asks_to_reconnect), and not where the session
    /// ends anyway. [`Failure::close`] says how it closed.
    AskReconnect(Rc<Failure>),
    /// Close a WebSocket with this code and reason, and go on telling of it.
    CloseLink(LinkId, LinkClose),
    /// Drop all that belongs to a link.
    DropLink(LinkId),
    /// Write `JOIN_ROOM` to a link, as the request of this name.
    JoinRoom(LinkId, RoomId, MessageId),
    /// A room was joined; the message just received is the answer.
    Joined(RoomId),
    /// A room could not be joined.
    JoinFailed(RoomId, Rc<Failure>),
    /// Write `LEAVE_ROOM` to a link, as the request of this name.
    LeaveRoom(LinkId, RoomId, MessageId),
    /// A link has made a step, or failed to: for those who show how long that took, nothing to carry out.
    Took {
        /// What it was.
        step: Step,
        /// The link.
        link: LinkId,
        /// When it began, in milliseconds.
        since: u64,
        /// When it ended; the next step begins then.
        until: u64,
        /// Whether it succeeded.
        ok: bool,
    },
}

/// A step of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// From when it was asked for until it was open.
    Connect,
    /// From then until its connectionId was known.
    Identify,
    /// From when it was asked for until it had replaced one that was still good.
    Rotate,
}

impl Step {
    /// The name that JavaScript sees.
    pub fn as_str(self) -> &'static str {
        match self {
            Step::Connect => "connect",
            Step::Identify => "identify",
            Step::Rotate => "rotation",
        }
    }
}
