//! Requests that wait for their answer.

use super::link::LinkId;
use super::outbox::MessageId;
use super::timer::NEVER;

/// A request, in the outbox or on its way.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) message: MessageId,
    pub(super) bytes: usize,
    /// When its sender gives up, in milliseconds.
    pub(super) deadline: u64,
    /// Whether it is sent again when its link dies.
    pub(super) retry: bool,
    /// The link that took it; none while it is in the outbox.
    pub(super) link: LinkId,
}

/// All of them, in the order in which they were made.
#[derive(Debug, Default)]
pub(super) struct Requests(Vec<Pending>);

impl Requests {
    pub(super) fn add(&mut self, pending: Pending) {
        self.0.push(pending);
    }

    /// Takes a request out; whether it was there.
    pub(super) fn take(&mut self, message: MessageId) -> bool {
        let index = self.0.iter().position(|pending| pending.message == message);
        if let Some(index) = index {
            self.0.remove(index);
        }
        index.is_some()
    }

    pub(super) fn get_mut(&mut self, message: MessageId) -> Option<&mut Pending> {
        self.0.iter_mut().find(|pending| pending.message == message)
    }

    /// The only request on a link, if there is exactly one.
    pub(super) fn only(&self, link: LinkId) -> Option<MessageId> {
        let mut only = None;
        for pending in self.0.iter().filter(|pending| pending.link == link) {
            if only.is_some() {
                return None;
            }
            only = Some(pending.message);
        }
        only
    }

    pub(super) fn any_on(&self, link: LinkId) -> bool {
        self.0.iter().any(|pending| pending.link == link)
    }

    pub(super) fn one_on(&mut self, link: LinkId) -> Option<&mut Pending> {
        self.0.iter_mut().find(|pending| pending.link == link)
    }

    /// A request whose sender has waited for long enough, and the link that took it.
    pub(super) fn expired(&self, now: u64) -> Option<(MessageId, LinkId)> {
        let expired = self.0.iter().find(|pending| pending.deadline <= now)?;
        Some((expired.message, expired.link))
    }

    pub(super) fn first(&self) -> Option<MessageId> {
        self.0.first().map(|pending| pending.message)
    }

    /// [`NEVER`] if there are none.
    pub(super) fn next_deadline(&self) -> u64 {
        let mut next = NEVER;
        for pending in &self.0 {
            next = next.min(pending.deadline);
        }
        next
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
