//! The deadlines of a session as one small table.

/// What a session can wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// When to give up on a link that does not open.
    Connect,
    /// When to ask for the connectionId again, or to give up asking.
    Identify,
}

impl Timer {
    const ALL: [Timer; 2] = [Timer::Connect, Timer::Identify];
}

/// One optional deadline, in milliseconds, for every [`Timer`].
#[derive(Debug, Default)]
pub(super) struct TimerTable([Option<u64>; Timer::ALL.len()]);

impl TimerTable {
    pub(super) fn set(&mut self, timer: Timer, deadline: u64) {
        self.0[timer as usize] = Some(deadline);
    }

    pub(super) fn stop(&mut self, timer: Timer) {
        self.0[timer as usize] = None;
    }

    pub(super) fn stop_all(&mut self) {
        *self = TimerTable::default();
    }

    pub(super) fn next_deadline(&self) -> Option<u64> {
        self.0.iter().flatten().min().copied()
    }

    /// Takes one timer that is due, so that a caller can loop until none is.
    pub(super) fn take_due(&mut self, now: u64) -> Option<Timer> {
        let due = Timer::ALL
            .into_iter()
            .find(|timer| self.0[*timer as usize].is_some_and(|deadline| deadline <= now))?;
        self.stop(due);
        Some(due)
    }
}
