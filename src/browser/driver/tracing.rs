//! The session's trace, read or followed, with the times of the wall clock.

use std::rc::Rc;

use super::Driver;
use crate::core::TraceEntry;

/// Told an entry.
type Tell = Rc<dyn Fn(TraceEntry)>;

/// Who is told every new entry.
pub(super) struct Follower {
    tell: Tell,
    /// The number of the last entry that it was told.
    told: u64,
}

impl Driver {
    /// The entries of the trace, oldest first; times in milliseconds since 1970.
    pub(crate) fn trace(&self) -> Vec<TraceEntry> {
        let session = self.session.borrow();
        session.trace().iter().map(|entry| self.at_wall_time(entry)).collect()
    }

    /// Calls a function with every entry from now on, instead of the one before it.
    pub(crate) fn follow_trace(&self, tell: Option<Tell>) {
        let told = self.session.borrow().trace().last_number();
        self.follower.replace(tell.map(|tell| Follower { tell, told }));
    }

    /// Tells what is new. It costs next to nothing where nobody follows.
    pub(super) fn tell_trace(&self) {
        while let Some((tell, entry)) = self.next_traced() {
            tell(entry);
        }
    }

    fn next_traced(&self) -> Option<(Tell, TraceEntry)> {
        let mut follower = self.follower.borrow_mut();
        let Follower { tell, told } = follower.as_mut()?;
        let session = self.session.borrow();
        let entry = session.trace().after(*told).next()?;
        *told = entry.number;
        Some((Rc::clone(tell), self.at_wall_time(entry)))
    }

    fn at_wall_time(&self, entry: &TraceEntry) -> TraceEntry {
        TraceEntry { time: self.clock.wall(entry.time), ..entry.clone() }
    }
}
