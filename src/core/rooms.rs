//! Rooms that a session has joined, and joins again with every new connectionId.

use super::link::LinkId;
use super::outbox::MessageId;

/// Names a room whose real name the driver keeps.
pub type RoomId = u32;

/// How often a room is tried with one connectionId.
pub(super) const JOIN_ATTEMPTS: u32 = 3;

#[derive(Debug)]
pub(super) struct Room {
    pub(super) id: RoomId,
    /// The link whose connectionId is in the room, or is to be.
    pub(super) link: Option<LinkId>,
    /// The request under way.
    pub(super) request: Option<MessageId>,
    /// Requests that this link has seen.
    pub(super) attempts: u32,
    /// Whether that link's connectionId is in the room for certain.
    pub(super) is_joined: bool,
    /// Whether the session has ever been in it.
    pub(super) was_joined: bool,
    /// Whether the user has left it while a request was under way.
    pub(super) is_left: bool,
}

impl Room {
    pub(super) fn new(id: RoomId) -> Self {
        Room {
            id,
            link: None,
            request: None,
            attempts: 0,
            is_joined: false,
            was_joined: false,
            is_left: false,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Rooms(pub(super) Vec<Room>);

impl Rooms {
    pub(super) fn get_mut(&mut self, id: RoomId) -> Option<&mut Room> {
        self.0.iter_mut().find(|room| room.id == id)
    }

    pub(super) fn of_request(&mut self, message: MessageId) -> Option<&mut Room> {
        self.0.iter_mut().find(|room| room.request == Some(message))
    }

    /// Whether a room still waits for a link's answer.
    pub(super) fn any_joining(&self, link: LinkId) -> bool {
        self.0.iter().any(|room| room.link == Some(link) && room.request.is_some())
    }
}
