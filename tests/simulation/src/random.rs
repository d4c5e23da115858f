//! The randomness of a run: all of it comes from the run's seed.

/// SplitMix64.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Numbers that depend on the seed and on what they are for.
    pub fn new(seed: u64, purpose: u64) -> Self {
        let mut random = Random(seed ^ purpose.wrapping_mul(0xd1b5_4a32_d192_ed03));
        random.next_word();
        random
    }

    /// 64 bits.
    pub fn next_word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next_word() % (high - low + 1)
    }

    /// True in so many of a hundred cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.between(1, 100) <= percent
    }

    /// One of some.
    pub fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[(self.next_word() % all.len() as u64) as usize]
    }

    /// A time in milliseconds: mostly short, sometimes hours.
    pub fn pause(&mut self) -> u64 {
        match self.between(0, 9) {
            0..=2 => self.between(0, 50),
            3..=5 => self.between(50, 3_000),
            6 | 7 => self.between(3_000, 60_000),
            8 => self.between(60_000, 15 * 60_000),
            _ => self.between(15 * 60_000, 4 * 3_600_000),
        }
    }
}
