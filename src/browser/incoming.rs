//! Messages on their way from a WebSocket to the driver, and from there to the user.

use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

#[wasm_bindgen(module = "/src/browser/incoming.js")]
extern "C" {
    fn listen(socket: &WebSocket, take: &JsValue) -> JsValue;

    #[cfg(test)]
    #[wasm_bindgen(js_name = read)]
    fn read_with(data: &JsValue, take: &JsValue);

    /// Calls a user's function. What it throws is reported as any uncaught error of the page, and does
    /// not keep the session from its work.
    #[cfg(feature = "javascript")]
    pub(crate) fn call(function: &js_sys::Function, value: &JsValue, more: &JsValue);

    /// Reports what a user's function threw.
    #[cfg(feature = "javascript")]
    pub(super) fn report(thrown: &JsValue);
}

/// A message as it came, parsed by the engine where it is JSON: a body never enters wasm memory.
pub(super) struct Incoming {
    /// The parsed value; text that is not JSON and binary data as they came, so that nothing is lost.
    pub(super) value: JsValue,
    pub(super) kind: Kind,
    /// Of a text in UTF-16 code units, of binary data in bytes.
    pub(super) length: usize,
}

/// What a message is, as far as it was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An object without `connectionId`.
    Object,
    /// An object with `connectionId`, whatever that is.
    ObjectWithId,
    /// JSON, but `null`, a number, a string or an array.
    NotAnObject,
    /// Text that is not JSON.
    NotJson,
    Binary,
}

impl Kind {
    /// The numbers of incoming.js.
    const ALL: [Kind; 5] =
        [Kind::Object, Kind::ObjectWithId, Kind::NotAnObject, Kind::NotJson, Kind::Binary];
}

/// Takes a value, its kind and its length.
type Taker = Closure<dyn Fn(JsValue, u32, u32)>;

/// The listener for a WebSocket's messages, which is removed when it is dropped.
///
/// Drop may happen while the closure runs (a message handler that closes the session): wasm-bindgen
/// then frees it when the call returns.
#[must_use = "a listener is removed when it is dropped"]
pub(super) struct Receiver {
    socket: WebSocket,
    listener: JsValue,
    _closure: Taker,
}

impl Receiver {
    pub(super) fn new(socket: &WebSocket, take: impl Fn(Incoming) + 'static) -> Self {
        let closure = taker(take);
        let listener = listen(socket, closure.as_ref());
        Receiver { socket: socket.clone(), listener, _closure: closure }
    }
}

fn taker(take: impl Fn(Incoming) + 'static) -> Taker {
    Closure::new(move |value, kind: u32, length: u32| {
        take(Incoming { value, kind: Kind::ALL[kind as usize], length: length as usize });
    })
}

/// Reads one message, as a [`Receiver`] would.
#[cfg(test)]
pub(super) fn read(data: &JsValue) -> Incoming {
    use std::{cell::RefCell, rc::Rc};

    let taken = Rc::new(RefCell::new(None));
    let keeper = Rc::clone(&taken);
    read_with(data, taker(move |incoming| drop(keeper.replace(Some(incoming)))).as_ref());
    taken.take().expect("one message")
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let listener = self.listener.unchecked_ref();
        let _ = self.socket.remove_event_listener_with_callback("message", listener);
    }
}
