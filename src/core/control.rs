//! The one definition of the control frames: the messages that the session itself writes and reads.
//!
//! On the host `serde_json` reads and writes them. In the browser the engine's own JSON does, and the
//! driver fills the same structures from the parsed value, because a message body never enters wasm
//! memory.

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The question that starts every link: `{"action":"GET_CONNECTION_ID"}`.
#[derive(Debug, serde::Serialize)]
pub struct Identify<'a> {
    /// The route key or action that the backend answers with the connectionId.
    pub action: &'a str,
}

/// The fields of an incoming JSON object that the session looks at.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ControlFields {
    /// The answer to [`Identify`]; gateway frames carry it too.
    pub connection_id: Field,
    /// In a gateway frame: what the gateway reports, `Forbidden` for example.
    pub message: Field,
    /// In a gateway frame: the id of the request that failed.
    pub request_id: Field,
    /// In a gateway frame about a message that failed its model: the id of that message.
    pub message_id: Field,
}

/// The names of [`ControlFields`] in a frame.
#[derive(serde::Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Name {
    ConnectionId,
    Message,
    RequestId,
    MessageId,
    #[serde(other)]
    Other,
}

/// As `JSON.parse` reads an object: of a name that stands there twice the last counts, and a list is no
/// object. A derived reader would refuse the first and take the second for the fields in their order.
impl<'de> Deserialize<'de> for ControlFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = ControlFields;

    fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<ControlFields, A::Error> {
        let mut fields = ControlFields::default();
        while let Some(name) = entries.next_key()? {
            let field = match name {
                Name::ConnectionId => &mut fields.connection_id,
                Name::Message => &mut fields.message,
                Name::RequestId => &mut fields.request_id,
                Name::MessageId => &mut fields.message_id,
                Name::Other => {
                    entries.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *field = entries.next_value()?;
        }
        Ok(fields)
    }
}

/// A field of which only text is of interest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Field {
    /// There is no such field.
    #[default]
    Absent,
    /// A string.
    Text(String),
    /// `null`, a number, an object: something else.
    Other,
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor)
    }
}

/// Takes any JSON value, and keeps only text.
struct FieldVisitor;

impl<'de> Visitor<'de> for FieldVisitor {
    type Value = Field;

    fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Field, E> {
        Ok(Field::Text(text.to_owned()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Field, E> {
        Ok(Field::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Field, E> {
        Ok(Field::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Field, E> {
        Ok(Field::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Field, E> {
        Ok(Field::Other)
    }

    fn visit_unit<E>(self) -> Result<Field, E> {
        Ok(Field::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Field, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Field, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Field::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> ControlFields {
        serde_json::from_str(text).expect("a JSON object")
    }

    #[test]
    fn the_question_is_written_as_every_backend_expects_it() {
        let text = serde_json::to_string(&Identify { action: "GET_CONNECTION_ID" }).unwrap();
        assert_eq!(text, r#"{"action":"GET_CONNECTION_ID"}"#);
    }

    #[test]
    fn a_name_that_stands_there_twice_has_its_last_value() {
        let fields = read(r#"{"connectionId":"a=","message":"x","connectionId":"b=","message":1}"#);
        assert_eq!(fields.connection_id, Field::Text("b=".into()));
        assert_eq!(fields.message, Field::Other);
    }

    #[test]
    fn a_list_is_no_object_whatever_it_holds() {
        for text in [r#"["a=","Forbidden","b="]"#, "[]", "null", "\"x\"", "1"] {
            assert!(serde_json::from_str::<ControlFields>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_text_is_kept_of_a_field() {
        for other in ["null", "12", "-1.5", "true", "[1,[2]]", r#"{"a":{"b":1}}"#] {
            let fields = read(&format!(r#"{{"connectionId":{other},"x":1}}"#));
            assert_eq!(fields.connection_id, Field::Other, "{other}");
        }
        assert_eq!(read("{}").connection_id, Field::Absent);
        assert_eq!(read(r#"{"connectionId":"a="}"#).connection_id, Field::Text("a=".into()));
    }
}
