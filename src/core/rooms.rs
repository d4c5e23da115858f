//! Rooms that a session has joined, and joins again with every new connectionId.

use super::link::{LinkId, NO_LINK};
use super::outbox::MessageId;

/// Names a room whose real name the driver keeps.
pub type RoomId = u32;

/// How often a room is asked to let a connectionId in, or out.
pub(super) const ATTEMPTS: u32 = 3;

/// What a room was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Join,
    Leave,
}

/// A request under way to a room.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) wish: Wish,
    pub(super) request: MessageId,
    pub(super) attempts: u32,
}

/// One room. Only one request is under way at a time, because a backend may take two in either order.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) id: RoomId,
    /// Whether the user wants to be in it.
    pub(super) is_wanted: bool,
    /// Whether the session has ever been in it since the user wanted to.
    pub(super) was_joined: bool,
    /// Whether the user waits to learn that it was joined, or not.
    pub(super) is_awaited: bool,
    /// The link whose connectionId is in the room, or was asked to be.
    pub(super) link: LinkId,
    pub(super) asked: Option<Asked>,
}

impl Room {
    pub(super) fn new(id: RoomId) -> Self {
        Room {
            id,
            is_wanted: true,
            was_joined: false,
            is_awaited: true,
            link: NO_LINK,
            asked: None,
        }
    }

    /// Whether the connectionId of its link is in it for certain.
    pub(super) fn is_joined(&self) -> bool {
        self.link != NO_LINK && self.asked.is_none()
    }
}

#[derive(Debug, Default)]
pub(super) struct Rooms(pub(super) Vec<Room>);

impl Rooms {
    pub(super) fn get_mut(&mut self, id: RoomId) -> Option<&mut Room> {
        self.0.iter_mut().find(|room| room.id == id)
    }

    pub(super) fn of_request(&mut self, message: MessageId) -> Option<&mut Room> {
        self.0.iter_mut().find(|room| room.asked.is_some_and(|asked| asked.request == message))
    }

    pub(super) fn remove(&mut self, id: RoomId) {
        if let Some(index) = self.0.iter().position(|room| room.id == id) {
            self.0.remove(index);
        }
    }

    /// Whether a room still waits for a link's answer.
    pub(super) fn any_asked(&self, link: LinkId) -> bool {
        self.0.iter().any(|room| room.link == link && room.asked.is_some())
    }
}
