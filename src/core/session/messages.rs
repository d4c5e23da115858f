//! Messages and requests on their way out, and what becomes of them when their link dies.

use std::rc::Rc;

use super::super::failure::Failure;
use super::super::inbound::Delivery;
use super::super::link::{Flight, Link, LinkId, NO_LINK};
use super::super::outbox::MessageId;
use super::super::requests::Pending;
use super::super::timer::{NEVER, Timer, after};
use super::super::trace::TraceEvent;
use super::{Output, Session, Slot, Status};

impl Session {
    pub(super) fn is_closed(&self) -> bool {
        self.status == Status::Closed
    }

    pub(super) fn send(&mut self, message: MessageId, bytes: usize, retry: bool) {
        let time_to_live = self.settings.outbox.time_to_live;
        let expires = time_to_live.map_or(NEVER, |time| after(self.now, time));
        self.accept(Flight { message, bytes, expires, retry, is_request: false });
    }

    pub(super) fn request(
        &mut self,
        message: MessageId,
        bytes: usize,
        timeout: Option<u64>,
        retry: bool,
    ) {
        let deadline = after(self.now, timeout.unwrap_or(self.settings.request_timeout));
        self.requests.add(Pending { message, bytes, deadline, retry, link: NO_LINK });
        self.accept(Flight { message, bytes, expires: NEVER, retry, is_request: true });
        self.arm_expiry();
    }

    /// Hands a message to the current link, or keeps it until there is one.
    fn accept(&mut self, flight: Flight) {
        if let Some(end) = self.end.clone() {
            return self.give_up(flight.message, &end);
        }
        if let Some(limit) = self.settings.frame_limit.filter(|limit| flight.bytes > *limit) {
            let failure = Failure::FrameTooLarge { bytes: flight.bytes, limit };
            return self.give_up(flight.message, &Rc::new(failure));
        }
        // Something waits also while a link is closing, and keeps its place.
        let has_room = self.link.as_deref().is_some_and(Link::has_room);
        if self.status == Status::Ready && has_room && self.outbox.len() == 0 {
            return self.transmit(flight);
        }
        while let Some(failure) = self.outbox.refuses(flight.bytes, &self.settings.outbox) {
            let failure = Rc::new(failure);
            let oldest = self.outbox.make_room(flight.bytes, &self.settings.outbox);
            self.give_up(oldest.as_ref().unwrap_or(&flight).message, &failure);
            if oldest.is_none() {
                return;
            }
        }
        self.outbox.push(flight);
        self.wake();
        self.arm_expiry();
    }

    /// Forgets a message or a request that has not been sent, and tells its sender why.
    pub(super) fn give_up(&mut self, message: MessageId, failure: &Rc<Failure>) {
        self.requests.take(message);
        self.outbox.remove(message);
        self.reject(message, failure);
    }

    pub(super) fn reject(&mut self, message: MessageId, failure: &Rc<Failure>) {
        self.note_rejected(message, failure.code());
        self.output(Output::Reject(message, Rc::clone(failure)));
    }

    /// Hands everything that waits to the current link, as far as that has room.
    pub(super) fn flush(&mut self) {
        while self.link.as_deref().is_some_and(Link::has_room)
            && let Some(flight) = self.outbox.pop()
        {
            self.transmit(flight);
        }
        self.arm_expiry();
    }

    fn transmit(&mut self, flight: Flight) {
        let Some(link) = &mut self.link else { return };
        let (id, message, bytes) = (link.id, flight.message, flight.bytes);
        if !flight.is_request {
            link.sent_at = self.now;
        }
        link.take(flight);
        if let Some(pending) = self.requests.get_mut(message) {
            pending.link = id;
        }
        self.stats.messages_sent += 1;
        self.stats.bytes_sent += bytes as u64;
        self.note_message(id, TraceEvent::Transmit, message);
        self.output(Output::Transmit(id, message));
    }

    /// What a link took up to and with a message has left for the network.
    pub(super) fn drained(&mut self, id: LinkId, message: MessageId) {
        let Some(slot) = self.slot(id) else { return };
        while let Some(flight) = self.get_mut(slot).and_then(|link| link.drain_to(message)) {
            if !flight.is_request {
                self.note_message(NO_LINK, TraceEvent::Resolved, flight.message);
                self.output(Output::Confirm(flight.message));
            }
        }
        if slot == Slot::Current && self.outbox.len() > 0 && self.status == Status::Ready {
            self.flush();
        }
        self.close_old_when_drained();
    }

    /// A closing link did not take a message, which waits for the next one.
    pub(super) fn not_taken(&mut self, id: LinkId, message: MessageId) {
        let Some(slot) = self.slot(id) else { return };
        let Some(link) = self.get_mut(slot) else { return };
        let Some(flight) = link.give_back(message) else { return };
        if let Some(end) = self.end.clone() {
            if !flight.is_request {
                self.reject(message, &end);
            }
            return;
        }
        match self.requests.get_mut(message) {
            Some(pending) => pending.link = NO_LINK,
            // Its sender has been told meanwhile: out of time, or aborted.
            None if flight.is_request => return self.close_old_when_drained(),
            None => {}
        }
        self.stats.messages_sent -= 1;
        self.stats.bytes_sent -= flight.bytes as u64;
        self.outbox.put_back(flight);
        if slot != Slot::Current && self.status == Status::Ready {
            self.flush();
        }
        self.arm_expiry();
        self.close_old_when_drained();
    }

    /// An answer has arrived, on whatever link.
    pub(super) fn answered(&mut self, id: LinkId, message: MessageId) {
        // What was sent before the request has left before it.
        self.drained(id, message);
        if !self.requests.take(message) {
            self.deliver(Delivery::Message);
        } else if !self.room_answered(message) {
            self.outbox.remove(message);
            self.stats.messages_received += 1;
            self.note_message(NO_LINK, TraceEvent::Resolved, message);
            self.output(Output::Answer(message));
        }
        self.arm_expiry();
        self.close_old_when_drained();
    }

    pub(super) fn request_failed(&mut self, message: MessageId, failure: &Rc<Failure>) {
        self.requests.take(message);
        if !self.room_failed(message, failure) {
            self.give_up(message, failure);
        }
        self.arm_expiry();
        self.close_old_when_drained();
    }

    pub(super) fn abort(&mut self, message: MessageId) {
        let waited = self.outbox.remove(message);
        if self.requests.take(message) || waited {
            self.reject(message, &Rc::new(Failure::Aborted));
        }
        self.arm_expiry();
        self.close_old_when_drained();
    }

    /// Drops a dead link and decides what becomes of all that it had taken: sent again where the user allowed that,
    /// else its sender is told that nobody knows.
    pub(super) fn settle_lost(
        &mut self,
        link: &mut Link,
        failure: &Rc<Failure>,
        code: Option<u16>,
    ) {
        self.drop_link(link.id);
        // The other side named the last messages as its reason: sending them again would end as before.
        let offended = code.is_some_and(|code| code == UNSUPPORTED_DATA || code == TOO_BIG);
        let keeps = !offended && !self.is_closed();
        while let Some(flight) = link.flights.pop() {
            if flight.is_request {
                continue;
            }
            if flight.retry && keeps {
                self.outbox.put_back(flight);
            } else {
                self.reject(flight.message, &Rc::new(Failure::DeliveryUnknown { code }));
            }
        }
        while let Some(pending) = self.requests.one_on(link.id) {
            pending.link = NO_LINK;
            let Pending { message, bytes, retry, .. } = *pending;
            if retry && keeps {
                let again = Flight { message, bytes, expires: NEVER, retry, is_request: true };
                self.outbox.put_back(again);
            } else {
                self.requests.take(message);
                if !self.room_failed(message, failure) {
                    self.reject(message, failure);
                }
            }
        }
        self.forget_joins(link.id);
        // A wish that waited for an answer on the replaced link is the current one's now.
        self.join_all(Slot::Current);
        if self.status == Status::Ready && self.link.is_some() {
            self.flush();
        }
        self.arm_expiry();
    }

    pub(super) fn arm_expiry(&mut self) {
        let next = self.requests.next_deadline().min(self.outbox.next_expiry());
        self.timers.set(Timer::Expiry, next);
    }

    pub(super) fn expire(&mut self) {
        while let Some(message) = self.outbox.take_expired(self.now) {
            let time_to_live = self.settings.outbox.time_to_live.unwrap_or_default();
            self.reject(message, &Rc::new(Failure::Expired { time_to_live }));
        }
        let mut is_doubtful = false;
        while let Some((message, link)) = self.requests.expired(self.now) {
            is_doubtful |= link != NO_LINK && link == self.link_or_none();
            self.request_failed(message, &Rc::new(Failure::RequestTimeout));
        }
        if is_doubtful {
            self.probe();
        }
        self.arm_expiry();
    }

    /// Whether the link of this slot has anything under way.
    pub(super) fn is_busy(&self, slot: Slot) -> bool {
        let link = self.get(slot);
        link.is_some_and(|link| !link.flights.is_empty() || self.requests.any_on(link.id))
    }
}

/// RFC 6455, section 7.4.1: the other side cannot take this kind of data.
const UNSUPPORTED_DATA: u16 = 1003;
/// RFC 6455, section 7.4.1: a message was too big.
const TOO_BIG: u16 = 1009;
