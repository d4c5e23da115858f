//! Replacing a link before the gateway ends it, the new one ready before the old one goes.

use std::rc::Rc;

use super::super::failure::{Failure, LinkClose};
use super::super::link::{Link, LinkId, Stage};
use super::super::output::Step;
use super::super::timer::Timer;
use super::super::trace::TraceEvent;
use super::{Session, Slot};

/// How long to wait after a replacement that failed, in milliseconds, shortest and longest.
const AGAIN: (u64, u64) = (10_000, 60_000);

/// How long to wait while something is under way on the link that was replaced before, in milliseconds: it goes soon.
const BUSY: u64 = 1_000;

/// How long after its last message a replaced link stays, in milliseconds: the backend may be about to post
/// something to the connectionId that the message came from.
const LINGER: u64 = 5_000;

impl Session {
    /// Begins a link that is to replace the current one.
    pub(super) fn rotate(&mut self) {
        if self.link.is_none() {
            // Lost in the same moment; the next one brings a time of its own.
            return;
        }
        if self.is_old_idle() {
            // It only stays for replies, for which there is no time if links are replaced this often.
            self.drain_is_over();
        }
        if self.old.is_some() {
            return self.arm(Timer::Rotate, BUSY);
        }
        if self.next.is_some() || !self.page.online || self.page.frozen {
            return self.rotate_later();
        }
        let link = self.make_link();
        let id = link.id;
        self.note_rotation(id, "begun");
        self.next = Some(link);
        self.arm(Timer::NextConnect, self.settings.connect_timeout);
        self.open_link(id);
    }

    fn note_rotation(&mut self, link: LinkId, step: &'static str) {
        self.note_word(link, TraceEvent::Rotation, step);
    }

    fn rotate_later(&mut self) {
        let pause = self.random.between(AGAIN.0, AGAIN.1);
        self.arm(Timer::Rotate, pause);
    }

    /// The replacement did not work out. The current link is as good as before.
    pub(super) fn rotation_failed(&mut self) {
        self.timers.stop(Timer::NextConnect);
        self.timers.stop(Timer::NextIdentify);
        if let Some(next) = self.next.take() {
            self.stats.rotations_failed += 1;
            self.note_rotation(next.id, "failed");
            let (link, since) = (next.id, next.begun_at);
            self.took(Step::Rotate, link, since, false);
            self.drop_link(next.id);
            self.forget_joins(next.id);
            self.join_all(Slot::Current);
        }
        self.rotate_later();
    }

    /// The replacement has its connectionId. The rooms come first, so that no message of a room falls
    /// between the links.
    pub(super) fn prepare_next(&mut self) {
        if let Some(next) = &mut self.next {
            next.stage = Stage::Joining;
        }
        self.join_all(Slot::Next);
        self.replace_when_joined();
    }

    pub(super) fn replace_when_joined(&mut self) {
        let joined = self
            .next
            .as_ref()
            .is_some_and(|next| next.stage == Stage::Joining && !self.rooms.any_asked(next.id));
        if !joined {
            return;
        }
        let old = std::mem::replace(&mut self.link, self.next.take());
        self.timers.stop(Timer::Probe);
        self.stats.rotations += 1;
        if let Some(link) = &self.link {
            let (id, since) = (link.id, link.begun_at);
            self.note_rotation(id, "done");
            self.took(Step::Rotate, id, since, true);
        }
        self.failures = 0;
        let drain = self.settings.rotation.as_ref().map_or(0, |rotation| rotation.drain);
        self.old = old;
        self.arm(Timer::Drain, drain);
        self.become_ready();
        self.close_old_when_drained();
    }

    /// Closes the replaced link as soon as nothing is under way on it.
    pub(super) fn close_old_when_drained(&mut self) {
        let Some(old) = self.old.as_ref().filter(|_| self.is_old_idle()) else { return };
        let linger = old.sent_at + LINGER;
        // Rooms are joined on both links, and what they say would be heard twice.
        if self.now < linger && self.rooms.0.is_empty() && !self.is_closed() {
            let deadline = self.timers.get(Timer::Drain).map_or(linger, |end| end.min(linger));
            return self.timers.set(Timer::Drain, deadline);
        }
        self.drain_is_over();
    }

    /// Whether there is a replaced link with nothing under way on it.
    fn is_old_idle(&self) -> bool {
        let idle = |old: &Link| old.flights.is_empty() && !self.requests.any_on(old.id);
        self.old.as_deref().is_some_and(idle)
    }

    /// Closes the replaced link whatever is under way on it.
    pub(super) fn drain_is_over(&mut self) {
        self.timers.stop(Timer::Drain);
        let Some(mut old) = self.old.take() else { return };
        self.retire(&mut old, None);
    }

    /// Closes a link that is not needed any more; that of a closed session is closing already.
    pub(super) fn retire(&mut self, link: &mut Link, code: Option<u16>) {
        if !self.is_closed() {
            self.close_link(link.id, LinkClose::normal());
        }
        let failure = Failure::ConnectionLost { close: LinkClose::normal() };
        self.settle_lost(link, &Rc::new(failure), code);
    }

    pub(super) fn old_link_closed(&mut self, close: LinkClose) {
        self.timers.stop(Timer::Drain);
        let Some(mut old) = self.old.take() else { return };
        let code = close.code;
        self.settle_lost(&mut old, &Rc::new(Failure::ConnectionLost { close }), Some(code));
    }
}
