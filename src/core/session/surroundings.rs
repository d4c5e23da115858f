//! What happens around the session: the network comes and goes, the page is hidden, frozen, stored.

use super::super::link::{Link, Stage};
use super::super::stats::Cause;
use super::super::timer::{Timer, after};
use super::{Session, Slot, Status};

/// The longest wait before an attempt that something good has caused, in milliseconds: a whole building
/// may come back online at once.
const SOON: u64 = 1_000;

impl Session {
    pub(super) fn went_online(&mut self) {
        self.page.online = true;
        match self.status {
            Status::Offline | Status::Waiting => self.retry_soon(),
            _ => self.probe(),
        }
    }

    /// Open links may survive a short loss of the network; one that is being opened is given up, and so
    /// is what is fetched for it.
    pub(super) fn went_offline(&mut self) {
        self.page.online = false;
        let is_opening = |link: &Link| link.stage == Stage::Opening;
        if self.next.as_deref().is_some_and(is_opening) {
            self.rotation_failed();
        }
        if let Some(link) = self.link.take_if(|link| is_opening(link)) {
            self.timers.stop(Timer::Connect);
            self.drop_link(link.id);
            self.set_status(Status::Offline);
        } else if self.status == Status::Waiting {
            self.timers.stop(Timer::Retry);
            self.set_status(Status::Offline);
        }
    }

    fn retry_soon(&mut self) {
        let delay = self.random.between(0, SOON);
        if self.retry_at().is_none_or(|at| at > after(self.now, delay)) {
            self.retry_in(delay);
        }
    }

    pub(super) fn became_visible(&mut self) {
        self.page.hidden = false;
        self.timers.stop(Timer::Hidden);
        self.is_watched_again();
    }

    pub(super) fn became_hidden(&mut self) {
        self.page.hidden = true;
        let after = self.settings.hidden_close_after.filter(|_| !self.is_closed());
        if let Some(after) = after {
            self.arm(Timer::Hidden, after);
        }
    }

    pub(super) fn resumed(&mut self) {
        self.page.frozen = false;
        self.is_watched_again();
    }

    fn is_watched_again(&mut self) {
        self.wake();
        match self.status {
            // The user is looking: no reason to wait out a long pause.
            Status::Waiting if self.page.is_watched() => self.retry_soon(),
            Status::Ready => self.probe(),
            _ => {}
        }
    }

    /// Opens a link again that was closed because nobody looked.
    pub(super) fn wake(&mut self) {
        if std::mem::take(&mut self.page.asleep) && self.status == Status::Idle {
            if self.page.hidden {
                self.became_hidden();
            }
            self.attempt();
        }
    }

    /// The page has been hidden for long.
    pub(super) fn fall_asleep(&mut self) {
        if self.is_busy(Slot::Current) || self.outbox.len() > 0 {
            // Whoever sent something waits for it.
            let after = self.settings.hidden_close_after.unwrap_or_default();
            return self.arm(Timer::Hidden, after.max(SOON));
        }
        self.page.asleep = true;
        self.leave_links(Cause::Hidden);
    }

    pub(super) fn stored(&mut self) {
        self.page.stored = true;
        self.leave_links(Cause::Stored);
    }

    pub(super) fn restored(&mut self) {
        self.page.frozen = false;
        if std::mem::take(&mut self.page.stored) && self.status == Status::Idle {
            self.page.asleep = false;
            if self.page.hidden {
                self.became_hidden();
            }
            self.attempt();
        } else {
            self.probe();
        }
    }

    /// Closes all links without counting that as a failure. What waits, waits on.
    fn leave_links(&mut self, cause: Cause) {
        if self.is_closed() {
            return;
        }
        if self.link.is_some() {
            self.count_loss(cause);
        }
        for &timer in &Timer::ALL {
            if timer != Timer::Expiry {
                self.timers.stop(timer);
            }
        }
        // The current one first: nothing is to be sent on it that the others had taken.
        for &slot in &Slot::ALL {
            if let Some(mut link) = self.place(slot).take() {
                self.retire(&mut link, Some(1000));
            }
        }
        // A session that nobody has connected yet stays as it is.
        self.set_status(Status::Idle);
    }
}
