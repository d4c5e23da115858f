//! JSON by the engine, so that a message body never enters wasm memory.
//!
//! The engine's `JSON.parse` makes the very value that the user gets. `serde_json` would copy the text
//! in, build a tree of its own, and `serde-wasm-bindgen` would build the value from that once more.

use js_sys::{ArrayBuffer, JsString, Uint8Array};
use wasm_bindgen::{JsCast, prelude::*};
use web_sys::Blob;

use super::failure::object;
use super::incoming::{Incoming, Kind};
use crate::core::{ControlFields, Failure, Field, Inbound, MessageId, NotAnAnswer};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = JSON)]
    fn stringify(value: &JsValue) -> Result<JsValue, JsValue>;

    type TextEncoder;

    #[wasm_bindgen(constructor)]
    fn new() -> TextEncoder;

    #[wasm_bindgen(method)]
    fn encode(this: &TextEncoder, text: &JsString) -> Uint8Array;

    #[wasm_bindgen(js_namespace = ArrayBuffer, js_name = isView)]
    fn is_view(value: &JsValue) -> bool;

    /// A parsed JSON object; `JSON.parse` makes plain properties only, so that no getter can throw.
    type Parsed;

    #[wasm_bindgen(method, getter, js_name = connectionId)]
    fn connection_id(this: &Parsed) -> JsValue;

    #[wasm_bindgen(method, getter)]
    fn message(this: &Parsed) -> JsValue;

    #[wasm_bindgen(method, getter, js_name = requestId)]
    fn request_id(this: &Parsed) -> JsValue;

    #[wasm_bindgen(method, getter, js_name = messageId)]
    fn message_id(this: &Parsed) -> JsValue;

    #[wasm_bindgen(method, getter, js_name = ref)]
    fn reference(this: &Parsed) -> JsValue;

    #[wasm_bindgen(method, getter, js_name = byteLength)]
    fn byte_length_of(this: &Bytes) -> Option<f64>;

    #[wasm_bindgen(method, getter)]
    fn size(this: &Bytes) -> Option<f64>;

    /// A view or a `Blob`.
    type Bytes;

    // js-sys has it without `catch`, and it throws for some Proxy.
    #[wasm_bindgen(catch, js_namespace = Array, js_name = isArray)]
    fn is_array(value: &JsValue) -> Result<bool, JsValue>;

    #[wasm_bindgen(catch, js_namespace = Object)]
    fn assign(target: &JsValue, source: &JsValue) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen(module = "/src/browser/bytes.js")]
extern "C" {
    /// The bytes as they are now.
    #[wasm_bindgen(catch)]
    fn copied(bytes: &JsValue) -> Result<JsValue, JsValue>;
}

/// What the session waits for; nothing else is looked at.
pub(super) struct Wanted {
    pub(super) connection_id: bool,
    pub(super) reference: bool,
}

/// What arrived, for the core. `request` knows the request that a `ref` is about.
pub(super) fn inbound(
    incoming: &Incoming,
    wanted: &Wanted,
    request: impl FnOnce(&str) -> Option<MessageId>,
) -> Inbound {
    match incoming.kind {
        Kind::Binary => Inbound::Message(NotAnAnswer::Binary),
        Kind::NotJson => Inbound::Message(NotAnAnswer::NotJson),
        Kind::NotAnObject => Inbound::Message(NotAnAnswer::NotAnObject),
        // Most messages: nothing is read and nothing copied.
        Kind::Object if !wanted.reference => Inbound::Message(NotAnAnswer::NoConnectionId),
        Kind::Object | Kind::ObjectWithId => {
            of_object(incoming.value.unchecked_ref(), wanted, request)
        }
    }
}

fn of_object(
    object: &Parsed,
    wanted: &Wanted,
    request: impl FnOnce(&str) -> Option<MessageId>,
) -> Inbound {
    if wanted.reference
        && let Some(reference) = object.reference().as_string()
        && let Some(message) = request(&reference)
    {
        return Inbound::Answer(message);
    }
    let connection_id = object.connection_id();
    if connection_id.is_undefined() {
        return Inbound::Message(NotAnAnswer::NoConnectionId);
    }
    let message = object.message();
    if !wanted.connection_id && !is_short_text(&message) {
        return Inbound::Message(NotAnAnswer::NotRead);
    }
    let fields = ControlFields {
        connection_id: field(connection_id),
        message: field(message),
        request_id: field(object.request_id()),
        message_id: field(object.message_id()),
    };
    fields.into()
}

/// Whether a text could be a report of the gateway, whose longest known one has 21 characters.
fn is_short_text(value: &JsValue) -> bool {
    value.dyn_ref::<JsString>().is_some_and(|text| text.length() <= 64)
}

fn field(value: JsValue) -> Field {
    if value.is_undefined() {
        return Field::Absent;
    }
    value.as_string().map_or(Field::Other, Field::Text)
}

/// The text of a control frame with these fields.
pub(super) fn control_text(action: &str, entries: &[(&str, JsValue)]) -> JsString {
    let mut all = vec![("action", action.into())];
    all.extend_from_slice(entries);
    // Can't fail: an object of ours with strings.
    stringify(&object(&all)).unwrap_or_default().unchecked_into()
}

/// What a link is to carry, and its size in bytes; bytes pass where they are allowed.
pub(super) fn outgoing(value: &JsValue, binary: bool) -> Result<(JsValue, usize), Failure> {
    if is_binary(value) {
        if !binary {
            return Err(Failure::BinaryUnsupported);
        }
        let copy = copied(value).map_err(|_| Failure::BadOptions {
            why: "The bytes are gone: their buffer was transferred to somebody else.".to_owned(),
        })?;
        let bytes: &Bytes = copy.unchecked_ref();
        let size = bytes.byte_length_of().or_else(|| bytes.size()).unwrap_or_default();
        return Ok((copy, size as usize));
    }
    let text = write(value).map_err(|why| Failure::NotSerializable { why })?;
    let bytes = byte_length(&text);
    Ok((text.into(), bytes))
}

/// A request's text: the user's object with a `ref` of ours.
pub(super) fn with_reference(
    value: &JsValue,
    reference: &JsString,
) -> Result<(JsValue, usize), Failure> {
    let is_plain = value.is_object() && !is_array(value).unwrap_or(true) && !is_binary(value);
    if !is_plain {
        return Err(Failure::BadOptions {
            why: "A request must be an object, which gets a ref that its answer repeats."
                .to_owned(),
        });
    }
    let copy = assign(&object(&[]), value)
        .map_err(|thrown| Failure::NotSerializable { why: first_line_of_message(&thrown) })?;
    let _ = js_sys::Reflect::set(&copy, &"ref".into(), reference);
    outgoing(&copy, false)
}

/// The text of [`Identify`](crate::core::Identify), by the engine; a test holds the two together.
pub(super) fn identify_text(action: &str) -> JsString {
    control_text(action, &[])
}

/// The JSON text of a user's value, or why it has none, in the engine's words.
pub(super) fn write(value: &JsValue) -> Result<JsString, String> {
    match stringify(value) {
        Ok(text) => text
            .dyn_into()
            .map_err(|_| "undefined, functions and symbols have no JSON form".to_owned()),
        Err(thrown) => Err(first_line_of_message(&thrown)),
    }
}

/// What was thrown may be anything: the engine's own TypeError, or whatever a user's `toJSON` throws.
fn first_line_of_message(thrown: &JsValue) -> String {
    js_sys::Reflect::get(thrown, &"message".into())
        .ok()
        .and_then(|message| message.as_string())
        .and_then(|message| message.lines().next().map(str::to_owned))
        .unwrap_or_else(|| "toJSON threw".to_owned())
}

/// The size on the wire, in bytes of UTF-8.
pub(super) fn byte_length(text: &JsString) -> usize {
    TextEncoder::new().encode(text).length() as usize
}

/// Whether a value is made of bytes: an `ArrayBuffer`, a view of one, or a `Blob`.
pub(super) fn is_binary(value: &JsValue) -> bool {
    is_view(value) || value.has_type::<ArrayBuffer>() || value.has_type::<Blob>()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::super::incoming;
    use super::*;
    use crate::core::Identify;

    const ALL: Wanted = Wanted { connection_id: true, reference: true };
    const NOTHING: Wanted = Wanted { connection_id: false, reference: false };

    fn none(_: &str) -> Option<MessageId> {
        None
    }

    fn read(
        text: JsValue,
        wanted: &Wanted,
        request: impl FnOnce(&str) -> Option<MessageId>,
    ) -> (JsValue, Inbound, usize) {
        let incoming = incoming::read(&text);
        let inbound = inbound(&incoming, wanted, request);
        (incoming.value, inbound, incoming.length)
    }

    #[wasm_bindgen_test]
    fn an_answer_is_known_by_its_ref_while_something_waits_for_one() {
        let text = r#"{"ref":"m-1","connectionId":"a="}"#;
        let known = |reference: &str| (reference == "m-1").then_some(1);
        assert_eq!(read(text.into(), &ALL, known).1, Inbound::Answer(1));
        assert_ne!(read(text.into(), &NOTHING, known).1, Inbound::Answer(1));
        for other in [r#"{"ref":"m-2"}"#, r#"{"ref":1}"#, r#"{"ref":{}}"#] {
            assert!(matches!(read(other.into(), &ALL, known).1, Inbound::Message(_)), "{other}");
        }
    }

    #[wasm_bindgen_test]
    fn the_question_is_the_one_that_the_core_defines() {
        for action in ["GET_CONNECTION_ID", "a \"quoted\" one", "ümlaut"] {
            let defined = serde_json::to_string(&Identify { action }).expect("JSON");
            assert_eq!(String::from(identify_text(action)), defined);
        }
    }

    /// The same texts, read by the engine here and by serde_json there, mean the same.
    #[wasm_bindgen_test]
    fn the_engine_and_serde_read_the_same_control_fields() {
        for text in [
            "{}",
            r#"{"connectionId":"a="}"#,
            r#"{"connectionId":1}"#,
            r#"{"connectionId":null}"#,
            r#"{"connectionId":{"a":[]}}"#,
            r#"{"message": "Forbidden", "connectionId":"a=", "requestId":"b="}"#,
            r#"{"message" : "Bad request body", "connectionId": "a=", "messageId": "b="}"#,
            r#"{"message":"hi","connectionId":"a="}"#,
        ] {
            let fields: ControlFields = serde_json::from_str(text).expect("an object");
            assert_eq!(read(text.into(), &ALL, none).1, Inbound::from(fields), "{text}");
        }
    }

    #[wasm_bindgen_test]
    fn what_is_not_json_is_handed_on_as_it_came() {
        let (value, inbound, _) = read("<html>".into(), &ALL, none);
        assert_eq!(value.as_string().as_deref(), Some("<html>"));
        assert_eq!(inbound, Inbound::Message(NotAnAnswer::NotJson));
        for text in ["null", "[]", "1", "\"x\""] {
            let (_, inbound, _) = read(text.into(), &ALL, none);
            assert_eq!(inbound, Inbound::Message(NotAnAnswer::NotAnObject), "{text}");
        }
    }

    #[wasm_bindgen_test]
    fn the_length_of_a_text_is_in_utf_16_and_that_of_a_buffer_in_bytes() {
        assert_eq!(read("\"aü漢😀\"".into(), &NOTHING, none).2, 7);
        assert_eq!(read("".into(), &NOTHING, none).2, 0);
        let (_, inbound, length) = read(ArrayBuffer::new(5).into(), &NOTHING, none);
        assert_eq!((inbound, length), (Inbound::Message(NotAnAnswer::Binary), 5));
    }

    #[wasm_bindgen_test]
    fn once_identified_only_short_reports_are_looked_into() {
        let long =
            format!(r#"{{"connectionId":"a=","message":"{}","requestId":"r"}}"#, "x".repeat(65));
        for text in [&long, r#"{"connectionId":"a="}"#, r#"{"connectionId":"a=","message":1}"#] {
            let (_, inbound, _) = read(text.into(), &NOTHING, none);
            assert_eq!(inbound, Inbound::Message(NotAnAnswer::NotRead), "{text}");
        }
        let frame = r#"{"message": "Forbidden", "connectionId":"a=", "requestId":"b="}"#;
        assert!(matches!(read(frame.into(), &NOTHING, none).1, Inbound::GatewayFrame(_)));
    }
}
