//! From no link to an open one, and what follows the loss of one.

use super::super::failure::{Failure, LinkClose};
use super::super::link::{Link, LinkId, Stage};
use super::super::timer::Timer;
use super::{Output, Session, Slot, Status};

impl Session {
    pub(super) fn connect(&mut self, now: u64) {
        if self.status == Status::Idle && self.link.is_none() {
            self.attempt(now);
        }
    }

    pub(super) fn make_link(&mut self, now: u64) -> Link {
        self.links_made = self.links_made.wrapping_add(1);
        self.stats.links_begun += 1;
        Link::new(self.links_made, now)
    }

    /// Begins a link, if the surroundings allow one.
    pub(super) fn attempt(&mut self, now: u64) {
        self.timers.stop(Timer::Retry);
        self.retry_at = None;
        if !self.page.wants_link() {
            return self.set_status(Status::Idle);
        }
        if !self.page.online {
            return self.set_status(Status::Offline);
        }
        let link = self.make_link(now);
        let id = link.id;
        self.link = Some(link);
        self.timers.set(Timer::Connect, now + self.settings.connect_timeout);
        self.set_status(Status::Connecting);
        self.output(Output::OpenLink(id));
    }

    pub(super) fn link_opened(&mut self, now: u64, id: LinkId) {
        let Some(slot) = self.slot(id).filter(|slot| *slot != Slot::Old) else { return };
        let asks = self.settings.identify.is_some();
        let Some(link) = self.get_mut(slot).filter(|link| link.stage == Stage::Opening) else {
            return;
        };
        link.opened_at = now;
        link.heard(now);
        link.stage = Stage::Identifying;
        self.stats.links_opened += 1;
        if slot == Slot::Current {
            self.timers.stop(Timer::Connect);
        } else {
            self.timers.stop(Timer::NextConnect);
        }
        if !asks {
            return self.identified(now, slot, None);
        }
        if slot == Slot::Current {
            self.set_status(Status::Identifying);
        }
        self.ask_for_id(now, slot);
    }

    pub(super) fn link_refused(&mut self, now: u64, id: LinkId, failure: Failure) {
        match self.slot(id) {
            Some(Slot::Current) => {
                self.stats.losses.connect += 1;
                self.output(Output::DropLink(id));
                self.lost(now, failure, None, true);
            }
            Some(Slot::Next) => self.rotation_failed(now),
            _ => {}
        }
    }

    pub(super) fn link_closed(&mut self, now: u64, id: LinkId, close: LinkClose, reconnect: bool) {
        match self.slot(id) {
            Some(Slot::Current) => {
                let opening = self.link.as_ref().is_some_and(|link| link.stage == Stage::Opening);
                let failure = if opening {
                    self.stats.losses.connect += 1;
                    Failure::ConnectFailed { close: close.clone() }
                } else {
                    self.stats.losses.closed += 1;
                    Failure::ConnectionLost { close: close.clone() }
                };
                self.output(Output::DropLink(id));
                self.lost(now, failure, Some(close), reconnect);
            }
            Some(Slot::Next) => self.rotation_failed(now),
            Some(Slot::Old) => self.old_link_closed(now, close),
            None => {}
        }
    }

    /// Gives up on the current link, whose WebSocket is still there.
    pub(super) fn abandon(&mut self, now: u64, failure: Failure) {
        let Some(id) = self.link() else { return };
        // The other side hears a code that says nothing against it.
        let close = LinkClose { code: 1000, reason: String::new(), was_clean: true };
        self.output(Output::CloseLink(id, close));
        self.output(Output::DropLink(id));
        self.lost(now, failure, None, true);
    }

    /// The current link is gone. Another follows, unless the user or the failure says otherwise.
    pub(super) fn lost(
        &mut self,
        now: u64,
        failure: Failure,
        close: Option<LinkClose>,
        reconnect: bool,
    ) {
        let Some(link) = self.link.take() else { return };
        for timer in
            [Timer::Connect, Timer::Identify, Timer::Heartbeat, Timer::Probe, Timer::Rotate]
        {
            self.timers.stop(timer);
        }
        let was_ready = link.stage == Stage::Ready;
        let lasted = link.ready_at.map(|at| now.saturating_sub(at));
        if lasted.is_some_and(|lasted| lasted >= self.settings.reconnect.min_uptime) {
            self.failures = 0;
        }
        let code = close.as_ref().map(|close| close.code);
        let final_failure = !reconnect || is_final(&failure);
        self.settle_lost(now, link, &failure, code);
        if let Some(close) = close.filter(|_| was_ready) {
            self.output(Output::Closed(close));
        } else if !was_ready && !final_failure {
            self.output(Output::Failed(failure.clone()));
        }
        if final_failure {
            self.drop_next();
            return self.fail(now, failure);
        }
        if let Some(next) = self.next.take() {
            return self.continue_with(now, next);
        }
        self.failures = self.failures.saturating_add(1);
        if self.settings.reconnect.max_attempts.is_some_and(|most| self.failures >= most) {
            return self.fail(now, failure);
        }
        self.wait(now, code);
    }

    /// Waits for the next attempt.
    fn wait(&mut self, now: u64, code: Option<u16>) {
        if !self.page.wants_link() {
            return self.set_status(Status::Idle);
        }
        if !self.page.online {
            return self.set_status(Status::Offline);
        }
        let reconnect = &self.settings.reconnect;
        let doublings = (self.failures - 1).min(32);
        let most = reconnect.base.saturating_mul(1 << doublings).min(reconnect.longest);
        let delay = if code == Some(TOO_MANY_REQUESTS) {
            let longest = reconnect.longest;
            self.random.between(longest, longest.saturating_mul(2))
        } else {
            self.random.between(0, most)
        };
        self.retry_in(now, delay);
    }

    pub(super) fn retry_in(&mut self, now: u64, delay: u64) {
        self.retry_at = Some(now + delay);
        self.timers.set(Timer::Retry, now + delay);
        self.set_status(Status::Waiting);
    }

    /// A link that was to replace the lost one takes its place as it is.
    fn continue_with(&mut self, now: u64, next: Link) {
        for (from, to) in
            [(Timer::NextConnect, Timer::Connect), (Timer::NextIdentify, Timer::Identify)]
        {
            if let Some(deadline) = self.timers.get(from) {
                self.timers.stop(from);
                self.timers.set(to, deadline);
            }
        }
        let stage = next.stage;
        self.link = Some(next);
        match stage {
            Stage::Opening => self.set_status(Status::Connecting),
            Stage::Identifying => self.set_status(Status::Identifying),
            Stage::Joining | Stage::Ready => self.become_ready(now),
        }
    }

    fn drop_next(&mut self) {
        self.timers.stop(Timer::NextConnect);
        self.timers.stop(Timer::NextIdentify);
        if let Some(next) = self.next.take() {
            self.output(Output::DropLink(next.id));
        }
    }
}

/// RFC 6455, section 7.4.1; AWS sends it to a client that asks too much.
const TOO_MANY_REQUESTS: u16 = 1008;

/// Whether another attempt would fail in the same way.
fn is_final(failure: &Failure) -> bool {
    match failure {
        Failure::BadOptions { .. } | Failure::Unsupported => true,
        Failure::UrlRejected { transient, .. } => !transient,
        Failure::IdentifyFailed { .. } => failure.is_missing_route(),
        _ => false,
    }
}
