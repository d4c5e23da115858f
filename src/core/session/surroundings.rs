//! What happens around the session: the network comes and goes, the page is hidden, frozen, stored.

use super::super::failure::{Failure, LinkClose};
use super::super::link::{Link, Stage};
use super::super::stats::Cause;
use super::super::timer::Timer;
use super::{Output, Session, Slot, Status};

/// The longest wait before an attempt that something good has caused, in milliseconds: a whole building
/// may come back online at once.
const SOON: u64 = 1_000;

impl Session {
    pub(super) fn went_online(&mut self, now: u64) {
        self.page.online = true;
        match self.status {
            Status::Offline | Status::Waiting => self.retry_soon(now),
            _ => self.probe(now),
        }
    }

    /// Open links may survive a short loss of the network; one that is being opened is given up, and so
    /// is what is fetched for it.
    pub(super) fn went_offline(&mut self, now: u64) {
        self.page.online = false;
        let is_opening = |link: &Link| link.stage == Stage::Opening;
        if self.next.as_deref().is_some_and(is_opening) {
            self.rotation_failed(now);
        }
        if let Some(link) = self.link.take_if(|link| is_opening(link)) {
            self.timers.stop(Timer::Connect);
            self.output(Output::DropLink(link.id));
            self.set_status(Status::Offline);
        } else if self.status == Status::Waiting {
            self.timers.stop(Timer::Retry);
            self.retry_at = None;
            self.set_status(Status::Offline);
        }
    }

    fn retry_soon(&mut self, now: u64) {
        let delay = self.random.between(0, SOON);
        if self.retry_at.is_none_or(|at| at > now.saturating_add(delay)) {
            self.retry_in(now, delay);
        }
    }

    pub(super) fn became_visible(&mut self, now: u64) {
        self.page.hidden = false;
        self.timers.stop(Timer::Hidden);
        self.is_watched_again(now);
    }

    pub(super) fn became_hidden(&mut self, now: u64) {
        self.page.hidden = true;
        let after = self.settings.hidden_close_after.filter(|_| !self.is_closed());
        if let Some(after) = after {
            self.timers.set(Timer::Hidden, now.saturating_add(after));
        }
    }

    pub(super) fn resumed(&mut self, now: u64) {
        self.page.frozen = false;
        self.is_watched_again(now);
    }

    fn is_watched_again(&mut self, now: u64) {
        self.wake(now);
        match self.status {
            // The user is looking: no reason to wait out a long pause.
            Status::Waiting if self.page.is_watched() => self.retry_soon(now),
            Status::Ready => self.probe(now),
            _ => {}
        }
    }

    /// Opens a link again that was closed because nobody looked.
    pub(super) fn wake(&mut self, now: u64) {
        if std::mem::take(&mut self.page.asleep) && self.status == Status::Idle {
            if self.page.hidden {
                self.became_hidden(now);
            }
            self.attempt(now);
        }
    }

    /// The page has been hidden for long.
    pub(super) fn fall_asleep(&mut self, now: u64) {
        if self.is_busy(Slot::Current) || self.outbox.len() > 0 {
            // Whoever sent something waits for it.
            let after = self.settings.hidden_close_after.unwrap_or_default();
            return self.timers.set(Timer::Hidden, now.saturating_add(after.max(SOON)));
        }
        self.page.asleep = true;
        self.leave_links(now, Cause::Hidden);
    }

    pub(super) fn stored(&mut self, now: u64) {
        self.page.stored = true;
        self.leave_links(now, Cause::Stored);
    }

    pub(super) fn restored(&mut self, now: u64) {
        self.page.frozen = false;
        if std::mem::take(&mut self.page.stored) && self.status == Status::Idle {
            self.page.asleep = false;
            if self.page.hidden {
                self.became_hidden(now);
            }
            self.attempt(now);
        } else {
            self.probe(now);
        }
    }

    /// Closes all links without counting that as a failure. What waits, waits on.
    fn leave_links(&mut self, now: u64, cause: Cause) {
        if self.is_closed() {
            return;
        }
        if self.link.is_some() {
            self.count_loss(cause);
        }
        for timer in Timer::ALL.into_iter().filter(|timer| *timer != Timer::Expiry) {
            self.timers.stop(timer);
        }
        self.retry_at = None;
        let close = LinkClose::normal();
        for mut link in [self.next.take(), self.old.take(), self.link.take()].into_iter().flatten()
        {
            self.output(Output::CloseLink(link.id, close.clone()));
            self.output(Output::DropLink(link.id));
            let failure = Failure::ConnectionLost { close: close.clone() };
            self.settle_lost(now, &mut link, &failure, Some(close.code));
        }
        // A session that nobody has connected yet stays as it is.
        self.set_status(Status::Idle);
    }
}
