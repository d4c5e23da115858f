//! Messages and requests on their way out, and what becomes of them when their link dies.

use super::super::failure::Failure;
use super::super::inbound::Delivery;
use super::super::link::{Flight, Link, LinkId};
use super::super::outbox::{MessageId, Waiting};
use super::super::requests::Pending;
use super::super::timer::{NEVER, Timer};
use super::{Output, Session, Slot, Status};

impl Session {
    pub(super) fn is_closed(&self) -> bool {
        self.status == Status::Closed
    }

    pub(super) fn send(&mut self, now: u64, message: MessageId, bytes: usize, retry: bool) {
        let time_to_live = self.settings.outbox.time_to_live;
        let expires = time_to_live.map_or(NEVER, |time| now.saturating_add(time));
        let waiting = Waiting { message, bytes, expires };
        if let Err(failure) = self.accept(now, waiting, retry, false) {
            self.output(Output::Reject(message, failure));
        }
    }

    pub(super) fn request(
        &mut self,
        now: u64,
        message: MessageId,
        bytes: usize,
        timeout: Option<u64>,
        retry: bool,
    ) {
        let deadline = now.saturating_add(timeout.unwrap_or(self.settings.request_timeout));
        self.requests.add(Pending { message, bytes, deadline, retry, link: None });
        if let Err(failure) =
            self.accept(now, Waiting { message, bytes, expires: NEVER }, retry, true)
        {
            self.requests.take(message);
            self.output(Output::Reject(message, failure));
        }
        self.arm_expiry();
    }

    /// Hands a message to the current link, or keeps it until there is one.
    fn accept(
        &mut self,
        now: u64,
        waiting: Waiting,
        retry: bool,
        is_request: bool,
    ) -> Result<(), Failure> {
        if let Some(end) = &self.end {
            return Err(end.clone());
        }
        if let Some(limit) = self.settings.frame_limit.filter(|limit| waiting.bytes > *limit) {
            return Err(Failure::FrameTooLarge { bytes: waiting.bytes, limit });
        }
        let flight = Flight { waiting, retry, is_request };
        // Something waits also while a link is closing, and keeps its place.
        let has_room = self.link.as_deref().is_some_and(Link::has_room);
        if self.status == Status::Ready && has_room && self.outbox.len() == 0 {
            self.transmit(now, flight);
            return Ok(());
        }
        let dropped = self.outbox.push(flight, &self.settings.outbox)?;
        for message in dropped {
            let failure = self.outbox.full();
            self.requests.take(message);
            self.output(Output::Reject(message, failure));
        }
        self.wake(now);
        self.arm_expiry();
        Ok(())
    }

    /// Hands everything that waits to the current link, as far as that has room.
    pub(super) fn flush(&mut self, now: u64) {
        while self.link.as_deref().is_some_and(Link::has_room)
            && let Some(flight) = self.outbox.pop()
        {
            self.transmit(now, flight);
        }
        self.arm_expiry();
    }

    fn transmit(&mut self, now: u64, flight: Flight) {
        let Some(link) = &mut self.link else { return };
        let (id, message, bytes) = (link.id, flight.waiting.message, flight.waiting.bytes);
        if !flight.is_request {
            link.sent_at = now;
        }
        link.take(flight);
        if let Some(pending) = self.requests.get_mut(message) {
            pending.link = Some(id);
        }
        self.stats.messages_sent += 1;
        self.stats.bytes_sent += bytes as u64;
        self.output(Output::Transmit(id, message));
    }

    /// What a link took up to and with a message has left for the network.
    pub(super) fn drained(&mut self, now: u64, id: LinkId, message: MessageId) {
        let Some(slot) = self.slot(id) else { return };
        let Some(link) = self.get_mut(slot) else { return };
        for flight in link.drain_to(message).into_iter().filter(|flight| !flight.is_request) {
            self.output(Output::Confirm(flight.waiting.message));
        }
        if slot == Slot::Current && self.outbox.len() > 0 && self.status == Status::Ready {
            self.flush(now);
        }
        self.close_old_when_drained(now);
    }

    /// A closing link did not take a message, which waits for the next one.
    pub(super) fn not_taken(&mut self, now: u64, id: LinkId, message: MessageId) {
        let Some(slot) = self.slot(id) else { return };
        let Some(link) = self.get_mut(slot) else { return };
        let Some(flight) = link.give_back(message) else { return };
        if let Some(end) = self.end.clone() {
            return self.output(Output::Reject(message, end));
        }
        match self.requests.get_mut(message) {
            Some(pending) => pending.link = None,
            // Its sender has been told meanwhile: out of time, or aborted.
            None if flight.is_request => return self.close_old_when_drained(now),
            None => {}
        }
        self.stats.messages_sent -= 1;
        self.stats.bytes_sent -= flight.waiting.bytes as u64;
        self.outbox.put_back(flight);
        if slot != Slot::Current && self.status == Status::Ready {
            self.flush(now);
        }
        self.arm_expiry();
        self.close_old_when_drained(now);
    }

    /// An answer has arrived, on whatever link.
    pub(super) fn answered(&mut self, now: u64, id: LinkId, message: MessageId) {
        // What was sent before the request has left before it.
        self.drained(now, id, message);
        match self.requests.take(message) {
            None => self.deliver(Delivery::Message),
            Some(_) if self.room_answered(now, message) => {}
            Some(_) => {
                self.outbox.remove(message);
                self.stats.messages_received += 1;
                self.output(Output::Answer(message));
            }
        }
        self.arm_expiry();
        self.close_old_when_drained(now);
    }

    pub(super) fn request_failed(&mut self, now: u64, message: MessageId, failure: Failure) {
        self.requests.take(message);
        self.outbox.remove(message);
        if !self.room_failed(now, message, &failure) {
            self.output(Output::Reject(message, failure));
        }
        self.arm_expiry();
        self.close_old_when_drained(now);
    }

    pub(super) fn abort(&mut self, now: u64, message: MessageId) {
        let waited = self.outbox.remove(message);
        if waited || self.requests.take(message).is_some() {
            self.requests.take(message);
            self.output(Output::Reject(message, Failure::Aborted));
        }
        self.arm_expiry();
        self.close_old_when_drained(now);
    }

    /// Decides what becomes of all that a dead link had taken: sent again where the user allowed that,
    /// else its sender is told that nobody knows.
    pub(super) fn settle_lost(
        &mut self,
        now: u64,
        link: &mut Link,
        failure: &Failure,
        code: Option<u16>,
    ) {
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
                let message = flight.waiting.message;
                let failure = Failure::DeliveryUnknown { code };
                self.output(Output::Reject(message, failure));
            }
        }
        while let Some(mut pending) = self.requests.take_one_on(link.id) {
            pending.link = None;
            let message = pending.message;
            if pending.retry && keeps {
                let waiting = Waiting { message, bytes: pending.bytes, expires: NEVER };
                self.outbox.put_back(Flight { waiting, retry: true, is_request: true });
                self.requests.add(pending);
            } else if !self.room_failed(now, message, failure) {
                self.output(Output::Reject(message, failure.clone()));
            }
        }
        self.forget_joins(link.id);
        // A wish that waited for an answer on the replaced link is the current one's now.
        self.join_all(now, Slot::Current);
        if self.status == Status::Ready && self.link.is_some() {
            self.flush(now);
        }
        self.arm_expiry();
    }

    pub(super) fn arm_expiry(&mut self) {
        let next = self.requests.next_deadline().min(self.outbox.next_expiry());
        self.timers.set(Timer::Expiry, next);
    }

    pub(super) fn expire(&mut self, now: u64) {
        while let Some(message) = self.outbox.take_expired(now) {
            let time_to_live = self.settings.outbox.time_to_live.unwrap_or_default();
            self.output(Output::Reject(message, Failure::Expired { time_to_live }));
        }
        let mut is_doubtful = false;
        while let Some(pending) = self.requests.take_expired(now) {
            is_doubtful |= pending.link.is_some() && pending.link == self.link();
            self.request_failed(now, pending.message, Failure::RequestTimeout);
        }
        if is_doubtful {
            self.probe(now);
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
