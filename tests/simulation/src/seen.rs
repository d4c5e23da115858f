//! What runs saw, to show that they went where they should.

use std::collections::BTreeMap;

/// What a run saw, to show that it went where it should.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Events handled.
    pub events: u64,
    /// Faults and user actions carried out.
    pub actions: u64,
    /// Messages and requests settled, by how.
    pub fates: BTreeMap<&'static str, u64>,
    /// Links opened.
    pub links: u64,
    /// Links replaced while good.
    pub rotations: u64,
    /// Questions sent as probes and heartbeats.
    pub questions: u64,
    /// Links given up because they answered nothing.
    pub silent: u64,
    /// Time from a healthy world to a ready session, in milliseconds.
    pub recovery: u64,
}

impl Seen {
    /// Counts another run in.
    pub fn add(&mut self, run: &Seen) {
        self.events += run.events;
        self.actions += run.actions;
        self.links += run.links;
        self.rotations += run.rotations;
        self.questions += run.questions;
        self.silent += run.silent;
        self.recovery = self.recovery.max(run.recovery);
        for (fate, count) in &run.fates {
            *self.fates.entry(fate).or_default() += count;
        }
    }
}
