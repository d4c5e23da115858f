//! The functions that a user gave, and how they are called.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_name = reportError)]
    fn report_error(error: &JsValue) -> Result<(), JsValue>;
}

/// What the driver tells its user. The index of [`NAMES`].
#[derive(Clone, Copy)]
pub(super) enum Event {
    ConnectionId,
    Message,
    Status,
    GatewayFrame,
    Error,
    Close,
}

/// The option of every [`Event`], in its order.
pub(super) const NAMES: [&str; 6] =
    ["onConnectionId", "onMessage", "onStatus", "onGatewayFrame", "onError", "onClose"];

/// One optional function for every [`Event`], and the one that is asked.
#[derive(Default)]
pub(super) struct Callbacks {
    pub(super) told: [Option<Function>; NAMES.len()],
    pub(super) should_reconnect: Option<Function>,
}

impl Callbacks {
    pub(super) fn get(&self, event: Event) -> Option<Function> {
        self.told[event as usize].clone()
    }

    /// The function that decides whether a session goes on without its link.
    pub(super) fn should_reconnect(&self) -> Option<Function> {
        self.should_reconnect.clone()
    }
}

/// Asks a user's function a question. One that throws is reported, and counts as yes.
pub(super) fn ask(function: &Function, value: &JsValue, more: &JsValue) -> bool {
    match function.call2(&JsValue::UNDEFINED, value, more) {
        Ok(answer) => answer.is_truthy(),
        Err(thrown) => {
            report(&thrown);
            true
        }
    }
}

/// Calls a user's function. What it throws is reported as any uncaught error of the page, and does
/// not keep the session from its work.
pub(super) fn call(function: &Function, value: &JsValue, more: &JsValue) {
    if let Err(thrown) = function.call2(&JsValue::UNDEFINED, value, more) {
        report(&thrown);
    }
}

fn report(thrown: &JsValue) {
    if report_error(thrown).is_err() {
        // No reportError here (Node): an unhandled rejection is what such a place reports.
        let _ = Promise::reject(thrown);
    }
}
