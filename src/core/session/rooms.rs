//! Rooms: joined with every connectionId that the session gets.

use std::rc::Rc;

use super::super::failure::Failure;
use super::super::link::{LinkId, NO_LINK};
use super::super::outbox::MessageId;
use super::super::requests::Pending;
use super::super::rooms::{ATTEMPTS, Asked, Room, RoomId, Wish};
use super::super::timer::{Timer, after};
use super::super::trace::{NONE, TraceEvent};
use super::{Output, Session, Slot, Status};

/// Set in the names of the session's own requests, which the user's never have.
const OWN: MessageId = 1 << 31;

/// How long after a room was refused it is tried again, in milliseconds, shortest and longest.
const REJOIN: (u64, u64) = (10_000, 30_000);

impl Session {
    pub(super) fn join(&mut self, id: RoomId) {
        if let Some(end) = self.end.clone() {
            return self.join_failed(id, &end);
        }
        match self.rooms.get_mut(id) {
            Some(room) if room.is_wanted && room.is_joined() => {
                return self.joined(id);
            }
            Some(room) => {
                if !room.is_wanted && room.asked.is_none() {
                    // It could not be left, and nobody knows whether the link is in it: asked anew.
                    room.link = NO_LINK;
                }
                room.is_wanted = true;
                room.is_awaited = true;
            }
            None => self.rooms.0.push(Room::new(id)),
        }
        self.join_foremost();
        self.wake();
    }

    pub(super) fn leave(&mut self, id: RoomId) {
        if !self.rooms.get_mut(id).is_some_and(|room| room.is_wanted) {
            return;
        }
        if self.next.is_some() {
            // Two links may be in the room now: one of them goes, and another comes later without it. Before the
            // room is unwanted, or nobody would remember that the other is in it.
            self.rotation_failed();
        }
        let Some(room) = self.rooms.get_mut(id) else { return };
        room.is_wanted = false;
        room.was_joined = false;
        if std::mem::take(&mut room.is_awaited) {
            self.join_failed(id, &Rc::new(Failure::Aborted));
        }
        let current = self.carrier(Slot::Current);
        let Some(room) = self.rooms.get_mut(id) else { return };
        match (current, room.asked) {
            (_, Some(_)) => {} // Its answer comes first.
            (NO_LINK, None) => self.rooms.remove(id),
            (link, None) => self.ask_room(link, id, Wish::Leave, 1),
        }
    }

    /// Tells that a room was joined.
    fn joined(&mut self, id: RoomId) {
        self.note_room(NO_LINK, id, "joined");
        self.output(Output::Joined(id));
    }

    /// Tells that a room could not be joined.
    pub(super) fn join_failed(&mut self, id: RoomId, failure: &Rc<Failure>) {
        self.note_room(NO_LINK, id, "failed");
        self.output(Output::JoinFailed(id, Rc::clone(failure)));
    }

    fn note_room(&mut self, link: LinkId, id: RoomId, step: &'static str) {
        self.note(link, TraceEvent::Room, id.into(), NONE, step);
    }

    /// The link of this slot, if it carries requests.
    fn carrier(&self, slot: Slot) -> LinkId {
        let link = self.get(slot).filter(|link| link.carries_requests());
        link.map_or(NO_LINK, |link| link.id)
    }

    /// Joins every room that no link is in yet on the one that is to be current, if there is one.
    fn join_foremost(&mut self) {
        self.join_all(Slot::Next);
        self.join_all(Slot::Current);
    }

    /// Joins every room that a link is not in yet, and not in on the one that is to replace it.
    pub(super) fn join_all(&mut self, slot: Slot) {
        let link = self.carrier(slot);
        if link == NO_LINK {
            return;
        }
        let next = self.next.as_ref().map_or(link, |next| next.id);
        for index in 0..self.rooms.0.len() {
            let room = &self.rooms.0[index];
            let leaves = room.asked.is_some_and(|asked| asked.wish == Wish::Leave);
            let is_there = room.link == link || room.link == next;
            if room.is_wanted && !is_there && !leaves {
                self.ask_room(link, room.id, Wish::Join, 1);
            }
        }
    }

    fn ask_room(&mut self, link: LinkId, id: RoomId, wish: Wish, attempts: u32) {
        self.requests_made = self.requests_made.wrapping_add(1);
        let request = self.requests_made | OWN;
        let Some(room) = self.rooms.get_mut(id) else { return };
        room.link = link;
        if let Some(before) = room.asked.replace(Asked { wish, request, attempts }) {
            self.requests.take(before.request);
        }
        self.requests.add(Pending {
            message: request,
            bytes: 0,
            deadline: after(self.now, self.settings.request_timeout),
            retry: false,
            link,
        });
        let (step, output) = match wish {
            Wish::Join => ("join", Output::JoinRoom(link, id, request)),
            Wish::Leave => ("leave", Output::LeaveRoom(link, id, request)),
        };
        self.note_room(link, id, step);
        self.output(output);
        self.arm_expiry();
    }

    /// Whether the answer was one to a room's request.
    pub(super) fn room_answered(&mut self, message: MessageId) -> bool {
        let Some(room) = self.rooms.of_request(message) else { return false };
        let (id, asked) = (room.id, room.asked.take());
        if let Some(asked) = asked {
            self.room_settled(id, asked.wish);
        }
        true
    }

    /// A room has done what it was asked. The user's wish may be another by now.
    fn room_settled(&mut self, id: RoomId, wish: Wish) {
        let Some(room) = self.rooms.get_mut(id) else { return };
        match (wish, room.is_wanted, room.link) {
            (Wish::Join, true, _) => {
                room.was_joined = true;
                room.is_awaited = false;
                self.joined(id);
            }
            (Wish::Leave, true, _) => {
                room.link = NO_LINK;
                self.join_foremost();
            }
            (Wish::Leave, false, _) | (Wish::Join, false, NO_LINK) => self.rooms.remove(id),
            (Wish::Join, false, link) => self.ask_room(link, id, Wish::Leave, 1),
        }
        self.replace_when_joined();
    }

    /// Whether the failed request was a room's. It is repeated while its link lives.
    pub(super) fn room_failed(&mut self, message: MessageId, failure: &Rc<Failure>) -> bool {
        let Some(room) = self.rooms.of_request(message) else { return false };
        let (id, link, asked) = (room.id, room.link, room.asked.take());
        let is_wanted = room.is_wanted;
        let lives = self.slot(link).is_some_and(|slot| slot != Slot::Old);
        let Some(asked) = asked.filter(|_| lives) else { return true };
        match asked.wish {
            Wish::Leave if is_wanted => self.room_settled(id, Wish::Leave),
            wish if asked.attempts < ATTEMPTS => {
                self.ask_room(link, id, wish, asked.attempts + 1);
            }
            Wish::Leave => {
                self.rejoin_later();
                // Nothing else would go on with a link that waited for this room alone.
                self.replace_when_joined();
            }
            Wish::Join => self.join_refused(link, id, failure),
        }
        true
    }

    /// A room could not be joined on a link that lives. A first wish ends there; a room that the session
    /// was in is tried again, and a link that is to replace another does not do so without its rooms.
    fn join_refused(&mut self, link: LinkId, id: RoomId, failure: &Rc<Failure>) {
        let Some(room) = self.rooms.get_mut(id) else { return };
        room.is_awaited = false;
        if !room.was_joined {
            let was_wanted = std::mem::take(&mut room.is_wanted);
            if was_wanted {
                self.join_failed(id, failure);
            }
            // An error without a ref may be about something else, and the join have worked.
            return self.ask_room(link, id, Wish::Leave, 1);
        }
        room.link = NO_LINK;
        self.join_failed(id, failure);
        if self.next.as_ref().is_some_and(|next| next.id == link) {
            self.rotation_failed();
        } else {
            self.rejoin_later();
        }
    }

    fn rejoin_later(&mut self) {
        let pause = self.random.between(REJOIN.0, REJOIN.1);
        self.arm(Timer::Rejoin, pause);
    }

    /// Asks again what was refused a while ago.
    pub(super) fn rejoin(&mut self) {
        self.join_foremost();
        if self.status != Status::Ready {
            return;
        }
        let link = self.link_or_none();
        for index in 0..self.rooms.0.len() {
            let room = &self.rooms.0[index];
            if !room.is_wanted && room.is_joined() && room.link == link {
                self.ask_room(link, room.id, Wish::Leave, 1);
            }
        }
    }

    /// What a link that is gone was asked, another will be asked.
    pub(super) fn forget_joins(&mut self, link: LinkId) {
        let mut index = 0;
        while let Some(room) = self.rooms.0.get_mut(index) {
            if room.link == link {
                room.link = NO_LINK;
                if let Some(asked) = room.asked.take() {
                    self.requests.take(asked.request);
                }
            }
            if room.is_wanted || room.link != NO_LINK {
                index += 1;
            } else {
                self.rooms.0.remove(index);
            }
        }
    }
}
