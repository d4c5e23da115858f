//! The WebSockets of a session, which `links.js` owns.

use wasm_bindgen::prelude::*;

use crate::core::{Failure, LinkId, MessageId, sentences::sentence};

/// Hears of everything that happens around a session: what, on which link, a value and a number.
pub(super) type Tell = Closure<dyn Fn(u32, LinkId, JsValue, u32)>;

#[wasm_bindgen(module = "/src/browser/links.js")]
extern "C" {
    pub(super) type Links;

    #[wasm_bindgen(constructor)]
    pub(super) fn new(tell: &JsValue) -> Links;

    #[wasm_bindgen(method, js_name = open)]
    fn open_at(this: &Links, link: LinkId, address: &JsValue, protocols: &JsValue) -> u32;

    /// Hands a message, a text or bytes, to the browser; whether it took it.
    #[wasm_bindgen(method)]
    pub(super) fn send(
        this: &Links,
        link: LinkId,
        body: &JsValue,
        bytes: usize,
        message: MessageId,
    ) -> bool;

    /// Hands a message of the session's own to the browser: an action, and about a room the field that names it,
    /// its name, the connectionId and the `ref` of the request.
    #[wasm_bindgen(method)]
    pub(super) fn say(
        this: &Links,
        link: LinkId,
        action: &str,
        field: Option<&str>,
        room: Option<&str>,
        connection_id: Option<&str>,
        reference: &JsValue,
    );

    /// The subprotocol that the server chose, empty if none.
    #[wasm_bindgen(method)]
    pub(super) fn protocol(this: &Links, link: LinkId) -> JsValue;

    /// Begins to close, after what the browser holds.
    #[wasm_bindgen(method)]
    pub(super) fn close(this: &Links, link: LinkId, code: u16, reason: &str);

    /// Closes, and tells nothing any more.
    #[wasm_bindgen(method, js_name = drop)]
    pub(super) fn drop_link(this: &Links, link: LinkId);

    /// Drops all links, and what looks after them.
    #[wasm_bindgen(method)]
    pub(super) fn end(this: &Links);

    #[cfg(test)]
    fn control(action: &str) -> String;

    /// Tells what a WebSocket brought, as one of `Links` would.
    #[cfg(test)]
    #[wasm_bindgen(js_name = read)]
    pub(super) fn read(data: &JsValue, link: LinkId, tell: &JsValue);

    /// The size of a text or of bytes on the wire, in bytes; negative for what is neither.
    #[wasm_bindgen(js_name = wireSize)]
    pub(super) fn wire_size(body: &JsValue) -> i32;
}

impl Links {
    /// Starts to connect.
    pub(super) fn open(
        &self,
        link: LinkId,
        address: &JsValue,
        protocols: &JsValue,
    ) -> Result<(), Failure> {
        match self.open_at(link, address, protocols) {
            0 => Ok(()),
            1 => Err(Failure::Unsupported),
            2 => Err(Failure::UrlRejected {
                why: sentence("url, insecure", &[]),
                transient: false,
                status: None,
            }),
            _ => Err(Failure::BadOptions { why: sentence("protocols", &[]) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::core::Identify;

    #[wasm_bindgen_test]
    fn the_question_is_the_one_that_the_core_defines() {
        for action in ["GET_CONNECTION_ID", "a \"quoted\" one", "ümlaut"] {
            let defined = serde_json::to_string(&Identify { action }).expect("JSON");
            assert_eq!(control(action), defined);
        }
    }
}
