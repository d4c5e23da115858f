//! Where a session stands, for a view that shows it.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};

use super::event::Event;
use super::queue::Queue;
use crate::browser::Driver;
use crate::core::Status;

/// Where a session stands at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The status.
    pub status: Status,
    /// The connectionId while the session is ready.
    pub connection_id: Option<String>,
    /// Milliseconds until the next attempt, counted from now, while the status is
    /// [`Status::Waiting`].
    pub retry_in: Option<u64>,
}

impl Snapshot {
    pub(super) fn of(driver: &Driver) -> Self {
        Snapshot {
            status: driver.status(),
            connection_id: driver.connection_id(),
            retry_in: driver.retry_in(),
        }
    }
}

/// A stream that begins with the present [`Snapshot`] and goes on with the latest after every change
/// of status or connectionId; a slow reader skips what is over. Ends after the status `Closed`.
/// See [`Socket::snapshots`](super::Socket::snapshots).
#[must_use = "a stream does nothing unless it is read"]
pub struct Snapshots {
    pub(super) driver: Rc<Driver>,
    /// Wakes the reader; what is in it does not matter.
    pub(super) changes: Rc<Queue<Event>>,
    pub(super) last: Option<Snapshot>,
}

impl Stream for Snapshots {
    type Item = Snapshot;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Snapshot>> {
        if self.is_terminated() {
            return Poll::Ready(None);
        }
        // Until it is empty, so that the next change wakes.
        while let Poll::Ready(Some(_)) = self.changes.poll(context) {}
        let now = Snapshot::of(&self.driver);
        let same = |last: &Snapshot| {
            (last.status, &last.connection_id) == (now.status, &now.connection_id)
        };
        if self.last.as_ref().is_some_and(same) {
            return Poll::Pending;
        }
        self.last = Some(now.clone());
        Poll::Ready(Some(now))
    }
}

impl FusedStream for Snapshots {
    fn is_terminated(&self) -> bool {
        self.last.as_ref().is_some_and(|last| last.status == Status::Closed)
    }
}
