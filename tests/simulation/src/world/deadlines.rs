//! Everything that waits, waits for so long at most.

use super::settings::{LATE, identifying};
use super::*;

impl World {
    /// Whether something should have happened by now, with timers as late as they may be.
    pub(super) fn is_overdue(&self, time: u64) -> bool {
        self.is_attended() && self.now > time.max(self.attended_since) + LATE
    }

    pub(super) fn check_deadlines(&mut self) -> Checked {
        let session = &self.session;
        let settings = session.settings();
        let live = self.live.len();
        self.two_since = if live > 1 { self.two_since.or(Some(self.now)) } else { None };

        let wait = match session.status() {
            Status::Connecting => Some(settings.connect_timeout),
            Status::Identifying => Some(identifying(settings)),
            Status::Waiting => Some(2 * settings.reconnect.longest),
            _ => None,
        };
        if wait.is_some_and(|wait| self.is_overdue(self.status_since + wait)) {
            return Err(format!("{:?} for {} ms", session.status(), self.now - self.status_since));
        }
        let waits = wait.is_some() || session.pending_requests() > 0 || live > 1;
        if waits && session.next_deadline().is_none() {
            return Err(format!("{:?} waits without a deadline", session.status()));
        }
        if session.status() == Status::Waiting && session.retry_at().is_none() {
            return Err("waiting without a time".to_owned());
        }
        let needs_heartbeat = session.status() == Status::Ready && settings.heartbeat.is_some();
        if needs_heartbeat && session.next_deadline().is_none() {
            return Err("ready without a heartbeat".to_owned());
        }
        let replaces =
            settings.connect_timeout + identifying(settings) + 3 * settings.request_timeout;
        let drains = settings.rotation.as_ref().map_or(3_000, |rotation| rotation.drain);
        if let Some(since) = self.two_since
            && self.is_overdue(since + replaces + drains)
        {
            return Err(format!("two links for {} ms", self.now - since));
        }
        self.check_hidden()
    }

    /// A page that stays hidden gives its link back, where its user wants that.
    fn check_hidden(&mut self) -> Checked {
        let session = &self.session;
        let Some(after) = session.settings().hidden_close_after else { return Ok(()) };
        let is_busy = session.pending_requests() > 0
            || session.outbox_depth().0 > 0
            || self.live_links().any(|link| !link.undrained.is_empty());
        // What had to be done a step ago had to be done until now.
        if is_busy || self.was_busy {
            self.busy_at = self.now;
        }
        self.was_busy = is_busy;
        let Some(hidden_at) = self.told_hidden else { return Ok(()) };
        let quiet_since = hidden_at.max(self.busy_at).max(self.ran_since);
        let lives = !self.live.is_empty();
        if self.runs() && lives && self.now > quiet_since + 2 * after.max(1_000) + LATE {
            return Err(format!("hidden for {} ms with a link", self.now - hidden_at));
        }
        Ok(())
    }
}
