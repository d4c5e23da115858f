//! What the driver tells a session.

use super::failure::{Failure, LinkClose};
use super::inbound::Inbound;
use super::link::LinkId;
use super::outbox::MessageId;
use super::rooms::RoomId;

/// A fact that the driver tells the session.
// A tag of its own: less code reads it than one that is hidden in a text.
#[repr(u8)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The user wants a connection.
    Connect,
    /// A link could not be created: its URL could not be had, or the browser refused it.
    LinkRefused(LinkId, Failure),
    /// A link is open.
    LinkOpened(LinkId),
    /// A link brought a message, whose body the driver holds until it gets [`Output::Deliver`](super::Output::Deliver).
    /// Its length is counted as [`Stats::characters_received`](super::Stats::characters_received) says.
    LinkReceived(LinkId, Inbound, usize),
    /// All that a link took up to and with this message has left for the network.
    LinkDrained(LinkId, MessageId),
    /// A link did not take a message, because it is closing: nothing of it has left.
    NotTaken(LinkId, MessageId),
    /// A link has closed.
    LinkClosed(LinkId, LinkClose),
    /// Whether the user wants another link (`shouldReconnect`): the answer to
    /// [`Output::AskReconnect`](super::Output::AskReconnect).
    Reconnect(bool),
    /// The user wants to send a message, whose body the driver holds.
    Send {
        /// Its name; larger than all before it, in 31 bits that wrap around.
        message: MessageId,
        /// Its size in bytes of UTF-8.
        bytes: usize,
        /// Whether it may be sent again when it is unknown whether it arrived.
        retry: bool,
    },
    /// The user wants to send a message and waits for the answer to it.
    Request {
        /// Its name, as for `Send`.
        message: MessageId,
        /// Its size in bytes of UTF-8.
        bytes: usize,
        /// How long to wait for the answer; [`Settings::request_timeout`](super::Settings::request_timeout) if it does not say.
        timeout: Option<u64>,
        /// Whether it is sent again when its link dies before the answer came.
        retry: bool,
    },
    /// The user has lost interest in a message or a request.
    Abort(MessageId),
    /// The user wants to be in a room.
    Join(RoomId),
    /// The user leaves a room.
    Leave(RoomId),
    /// The user ends the session.
    Close(LinkClose),
    /// Time has passed; sent when [`Session::next_deadline`](super::Session::next_deadline) is reached.
    Tick,
    /// The machine has a network again.
    Online,
    /// The machine has no network.
    Offline,
    /// The page can be seen.
    Visible,
    /// The page can't be seen.
    Hidden,
    /// The browser stops the page's timers.
    Frozen,
    /// The browser lets them run again.
    Resumed,
    /// The page goes into the back/forward cache.
    Stored,
    /// The page comes out of it.
    Restored,
}
