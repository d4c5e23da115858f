//! A link: one browser `WebSocket` and the listeners on it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use js_sys::JsString;
use wasm_bindgen::{JsCast, prelude::*};
use web_sys::{BinaryType, CloseEvent, Event, WebSocket};

use super::incoming::{Incoming, Receiver};
use super::listener::Listener;
use crate::core::{Failure, LinkClose, MessageId};

#[wasm_bindgen]
extern "C" {
    /// A `WebSocket` whose `send` takes a JavaScript string as it is; web-sys would copy it through
    /// wasm memory.
    type TextSocket;

    #[wasm_bindgen(method, catch)]
    fn send(this: &TextSocket, body: &JsValue) -> Result<(), JsValue>;

    /// web-sys has constructors that take the address from wasm memory.
    #[wasm_bindgen(js_name = WebSocket)]
    type NewSocket;

    #[wasm_bindgen(constructor, catch, js_class = WebSocket)]
    fn new(address: &JsValue, protocols: &JsValue) -> Result<NewSocket, JsValue>;

    /// Empty if the server chose none.
    #[wasm_bindgen(method, getter)]
    fn protocol(this: &TextSocket) -> JsValue;

    /// In bytes; web-sys has it in 32 bits.
    #[wasm_bindgen(method, getter, js_name = bufferedAmount)]
    fn buffered_amount(this: &TextSocket) -> f64;
}

/// What a `WebSocket` tells.
pub(super) enum LinkEvent {
    Opened,
    Received(Incoming),
    Closed(LinkClose),
}

/// Owns a `WebSocket`. Its drop removes the listeners and closes the socket.
pub(super) struct Link {
    socket: WebSocket,
    /// Bytes that the browser has taken so far.
    taken: Cell<f64>,
    /// Messages among them that were not seen to have left, oldest first, and where each ends in all that the
    /// browser has taken. Apart from those who wait for them, who may give up earlier.
    held: RefCell<VecDeque<(MessageId, f64)>>,
    _receiver: Receiver,
    _listeners: [Listener; 2],
}

impl Link {
    /// Starts to connect. `tell` is called with everything that happens until the link is dropped.
    ///
    /// There is no listener for `error`: that event carries nothing, and a `close` with all that is
    /// known follows each (WHATWG's WebSocket standard, "feedback from the protocol").
    pub(super) fn open(
        address: &JsValue,
        protocols: &JsValue,
        tell: impl Fn(LinkEvent) + Clone + 'static,
    ) -> Result<Self, Failure> {
        let socket = NewSocket::new(address, protocols).map_err(|thrown| refused(&thrown))?;
        let socket: WebSocket = JsValue::from(socket).unchecked_into();
        socket.set_binary_type(BinaryType::Arraybuffer);
        let (opened, received, closed) = (tell.clone(), tell.clone(), tell);
        let receiver =
            Receiver::new(&socket, move |incoming| received(LinkEvent::Received(incoming)));
        let listeners = [
            Listener::new(&socket, "open", move |_: Event| opened(LinkEvent::Opened)),
            Listener::new(&socket, "close", move |event: CloseEvent| {
                closed(LinkEvent::Closed(LinkClose {
                    code: event.code(),
                    reason: event.reason(),
                    was_clean: event.was_clean(),
                }));
            }),
        ];
        let (taken, held) = Default::default();
        Ok(Link { socket, taken, held, _receiver: receiver, _listeners: listeners })
    }

    /// Whether the browser would take a text now.
    pub(super) fn is_open(&self) -> bool {
        self.socket.ready_state() == WebSocket::OPEN
    }

    /// Hands a text of the session's own to the browser; whether it took it.
    pub(super) fn send(&self, text: &JsString) -> bool {
        self.hand_over(text, super::json::byte_length(text))
    }

    /// Hands a message, a text or bytes, to the browser; whether it took it.
    pub(super) fn send_message(&self, message: MessageId, body: &JsValue, bytes: usize) -> bool {
        let taken = self.hand_over(body, bytes);
        if taken {
            self.held.borrow_mut().push_back((message, self.taken.get()));
        }
        taken
    }

    fn hand_over(&self, body: &JsValue, bytes: usize) -> bool {
        let taken = self.is_open() && self.as_text_socket().send(body).is_ok();
        if taken {
            self.taken.set(self.taken.get() + bytes as f64);
        }
        taken
    }

    /// The last message that has left for the network since this was asked before.
    pub(super) fn drained(&self) -> Option<MessageId> {
        let sent = self.taken.get() - self.as_text_socket().buffered_amount();
        let mut held = self.held.borrow_mut();
        let mut last = None;
        while let Some((message, end)) = held.front().copied()
            && end <= sent
        {
            held.pop_front();
            last = Some(message);
        }
        last
    }

    fn as_text_socket(&self) -> &TextSocket {
        self.socket.unchecked_ref()
    }

    /// The subprotocol that the server chose, empty if none.
    pub(super) fn protocol(&self) -> JsValue {
        self.as_text_socket().protocol()
    }

    /// Begins to close, after what the browser holds; returns whether it could.
    pub(super) fn close(&self, close: &LinkClose) -> bool {
        self.socket.close_with_code_and_reason(close.code, &close.reason).is_ok()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // Does nothing where the socket is closing or closed already.
        let _ = self.socket.close();
    }
}

/// Why the constructor of `WebSocket` threw.
fn refused(thrown: &JsValue) -> Failure {
    let name = js_sys::Reflect::get(thrown, &"name".into())
        .ok()
        .and_then(|name| name.as_string())
        .unwrap_or_default();
    match name.as_str() {
        "ReferenceError" | "TypeError" => Failure::Unsupported,
        "SecurityError" => Failure::UrlRejected {
            why: "a page on https: may not open a ws: connection. Use wss:.".to_owned(),
            transient: false,
            status: None,
        },
        _ => Failure::BadOptions {
            why:
                "The browser refused the subprotocols: each must be a token of RFC 6455 and stand \
                  there once."
                    .to_owned(),
        },
    }
}
