//! The bodies of messages that are under way, and those who wait for them.

use wasm_bindgen::JsValue;

use super::super::json::{reference_of, request_of};
use super::super::settle::Settle;
use crate::core::{Failure, MessageId, Queue, RoomId};

/// A message on its way out.
pub(super) struct Outgoing {
    /// A text, or bytes where the profile allows them.
    pub(super) body: JsValue,
    pub(super) bytes: usize,
    pub(super) settle: Settle,
}

struct Room {
    id: RoomId,
    name: String,
    waiting: Vec<Settle>,
}

/// Everything that has not been settled.
pub(super) struct Bodies {
    outgoing: Queue<Outgoing>,
    rooms: Vec<Room>,
    next_message: MessageId,
    next_room: RoomId,
    /// What every `ref` of this session begins with.
    mark: u32,
}

/// The user's messages have names of 31 bits; the session's own requests have the bit above.
const NAMES: MessageId = (1 << 31) - 1;

impl Bodies {
    pub(super) fn new(seed: u64) -> Self {
        Bodies {
            outgoing: Queue::default(),
            rooms: Vec::new(),
            next_message: 0,
            next_room: 0,
            mark: (seed & 0xff_ffff) as u32,
        }
    }

    /// The name of the next message, and its `ref`.
    pub(super) fn reserve(&mut self) -> (MessageId, JsValue) {
        let id = self.name();
        (id, self.reference(id))
    }

    fn name(&mut self) -> MessageId {
        let id = self.next_message;
        self.next_message = (id + 1) & NAMES;
        id
    }

    pub(super) fn reference(&self, id: MessageId) -> JsValue {
        reference_of(self.mark, id)
    }

    /// The message that a `ref` is about, if it is one of this session.
    pub(super) fn message(&self, reference: &JsValue) -> Option<MessageId> {
        let request = request_of(self.mark, reference);
        (request >= 0.0).then_some(request as MessageId)
    }

    pub(super) fn add(&mut self, body: JsValue, bytes: usize, settle: Settle) -> MessageId {
        let id = self.name();
        self.add_reserved(id, body, bytes, settle);
        id
    }

    pub(super) fn add_reserved(
        &mut self,
        id: MessageId,
        body: JsValue,
        bytes: usize,
        settle: Settle,
    ) {
        self.outgoing.push(id, Outgoing { body, bytes, settle });
    }

    pub(super) fn get(&self, id: MessageId) -> Option<&Outgoing> {
        self.outgoing.get(id)
    }

    pub(super) fn take(&mut self, id: MessageId) -> Option<Outgoing> {
        self.outgoing.take(id)
    }

    /// Notes who wants to be in a room. Before there is another name to keep, those are forgotten that are not
    /// `known` any more: a user may go through many rooms.
    pub(super) fn join(
        &mut self,
        name: String,
        settle: Settle,
        known: impl Fn(RoomId) -> bool,
    ) -> RoomId {
        if let Some(room) = self.rooms.iter_mut().find(|room| room.name == name) {
            room.waiting.push(settle);
            return room.id;
        }
        if self.rooms.len() == self.rooms.capacity() {
            self.rooms.retain(|room| !room.waiting.is_empty() || known(room.id));
        }
        self.next_room += 1;
        self.rooms.push(Room { id: self.next_room, name, waiting: vec![settle] });
        self.next_room
    }

    pub(super) fn room(&self, name: &str) -> Option<RoomId> {
        self.rooms.iter().find(|room| room.name == name).map(|room| room.id)
    }

    pub(super) fn room_name(&self, id: RoomId) -> String {
        let room = self.rooms.iter().find(|room| room.id == id);
        room.map(|room| room.name.clone()).unwrap_or_default()
    }

    /// Those who wait for a room; they are told once.
    pub(super) fn take_waiting(&mut self, id: RoomId) -> Vec<Settle> {
        let room = self.rooms.iter_mut().find(|room| room.id == id);
        room.map(|room| std::mem::take(&mut room.waiting)).unwrap_or_default()
    }

    pub(super) fn reject_all(&mut self, cause: &Failure) {
        while let Some(outgoing) = self.outgoing.pop() {
            outgoing.settle.reject(cause);
        }
        for settle in std::mem::take(&mut self.rooms).into_iter().flat_map(|room| room.waiting) {
            settle.reject(cause);
        }
    }
}

#[cfg(all(test, feature = "typed"))]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn the_names_of_rooms_that_were_left_are_not_kept() {
        let mut bodies = Bodies::new(0);
        let mut join = |number: u32, known: &dyn Fn(RoomId) -> bool| {
            let room =
                bodies.join(format!("room {number}"), Settle::Future(Box::new(|_| {})), known);
            drop(bodies.take_waiting(room));
            (room, bodies.rooms.len())
        };
        let (first, _) = join(0, &|_| false);
        let most = (1..1000).map(|number| join(number, &|room| room == first).1).max();
        assert!(most < Some(10), "{most:?}");
        assert_eq!(join(0, &|_| false).0, first, "one that is still known keeps its name");
    }

    #[wasm_bindgen_test]
    fn a_request_is_known_by_the_ref_that_it_was_sent_with() {
        let bodies = Bodies::new(0xabc_def);
        let own = 1 << 31 | 5;
        for id in [0, 17, NAMES, own] {
            assert_eq!(bodies.message(&bodies.reference(id)), Some(id));
        }
        assert_eq!(bodies.reference(17).as_string().as_deref(), Some("abcdef-11"));
        for other in ["11", "abcdef-", "abcdef-x", "abcdef-011", "fedcba-11", "abcdef-11-", ""] {
            assert_eq!(bodies.message(&other.into()), None, "{other}");
        }
        for other in [JsValue::NULL, 11.into(), js_sys::Object::new().into()] {
            assert_eq!(bodies.message(&other), None);
        }
    }
}
