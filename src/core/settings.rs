//! What a session may be told, and its defaults.

/// The largest frame, in bytes of UTF-8, that API Gateway takes from a client.
///
/// Above it the gateway closes the connection with 1009. The documented message limit is 128 KB, but
/// a browser sends a message as one frame, so this is the limit that holds.
/// Source: AWS, "Amazon API Gateway quotas", WebSocket frame size.
pub const FRAME_LIMIT: usize = 32 * 1024;

/// The settings of a session. All times are in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long a link may take to open. Default 10,000.
    pub connect_timeout: u64,
    /// The `action` of the message that asks for the connectionId. Default `GET_CONNECTION_ID`.
    pub identify_action: String,
    /// How long to wait for an answer before asking again. Default 5,000.
    pub identify_timeout: u64,
    /// How often to ask before the session gives up. Default 3, at least 1.
    pub identify_attempts: u32,
    /// How many messages may wait for a link that is not ready. Default 256.
    pub outbox_messages: usize,
    /// How many bytes of UTF-8 those messages may have together. Default 1 MiB.
    pub outbox_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            connect_timeout: 10_000,
            identify_action: "GET_CONNECTION_ID".to_owned(),
            identify_timeout: 5_000,
            identify_attempts: 3,
            outbox_messages: 256,
            outbox_bytes: 1024 * 1024,
        }
    }
}
