//! What the links and the page tell, as facts for the session.

use std::rc::Rc;

use wasm_bindgen::JsValue;

use super::super::json;
use super::super::text::text;
use super::Driver;
use crate::core::{ControlFields, Inbound, Input, LinkClose, LinkId, NotAnAnswer};

/// What `links.js` calls a message: an object without `connectionId`.
const OBJECT: u32 = 0;
/// An object with one that is no report of API Gateway.
const OBJECT_WITH_ID: u32 = 1;
/// An object with one, and with a short text as its `message`.
const PERHAPS_A_REPORT: u32 = 2;
/// JSON, but `null`, a number, a string or an array.
const NOT_AN_OBJECT: u32 = 3;
/// Text that is not JSON.
const NOT_JSON: u32 = 4;
const BINARY: u32 = 5;

impl Driver {
    /// Takes in what `links.js` and `page.js` tell, by their numbers.
    pub(super) fn happened(self: &Rc<Self>, event: u32, link: LinkId, value: JsValue, number: u32) {
        let input = match event {
            OBJECT..=BINARY => return self.received(link, event, value, number as usize),
            6 => Input::LinkOpened(link),
            7 | 8 => Input::LinkClosed(
                link,
                LinkClose {
                    code: number as u16,
                    reason: text(&value).unwrap_or_default(),
                    was_clean: event == 8,
                },
            ),
            9 => Input::LinkDrained(link, number),
            10 => {
                self.armed.set(None);
                Input::Tick
            }
            11 => Input::Online,
            12 => Input::Offline,
            13 => Input::Visible,
            14 => Input::Hidden,
            15 => Input::Frozen,
            16 => Input::Resumed,
            17 => Input::Stored,
            18 => Input::Restored,
            // A WebSocket that nobody listens to yet, for the npm package alone.
            _ => return,
        };
        self.handle(input);
    }

    fn received(self: &Rc<Self>, link: LinkId, kind: u32, value: JsValue, length: usize) {
        let (wants_id, wants_answer) = {
            let session = self.session.borrow();
            (session.awaits_connection_id(link), session.awaits_answer())
        };
        // Most messages: nothing is read and nothing copied.
        if kind == OBJECT && !wants_answer && self.pass_on(link, &value, length) {
            return;
        }
        let request = if wants_answer && kind <= PERHAPS_A_REPORT {
            self.bodies.borrow().message(&json::reference(&value))
        } else {
            None
        };
        let inbound = match request {
            Some(message) => Inbound::Answer(message),
            None => inbound(kind, &value, wants_id),
        };
        self.handle_with(Input::LinkReceived(link, inbound, length), value);
    }
}

/// What arrived, for the core, which looks at an object only while it waits for a connectionId, unless it might be a
/// report of API Gateway.
fn inbound(kind: u32, value: &JsValue, wants_id: bool) -> Inbound {
    Inbound::Message(match kind {
        OBJECT => NotAnAnswer::NoConnectionId,
        OBJECT_WITH_ID if !wants_id => NotAnAnswer::NotRead,
        OBJECT_WITH_ID | PERHAPS_A_REPORT => {
            let fields: ControlFields = json::control_fields(value);
            return fields.into();
        }
        NOT_AN_OBJECT => NotAnAnswer::NotAnObject,
        NOT_JSON => NotAnAnswer::NotJson,
        _ => NotAnAnswer::Binary,
    })
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use js_sys::ArrayBuffer;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::super::super::links::{Tell, read};
    use super::*;

    /// The value, what the core is told and the length, of something that arrived.
    fn received(data: JsValue, wants_id: bool) -> (JsValue, Inbound, u32) {
        let told = Rc::new(RefCell::new(None));
        let keeper = Rc::clone(&told);
        let tell = Tell::new(move |kind, link, value, length| {
            assert_eq!(link, 7);
            drop(keeper.replace(Some((kind, value, length))));
        });
        read(&data, 7, tell.as_ref());
        let (kind, value, length) = told.take().expect("one message");
        (value.clone(), inbound(kind, &value, wants_id), length)
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
            assert_eq!(received(text.into(), true).1, Inbound::from(fields), "{text}");
        }
    }

    #[wasm_bindgen_test]
    fn what_is_not_json_is_handed_on_as_it_came() {
        let (value, inbound, _) = received("<html>".into(), true);
        assert_eq!(value.as_string().as_deref(), Some("<html>"));
        assert_eq!(inbound, Inbound::Message(NotAnAnswer::NotJson));
        for text in ["null", "[]", "1", "\"x\""] {
            let (_, inbound, _) = received(text.into(), true);
            assert_eq!(inbound, Inbound::Message(NotAnAnswer::NotAnObject), "{text}");
        }
    }

    #[wasm_bindgen_test]
    fn the_length_of_a_text_is_in_utf_16_and_that_of_a_buffer_in_bytes() {
        assert_eq!(received("\"aü漢😀\"".into(), false).2, 7);
        assert_eq!(received("".into(), false).2, 0);
        let (_, inbound, length) = received(ArrayBuffer::new(5).into(), false);
        assert_eq!((inbound, length), (Inbound::Message(NotAnAnswer::Binary), 5));
    }

    #[wasm_bindgen_test]
    fn once_identified_only_short_reports_are_looked_into() {
        let long =
            format!(r#"{{"connectionId":"a=","message":"{}","requestId":"r"}}"#, "x".repeat(65));
        for text in [&long, r#"{"connectionId":"a="}"#, r#"{"connectionId":"a=","message":1}"#] {
            let (_, inbound, _) = received(text.into(), false);
            assert_eq!(inbound, Inbound::Message(NotAnAnswer::NotRead), "{text}");
        }
        let frame = r#"{"message": "Forbidden", "connectionId":"a=", "requestId":"b="}"#;
        assert!(matches!(received(frame.into(), false).1, Inbound::GatewayFrame(_)));
    }
}
