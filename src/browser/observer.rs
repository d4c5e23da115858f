//! Who is told what happens to a session.

use wasm_bindgen::JsValue;

use crate::core::{Failure, LinkClose, Status};

/// What the driver tells. Messages are the values that the engine has parsed.
pub(crate) enum Event<'a> {
    ConnectionId {
        id: &'a str,
        /// The one that it replaces.
        previous: Option<&'a str>,
        /// The message that brought it.
        answer: &'a JsValue,
    },
    Message(&'a JsValue),
    Status(Status),
    GatewayFrame(&'a JsValue),
    Failed(&'a Failure),
    Closed(&'a LinkClose),
}

/// JavaScript's callbacks, or the streams of the typed API.
pub(crate) trait Observer {
    fn tell(&self, event: Event<'_>);

    /// Whether the session goes on without its link.
    fn wants_another(&self, close: &LinkClose, failure: &Failure) -> bool;
}
