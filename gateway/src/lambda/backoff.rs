//! How often a handler that cannot be loaded is tried again.

use std::time::Duration;
use tokio::time::Instant;

/// The wait after the second failure; it doubles with each that follows.
const FIRST: Duration = Duration::from_millis(100);

/// The longest wait.
const LONGEST: Duration = Duration::from_secs(2);

/// Failures in a row, and when the next start is allowed.
#[derive(Default)]
pub(super) struct Backoff {
    failures: u32,
    not_before: Option<Instant>,
    /// What the last failure said.
    error: String,
}

impl Backoff {
    /// Notes a failure; says whether it differs from the one before, so that the log has it once.
    pub(super) fn failed(&mut self, now: Instant, error: &str) -> bool {
        self.failures += 1;
        // The first is tried again at once: it may be over already, as when a file was half-written.
        if let Some(doublings) = self.failures.checked_sub(2) {
            let wait = FIRST.saturating_mul(1 << doublings.min(10)).min(LONGEST);
            self.not_before = Some(now + wait);
        }
        let is_new = self.error != error;
        error.clone_into(&mut self.error);
        is_new
    }

    /// Forgets all failures.
    pub(super) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// How long to wait before the next start.
    pub(super) fn pause(&self, now: Instant) -> Duration {
        self.not_before.map_or(Duration::ZERO, |then| then.saturating_duration_since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_failure_waits_and_each_further_one_longer_up_to_a_limit() {
        let now = Instant::now();
        let mut backoff = Backoff::default();
        let mut pauses = Vec::new();
        for _ in 0..40 {
            backoff.failed(now, "broken");
            pauses.push(backoff.pause(now).as_millis());
        }
        assert_eq!(pauses[..7], [0, 100, 200, 400, 800, 1600, 2000]);
        assert_eq!(pauses[39], 2000);
        backoff.succeeded();
        assert_eq!(backoff.pause(now), Duration::ZERO);
    }

    #[test]
    fn an_error_is_new_once() {
        let now = Instant::now();
        let mut backoff = Backoff::default();
        assert!(backoff.failed(now, "a"));
        assert!(!backoff.failed(now, "a"));
        assert!(backoff.failed(now, "b"));
        backoff.succeeded();
        assert!(backoff.failed(now, "b"));
    }
}
