//! Counters of a session.

/// What a session has done so far. Times are in milliseconds.
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
    /// Replacements that came to nothing, so that the good link stayed.
    pub rotations_failed: u64,
    /// Links that died, failed or were given up, by cause: why there had to be another.
    pub losses: Losses,
    /// Messages that arrived for the user, answers to requests included.
    pub messages_received: u64,
    /// The length of those: of a text in UTF-16 code units, as JavaScript counts, and of binary data in
    /// bytes. Browsers do not say how many bytes of UTF-8 a text had; where it is ASCII, as many.
    pub characters_received: u64,
    /// Messages of the user that a link took, requests and repetitions included.
    pub messages_sent: u64,
    /// The bytes of those, in UTF-8.
    pub bytes_sent: u64,
    /// Questions sent because the link had been silent for long.
    pub heartbeats: u64,
    /// Questions sent because the link might have been dead.
    pub probes: u64,
    /// The last time between a question and its answer, where it is certain which of them it answers.
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
    /// The other side closed them with a close frame.
    pub closed: u64,
    /// They ended without a close frame (1006): the network broke.
    pub broken: u64,
    /// They answered no probe.
    pub silent: u64,
    /// They had outlived the gateway's limit while the machine slept.
    pub outlived: u64,
    /// The page was hidden for long.
    pub hidden: u64,
    /// The page went into the back/forward cache.
    pub stored: u64,
}

/// Why a link was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// [`Losses::connect`]
    Connect,
    /// [`Losses::identify`]
    Identify,
    /// [`Losses::closed`]
    Closed,
    /// [`Losses::broken`]
    Broken,
    /// [`Losses::silent`]
    Silent,
    /// [`Losses::outlived`]
    Outlived,
    /// [`Losses::hidden`]
    Hidden,
    /// [`Losses::stored`]
    Stored,
}

impl Cause {
    /// The name that JavaScript sees.
    pub fn as_str(self) -> &'static str {
        match self {
            Cause::Connect => "connect",
            Cause::Identify => "identify",
            Cause::Closed => "closed",
            Cause::Broken => "broken",
            Cause::Silent => "silent",
            Cause::Outlived => "outlived",
            Cause::Hidden => "hidden",
            Cause::Stored => "stored",
        }
    }
}

impl Losses {
    pub(super) fn count(&mut self, cause: Cause) {
        let counter = match cause {
            Cause::Connect => &mut self.connect,
            Cause::Identify => &mut self.identify,
            Cause::Closed => &mut self.closed,
            Cause::Broken => &mut self.broken,
            Cause::Silent => &mut self.silent,
            Cause::Outlived => &mut self.outlived,
            Cause::Hidden => &mut self.hidden,
            Cause::Stored => &mut self.stored,
        };
        *counter += 1;
    }
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
