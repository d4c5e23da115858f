//! The functions that a user gave, and how they are called.

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::failure::{close_to_js, object, to_js};
use super::observer::{Event, Observer};
use crate::core::{Failure, LinkClose};

#[wasm_bindgen(module = "/src/browser/page.js")]
extern "C" {
    /// Calls a user's function. What it throws is reported as any uncaught error of the page, and does
    /// not keep the session from its work.
    pub(crate) fn call(function: &Function, value: &JsValue, more: &JsValue);

    /// Reports what a user's function threw.
    fn report(thrown: &JsValue);
}

/// The options that are told something, in the order of the functions in [`Callbacks`].
pub(super) const NAMES: [&str; 6] =
    ["onConnectionId", "onMessage", "onStatus", "onGatewayFrame", "onError", "onClose"];

/// One optional function for every name in [`NAMES`], and the one that is asked.
#[derive(Default)]
pub(crate) struct Callbacks {
    pub(super) told: [Option<Function>; NAMES.len()],
    pub(super) should_reconnect: Option<Function>,
}

impl Observer for Callbacks {
    fn tell(&self, event: Event<'_>) {
        let [on_connection_id, on_message, on_status, on_gateway_frame, on_error, on_close] =
            &self.told;
        let tell = |function: &Option<Function>, value: &JsValue, more: &JsValue| {
            if let Some(function) = function {
                call(function, value, more);
            }
        };
        let nothing = JsValue::UNDEFINED;
        match event {
            Event::ConnectionId { id, previous, answer } => {
                let id = JsValue::from(id);
                let previous = previous.map_or(JsValue::NULL, JsValue::from);
                let event = object(&[
                    ("connectionId", id.clone()),
                    ("previous", previous),
                    ("answer", answer.clone()),
                ]);
                tell(on_connection_id, &id, &event);
            }
            Event::Message(message) => tell(on_message, message, &nothing),
            Event::Status(status) => tell(on_status, &status.as_str().into(), &nothing),
            Event::GatewayFrame(frame) => tell(on_gateway_frame, frame, &nothing),
            Event::Failed(failure) => tell(on_error, &to_js(failure), &nothing),
            Event::Closed(close) => tell(on_close, &close_to_js(close), &nothing),
        }
    }

    fn wants_another(&self, close: &LinkClose, failure: &Failure) -> bool {
        let asked = self.should_reconnect.as_ref();
        asked.is_none_or(|function| ask(function, &close_to_js(close), &to_js(failure)))
    }
}

/// Asks a user's function a question. One that throws is reported, and counts as yes.
fn ask(function: &Function, value: &JsValue, more: &JsValue) -> bool {
    match function.call2(&JsValue::UNDEFINED, value, more) {
        Ok(answer) => answer.is_truthy(),
        Err(thrown) => {
            report(&thrown);
            true
        }
    }
}
