//! The deadlines of a session as one small table.

/// What a session can wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// When to give up on the link that opens or identifies to become current.
    Connect,
    /// When to ask the current link for the connectionId again, or to give up asking.
    Identify,
    /// When to try again.
    Retry,
    /// When to look whether the current link has been silent for so long that a heartbeat is due.
    Heartbeat,
    /// When a probe of the current link has been unanswered for too long.
    Probe,
    /// When to begin to replace the current link.
    Rotate,
    /// When to give up on the link that is to replace the current one.
    NextConnect,
    /// When to ask that link for its connectionId again, or to give up asking.
    NextIdentify,
    /// When to close the link that was replaced.
    Drain,
    /// When to close the link of a page that stays hidden.
    Hidden,
    /// When to try again to join the rooms that refused the session.
    Rejoin,
    /// When a request, or a message in the outbox, has waited for too long.
    Expiry,
}

impl Timer {
    pub(super) const ALL: [Timer; 12] = [
        Timer::Connect,
        Timer::Identify,
        Timer::Retry,
        Timer::Heartbeat,
        Timer::Probe,
        Timer::Rotate,
        Timer::NextConnect,
        Timer::NextIdentify,
        Timer::Drain,
        Timer::Hidden,
        Timer::Rejoin,
        Timer::Expiry,
    ];

    /// Whether this is a wait for somebody else, who may have answered while the machine slept: the
    /// answer then stands behind the timer in the browser's queue.
    pub(super) fn waits_for_an_answer(self) -> bool {
        matches!(
            self,
            Timer::Connect
                | Timer::Identify
                | Timer::Probe
                | Timer::NextConnect
                | Timer::NextIdentify
                | Timer::Drain
                | Timer::Expiry
        )
    }
}

/// One optional deadline, in milliseconds, for every [`Timer`].
#[derive(Debug)]
pub(super) struct TimerTable([u64; Timer::ALL.len()]);

/// The deadline of what is not to happen: a timer that is not set, say.
pub(super) const NEVER: u64 = u64::MAX;

/// So long after a time. However long that is, it is a deadline.
// Written out wherever it is needed, it takes 450 bytes.
#[inline(never)]
pub(super) fn after(time: u64, delay: u64) -> u64 {
    time.saturating_add(delay).min(NEVER - 1)
}

impl Default for TimerTable {
    fn default() -> Self {
        TimerTable([NEVER; Timer::ALL.len()])
    }
}

impl TimerTable {
    pub(super) fn set(&mut self, timer: Timer, deadline: u64) {
        self.0[timer as usize] = deadline;
    }

    pub(super) fn stop(&mut self, timer: Timer) {
        self.0[timer as usize] = NEVER;
    }

    pub(super) fn stop_all(&mut self) {
        *self = TimerTable::default();
    }

    pub(super) fn get(&self, timer: Timer) -> Option<u64> {
        Some(self.0[timer as usize]).filter(|deadline| *deadline != NEVER)
    }

    pub(super) fn next_deadline(&self) -> Option<u64> {
        self.0.iter().copied().min().filter(|deadline| *deadline != NEVER)
    }

    /// Stops a timer that is due; whether it was.
    pub(super) fn take_due(&mut self, timer: Timer, now: u64) -> bool {
        let is_due = self.0[timer as usize] <= now;
        if is_due {
            self.stop(timer);
        }
        is_due
    }

    /// Moves every due wait for somebody else's answer to a later time.
    pub(super) fn grant(&mut self, now: u64, until: u64) {
        for (timer, deadline) in Timer::ALL.iter().zip(&mut self.0) {
            if timer.waits_for_an_answer() && *deadline <= now {
                *deadline = until;
            }
        }
    }
}
