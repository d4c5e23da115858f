//! What is wrong with the world, and since when nothing is.

use super::*;

/// Faults that last, each to a point in time.
#[derive(Debug, Default)]
pub(super) struct Faults {
    pub(super) stalled: u64,
    pub(super) refusing: u64,
    pub(super) slow: u64,
    pub(super) silent: u64,
    pub(super) failing: u64,
    pub(super) throttled: u64,
    pub(super) no_route: u64,
    pub(super) no_url: u64,
    /// The next URL is wrong for good.
    pub(super) bad_url: bool,
    pub(super) cut_off: bool,
}

impl Faults {
    /// When the last of them is over.
    pub(super) fn end(&self) -> u64 {
        let Faults { stalled, refusing, slow, silent, failing, .. } = *self;
        let more = [self.throttled, self.no_route, self.no_url];
        [stalled, refusing, slow, silent, failing].into_iter().chain(more).max().unwrap_or_default()
    }
}

impl World {
    /// Whether the page runs and is seen, so that its timers fire about when they should.
    pub(super) fn is_attended(&self) -> bool {
        self.runs() && !self.hidden
    }

    /// Called before and after everything that happens.
    pub(super) fn note_health(&mut self) {
        if !self.is_attended() {
            self.attended_since = self.now;
        }
        if !self.runs() {
            self.ran_since = self.now;
        }
        if self.faults.cut_off {
            self.disturbed_at = self.now;
        }
    }

    /// Something has happened after which a link may be lost that looks healthy.
    pub(super) fn disturb(&mut self) {
        self.disturbed_at = self.disturbed_at.max(self.now);
    }

    /// Since when the page has been seen in a world without faults.
    pub(super) fn healthy_since(&self) -> Option<u64> {
        let since = self.attended_since.max(self.disturbed_at).max(self.faults.end());
        (since <= self.now && self.is_attended() && !self.faults.cut_off).then_some(since)
    }

    /// Whether the session is ready on a link that lives.
    pub(super) fn is_well(&self) -> bool {
        let link = self.session.link().and_then(|id| self.links.get(&id));
        let knows = self.session.settings().identify.is_some();
        self.session.status() == Status::Ready
            && link.is_some_and(|link| {
                let id = self.session.connection_id();
                link.server_open && !link.dead && (!knows || id == Some(&link.connection_id))
            })
    }

    /// In a world that has been healthy for long the session is ready, whatever came before, and stays so: no
    /// idle cut, no end of the two hours is ever seen. Nobody promises that of a session without heartbeats.
    pub(super) fn check_health(&self) -> Checked {
        let Some(since) = self.healthy_since() else { return Ok(()) };
        let bound = settings::recovery(self.session.settings());
        let is_watched_over = self.session.settings().heartbeat.is_some();
        let ended = self.session.status() == Status::Closed;
        if self.now <= since + bound || !is_watched_over || ended || self.is_well() {
            return Ok(());
        }
        let time = self.now - since;
        Err(format!("{time} ms of a healthy world, and the session is {:?}", self.session.status()))
    }
}
