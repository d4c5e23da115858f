//! What became of every message that the session was given.

use gatesocket::core::{LinkId, MessageId};
use std::collections::{BTreeMap, BTreeSet};

/// A message or a request that has not been settled.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) is_request: bool,
    pub(super) retry: bool,
    /// Its place in the order of sending.
    place: u64,
    /// The link that took it last.
    pub(super) link: Option<LinkId>,
    /// How often a link took it, and how often one may.
    taken: u32,
    may_be_taken: u32,
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    open: BTreeMap<MessageId, Entry>,
    /// Names that were given to two messages at once: which of them is meant, nobody knows.
    tangled: BTreeSet<MessageId>,
    given: u64,
    last_place: u64,
}

impl Ledger {
    pub(super) fn give(&mut self, message: MessageId, is_request: bool, retry: bool) {
        if self.tangled.contains(&message) {
            return;
        }
        if self.open.remove(&message).is_some() {
            self.tangled.insert(message);
            return;
        }
        self.given += 1;
        let place = self.given;
        let entry = Entry { is_request, retry, place, link: None, taken: 0, may_be_taken: 1 };
        self.open.insert(message, entry);
    }

    pub(super) fn take(&mut self, message: MessageId, link: LinkId) {
        if self.tangled.contains(&message) {
            return;
        }
        let Some(entry) = self.open.get_mut(&message) else {
            panic!("message {message} went out and is not under way");
        };
        if entry.taken == 0 {
            assert!(entry.place > self.last_place, "message {message} overtook another");
            self.last_place = entry.place;
        }
        entry.taken += 1;
        entry.link = Some(link);
        assert!(
            entry.retry || entry.taken <= entry.may_be_taken,
            "message {message} went out twice"
        );
    }

    /// A link said that it did not take a message, which may be true or not.
    pub(super) fn not_taken(&mut self, message: MessageId, link: LinkId) {
        if let Some(entry) = self.open.get_mut(&message)
            && entry.link == Some(link)
        {
            entry.may_be_taken += 1;
        }
    }

    /// Its sender was told how it ended. Returns what it was, where that is known.
    pub(super) fn settle(&mut self, message: MessageId) -> Option<Entry> {
        if self.tangled.contains(&message) {
            return None;
        }
        let entry = self.open.remove(&message);
        assert!(entry.is_some(), "message {message} was settled and is not under way");
        entry
    }

    pub(super) fn open(&self) -> impl Iterator<Item = (MessageId, &Entry)> {
        self.open.iter().map(|(message, entry)| (*message, entry))
    }

    /// How many messages are under way.
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    pub(super) fn is_tangled(&self) -> bool {
        !self.tangled.is_empty()
    }
}

impl Entry {
    pub(super) fn was_taken(&self) -> bool {
        self.taken > 0
    }
}
