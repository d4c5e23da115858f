//! What happens to a session, as a stream.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};

use super::Error;
use super::queue::{Queue, Taken};
use crate::core::{GatewayFrame, LinkClose, Status};

/// Something that happened to a session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The status has changed.
    Status(Status),
    /// The session has a connectionId. Every link has its own.
    ConnectionId {
        /// The new one.
        id: String,
        /// The one that it replaces.
        previous: Option<String>,
    },
    /// API Gateway itself reported an error.
    GatewayFrame {
        /// The report.
        frame: GatewayFrame,
        /// By which the API's log names it.
        request_id: Option<String>,
    },
    /// Something failed. The session goes on, unless its status is `Closed` next.
    Failed(Error),
    /// The current link has closed. If the session goes on, another attempt follows.
    Closed(LinkClose),
    /// The stream was read too slowly, and so many events before the next one were dropped.
    Missed(u64),
}

/// A stream of [`Event`]s, in order. Ends with the session. See [`Socket::events`](super::Socket::events).
#[must_use = "a stream does nothing unless it is read"]
pub struct Events {
    pub(super) queue: Rc<Queue<Event>>,
    pub(super) ended: bool,
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        let next = self.queue.poll(context);
        self.ended = matches!(next, Poll::Ready(None));
        next.map(|taken| {
            taken.map(|taken| match taken {
                Taken::Item(event) => event,
                Taken::Missed(count) => Event::Missed(count),
            })
        })
    }
}

impl FusedStream for Events {
    fn is_terminated(&self) -> bool {
        self.ended
    }
}
