//! The ways in which a connection ends, and the close codes for them (RFC 6455, section 7.4.1).

use crate::event::Disconnect;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

/// How a connection ends, which decides how much of a closing handshake is possible.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// The gateway ends it.
    Ours(Disconnect),
    /// The gateway ends it because what the client sends can't be read any further.
    Unreadable(Disconnect),
    /// The client has sent a close frame.
    Theirs(Disconnect),
    /// The socket is gone.
    Cut,
}

impl End {
    /// The gateway ends it with a close code and a reason.
    pub fn ours(code: u16, reason: &str) -> Self {
        Self::Ours(disconnect(code, reason))
    }

    /// The client has sent this close frame.
    pub fn theirs(frame: Option<CloseFrame>) -> Self {
        Self::Theirs(match frame {
            Some(frame) => disconnect(frame.code.into(), &frame.reason),
            None => disconnect(1005, "Client-side close frame status not set"),
        })
    }

    /// What was read, or could not be read, ends it. `frame_bytes` is the limit that was set for frames.
    pub fn unreadable(error: &Error, frame_bytes: usize) -> Self {
        let (code, reason) = match error {
            Error::Capacity(CapacityError::MessageTooLong { max_size, .. })
                if *max_size == frame_bytes =>
            {
                (1009, format!("Max frame length of {max_size} has been exceeded"))
            }
            Error::Capacity(_) => (1009, String::new()),
            Error::Utf8(_) => (1007, String::new()),
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => return Self::Cut,
            Error::Protocol(_) => (1002, String::new()),
            _ => return Self::Cut,
        };
        Self::Unreadable(Disconnect { code, reason })
    }

    /// What `$disconnect` reports.
    pub fn disconnect(&self) -> Disconnect {
        match self {
            Self::Ours(disconnect) | Self::Unreadable(disconnect) | Self::Theirs(disconnect) => {
                disconnect.clone()
            }
            Self::Cut => disconnect(1006, ""),
        }
    }
}

/// The close frame that tells a client.
pub fn close_message(disconnect: &Disconnect) -> Message {
    let reason = Utf8Bytes::from(disconnect.reason.as_str());
    Message::Close(Some(CloseFrame { code: disconnect.code.into(), reason }))
}

fn disconnect(code: u16, reason: &str) -> Disconnect {
    Disconnect { code, reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_goes_over_the_wire_is_what_disconnect_reports() {
        let reason = "Client-side close frame status not set";
        assert_eq!(End::theirs(None), End::Theirs(disconnect(1005, reason)));
        assert_eq!(End::Cut.disconnect(), disconnect(1006, ""));
    }

    #[test]
    fn only_a_frame_that_is_too_long_has_the_reason_of_the_service() {
        let too_long = |max_size| {
            Error::Capacity(CapacityError::MessageTooLong { size: usize::MAX, max_size })
        };
        let reason = "Max frame length of 32768 has been exceeded";
        let end = |max_size| End::unreadable(&too_long(max_size), 32_768);
        assert_eq!(end(32_768), End::Unreadable(disconnect(1009, reason)));
        assert_eq!(end(131_072), End::Unreadable(disconnect(1009, "")));
    }
}
