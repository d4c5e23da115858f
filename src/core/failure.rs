//! Everything that can go wrong, as values: a stable code, the facts, and what to do.

use super::inbound::{GatewayFrame, NotAnAnswer};

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
    /// How a link ended that brought no close frame, in the browser's words (RFC 6455, section 7.1.5).
    pub fn without_frame() -> Self {
        LinkClose { code: 1006, reason: String::new(), was_clean: false }
    }
}

/// A failure of a session, of a message, or of a call.
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
        match self {
            Failure::UrlRejected { why, .. } => format!("The URL was rejected: {why}"),
            Failure::BadOptions { why } => why.clone(),
            Failure::Unsupported => {
                "There is no WebSocket here. Call connect in a browser or a worker, not while \
                 rendering on a server."
                    .to_owned()
            }
            Failure::ConnectTimeout { timeout } => format!(
                "The connection did not open within {timeout} ms. Check that the host is reachable \
                 and that the $connect integration answers, or raise connectTimeout."
            ),
            Failure::ConnectFailed { close } => format!(
                "The connection did not open (close code {}). The host can't be reached or refused \
                 the upgrade; browsers hide the HTTP status. Check the stage in the URL, the \
                 $connect integration's status code, and its authorizer.",
                close.code
            ),
            Failure::IdentifyFailed { action, sends, timeout, last } => {
                identify_failed(action, *sends, *timeout, last.as_ref())
            }
            Failure::ConnectionLost { close } => {
                let reason = if close.reason.is_empty() {
                    String::new()
                } else {
                    format!(", reason \"{}\"", close.reason)
                };
                format!(
                    "The connection was lost (close code {}{reason}{}). Another follows by \
                     itself, unless reconnect is false.",
                    close.code,
                    meaning(close.code)
                )
            }
            Failure::DeliveryUnknown { code } => {
                let code = code.map_or(String::new(), |code| format!(" (close code {code})"));
                format!(
                    "The connection was lost{code} while the message was on its way: it may have \
                     arrived, or not. Ask the backend, or send with retry: true where twice does no harm."
                )
            }
            Failure::Expired { time_to_live } => format!(
                "The message waited {time_to_live} ms for a connection, which is as long as it may."
            ),
            Failure::RequestTimeout => {
                "No answer came in time. The backend must send the request's ref back with its answer."
                    .to_owned()
            }
            Failure::GatewayReported { frame } => format!(
                "API Gateway answered \"{}\" instead of the backend. Look into the route and the \
                 integration's log.",
                frame.message
            ),
            Failure::Aborted => "The call was aborted, by its signal or by leave().".to_owned(),
            Failure::Closed => "The session was closed by close(). Connect again.".to_owned(),
            Failure::NotSerializable { why } => format!(
                "The message can't be written as JSON ({why}). Send plain objects, arrays, \
                 strings, finite numbers, booleans and null."
            ),
            Failure::BinaryUnsupported => {
                "API Gateway closes a connection that sends a binary frame. Send JSON; put bytes \
                 into it as base64 text."
                    .to_owned()
            }
            Failure::FrameTooLarge { bytes, limit } => format!(
                "The message has {bytes} bytes and API Gateway closes a connection above {limit}. \
                 Split it, or upload it elsewhere and send its address."
            ),
            Failure::OutboxFull { messages, bytes } => format!(
                "{messages} messages ({bytes} bytes) wait to be sent already. Wait until \
                 earlier ones have resolved before sending more."
            ),
        }
    }
}

impl Failure {
    /// Whether the API has no route for the question, which asking again will not change.
    pub(super) fn is_missing_route(&self) -> bool {
        matches!(self, Failure::IdentifyFailed { last: Some(Instead::GatewayFrame(frame)), .. }
            if frame.message == "Forbidden")
    }
}

fn identify_failed(action: &str, sends: u32, timeout: u64, last: Option<&Instead>) -> String {
    let asked = format!("The connection is open, but \"{action}\" brought no connectionId");
    match last {
        Some(Instead::GatewayFrame(frame)) if frame.message == "Forbidden" => format!(
            "{asked}: API Gateway answered \"Forbidden\". The API has neither a route \"{action}\" \
             nor $default; add one."
        ),
        Some(Instead::GatewayFrame(frame)) => format!(
            "{asked}: API Gateway answered \"{}\". Look into the integration's log.",
            frame.message
        ),
        Some(Instead::Message(other)) => format!(
            "{asked} within {sends} x {timeout} ms; the last message was {}. The backend must post \
             {{\"connectionId\": \"…\"}} to the connection.",
            other.describe()
        ),
        None => format!(
            "{asked} within {sends} x {timeout} ms; nothing came back. The backend must post \
             {{\"connectionId\": \"…\"}} to the connection; check its log and its permission \
             execute-api:ManageConnections."
        ),
    }
}

/// What a close code means when API Gateway sends it.
/// Source: AWS, "WebSocket API close codes", and RFC 6455, section 7.4.1.
fn meaning(code: u16) -> &'static str {
    match code {
        1001 => ": idle for 10 minutes, open for 2 hours, or the server goes away",
        1003 => ": binary data was sent",
        1006 => ": no close frame, the network broke",
        1008 => ": too many requests from this client",
        1009 => ": a message was too large",
        1011 => ": internal error of the server",
        1012 => ": the service restarts",
        _ => "",
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
