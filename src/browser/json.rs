//! JSON by the engine, so that a message body never enters wasm memory.
//!
//! The engine's `JSON.parse` makes the very value that the user gets. `serde_json` would copy the text
//! in, build a tree of its own, and `serde-wasm-bindgen` would build the value from that once more.

use wasm_bindgen::{JsCast, prelude::*};

use super::links::wire_size;
use super::text::text;
use crate::core::{ControlFields, Failure, Field, MessageId};

#[wasm_bindgen(module = "/src/browser/outgoing.js")]
extern "C" {
    fn written(value: &JsValue, binary: bool, reference: &JsValue) -> JsValue;

    /// The `ref` of a request. `mark` is the session's own, so that no answer to another's is taken for one to it.
    #[wasm_bindgen(js_name = referenceOf)]
    pub(super) fn reference_of(mark: u32, request: MessageId) -> JsValue;

    /// The request that a `ref` is about; negative if it is none of the session with this mark.
    #[wasm_bindgen(js_name = requestOf)]
    pub(super) fn request_of(mark: u32, reference: &JsValue) -> f64;
}

#[wasm_bindgen]
extern "C" {
    /// What `written` returns for a value that can't be sent.
    type Refusal;

    #[wasm_bindgen(method, getter)]
    fn code(this: &Refusal) -> JsValue;

    #[wasm_bindgen(method, getter)]
    fn why(this: &Refusal) -> JsValue;

    /// A parsed JSON object; `JSON.parse` makes plain properties only, so that no getter can throw.
    type Parsed;

    #[wasm_bindgen(method, indexing_getter)]
    fn get(this: &Parsed, field: &str) -> JsValue;
}

/// The fields of a parsed object that the session looks at.
pub(super) fn control_fields(object: &JsValue) -> ControlFields {
    let field = |name| {
        let value = object.unchecked_ref::<Parsed>().get(name);
        match text(&value) {
            Some(text) => Field::Text(text),
            None if value.is_undefined() => Field::Absent,
            None => Field::Other,
        }
    };
    ControlFields {
        connection_id: field("connectionId"),
        message: field("message"),
        request_id: field("requestId"),
        message_id: field("messageId"),
    }
}

/// The `ref` of a parsed object.
pub(super) fn reference(object: &JsValue) -> JsValue {
    object.unchecked_ref::<Parsed>().get("ref")
}

/// What a link is to carry for a user's value, and its size in bytes: its JSON text, with a `ref` if one is given,
/// or bytes where they are allowed.
pub(super) fn outgoing(
    value: &JsValue,
    binary: bool,
    reference: &JsValue,
) -> Result<(JsValue, usize), Failure> {
    let body = written(value, binary, reference);
    if let Ok(bytes) = usize::try_from(wire_size(&body)) {
        return Ok((body, bytes));
    }
    let refusal: &Refusal = body.unchecked_ref();
    let why = text(&refusal.why()).unwrap_or_default();
    Err(match text(&refusal.code()).as_deref() {
        Some("not-serializable") => Failure::NotSerializable { why },
        Some("binary-unsupported") => Failure::BinaryUnsupported,
        _ => Failure::BadOptions { why },
    })
}
