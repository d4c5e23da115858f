//! Everything that can go wrong, as values: a stable code, the facts, and what to do.

use std::fmt::Display;

use super::inbound::{GatewayFrame, NotAnAnswer};
use super::sentences::sentence;

/// How a link ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkClose {
    /// The close code; 1006 where no close frame came.
    pub code: u16,
    /// The reason of the close frame, often empty.
    pub reason: String,
    /// Whether the closing handshake was completed.
    pub was_clean: bool,
}

impl LinkClose {
    /// What a client says that leaves of its own will: code 1000 without a reason.
    pub(crate) fn normal() -> Self {
        LinkClose { code: 1000, reason: String::new(), was_clean: true }
    }

    /// How a link ended that brought no close frame, in the browser's words (RFC 6455, section 7.1.5).
    pub const fn without_frame() -> Self {
        LinkClose { code: 1006, reason: String::new(), was_clean: false }
    }
}

/// A failure of a session, of a message, or of a call.
// A tag of its own: less code reads it than one that is hidden in a text.
#[repr(u8)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The URL can't be used. `why` completes "The URL was rejected: …".
    UrlRejected {
        /// The rest of the sentence.
        why: String,
        /// Whether it may be had at another time: a token service that is down, say.
        transient: bool,
        /// The HTTP status of a ticket that could not be had.
        status: Option<u16>,
    },
    /// An option or an argument is wrong. `why` is a whole sentence.
    BadOptions {
        /// The sentence.
        why: String,
    },
    /// There is no `WebSocket` here.
    Unsupported,
    /// The link did not open in time.
    ConnectTimeout {
        /// The limit, in milliseconds.
        timeout: u64,
    },
    /// The link closed before it opened: refused, unreachable, or not a WebSocket server.
    ConnectFailed {
        /// What the browser says of it, which is little: it hides the HTTP status.
        close: LinkClose,
    },
    /// The link is open, but no connectionId was to be had.
    IdentifyFailed {
        /// The action that was sent.
        action: String,
        /// How often it was sent.
        sends: u32,
        /// How long each send waited, in milliseconds.
        timeout: u64,
        /// The last thing that came instead of an answer.
        last: Option<Instead>,
    },
    /// The link closed while the session used it.
    ConnectionLost {
        /// How it closed.
        close: LinkClose,
    },
    /// The link died when the message was on its way: it may have arrived, or not.
    DeliveryUnknown {
        /// The close code, where a close event came.
        code: Option<u16>,
    },
    /// A message waited for a link for longer than it may.
    Expired {
        /// How long it may, in milliseconds.
        time_to_live: u64,
    },
    /// No answer came to a request in time.
    RequestTimeout,
    /// API Gateway reported an error while one request waited for its answer.
    GatewayReported {
        /// The report.
        frame: GatewayFrame,
    },
    /// The user lost interest.
    Aborted,
    /// The session was closed by its user.
    Closed,
    /// `send` was given something that JSON can't express.
    NotSerializable {
        /// The engine's own words.
        why: String,
    },
    /// `send` was given bytes. API Gateway closes a connection with 1003 on a binary frame.
    BinaryUnsupported,
    /// The message is larger than API Gateway's frame limit.
    FrameTooLarge {
        /// Its size in bytes of UTF-8.
        bytes: usize,
        /// The limit in the same unit.
        limit: usize,
    },
    /// Too much waits to be sent already.
    OutboxFull {
        /// How many messages wait.
        messages: usize,
        /// How many bytes they have together.
        bytes: usize,
    },
}

/// What came instead of an answer to the question for the connectionId.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instead {
    /// A report of the gateway.
    GatewayFrame(GatewayFrame),
    /// Some other message.
    Message(NotAnAnswer),
}

impl Failure {
    /// The stable code, part of the public API.
    pub fn code(&self) -> &'static str {
        match self {
            Failure::UrlRejected { .. } => "url-rejected",
            Failure::BadOptions { .. } => "bad-options",
            Failure::Unsupported => "unsupported",
            Failure::ConnectTimeout { .. } => "connect-timeout",
            Failure::ConnectFailed { .. } => "connect-failed",
            Failure::IdentifyFailed { .. } => "identify-failed",
            Failure::ConnectionLost { .. } => "connection-lost",
            Failure::DeliveryUnknown { .. } => "delivery-unknown",
            Failure::Expired { .. } => "expired",
            Failure::RequestTimeout => "request-timeout",
            Failure::GatewayReported { .. } => "gateway-error",
            Failure::Aborted => "aborted",
            Failure::Closed => "closed",
            Failure::NotSerializable { .. } => "not-serializable",
            Failure::BinaryUnsupported => "binary-unsupported",
            Failure::FrameTooLarge { .. } => "frame-too-large",
            Failure::OutboxFull { .. } => "outbox-full",
        }
    }

    /// What happened and what to do about it. Never holds a URL's query, a token or a message.
    pub fn sentence(&self) -> String {
        let say = |facts: &[(&str, &dyn Display)]| sentence(self.code(), facts);
        match self {
            Failure::BadOptions { why } => why.clone(),
            Failure::UrlRejected { why, .. } | Failure::NotSerializable { why } => {
                say(&[("why", why)])
            }
            Failure::ConnectTimeout { timeout } => say(&[("timeout", timeout)]),
            Failure::ConnectFailed { close } => say(&[("code", &close.code)]),
            Failure::IdentifyFailed { action, sends, timeout, last } => {
                let (part, last) = match last {
                    Some(Instead::GatewayFrame(frame)) if frame.message == "Forbidden" => {
                        ("identify-failed, forbidden", "")
                    }
                    Some(Instead::GatewayFrame(frame)) => {
                        ("identify-failed, frame", frame.message.as_str())
                    }
                    Some(Instead::Message(other)) => ("identify-failed, message", other.describe()),
                    None => ("identify-failed, nothing", ""),
                };
                let why = sentence(
                    part,
                    &[("action", action), ("sends", sends), ("timeout", timeout), ("last", &last)],
                );
                say(&[("action", action), ("why", &why)])
            }
            Failure::ConnectionLost { close: LinkClose { code, reason, .. } } => {
                let given = if reason.is_empty() {
                    String::new()
                } else {
                    sentence("reason", &[("reason", reason)])
                };
                // Source of the meanings: AWS, "WebSocket API close codes", and RFC 6455, section 7.4.1.
                let meaning = sentence(&code.to_string(), &[]);
                say(&[("code", code), ("reason", &given), ("meaning", &meaning)])
            }
            Failure::DeliveryUnknown { code } => {
                let close =
                    code.map_or(String::new(), |code| sentence("close", &[("code", &code)]));
                say(&[("close", &close)])
            }
            Failure::Expired { time_to_live } => say(&[("timeToLive", time_to_live)]),
            Failure::GatewayReported { frame } => say(&[("message", &frame.message)]),
            Failure::FrameTooLarge { bytes, limit } => say(&[("bytes", bytes), ("limit", limit)]),
            Failure::OutboxFull { messages, bytes } => {
                say(&[("messages", messages), ("bytes", bytes)])
            }
            Failure::Unsupported
            | Failure::RequestTimeout
            | Failure::Aborted
            | Failure::Closed
            | Failure::BinaryUnsupported => say(&[]),
        }
    }
}

impl Failure {
    /// How the link closed that was lost with this failure: as without a close frame where that did not close it.
    pub fn close(&self) -> &LinkClose {
        static WITHOUT_FRAME: LinkClose = LinkClose::without_frame();
        match self {
            Failure::ConnectFailed { close } | Failure::ConnectionLost { close } => close,
            _ => &WITHOUT_FRAME,
        }
    }

    /// Whether the API has no route for the question, which asking again will not change.
    pub(super) fn is_missing_route(&self) -> bool {
        matches!(self, Failure::IdentifyFailed { last: Some(Instead::GatewayFrame(frame)), .. }
            if frame.message == "Forbidden")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Field;

    fn identify(last: Option<Instead>) -> String {
        Failure::IdentifyFailed { action: "WHO".into(), sends: 3, timeout: 5000, last }.sentence()
    }

    #[test]
    fn a_missing_route_is_named_as_what_it_is() {
        let connection_id = Field::Text("a=".into());
        let frame = GatewayFrame { message: "Forbidden".into(), connection_id };
        let sentence = identify(Some(Instead::GatewayFrame(frame)));
        assert!(sentence.contains("neither a route \"WHO\" nor $default"), "{sentence}");
    }

    #[test]
    fn silence_points_at_the_permission_that_people_forget() {
        assert!(identify(None).contains("execute-api:ManageConnections"));
    }

    #[test]
    fn a_close_code_is_explained() {
        let close = LinkClose { code: 1001, reason: "Going away".into(), was_clean: true };
        let sentence = Failure::ConnectionLost { close }.sentence();
        assert!(
            sentence.contains("1001, reason \"Going away\": idle for 10 minutes"),
            "{sentence}"
        );
    }
}
