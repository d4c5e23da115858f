//! From no link to an open one, and what follows the loss of one.

use super::super::failure::{Failure, LinkClose};
use super::super::link::{Link, LinkId, Stage};
use super::super::output::Step;
use super::super::stats::Cause;
use super::super::timer::Timer;
use super::super::trace::TraceEvent;
use super::{Output, Session, Slot, Status};

impl Session {
    pub(super) fn connect(&mut self, now: u64) {
        if self.status == Status::Idle && self.link.is_none() {
            self.attempt(now);
        }
    }

    pub(super) fn make_link(&mut self, now: u64) -> Box<Link> {
        self.links_made = self.links_made.wrapping_add(1);
        self.stats.links_begun += 1;
        Box::new(Link::new(self.links_made, now))
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
        if now < self.not_before {
            return self.retry_in(now, 0);
        }
        let link = self.make_link(now);
        let id = link.id;
        self.link = Some(link);
        self.timers.set(Timer::Connect, now.saturating_add(self.settings.connect_timeout));
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
        let since = link.begun_at;
        self.took(Step::Connect, id, since, true);
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
                self.count_loss(Cause::Connect);
                self.output(Output::DropLink(id));
                self.lost(now, failure, None);
            }
            Some(Slot::Next) => self.rotation_failed(now),
            _ => {}
        }
    }

    pub(super) fn link_closed(&mut self, now: u64, id: LinkId, close: LinkClose) {
        match self.slot(id) {
            Some(Slot::Current) => {
                let opening = self.link.as_ref().is_some_and(|link| link.stage == Stage::Opening);
                let failure = if opening {
                    self.count_loss(Cause::Connect);
                    Failure::ConnectFailed { close: close.clone() }
                } else {
                    let is_broken = close.code == 1006;
                    self.count_loss(if is_broken { Cause::Broken } else { Cause::Closed });
                    Failure::ConnectionLost { close: close.clone() }
                };
                self.output(Output::DropLink(id));
                self.lost(now, failure, Some(close));
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
        let close = LinkClose::normal();
        self.output(Output::CloseLink(id, close));
        self.output(Output::DropLink(id));
        self.lost(now, failure, None);
    }

    /// The current link is gone. Another follows, unless the user or the failure says otherwise.
    /// `close` is what its close event said, if there was one.
    pub(super) fn lost(&mut self, now: u64, failure: Failure, close: Option<LinkClose>) {
        let Some(mut link) = self.link.take() else { return };
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
        self.settle_lost(now, &mut link, &failure, code);
        let loss = Loss { failure, close, was_ready, status: self.status };
        if self.settings.asks_to_reconnect && !self.is_the_last(&loss) {
            let close = loss.close.clone().unwrap_or_else(LinkClose::without_frame);
            self.output(Output::AskReconnect { close, failure: loss.failure.clone() });
            // What is sent while the user is asked waits; nobody is told of this status.
            self.status = Status::Waiting;
            self.asked = Some(loss);
        } else {
            self.go_on_after(now, loss, true);
        }
    }

    /// The user has been asked about a loss.
    pub(super) fn reconnect_decided(&mut self, now: u64, wanted: bool) {
        let Some(loss) = self.asked.take() else { return };
        if self.status == Status::Waiting {
            self.status = loss.status;
        }
        self.go_on_after(now, loss, wanted);
    }

    fn go_on_after(&mut self, now: u64, loss: Loss, wanted: bool) {
        let is_the_last = !wanted || self.is_the_last(&loss);
        let Loss { failure, close, was_ready, .. } = loss;
        if asked_too_much(&failure, close.as_ref()) {
            let longest = self.settings.reconnect.longest;
            let pause = self.random.between(longest, longest.saturating_mul(2));
            self.not_before = now.saturating_add(pause);
        }
        if was_ready {
            self.output(Output::Closed(close.unwrap_or_else(LinkClose::without_frame)));
        } else if !is_the_last {
            self.output(Output::Failed(failure.clone()));
        }
        if is_the_last {
            self.drop_next();
            return self.fail(now, failure);
        }
        if let Some(next) = self.next.take() {
            return self.continue_with(now, next);
        }
        self.failures = self.failures.saturating_add(1);
        // The page may have come back to life while its user was asked.
        if self.link.is_none() {
            self.wait(now);
        }
    }

    /// Whether the session ends with this loss, whatever its user says.
    fn is_the_last(&self, loss: &Loss) -> bool {
        let enough = |most| self.failures.saturating_add(1) >= most;
        is_final(&loss.failure)
            || self.next.is_none() && self.settings.reconnect.max_attempts.is_some_and(enough)
    }

    /// Waits for the next attempt.
    fn wait(&mut self, now: u64) {
        if !self.page.wants_link() {
            return self.set_status(Status::Idle);
        }
        if !self.page.online {
            return self.set_status(Status::Offline);
        }
        let reconnect = &self.settings.reconnect;
        let doublings = (self.failures - 1).min(32);
        let most = reconnect.base.saturating_mul(1 << doublings).min(reconnect.longest);
        let delay = self.random.between(0, most);
        self.retry_in(now, delay);
    }

    pub(super) fn retry_in(&mut self, now: u64, delay: u64) {
        let at = now.saturating_add(delay).max(self.not_before);
        self.retry_at = Some(at);
        self.timers.set(Timer::Retry, at);
        self.note(None, TraceEvent::Wait { delay: at - now, failures: self.failures });
        self.set_status(Status::Waiting);
    }

    /// A link that was to replace the lost one takes its place as it is.
    fn continue_with(&mut self, now: u64, next: Box<Link>) {
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

    /// Drops what was to follow a lost link.
    fn drop_next(&mut self) {
        for link in self.next.take().into_iter().chain(self.link.take()) {
            self.output(Output::DropLink(link.id));
        }
    }
}

/// A link that is gone, or could not be had.
#[derive(Debug)]
pub(super) struct Loss {
    failure: Failure,
    /// What its close event said, if there was one.
    close: Option<LinkClose>,
    was_ready: bool,
    /// The status that the user was told last.
    status: Status,
}

/// Whether the other side says that this client asks too much: close code 1008 (RFC 6455, section 7.4.1; AWS
/// sends it for that), or HTTP status 429 for a ticket (RFC 6585, section 4).
fn asked_too_much(failure: &Failure, close: Option<&LinkClose>) -> bool {
    close.is_some_and(|close| close.code == 1008)
        || matches!(failure, Failure::UrlRejected { status: Some(429), .. })
}

/// Whether another attempt would fail in the same way.
fn is_final(failure: &Failure) -> bool {
    match failure {
        Failure::BadOptions { .. } | Failure::Unsupported => true,
        Failure::UrlRejected { transient, .. } => !transient,
        Failure::IdentifyFailed { .. } => failure.is_missing_route(),
        _ => false,
    }
}
