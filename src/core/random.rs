//! Randomness from a seed that is handed in, so that a run can be replayed.

/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators"): small, and good
/// enough to spread attempts in time. Nothing secret is made from it.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        let span = high.saturating_sub(low).saturating_add(1);
        // The bias of a remainder is below 2^-32 for the spans of minutes that occur here.
        low + self.next() % span
    }

    /// `value` moved by a random amount of at most `spread` either way.
    pub(super) fn around(&mut self, value: u64, spread: u64) -> u64 {
        self.between(value.saturating_sub(spread), value.saturating_add(spread))
    }
}
