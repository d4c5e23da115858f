//! Rooms: joined with every connectionId that the session gets.

use super::super::failure::Failure;
use super::super::link::LinkId;
use super::super::outbox::MessageId;
use super::super::requests::Pending;
use super::super::rooms::{JOIN_ATTEMPTS, Room, RoomId};
use super::super::timer::Timer;
use super::{Output, Session, Slot};

/// Set in the names of the session's own requests, which the user's never have.
const OWN: MessageId = 1 << 31;

/// How long after a room was refused it is tried again, in milliseconds, shortest and longest.
const REJOIN: (u64, u64) = (10_000, 30_000);

impl Session {
    pub(super) fn join(&mut self, now: u64, id: RoomId) {
        if let Some(end) = &self.end {
            let failure = end.clone();
            return self.output(Output::JoinFailed(id, failure));
        }
        if let Some(room) = self.rooms.get_mut(id) {
            room.is_left = false;
        }
        match self.rooms.get_mut(id) {
            // Who joins twice waits for the same answer, or has it already.
            Some(room) if room.link.is_some() && room.request.is_none() && room.is_joined => {
                return self.output(Output::Joined(id));
            }
            Some(_) => {}
            None => self.rooms.0.push(Room::new(id)),
        }
        for slot in [Slot::Current, Slot::Next] {
            self.join_all(now, slot);
        }
        self.wake(now);
    }

    pub(super) fn leave(&mut self, now: u64, id: RoomId) {
        let Some(room) = self.rooms.get_mut(id) else { return };
        if room.request.is_some() {
            // The backend may take the two in either order; so the second waits for the first.
            room.is_left = true;
            return;
        }
        self.forget_room(now, id);
    }

    /// Leaves a room on every link that may be in it.
    fn forget_room(&mut self, now: u64, id: RoomId) {
        self.rooms.0.retain(|room| room.id != id);
        for slot in [Slot::Current, Slot::Next] {
            let link = self.get(slot).filter(|link| link.carries_requests());
            if let Some(link) = link.map(|link| link.id) {
                self.output(Output::LeaveRoom(link, id));
            }
        }
        self.replace_when_joined(now);
    }

    /// Joins every room that a link is not in yet.
    pub(super) fn join_all(&mut self, now: u64, slot: Slot) {
        let link = self.get(slot).filter(|link| link.carries_requests());
        let Some(link) = link.map(|link| link.id) else { return };
        let rooms: Vec<RoomId> = self
            .rooms
            .0
            .iter()
            .filter(|room| room.link != Some(link))
            .map(|room| room.id)
            .collect();
        for room in rooms {
            self.ask_to_join(now, link, room, 1);
        }
    }

    fn ask_to_join(&mut self, now: u64, link: LinkId, id: RoomId, attempts: u32) {
        self.requests_made = self.requests_made.wrapping_add(1);
        let message = self.requests_made | OWN;
        let Some(room) = self.rooms.get_mut(id) else { return };
        if let Some(before) = room.request.replace(message) {
            self.requests.take(before);
        }
        let Some(room) = self.rooms.get_mut(id) else { return };
        room.link = Some(link);
        room.is_joined = false;
        room.attempts = attempts;
        self.requests.add(Pending {
            message,
            bytes: 0,
            deadline: now + self.settings.request_timeout,
            retry: false,
            link: Some(link),
        });
        self.output(Output::JoinRoom(link, id, message));
        self.arm_expiry();
    }

    /// Whether the answer was one to a room's request.
    pub(super) fn room_answered(&mut self, now: u64, message: MessageId) -> bool {
        let Some(room) = self.rooms.of_request(message) else { return false };
        room.request = None;
        room.is_joined = true;
        room.was_joined = true;
        let (id, is_left) = (room.id, room.is_left);
        if is_left {
            self.forget_room(now, id);
        } else {
            self.output(Output::Joined(id));
            self.replace_when_joined(now);
        }
        true
    }

    /// Whether the failed request was a room's. It is tried again while its link lives.
    pub(super) fn room_failed(&mut self, now: u64, message: MessageId, failure: &Failure) -> bool {
        let Some(room) = self.rooms.of_request(message) else { return false };
        room.request = None;
        let (id, attempts, link) = (room.id, room.attempts, room.link);
        let room_is_left = room.is_left;
        let lives = link.filter(|link| {
            let slot = self.slot(*link).filter(|slot| *slot != Slot::Old);
            slot.and_then(|slot| self.get(slot)).is_some()
        });
        if room_is_left {
            // The request may have been carried out for all that its answer was lost.
            self.forget_room(now, id);
            return true;
        }
        match lives {
            Some(link) if attempts < JOIN_ATTEMPTS => {
                self.ask_to_join(now, link, id, attempts + 1);
            }
            Some(_) => self.join_failed(now, id, failure),
            None => {}
        }
        true
    }

    /// A room could not be joined on a link that lives. A first wish ends there; a room that the session
    /// was in is tried again, and a link that is to replace another does not do so without its rooms.
    fn join_failed(&mut self, now: u64, id: RoomId, failure: &Failure) {
        self.output(Output::JoinFailed(id, failure.clone()));
        let Some(room) = self.rooms.get_mut(id) else { return };
        let link = room.link.take();
        if !room.was_joined {
            // An error without a ref may be about something else, and the join have worked.
            self.forget_room(now, id);
        } else if link.is_some() && link == self.next.as_ref().map(|next| next.id) {
            self.rotation_failed(now);
        } else {
            let pause = self.random.between(REJOIN.0, REJOIN.1);
            self.timers.set(Timer::Rejoin, now + pause);
        }
    }

    /// What a link that is gone was asked, another will be asked.
    pub(super) fn forget_joins(&mut self, link: LinkId) {
        let mut left = Vec::new();
        for room in self.rooms.0.iter_mut().filter(|room| room.link == Some(link)) {
            room.link = None;
            room.is_joined = false;
            if let Some(message) = room.request.take() {
                self.requests.take(message);
            }
            left.extend(room.is_left.then_some(room.id));
        }
        for room in left {
            self.rooms.0.retain(|other| other.id != room);
            // A replacement that failed leaves the current link in the rooms that it was in.
            let current = self.link.as_ref().filter(|current| current.carries_requests());
            if let Some(current) = current.map(|current| current.id) {
                self.output(Output::LeaveRoom(current, room));
            }
        }
    }
}
