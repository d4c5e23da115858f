//! Messages that were accepted and not yet handed to a link.

use super::failure::Failure;
use super::link::Flight;
use super::queue::Queue;
use super::settings::OutboxSettings;
use super::timer::NEVER;

/// Names a message whose body the driver keeps.
pub type MessageId = u32;

/// A message that waits.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) message: MessageId,
    pub(super) bytes: usize,
    /// When it has waited for too long, in milliseconds, or [`NEVER`].
    pub(super) expires: u64,
}

/// The order and the size of what waits. The bodies stay with the driver.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: Queue<Flight>,
    bytes: usize,
}

impl Outbox {
    /// Takes a message in, or says why there is no room for it. Returns what was dropped to make room.
    pub(super) fn push(
        &mut self,
        flight: Flight,
        settings: &OutboxSettings,
    ) -> Result<Vec<MessageId>, Failure> {
        let bytes = flight.waiting.bytes;
        let fits_alone = settings.messages > 0 && bytes <= settings.bytes;
        let mut dropped = Vec::new();
        while self.waiting.len() >= settings.messages || self.bytes + bytes > settings.bytes {
            let oldest = if settings.drop_oldest && fits_alone { self.pop() } else { None };
            match oldest {
                Some(oldest) => dropped.push(oldest.waiting.message),
                None => return Err(self.full()),
            }
        }
        self.bytes += bytes;
        self.waiting.push(flight.waiting.message, flight);
        Ok(dropped)
    }

    /// Puts a message back that a lost link did not take along. It was accepted once, so that there is
    /// always room for it.
    pub(super) fn put_back(&mut self, flight: Flight) {
        self.bytes += flight.waiting.bytes;
        // Ids grow with the order of sending, in 31 bits that wrap around.
        let message = flight.waiting.message;
        let is_later = |other: MessageId| (other.wrapping_sub(message) << 1) as i32 > 0;
        self.waiting.insert(message, flight, is_later);
    }

    pub(super) fn full(&self) -> Failure {
        Failure::OutboxFull { messages: self.waiting.len(), bytes: self.bytes }
    }

    pub(super) fn pop(&mut self) -> Option<Flight> {
        let flight = self.waiting.pop()?;
        self.bytes -= flight.waiting.bytes;
        Some(flight)
    }

    /// Takes a certain message out; whether it was there.
    pub(super) fn remove(&mut self, message: MessageId) -> bool {
        let removed = self.waiting.take(message);
        self.bytes -= removed.as_ref().map_or(0, |flight| flight.waiting.bytes);
        removed.is_some()
    }

    /// Takes out one message that has waited for too long.
    pub(super) fn take_expired(&mut self, now: u64) -> Option<MessageId> {
        let is_over = |flight: &&Flight| flight.waiting.expires <= now;
        let expired = self.waiting.iter().find(is_over)?.waiting.message;
        self.remove(expired);
        Some(expired)
    }

    /// [`NEVER`] if nothing is to expire.
    pub(super) fn next_expiry(&self) -> u64 {
        let mut next = NEVER;
        for flight in self.waiting.iter() {
            next = next.min(flight.waiting.expires);
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
        let waiting = Waiting { message, bytes, expires: NEVER };
        Flight { waiting, retry: false, is_request: false }
    }

    fn settings(messages: usize, bytes: usize, drop_oldest: bool) -> OutboxSettings {
        OutboxSettings { messages, bytes, drop_oldest, time_to_live: None }
    }

    fn order(outbox: &mut Outbox) -> Vec<MessageId> {
        std::iter::from_fn(|| outbox.pop().map(|flight| flight.waiting.message)).collect()
    }

    #[test]
    fn a_full_outbox_rejects_the_new_message_or_drops_the_oldest() {
        for (drop_oldest, kept) in [(false, [1, 2]), (true, [2, 3])] {
            let settings = settings(2, 100, drop_oldest);
            let mut outbox = Outbox::default();
            for message in 1..=3 {
                let pushed = outbox.push(waiting(message, 10), &settings);
                assert_eq!(pushed.is_ok(), drop_oldest || message < 3);
            }
            assert_eq!(outbox.bytes(), 20);
            assert_eq!(order(&mut outbox), kept);
        }
    }

    #[test]
    fn nothing_is_dropped_for_a_message_that_would_never_fit() {
        let settings = settings(10, 100, true);
        let mut outbox = Outbox::default();
        assert_eq!(outbox.push(waiting(1, 60), &settings), Ok(vec![]));
        assert!(outbox.push(waiting(2, 101), &settings).is_err());
        assert_eq!(order(&mut outbox), [1]);
    }

    #[test]
    fn what_comes_back_stands_where_it_stood_also_when_ids_wrap() {
        let mut outbox = Outbox::default();
        let last = u32::MAX >> 1;
        for message in [last, 1] {
            assert!(outbox.push(waiting(message, 1), &settings(9, 9, false)).is_ok());
        }
        outbox.put_back(waiting(0, 1));
        outbox.put_back(waiting(last - 1, 1));
        assert_eq!(order(&mut outbox), [last - 1, last, 0, 1]);
    }
}
