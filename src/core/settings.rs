//! What a session may be told, and its defaults. All times are in milliseconds.

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;

/// The largest frame, in bytes of UTF-8, that API Gateway takes from a client.
///
/// Above it the gateway closes the connection with 1009. The documented message limit is 128 KB, but
/// a browser sends a message as one frame, so this is the limit that holds.
/// Source: AWS, "Amazon API Gateway quotas", WebSocket frame size.
pub const FRAME_LIMIT: usize = 32 * 1024;

/// How long API Gateway lets a connection last.
/// Source: AWS, "Amazon API Gateway quotas", connection duration for WebSocket API.
const CONNECTION_LIFETIME: u64 = 120 * MINUTE;

/// The settings of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long a link may take to open, an asynchronous URL included. Default 10 s.
    pub connect_timeout: u64,
    /// How the connectionId is asked for. `None`: a link is ready when it is open.
    pub identify: Option<Identification>,
    /// What follows the loss of a link.
    pub reconnect: Reconnect,
    /// Whether the user is asked before each wait for another link. Default false.
    pub asks_to_reconnect: bool,
    /// How long nothing may arrive on a link before a heartbeat goes out, give or take a tenth. Default
    /// 8 min: the gateway cuts after 10 without data either way. `None` where there is nothing to send, or no need.
    pub heartbeat: Option<u64>,
    /// How long a probe waits for any message. Default 5 s.
    pub probe_timeout: u64,
    /// No probe is sent when something arrived within this time. Default 15 s.
    pub probe_quiet: u64,
    /// When a link is replaced before its lifetime ends.
    pub rotation: Option<Rotation>,
    /// How long a page may be hidden before its link is closed. Default `None`: it is kept.
    pub hidden_close_after: Option<u64>,
    /// What may wait for a link.
    pub outbox: OutboxSettings,
    /// How long a request waits for its answer unless it says otherwise. Default 29 s, the longest
    /// that an integration may take.
    pub request_timeout: u64,
    /// Largest message in bytes of UTF-8. Default [`FRAME_LIMIT`].
    pub frame_limit: Option<usize>,
    /// What is kept of what happened.
    pub trace: TraceSettings,
    /// Whether [`Output::Took`](super::Output::Took) tells how long steps took. Default: it does.
    pub user_timing: bool,
}

/// The question that a link starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identification {
    /// The `action` of the question. Default `GET_CONNECTION_ID`.
    pub action: String,
    /// How long to wait for an answer before asking again. Default 5 s.
    pub timeout: u64,
    /// How often to ask before the link counts as failed. Default 3, at least 1.
    pub attempts: u32,
}

/// Exponential backoff with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"):
/// attempt n waits a random time from 0 to `min(longest, base · 2ⁿ)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reconnect {
    /// The longest first wait. Default 1 s.
    pub base: u64,
    /// The longest wait of all. Default 30 s.
    pub longest: u64,
    /// How many attempts in a row may fail before the session ends. Default `None`: it never does.
    pub max_attempts: Option<u32>,
    /// How long a link must have been ready for the next wait to be a first one. Default 5 s.
    pub min_uptime: u64,
}

/// When a link is replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The age of a link at which its replacement begins. Default 110 min.
    pub age: u64,
    /// How much earlier or later it may be, at random. Default 5 min.
    pub spread: u64,
    /// How long the old link may wait for its pending requests. Default 30 s.
    pub drain: u64,
    /// The age at which the gateway cuts a link. Default 2 h.
    pub lifetime: u64,
}

/// What may wait for a link that is not ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxSettings {
    /// How many messages. Default 256.
    pub messages: usize,
    /// How many bytes of UTF-8 they may have together. Default 1 MiB.
    pub bytes: usize,
    /// Whether a full outbox drops its oldest message for a new one. Default: it rejects the new one.
    pub drop_oldest: bool,
    /// How long a message may wait. Default `None`: for as long as it takes.
    pub time_to_live: Option<u64>,
}

/// What a [`Trace`](super::Trace) keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceSettings {
    /// How many entries. Default 256, some tens of connections; 0: none.
    pub entries: usize,
    /// Whether each message has entries of its own, which soon leave no room for others. Default: not.
    pub messages: bool,
}

impl Default for Settings {
    /// The profile `api-gateway`.
    fn default() -> Self {
        Settings {
            connect_timeout: 10 * SECOND,
            identify: Some(Identification::default()),
            reconnect: Reconnect::default(),
            asks_to_reconnect: false,
            heartbeat: Some(8 * MINUTE),
            probe_timeout: 5 * SECOND,
            probe_quiet: 15 * SECOND,
            rotation: Some(Rotation::default()),
            hidden_close_after: None,
            outbox: OutboxSettings::default(),
            request_timeout: 29 * SECOND,
            frame_limit: Some(FRAME_LIMIT),
            trace: TraceSettings::default(),
            user_timing: true,
        }
    }
}

impl Settings {
    /// The profile `generic`, for any JSON WebSocket server: no question, no limits, no rotation.
    pub fn generic() -> Self {
        Settings {
            identify: None,
            heartbeat: None,
            rotation: None,
            frame_limit: None,
            ..Settings::default()
        }
    }
}

impl Default for Identification {
    fn default() -> Self {
        Identification { action: "GET_CONNECTION_ID".to_owned(), timeout: 5 * SECOND, attempts: 3 }
    }
}

impl Default for Reconnect {
    fn default() -> Self {
        Reconnect { base: SECOND, longest: 30 * SECOND, max_attempts: None, min_uptime: 5 * SECOND }
    }
}

impl Default for Rotation {
    fn default() -> Self {
        Rotation {
            age: 110 * MINUTE,
            spread: 5 * MINUTE,
            drain: 30 * SECOND,
            lifetime: CONNECTION_LIFETIME,
        }
    }
}

impl Default for OutboxSettings {
    fn default() -> Self {
        OutboxSettings { messages: 256, bytes: 1024 * 1024, drop_oldest: false, time_to_live: None }
    }
}

impl Default for TraceSettings {
    fn default() -> Self {
        TraceSettings { entries: 256, messages: false }
    }
}
