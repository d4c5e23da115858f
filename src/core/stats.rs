//! Counters of a session.

/// What a session has done so far. Times are in milliseconds, sizes in bytes of UTF-8.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Links asked for.
    pub links_begun: u64,
    /// Links that opened.
    pub links_opened: u64,
    /// Links that became ready.
    pub links_ready: u64,
    /// Links that replaced one that was still good.
    pub rotations: u64,
    /// Links that died or failed, by cause.
    pub losses: Losses,
    /// Messages that arrived for the user.
    pub messages_received: u64,
    /// Messages of the user that a link took, repetitions included.
    pub messages_sent: u64,
    /// The bytes of those.
    pub bytes_sent: u64,
    /// Questions sent because the link had been silent for long.
    pub heartbeats: u64,
    /// Questions sent because the link might have been dead.
    pub probes: u64,
    /// The last time between a question and its answer.
    pub round_trip: Option<u64>,
    /// The shortest of these.
    pub shortest_round_trip: Option<u64>,
    /// The longest of these.
    pub longest_round_trip: Option<u64>,
}

/// Why links were lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// They did not open, or their URL could not be had.
    pub connect: u64,
    /// They brought no connectionId.
    pub identify: u64,
    /// The other side closed them, or the network broke.
    pub closed: u64,
    /// They answered no probe.
    pub silent: u64,
    /// They had outlived the gateway's limit while the machine slept.
    pub outlived: u64,
}

impl Stats {
    pub(super) fn round_trip(&mut self, time: u64) {
        self.round_trip = Some(time);
        self.shortest_round_trip =
            Some(self.shortest_round_trip.map_or(time, |known| known.min(time)));
        self.longest_round_trip =
            Some(self.longest_round_trip.map_or(time, |known| known.max(time)));
    }
}
