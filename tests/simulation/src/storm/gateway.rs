//! The gateway's throttle on new connections.

/// A token bucket.
pub(super) struct Gateway {
    /// Tokens per second, which is thousandths of a token per millisecond.
    rate: u64,
    /// The most that it holds, in thousandths.
    most: u64,
    /// What it holds, in thousandths.
    tokens: u64,
    filled_at: u64,
}

impl Gateway {
    pub(super) fn new(rate: u64, burst: u64) -> Self {
        let most = burst * 1_000;
        Gateway { rate, most, tokens: most, filled_at: 0 }
    }

    /// Whether a connection that is asked for now is taken.
    pub(super) fn takes(&mut self, now: u64) -> bool {
        let filled = self.tokens + (now - self.filled_at) * self.rate;
        self.tokens = filled.min(self.most);
        self.filled_at = now;
        let takes = self.tokens >= 1_000;
        if takes {
            self.tokens -= 1_000;
        }
        takes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gateway_takes_its_burst_at_once_and_its_rate_per_second_after_it() {
        let mut gateway = Gateway::new(50, 10);
        let mut taken_in = |from: u64, to: u64| {
            (from..to).flat_map(|now| [now; 5]).filter(|now| gateway.takes(*now)).count()
        };
        assert_eq!(taken_in(0, 1), 5);
        assert_eq!(taken_in(1, 1_000), 5 + 49);
        assert_eq!(taken_in(1_000, 2_000), 50);
        assert_eq!(taken_in(60_000, 60_002), 10);
    }
}
