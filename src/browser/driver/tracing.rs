//! The session's trace, read or followed, with the times of the wall clock.

use super::Driver;
use crate::core::TraceEntry;

/// Given a new entry and when it was, in milliseconds since 1970; what it returns is called as soon as
/// the session can be used again.
pub(crate) type Follow = dyn Fn(&TraceEntry, u64) -> Box<dyn FnOnce()>;

/// Who is told every new entry.
pub(super) struct Follower {
    follow: Box<Follow>,
    /// The number of the last entry that it was told.
    told: u64,
}

impl Driver {
    /// Shows all entries of the trace, oldest first, and when each was, in milliseconds since 1970.
    pub(crate) fn trace(&self, show: &mut dyn FnMut(&TraceEntry, u64)) {
        for entry in self.session.borrow().trace().iter() {
            show(entry, self.clock.wall(entry.time));
        }
    }

    /// Tells every entry from now on, and no longer the one before it.
    pub(crate) fn follow_trace(&self, follow: Option<Box<Follow>>) {
        let told = self.session.borrow().trace().last_number();
        self.follower.replace(follow.map(|follow| Follower { follow, told }));
    }

    /// Tells what is new. It costs next to nothing where nobody follows.
    pub(super) fn tell_trace(&self) {
        while let Some(tell) = self.next_traced() {
            tell();
        }
    }

    fn next_traced(&self) -> Option<Box<dyn FnOnce()>> {
        let mut follower = self.follower.borrow_mut();
        let Follower { follow, told } = follower.as_mut()?;
        let session = self.session.borrow();
        let entry = session.trace().after(*told).next()?;
        *told = entry.number;
        Some(follow(entry, self.clock.wall(entry.time)))
    }
}
