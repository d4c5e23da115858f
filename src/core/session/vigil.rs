//! Watching over a link that looks alive: heartbeats, probes, and timers that fire late.

use super::super::failure::{Failure, LinkClose};
use super::super::link::NO_LINK;
use super::super::stats::Cause;
use super::super::timer::{Timer, after};
use super::super::trace::{NONE, TraceEvent};
use super::{Session, Slot, Status};

/// How late a timer of a page that is looked at has to be to mean that the machine slept, in
/// milliseconds.
const LATE: u64 = 5_000;
/// The same for a hidden page, whose timers Chrome fires once a minute ("Heavy throttling of chained JS
/// timers").
const LATE_WHILE_HIDDEN: u64 = 90_000;
/// How long after a sleep what stands in the browser's queue may take to be told, in milliseconds.
const GRACE: u64 = 1_000;

impl Session {
    pub(super) fn tick(&mut self) {
        if let Some(deadline) = self.timers.next_deadline() {
            let late = if self.page.is_watched() { LATE } else { LATE_WHILE_HIDDEN };
            let by = self.now.saturating_sub(deadline);
            if by > late {
                self.note(NO_LINK, TraceEvent::Late, by, NONE, "");
                self.woke_late();
            }
        }
        // Each once, so that a wait of no time comes back to its driver in between.
        for &timer in &Timer::ALL {
            if self.timers.take_due(timer, self.now) {
                self.fire(timer);
            }
        }
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::Connect => {
                let timeout = self.settings.connect_timeout;
                self.abandon(Cause::Connect, Failure::ConnectTimeout { timeout });
            }
            Timer::Identify => self.identify_timed_out(Slot::Current),
            Timer::Retry => self.attempt(),
            Timer::Heartbeat => self.heartbeat(),
            Timer::Probe => self.probe_unanswered(),
            Timer::Rotate => self.rotate(),
            Timer::NextConnect => self.rotation_failed(),
            Timer::NextIdentify => self.identify_timed_out(Slot::Next),
            Timer::Drain => self.drain_is_over(),
            Timer::Hidden => self.fall_asleep(),
            Timer::Rejoin => self.rejoin(),
            Timer::Expiry => self.expire(),
        }
    }

    /// The machine slept. Answers may stand behind this timer in the browser's queue, and the link may
    /// be gone without anybody having noticed.
    fn woke_late(&mut self) {
        self.timers.grant(self.now, self.now + GRACE);
        let lifetime = self.settings.rotation.as_ref().map(|rotation| rotation.lifetime);
        let age = self.link.as_ref().map(|link| self.now.saturating_sub(link.begun_at));
        if self.status == Status::Ready && age.zip(lifetime).is_some_and(|(age, most)| age >= most)
        {
            return self.abandon_dead(Cause::Outlived);
        }
        self.probe();
    }

    /// Sends a question where nothing has arrived for long. What goes out does not count: it may vanish on a link that
    /// nobody has said to be dead.
    fn heartbeat(&mut self) {
        let (Some(link), Some(heartbeat)) = (&self.link, self.settings.heartbeat) else { return };
        let interval = self.random.around(heartbeat, heartbeat / 10);
        let due = after(link.heard_at, interval);
        if due > self.now {
            return self.timers.set(Timer::Heartbeat, due);
        }
        self.arm(Timer::Heartbeat, interval);
        // A question that waits for its answer is not put off by the next one.
        if self.timers.get(Timer::Probe).is_some() {
            return;
        }
        self.stats.heartbeats += 1;
        // After so long a pause the backend may start cold: one unanswered heartbeat proves nothing.
        self.is_probed = false;
        self.arm(Timer::Probe, self.settings.probe_timeout);
        self.question(Slot::Current, TraceEvent::Heartbeat);
    }

    /// Asks whether a link still lives, unless something arrived a moment ago or a probe is under way.
    pub(super) fn probe(&mut self) {
        let Some(link) = self.link.as_ref().filter(|_| self.status == Status::Ready) else {
            return;
        };
        let heard_lately = after(link.heard_at, self.settings.probe_quiet) > self.now;
        if heard_lately
            || self.timers.get(Timer::Probe).is_some()
            || self.settings.identify.is_none()
        {
            return;
        }
        self.send_probe();
    }

    fn send_probe(&mut self) {
        self.stats.probes += 1;
        self.is_probed = true;
        self.arm(Timer::Probe, self.settings.probe_timeout);
        self.question(Slot::Current, TraceEvent::Probe);
    }

    fn probe_unanswered(&mut self) {
        if !self.page.is_watched() {
            // Whatever has arrived may be held back like this timer. Asked again when the page is seen.
            return;
        }
        if !self.is_probed {
            // A heartbeat had no answer: whatever came before it proves nothing any more.
            return self.send_probe();
        }
        self.abandon_dead(Cause::Silent);
    }

    fn abandon_dead(&mut self, cause: Cause) {
        let close = LinkClose::without_frame();
        self.abandon(cause, Failure::ConnectionLost { close });
    }
}
