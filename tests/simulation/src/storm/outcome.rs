//! What a storm did to the gateway and to its clients.

use super::Library;
use serde_json::{Value, json};

/// The figures of one library. Times are in milliseconds after the cut.
pub struct Outcome {
    /// The library's name.
    pub library: String,
    sessions: usize,
    /// When each client that came back was ready, in order.
    pub back_at: Vec<u64>,
    /// Upgrade requests that reached the gateway.
    pub attempts: u64,
    /// Those that it refused.
    pub refused: u64,
    /// How many came in every tenth of a second.
    tenths: Vec<u64>,
}

impl Outcome {
    pub(super) fn new(library: &Library, sessions: usize) -> Self {
        Outcome {
            library: library.name.clone(),
            sessions,
            back_at: Vec::new(),
            attempts: 0,
            refused: 0,
            tenths: Vec::new(),
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.back_at.len() == self.sessions
    }

    pub(super) fn count_attempt(&mut self, time: u64, taken: bool) {
        self.attempts += 1;
        self.refused += u64::from(!taken);
        let tenth = (time / 100) as usize;
        if self.tenths.len() <= tenth {
            self.tenths.resize(tenth + 1, 0);
        }
        self.tenths[tenth] += 1;
    }

    /// The most attempts within a second, after a time.
    pub fn peak_after(&self, time: u64) -> u64 {
        let tenths = self.tenths.get((time / 100) as usize..).unwrap_or_default();
        let whole: Option<u64> = tenths.windows(10).map(|second| second.iter().sum()).max();
        whole.unwrap_or_else(|| tenths.iter().sum())
    }

    /// When so many of a hundred clients were back; `None` if they never were.
    pub fn time_to(&self, percent: usize) -> Option<u64> {
        let count = (self.sessions * percent).div_ceil(100);
        self.back_at.get(count.checked_sub(1)?).copied()
    }

    /// How many never came back.
    pub fn given_up(&self) -> usize {
        self.sessions - self.back_at.len()
    }

    /// All figures.
    pub fn to_json(&self) -> Value {
        json!({
            "library": self.library,
            "peakPerSecond": self.peak_after(0),
            "peakPerSecondAfterAMinute": self.peak_after(60_000),
            "attempts": self.attempts,
            "refused": self.refused,
            "attemptsPerClient": self.attempts as f64 / self.sessions as f64,
            "ms50": self.time_to(50),
            "ms99": self.time_to(99),
            "ms100": self.time_to(100),
            "givenUp": self.given_up(),
        })
    }

    /// The figures as one row of [`Outcome::HEADER`].
    pub fn to_row(&self) -> String {
        let seconds = |time: Option<u64>| match time {
            Some(time) => format!("{:.0} s", time as f64 / 1_000.0),
            None => "never".to_owned(),
        };
        format!(
            "| {} | {} | {} | {} | {:.1} | {} | {} | {} | {} |",
            self.library,
            self.peak_after(0),
            self.peak_after(60_000),
            self.refused,
            self.attempts as f64 / self.sessions as f64,
            seconds(self.time_to(50)),
            seconds(self.time_to(99)),
            seconds(self.time_to(100)),
            self.given_up(),
        )
    }

    /// The head of the table.
    pub const HEADER: &str = "\
| library | peak attempts/s | peak after the first minute | refused | attempts per client | 50 % back | 99 % back | all back | gave up |
|---|---|---|---|---|---|---|---|---|";
}
