//! What became of a call.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_channel::oneshot;
use wasm_bindgen::JsValue;

use super::Error;
use crate::browser::{Driver, Settle};
use crate::core::{Failure, MessageId};

/// A call that has been made, and the future that tells what became of it.
///
/// The session acts whether or not this is awaited. To drop it gives up on an answer: a request that
/// was dropped is aborted, and so is not sent if it still waits. A message of `send` is on its way and
/// stays there.
#[must_use = "a call that fails tells here only"]
pub struct Pending<T> {
    outcome: oneshot::Receiver<Result<JsValue, Error>>,
    read: Option<Box<Read<T>>>,
    /// What to abort if nobody waits any more.
    request: Option<(Rc<Driver>, MessageId)>,
}

type Read<T> = dyn FnOnce(JsValue) -> Result<T, Error>;

impl<T> Pending<T> {
    /// Calls the driver with one end, and reads with `read` what comes.
    pub(super) fn call(
        call: impl FnOnce(Settle),
        read: impl FnOnce(JsValue) -> Result<T, Error> + 'static,
    ) -> Self {
        let (settle, outcome) = channel();
        call(settle);
        Pending { outcome, read: Some(Box::new(read)), request: None }
    }

    /// A call that has failed already.
    pub(super) fn failed(error: Error) -> Self {
        let (sender, outcome) = oneshot::channel();
        // Fails where nobody waits, and here somebody does.
        let _ = sender.send(Err(error));
        Pending { outcome, read: None, request: None }
    }

    /// As `call`, for what can be aborted by its name.
    pub(super) fn request(
        driver: &Rc<Driver>,
        call: impl FnOnce(Settle) -> Option<MessageId>,
        read: impl FnOnce(JsValue) -> Result<T, Error> + 'static,
    ) -> Self {
        let (settle, outcome) = channel();
        let request = call(settle).map(|message| (Rc::clone(driver), message));
        Pending { outcome, read: Some(Box::new(read)), request }
    }
}

fn channel() -> (Settle, oneshot::Receiver<Result<JsValue, Error>>) {
    let (sender, outcome) = oneshot::channel();
    let settle = Settle::Future(Box::new(move |outcome| {
        // Fails where nobody waits any more.
        let _ = sender.send(outcome.cloned().map_err(|failure| failure.clone().into()));
    }));
    (settle, outcome)
}

impl<T> Future for Pending<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.outcome).poll(context).map(|outcome| {
            self.request = None;
            // The driver settles everything when its session ends.
            let closed = Error::from(Failure::Closed);
            let value = outcome.unwrap_or_else(|_| Err(closed.clone()))?;
            self.read.take().map_or(Err(closed), |read| read(value))
        })
    }
}

impl<T> Drop for Pending<T> {
    fn drop(&mut self) {
        if let Some((driver, message)) = self.request.take() {
            driver.abort(message);
        }
    }
}
