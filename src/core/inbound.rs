//! What an incoming message is to the session.

use super::control::{ControlFields, Field};
use super::outbox::MessageId;

/// An incoming message, reduced to what the session needs to know of it.
// A tag of its own: less code reads it than one that is hidden in a text.
#[repr(u8)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inbound {
    /// A JSON object with a string `connectionId` that is no [`GatewayFrame`].
    ConnectionId(String),
    /// What has the form of a report of API Gateway itself.
    GatewayFrame(GatewayFrame),
    /// A message with the `ref` of this request.
    Answer(MessageId),
    /// Anything else.
    Message(NotAnAnswer),
}

/// A message that API Gateway wrote, not the user's backend.
///
/// It carries a `connectionId`, so that a careless client takes an error for the answer to its
/// question. What tells it apart are `message` and `requestId` (or `messageId`) beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayFrame {
    /// What the gateway reports, one of [`GatewayFrame::KNOWN`] as far as is known.
    pub message: String,
    /// The connection that the report is about, which is the one that it comes on.
    pub connection_id: Field,
}

impl GatewayFrame {
    /// The reports that were seen from the service, and the one of a throttle, which AWS only names
    /// ("Protect your WebSocket APIs in API Gateway").
    pub const KNOWN: [&str; 4] =
        ["Forbidden", "Internal server error", "Bad request body", "Too Many Requests"];

    /// Which of the known reports it is.
    pub fn known(&self) -> Option<&'static str> {
        Self::KNOWN.iter().copied().find(|known| *known == self.message)
    }

    /// Whether this is a report for certain. A backend may well write `{connectionId, message,
    /// messageId}` for a line of chat: then the text is another, or the connection that of a peer.
    pub fn is_certain(&self, own_connection_id: &str) -> bool {
        self.is_about(own_connection_id) && self.known().is_some()
    }

    pub(super) fn is_about(&self, connection_id: &str) -> bool {
        matches!(&self.connection_id, Field::Text(id) if id == connection_id)
    }
}

/// Why a message is not the answer to the question for the connectionId.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAnAnswer {
    /// Nothing asked for an answer, so that nobody looked.
    NotRead,
    /// Text that is not JSON.
    NotJson,
    /// JSON, but `null`, a number, a string or an array.
    NotAnObject,
    /// A binary frame, which API Gateway never sends.
    Binary,
    /// An object without `connectionId`.
    NoConnectionId,
    /// `connectionId` is empty, or not a string.
    BadConnectionId,
}

impl NotAnAnswer {
    /// The description that error sentences use, after "the last message was".
    pub fn describe(self) -> &'static str {
        match self {
            NotAnAnswer::NotRead => "a message that was not looked at",
            NotAnAnswer::NotJson => "text that is not JSON",
            NotAnAnswer::NotAnObject => "JSON, but not an object",
            NotAnAnswer::Binary => "a binary frame",
            NotAnAnswer::NoConnectionId => "an object without connectionId",
            NotAnAnswer::BadConnectionId => {
                "an object whose connectionId is not a string with text"
            }
        }
    }
}

impl From<ControlFields> for Inbound {
    fn from(fields: ControlFields) -> Self {
        let ControlFields { connection_id, message, request_id, message_id } = fields;
        match (connection_id, message) {
            (Field::Absent, _) => Inbound::Message(NotAnAnswer::NoConnectionId),
            (connection_id, Field::Text(message))
                if request_id != Field::Absent || message_id != Field::Absent =>
            {
                Inbound::GatewayFrame(GatewayFrame { message, connection_id })
            }
            (Field::Text(id), _) if !id.is_empty() => Inbound::ConnectionId(id),
            _ => Inbound::Message(NotAnAnswer::BadConnectionId),
        }
    }
}

/// Where the driver takes a message whose body it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// To the user, as a message.
    Message,
    /// To the user, as a report of the gateway.
    GatewayFrame,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Inbound {
        serde_json::from_str::<ControlFields>(text).expect("a JSON object").into()
    }

    /// The frames as recorded from the service, byte for byte.
    #[test]
    fn a_gateway_frame_is_never_taken_for_an_answer() {
        for (text, message, id) in [
            (
                r#"{"message": "Internal server error", "connectionId":"HXT_RfBnPHcCIIg=", "requestId":"HXUAmGGZvHcF33A="}"#,
                "Internal server error",
                "HXT_RfBnPHcCIIg=",
            ),
            (
                r#"{"message": "Forbidden", "connectionId":"XDmENcnwIE0CFEQ=", "requestId":"XDmGEE2RoE0FRdQ="}"#,
                "Forbidden",
                "XDmENcnwIE0CFEQ=",
            ),
            (
                r#"{"message" : "Bad request body", "connectionId": "XDmENcnwIE0CFEQ=", "messageId": "XDmGEE2RoE0FRdQ="}"#,
                "Bad request body",
                "XDmENcnwIE0CFEQ=",
            ),
        ] {
            let Inbound::GatewayFrame(frame) = read(text) else { panic!("{text}") };
            assert_eq!(frame.message, message);
            assert!(frame.is_certain(id), "{text}");
            assert!(!frame.is_certain("another="), "{text}");
        }
    }

    #[test]
    fn a_string_connection_id_is_the_answer_whatever_stands_beside_it() {
        for text in [
            r#"{"connectionId":"abc="}"#,
            r#"{"connectionId":"abc=","message":"welcome"}"#,
            r#"{"connectionId":"abc=","requestId":"r1"}"#,
            r#"{"action":"GET_CONNECTION_ID","connectionId":"abc=","rooms":[]}"#,
        ] {
            assert_eq!(read(text), Inbound::ConnectionId("abc=".into()), "{text}");
        }
    }

    #[test]
    fn a_connection_id_that_is_no_text_is_not_an_answer() {
        for text in [r#"{"connectionId":12}"#, r#"{"connectionId":""}"#, r#"{"connectionId":null}"#]
        {
            assert_eq!(read(text), Inbound::Message(NotAnAnswer::BadConnectionId), "{text}");
        }
        assert_eq!(read(r#"{"message":"hi"}"#), Inbound::Message(NotAnAnswer::NoConnectionId));
    }
}
