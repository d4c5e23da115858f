//! The last records, for the console: bounded, and nothing is made of them until somebody reads.

use crate::record::Record;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Most records that are kept; ours.
const RECORDS: usize = 8 * 1024;
/// Most bytes of their texts; ours.
const TEXT_BYTES: usize = 8 * 1024 * 1024;

/// A ring of records that can be followed.
#[derive(Debug, Default)]
pub struct Journal {
    ring: Mutex<Ring>,
    news: Notify,
}

#[derive(Debug, Default)]
struct Ring {
    records: VecDeque<Arc<Record>>,
    /// How many were dropped from the front, so that the first one's number is one more.
    dropped: u64,
    bytes: usize,
}

/// Records after some point, oldest first.
#[derive(Debug, Default)]
pub struct Page {
    /// The records with their numbers.
    pub records: Vec<(u64, Arc<Record>)>,
    /// The number of the last record that was looked at; where to read on.
    pub position: u64,
    /// How many had been dropped before they could be read.
    pub lost: u64,
    /// Whether there is more already.
    pub more: bool,
}

impl Journal {
    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a record; the oldest go where there is no more room.
    pub fn add(&self, record: Arc<Record>) {
        let mut ring = self.lock();
        ring.bytes += record.size();
        ring.records.push_back(record);
        while ring.records.len() > RECORDS || (ring.bytes > TEXT_BYTES && ring.records.len() > 1) {
            let oldest = ring.records.pop_front();
            ring.bytes -= oldest.map_or(0, |record| record.size());
            ring.dropped += 1;
        }
        drop(ring);
        self.news.notify_waiters();
    }

    /// The number of the newest record, counted from 1.
    pub fn position(&self) -> u64 {
        let ring = self.lock();
        ring.dropped + ring.records.len() as u64
    }

    /// Up to `count` records of those after a number that are wanted. A number that has not been reached, as after
    /// a restart of the gateway, reads from the beginning.
    pub fn after(&self, number: u64, count: usize, is_wanted: impl Fn(&Record) -> bool) -> Page {
        let ring = self.lock();
        let newest = ring.dropped + ring.records.len() as u64;
        let number = if number > newest { 0 } else { number };
        let start = number.max(ring.dropped);
        let mut page = Page { lost: start - number, position: start, ..Page::default() };
        for record in ring.records.iter().skip((start - ring.dropped) as usize) {
            if page.records.len() == count {
                page.more = true;
                break;
            }
            page.position += 1;
            if is_wanted(record) {
                page.records.push((page.position, record.clone()));
            }
        }
        page
    }

    /// Waits until there is a record after this number.
    pub async fn news(&self, number: u64) {
        loop {
            let news = self.news.notified();
            tokio::pin!(news);
            // Before looking, so that what comes between the look and the wait is not missed.
            news.as_mut().enable();
            if self.position() > number {
                return;
            }
            news.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Kind, Tone};

    fn record(text: impl Into<std::borrow::Cow<'static, str>>) -> Arc<Record> {
        Arc::new(Record::new(Kind::Gateway, Tone::Plain, text))
    }

    #[test]
    fn the_oldest_records_go_first_and_are_counted() {
        let journal = Journal::default();
        for number in 1..=RECORDS + 5 {
            journal.add(record(number.to_string()));
        }
        let page = journal.after(2, 10, |_| true);
        assert_eq!((page.lost, page.records[0].0, page.position, page.more), (3, 6, 15, true));
        assert_eq!(page.records[0].1.text, "6");
    }

    #[test]
    fn long_texts_are_bounded_by_their_bytes() {
        let journal = Journal::default();
        for _ in 0..20 {
            journal.add(record("x".repeat(TEXT_BYTES / 4)));
        }
        assert_eq!(journal.after(0, 100, |_| true).records.len(), 4);
    }

    #[test]
    fn records_that_are_not_wanted_move_the_position_on() {
        let journal = Journal::default();
        for text in ["a", "b", "a"] {
            journal.add(record(text));
        }
        let page = journal.after(1, 10, |record| record.text == "b");
        assert_eq!((page.records.len(), page.position, page.more), (1, 3, false));
        assert_eq!(journal.after(99, 10, |_| true).records.len(), 3, "a number of another run");
    }

    #[tokio::test]
    async fn a_record_wakes_those_who_wait_for_it() {
        let journal = Arc::new(Journal::default());
        let waiting = tokio::spawn({
            let journal = journal.clone();
            async move { journal.news(0).await }
        });
        tokio::task::yield_now().await;
        journal.add(record("x"));
        waiting.await.unwrap();
        journal.news(0).await;
    }
}
