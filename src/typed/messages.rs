//! Messages as a stream of a type of the user's.

use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

use super::Error;
use super::queue::{Queue, Taken};

/// A stream of messages, in order. Ends with the session. See [`Socket::messages`](super::Socket::messages).
///
/// A message that does not fit `T` is an [`Error::UnexpectedMessage`], and the stream goes on. So does it
/// after [`Error::MessagesMissed`], which stands where messages were dropped.
#[must_use = "a stream does nothing unless it is read"]
pub struct Messages<T> {
    pub(super) queue: Rc<Queue<JsValue>>,
    pub(super) ended: bool,
    pub(super) kind: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Stream for Messages<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.queue.poll(context);
        self.ended = matches!(next, Poll::Ready(None));
        next.map(|taken| {
            taken.map(|taken| match taken {
                Taken::Item(message) => read(message),
                Taken::Missed(count) => Err(Error::MessagesMissed { count }),
            })
        })
    }
}

impl<T: DeserializeOwned> FusedStream for Messages<T> {
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

pub(super) fn read<T: DeserializeOwned>(message: JsValue) -> Result<T, Error> {
    serde_wasm_bindgen::from_value(message).map_err(|error| Error::unexpected(&error))
}
