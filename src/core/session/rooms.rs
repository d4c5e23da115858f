//! Rooms: joined with every connectionId that the session gets.

use super::super::failure::Failure;
use super::super::link::LinkId;
use super::super::outbox::MessageId;
use super::super::requests::Pending;
use super::super::rooms::{ATTEMPTS, Asked, Room, RoomId, Wish};
use super::super::timer::Timer;
use super::{Output, Session, Slot, Status};

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
        match self.rooms.get_mut(id) {
            Some(room) if room.is_wanted && room.is_joined() => {
                return self.output(Output::Joined(id));
            }
            Some(room) => {
                if !room.is_wanted && room.asked.is_none() {
                    // It could not be left, and nobody knows whether the link is in it: asked anew.
                    room.link = None;
                }
                room.is_wanted = true;
                room.is_awaited = true;
            }
            None => self.rooms.0.push(Room::new(id)),
        }
        self.join_foremost(now);
        self.wake(now);
    }

    pub(super) fn leave(&mut self, now: u64, id: RoomId) {
        if !self.rooms.get_mut(id).is_some_and(|room| room.is_wanted) {
            return;
        }
        if self.next.is_some() {
            // Two links may be in the room now: one of them goes, and another comes later without it. Before the
            // room is unwanted, or nobody would remember that the other is in it.
            self.rotation_failed(now);
        }
        let Some(room) = self.rooms.get_mut(id) else { return };
        room.is_wanted = false;
        room.was_joined = false;
        if std::mem::take(&mut room.is_awaited) {
            self.output(Output::JoinFailed(id, Failure::Aborted));
        }
        let current = self.link.as_ref().filter(|link| link.carries_requests());
        let current = current.map(|link| link.id);
        let Some(room) = self.rooms.get_mut(id) else { return };
        match (current, room.asked) {
            (_, Some(_)) => {} // Its answer comes first.
            (Some(link), None) => self.ask_room(now, link, id, Wish::Leave, 1),
            (None, None) => self.rooms.0.retain(|room| room.id != id),
        }
    }

    /// Joins every room that no link is in yet on the one that is to be current, if there is one.
    fn join_foremost(&mut self, now: u64) {
        for slot in [Slot::Next, Slot::Current] {
            self.join_all(now, slot);
        }
    }

    /// Joins every room that a link is not in yet, and not in on the one that is to replace it.
    pub(super) fn join_all(&mut self, now: u64, slot: Slot) {
        let link = self.get(slot).filter(|link| link.carries_requests());
        let Some(link) = link.map(|link| link.id) else { return };
        let next = self.next.as_ref().map(|next| next.id);
        let is_due = |room: &&Room| {
            let leaves = room.asked.is_some_and(|asked| asked.wish == Wish::Leave);
            let is_there = room.link.is_some_and(|there| there == link || Some(there) == next);
            room.is_wanted && !is_there && !leaves
        };
        let due: Vec<RoomId> = self.rooms.0.iter().filter(is_due).map(|room| room.id).collect();
        for room in due {
            self.ask_room(now, link, room, Wish::Join, 1);
        }
    }

    fn ask_room(&mut self, now: u64, link: LinkId, id: RoomId, wish: Wish, attempts: u32) {
        self.requests_made = self.requests_made.wrapping_add(1);
        let request = self.requests_made | OWN;
        let Some(room) = self.rooms.get_mut(id) else { return };
        room.link = Some(link);
        if let Some(before) = room.asked.replace(Asked { wish, request, attempts }) {
            self.requests.take(before.request);
        }
        self.requests.add(Pending {
            message: request,
            bytes: 0,
            deadline: now.saturating_add(self.settings.request_timeout),
            retry: false,
            link: Some(link),
        });
        self.output(match wish {
            Wish::Join => Output::JoinRoom(link, id, request),
            Wish::Leave => Output::LeaveRoom(link, id, request),
        });
        self.arm_expiry();
    }

    /// Whether the answer was one to a room's request.
    pub(super) fn room_answered(&mut self, now: u64, message: MessageId) -> bool {
        let Some(room) = self.rooms.of_request(message) else { return false };
        let (id, asked) = (room.id, room.asked.take());
        if let Some(asked) = asked {
            self.room_settled(now, id, asked.wish);
        }
        true
    }

    /// A room has done what it was asked. The user's wish may be another by now.
    fn room_settled(&mut self, now: u64, id: RoomId, wish: Wish) {
        let Some(room) = self.rooms.get_mut(id) else { return };
        match (wish, room.is_wanted, room.link) {
            (Wish::Join, true, _) => {
                room.was_joined = true;
                room.is_awaited = false;
                self.output(Output::Joined(id));
            }
            (Wish::Join, false, Some(link)) => self.ask_room(now, link, id, Wish::Leave, 1),
            (Wish::Leave, true, _) => {
                room.link = None;
                self.join_foremost(now);
            }
            _ => self.rooms.0.retain(|room| room.id != id),
        }
        self.replace_when_joined(now);
    }

    /// Whether the failed request was a room's. It is repeated while its link lives.
    pub(super) fn room_failed(&mut self, now: u64, message: MessageId, failure: &Failure) -> bool {
        let Some(room) = self.rooms.of_request(message) else { return false };
        let (id, link, asked) = (room.id, room.link, room.asked.take());
        let is_wanted = room.is_wanted;
        let lives = link.filter(|link| {
            let slot = self.slot(*link).filter(|slot| *slot != Slot::Old);
            slot.and_then(|slot| self.get(slot)).is_some()
        });
        let (Some(link), Some(asked)) = (lives, asked) else { return true };
        match asked.wish {
            Wish::Leave if is_wanted => self.room_settled(now, id, Wish::Leave),
            wish if asked.attempts < ATTEMPTS => {
                self.ask_room(now, link, id, wish, asked.attempts + 1);
            }
            Wish::Leave => {
                self.rejoin_later(now);
                // Nothing else would go on with a link that waited for this room alone.
                self.replace_when_joined(now);
            }
            Wish::Join => self.join_failed(now, link, id, failure),
        }
        true
    }

    /// A room could not be joined on a link that lives. A first wish ends there; a room that the session
    /// was in is tried again, and a link that is to replace another does not do so without its rooms.
    fn join_failed(&mut self, now: u64, link: LinkId, id: RoomId, failure: &Failure) {
        let Some(room) = self.rooms.get_mut(id) else { return };
        room.is_awaited = false;
        if !room.was_joined {
            let was_wanted = std::mem::take(&mut room.is_wanted);
            if was_wanted {
                self.output(Output::JoinFailed(id, failure.clone()));
            }
            // An error without a ref may be about something else, and the join have worked.
            return self.ask_room(now, link, id, Wish::Leave, 1);
        }
        room.link = None;
        self.output(Output::JoinFailed(id, failure.clone()));
        if self.next.as_ref().is_some_and(|next| next.id == link) {
            self.rotation_failed(now);
        } else {
            self.rejoin_later(now);
        }
    }

    fn rejoin_later(&mut self, now: u64) {
        let pause = self.random.between(REJOIN.0, REJOIN.1);
        self.timers.set(Timer::Rejoin, now + pause);
    }

    /// Asks again what was refused a while ago.
    pub(super) fn rejoin(&mut self, now: u64) {
        self.join_foremost(now);
        let Some(link) = self.link().filter(|_| self.status == Status::Ready) else { return };
        let is_due = |room: &&Room| !room.is_wanted && room.is_joined() && room.link == Some(link);
        let due: Vec<RoomId> = self.rooms.0.iter().filter(is_due).map(|room| room.id).collect();
        for room in due {
            self.ask_room(now, link, room, Wish::Leave, 1);
        }
    }

    /// What a link that is gone was asked, another will be asked.
    pub(super) fn forget_joins(&mut self, link: LinkId) {
        for room in self.rooms.0.iter_mut().filter(|room| room.link == Some(link)) {
            room.link = None;
            if let Some(asked) = room.asked.take() {
                self.requests.take(asked.request);
            }
        }
        self.rooms.0.retain(|room| room.is_wanted || room.link.is_some());
    }
}
