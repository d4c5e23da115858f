//! From no link to an open one, and what follows the loss of one.

use std::rc::Rc;

use super::super::failure::{Failure, LinkClose};
use super::super::link::{Link, LinkId, NO_LINK, Stage};
use super::super::output::Step;
use super::super::stats::Cause;
use super::super::timer::{Timer, after};
use super::super::trace::{NONE, TraceEvent};
use super::{Output, Session, Slot, Status};

impl Session {
    pub(super) fn connect(&mut self) {
        if self.status == Status::Idle && self.link.is_none() {
            self.attempt();
        }
    }

    pub(super) fn make_link(&mut self) -> Box<Link> {
        self.links_made = self.links_made.wrapping_add(1);
        self.stats.links_begun += 1;
        Box::new(Link::new(self.links_made, self.now))
    }

    /// Begins a link, if the surroundings allow one.
    pub(super) fn attempt(&mut self) {
        self.timers.stop(Timer::Retry);
        if !self.page.wants_link() {
            return self.set_status(Status::Idle);
        }
        if !self.page.online {
            return self.set_status(Status::Offline);
        }
        if self.now < self.not_before {
            return self.retry_in(0);
        }
        let link = self.make_link();
        let id = link.id;
        self.link = Some(link);
        self.arm(Timer::Connect, self.settings.connect_timeout);
        self.set_status(Status::Connecting);
        self.open_link(id);
    }

    pub(super) fn open_link(&mut self, id: LinkId) {
        self.note_word(id, TraceEvent::Connect, "");
        self.output(Output::OpenLink(id));
    }

    pub(super) fn link_opened(&mut self, id: LinkId) {
        let now = self.now;
        let Some(slot) = self.slot(id).filter(|slot| *slot != Slot::Old) else { return };
        let asks = self.settings.identify.is_some();
        let Some(link) = self.get_mut(slot).filter(|link| link.stage == Stage::Opening) else {
            return;
        };
        link.opened_at = now;
        link.heard_at = now;
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
            return self.identified(slot, None);
        }
        if slot == Slot::Current {
            self.set_status(Status::Identifying);
        }
        self.ask_for_id(slot);
    }

    pub(super) fn link_refused(&mut self, id: LinkId, failure: Failure) {
        match self.slot(id) {
            Some(Slot::Current) => {
                self.count_loss(Cause::Connect);
                self.lost(failure, None);
            }
            Some(Slot::Next) => self.rotation_failed(),
            _ => {}
        }
    }

    pub(super) fn link_closed(&mut self, id: LinkId, close: LinkClose) {
        match self.slot(id) {
            Some(Slot::Current) => {
                let opening = self.link.as_ref().is_some_and(|link| link.stage == Stage::Opening);
                let code = close.code;
                let (cause, failure) = if opening {
                    (Cause::Connect, Failure::ConnectFailed { close })
                } else {
                    let cause = if code == 1006 { Cause::Broken } else { Cause::Closed };
                    (cause, Failure::ConnectionLost { close })
                };
                self.count_loss(cause);
                self.lost(failure, Some(code));
            }
            Some(Slot::Next) => self.rotation_failed(),
            Some(Slot::Old) => self.old_link_closed(close),
            None => {}
        }
    }

    /// Gives up on the current link, whose WebSocket is still there.
    pub(super) fn abandon(&mut self, cause: Cause, failure: Failure) {
        self.count_loss(cause);
        let Some(id) = self.link() else { return };
        // The other side hears a code that says nothing against it.
        self.close_link(id, LinkClose::normal());
        self.lost(failure, None);
    }

    /// Closes a WebSocket, and goes on listening to it.
    pub(super) fn close_link(&mut self, id: LinkId, close: LinkClose) {
        self.note(id, TraceEvent::Closing, close.code.into(), NONE, "");
        self.output(Output::CloseLink(id, close));
    }

    /// The current link is gone. Another follows, unless the user or the failure says otherwise.
    /// `code` is what its close event said, if there was one.
    fn lost(&mut self, failure: Failure, code: Option<u16>) {
        let Some(mut link) = self.link.take() else { return };
        let failure = Rc::new(failure);
        for &timer in
            &[Timer::Connect, Timer::Identify, Timer::Heartbeat, Timer::Probe, Timer::Rotate]
        {
            self.timers.stop(timer);
        }
        let was_ready = link.stage == Stage::Ready;
        let lasted = self.now.saturating_sub(link.ready_at);
        if was_ready && lasted >= self.settings.reconnect.min_uptime {
            self.failures = 0;
        }
        self.settle_lost(&mut link, &failure, code);
        let loss = Loss { failure, was_ready, status: self.status };
        if self.settings.asks_to_reconnect && !self.is_the_last(&loss.failure) {
            self.output(Output::AskReconnect(Rc::clone(&loss.failure)));
            // What is sent while the user is asked waits; nobody is told of this status.
            self.status = Status::Waiting;
            self.asked = Some(loss);
        } else {
            self.go_on_after(loss, true);
        }
    }

    /// The user has been asked about a loss.
    pub(super) fn reconnect_decided(&mut self, wanted: bool) {
        let Some(loss) = self.asked.take() else { return };
        if self.status == Status::Waiting {
            self.status = loss.status;
        }
        self.go_on_after(loss, wanted);
    }

    fn go_on_after(&mut self, loss: Loss, wanted: bool) {
        let Loss { failure, was_ready, .. } = loss;
        let is_the_last = !wanted || self.is_the_last(&failure);
        if asked_too_much(&failure) {
            let longest = self.settings.reconnect.longest;
            let pause = self.random.between(longest, longest.saturating_mul(2));
            self.not_before = after(self.now, pause);
        }
        if was_ready {
            self.output(Output::Closed(failure.close().clone()));
        }
        // Before the status, so that whoever learns of the end can learn of its cause.
        if is_the_last || !was_ready {
            self.tell_failure(&failure);
        }
        if is_the_last {
            self.drop_links();
            return self.finish(failure);
        }
        if let Some(next) = self.next.take() {
            return self.continue_with(next);
        }
        self.failures = self.failures.saturating_add(1);
        // The page may have come back to life while its user was asked.
        if self.link.is_none() {
            self.wait();
        }
    }

    /// Whether the session ends with this loss, whatever its user says.
    fn is_the_last(&self, failure: &Failure) -> bool {
        let enough = |most| self.failures.saturating_add(1) >= most;
        is_final(failure)
            || self.next.is_none() && self.settings.reconnect.max_attempts.is_some_and(enough)
    }

    /// Waits for the next attempt.
    fn wait(&mut self) {
        if !self.page.wants_link() {
            return self.set_status(Status::Idle);
        }
        if !self.page.online {
            return self.set_status(Status::Offline);
        }
        let reconnect = &self.settings.reconnect;
        let doublings = (self.failures - 1).min(32);
        // The smaller one of `base << doublings` and `longest`, also where the first is no u64.
        let grows = reconnect.base <= reconnect.longest >> doublings;
        let most = if grows { reconnect.base << doublings } else { reconnect.longest };
        let delay = self.random.between(0, most);
        self.retry_in(delay);
    }

    pub(super) fn retry_in(&mut self, delay: u64) {
        let at = after(self.now, delay).max(self.not_before);
        self.timers.set(Timer::Retry, at);
        self.note(NO_LINK, TraceEvent::Wait, self.failures.into(), at - self.now, "");
        self.set_status(Status::Waiting);
    }

    /// A link that was to replace the lost one takes its place as it is.
    fn continue_with(&mut self, next: Box<Link>) {
        for &(from, to) in
            &[(Timer::NextConnect, Timer::Connect), (Timer::NextIdentify, Timer::Identify)]
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
            Stage::Joining | Stage::Ready => self.become_ready(),
        }
    }

    /// Drops what was to follow a lost link.
    fn drop_links(&mut self) {
        for &slot in &[Slot::Next, Slot::Current] {
            if let Some(link) = self.place(slot).take() {
                self.drop_link(link.id);
            }
        }
    }
}

/// A link that is gone, or could not be had.
#[derive(Debug)]
pub(super) struct Loss {
    failure: Rc<Failure>,
    was_ready: bool,
    /// The status that the user was told last.
    status: Status,
}

/// Whether the other side says that this client asks too much: close code 1008 (RFC 6455, section 7.4.1; AWS
/// sends it for that), or HTTP status 429 for a ticket (RFC 6585, section 4).
fn asked_too_much(failure: &Failure) -> bool {
    failure.close().code == 1008
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
