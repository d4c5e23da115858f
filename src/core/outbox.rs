//! Messages that were accepted and not yet handed to a link.

use super::failure::Failure;
use super::link::Flight;
use super::queue::Queue;
use super::settings::OutboxSettings;
use super::timer::NEVER;

/// Names a message whose body the driver keeps.
pub type MessageId = u32;

/// The order and the size of what waits. The bodies stay with the driver.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: Queue<Flight>,
    bytes: usize,
}

impl Outbox {
    /// Why there is no room for a message of so many bytes, if there is none.
    pub(super) fn refuses(&self, bytes: usize, settings: &OutboxSettings) -> Option<Failure> {
        let full = self.waiting.len() >= settings.messages || self.bytes + bytes > settings.bytes;
        full.then(|| Failure::OutboxFull { messages: self.waiting.len(), bytes: self.bytes })
    }

    /// Drops the oldest to make room for it, where that is wanted, but not for a message that would never fit.
    pub(super) fn make_room(&mut self, bytes: usize, settings: &OutboxSettings) -> Option<Flight> {
        if settings.drop_oldest && bytes <= settings.bytes { self.pop() } else { None }
    }

    pub(super) fn push(&mut self, flight: Flight) {
        self.bytes += flight.bytes;
        self.waiting.push(flight.message, flight);
    }

    /// Puts a message back that a lost link did not take along. It was accepted once, so that there is
    /// always room for it.
    pub(super) fn put_back(&mut self, flight: Flight) {
        self.bytes += flight.bytes;
        // Ids grow with the order of sending, in 31 bits that wrap around.
        let message = flight.message;
        let is_later = |other: MessageId| (other.wrapping_sub(message) << 1) as i32 > 0;
        self.waiting.insert(message, flight, is_later);
    }

    pub(super) fn pop(&mut self) -> Option<Flight> {
        let popped = self.waiting.pop();
        self.bytes -= popped.as_ref().map_or(0, |flight| flight.bytes);
        popped
    }

    /// Takes a certain message out; whether it was there.
    pub(super) fn remove(&mut self, message: MessageId) -> bool {
        let removed = self.waiting.take(message);
        self.bytes -= removed.as_ref().map_or(0, |flight| flight.bytes);
        removed.is_some()
    }

    /// Takes out one message that has waited for too long.
    pub(super) fn take_expired(&mut self, now: u64) -> Option<MessageId> {
        let is_over = |flight: &&Flight| flight.expires <= now;
        let expired = self.waiting.iter().find(is_over)?.message;
        self.remove(expired);
        Some(expired)
    }

    /// [`NEVER`] if nothing is to expire.
    pub(super) fn next_expiry(&self) -> u64 {
        let mut next = NEVER;
        for flight in self.waiting.iter() {
            next = next.min(flight.expires);
        }
        next
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(message: MessageId, bytes: usize) -> Flight {
        Flight { message, bytes, expires: NEVER, retry: false, is_request: false }
    }

    fn settings(messages: usize, bytes: usize, drop_oldest: bool) -> OutboxSettings {
        OutboxSettings { messages, bytes, drop_oldest, time_to_live: None }
    }

    /// As the session does; whether it was taken.
    fn take(outbox: &mut Outbox, flight: Flight, settings: &OutboxSettings) -> bool {
        while outbox.refuses(flight.bytes, settings).is_some() {
            if outbox.make_room(flight.bytes, settings).is_none() {
                return false;
            }
        }
        outbox.push(flight);
        true
    }

    fn order(outbox: &mut Outbox) -> Vec<MessageId> {
        std::iter::from_fn(|| outbox.pop().map(|flight| flight.message)).collect()
    }

    #[test]
    fn a_full_outbox_rejects_the_new_message_or_drops_the_oldest() {
        for (drop_oldest, kept) in [(false, [1, 2]), (true, [2, 3])] {
            let settings = settings(2, 100, drop_oldest);
            let mut outbox = Outbox::default();
            for message in 1..=3 {
                let taken = take(&mut outbox, waiting(message, 10), &settings);
                assert_eq!(taken, drop_oldest || message < 3);
            }
            assert_eq!(outbox.bytes(), 20);
            assert_eq!(order(&mut outbox), kept);
        }
    }

    #[test]
    fn nothing_is_dropped_for_a_message_that_would_never_fit() {
        let settings = settings(10, 100, true);
        let mut outbox = Outbox::default();
        assert!(take(&mut outbox, waiting(1, 60), &settings));
        assert!(!take(&mut outbox, waiting(2, 101), &settings));
        assert_eq!(order(&mut outbox), [1]);
    }

    #[test]
    fn what_comes_back_stands_where_it_stood_also_when_ids_wrap() {
        let mut outbox = Outbox::default();
        let last = u32::MAX >> 1;
        for message in [last, 1] {
            outbox.push(waiting(message, 1));
        }
        outbox.put_back(waiting(0, 1));
        outbox.put_back(waiting(last - 1, 1));
        assert_eq!(order(&mut outbox), [last - 1, last, 0, 1]);
    }
}
