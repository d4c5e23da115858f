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
    pub(super) link: Option<LinkId>,
}

/// All of them, in the order in which they were made.
#[derive(Debug, Default)]
pub(super) struct Requests(Vec<Pending>);

impl Requests {
    pub(super) fn add(&mut self, pending: Pending) {
        self.0.push(pending);
    }

    pub(super) fn take(&mut self, message: MessageId) -> Option<Pending> {
        let index = self.0.iter().position(|pending| pending.message == message)?;
        Some(self.0.remove(index))
    }

    pub(super) fn get_mut(&mut self, message: MessageId) -> Option<&mut Pending> {
        self.0.iter_mut().find(|pending| pending.message == message)
    }

    /// The only request on a link, if there is exactly one.
    pub(super) fn only(&self, link: LinkId) -> Option<MessageId> {
        let mut on_link = self.0.iter().filter(|pending| pending.link == Some(link));
        let first = on_link.next()?.message;
        on_link.next().is_none().then_some(first)
    }

    pub(super) fn any_on(&self, link: LinkId) -> bool {
        self.0.iter().any(|pending| pending.link == Some(link))
    }

    pub(super) fn take_one_on(&mut self, link: LinkId) -> Option<Pending> {
        let index = self.0.iter().position(|pending| pending.link == Some(link))?;
        Some(self.0.remove(index))
    }

    pub(super) fn take_expired(&mut self, now: u64) -> Option<Pending> {
        let index = self.0.iter().position(|pending| pending.deadline <= now)?;
        Some(self.0.remove(index))
    }

    pub(super) fn take_any(&mut self) -> Option<Pending> {
        if self.0.is_empty() { None } else { Some(self.0.remove(0)) }
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
