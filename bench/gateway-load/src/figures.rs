//! What a measurement yields.

use crate::process;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Collects latencies over a span of time.
pub(crate) struct Figures {
    started: Instant,
    own_time: Duration,
    latencies: Vec<Duration>,
    failures: usize,
}

impl Figures {
    pub(crate) fn start() -> Self {
        Self {
            started: Instant::now(),
            own_time: process::own_time(),
            latencies: Vec::with_capacity(1 << 16),
            failures: 0,
        }
    }

    pub(crate) fn add(&mut self, latency: Duration) {
        self.latencies.push(latency);
    }

    pub(crate) fn fail(&mut self) {
        self.failures += 1;
    }

    /// The count, the rate, percentiles in milliseconds, failures, and the share of one core that this process has
    /// taken: near 1 it would have measured itself.
    pub(crate) fn finish(mut self) -> Value {
        let elapsed = self.started.elapsed().as_secs_f64();
        let own_time = process::own_time().saturating_sub(self.own_time).as_secs_f64();
        self.latencies.sort_unstable();
        json!({
            "count": self.latencies.len(),
            "failures": self.failures,
            "per_second": self.latencies.len() as f64 / elapsed,
            "p50_ms": percentile(&self.latencies, 50),
            "p99_ms": percentile(&self.latencies, 99),
            "load_core_share": own_time / elapsed,
        })
    }
}

/// A percentile of sorted latencies, in milliseconds; null where there are none.
pub(crate) fn percentile(sorted: &[Duration], percent: usize) -> Option<f64> {
    let index = (sorted.len() * percent / 100).min(sorted.len().checked_sub(1)?);
    Some(sorted[index].as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_taken_from_the_sorted_row() {
        let row: Vec<_> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(percentile(&row, 50), Some(101.0));
        assert_eq!(percentile(&row, 99), Some(199.0));
        assert_eq!(percentile(&row[..1], 99), Some(1.0));
        assert_eq!(percentile(&[], 50), None);
    }
}
