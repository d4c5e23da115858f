//! The limits of the service, each with the AWS page that states it.
//!
//! "Quotas" below is the page "Amazon API Gateway quotas for configuring and running a WebSocket API".

use crate::api::Throttle;
use std::time::Duration;

/// The limits of one connection, as they are set for this run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConnectionLimits {
    /// Largest frame that a client may send, in bytes of payload.
    pub frame_bytes: usize,
    /// Largest message in either direction, in bytes.
    pub message_bytes: usize,
    /// How long a connection may carry no data.
    pub idle_timeout: Duration,
    /// How long a connection may last.
    pub duration: Duration,
    /// Whether a control ping counts as data for `idle_timeout`.
    pub pings_keep_alive: bool,
    /// How many messages one client may send; `None` where that is not limited.
    pub messages: Option<Throttle>,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            frame_bytes: FRAME_BYTES,
            message_bytes: MESSAGE_BYTES,
            idle_timeout: IDLE_TIMEOUT,
            duration: CONNECTION_DURATION,
            pings_keep_alive: false,
            messages: None,
        }
    }
}

/// New connections of an account in a Region (Quotas: new connections per second, 500). AWS states no burst; one second's
/// connections at once are ours.
pub const CONNECTION_RATE: Throttle = Throttle { rate: 500.0, burst: 500 };

/// Requests of an account in a Region, to all its APIs ("Amazon API Gateway quotas": throttle quota per account, per
/// Region, 10,000 requests per second with a burst of 5,000).
pub const REQUEST_RATE: Throttle = Throttle { rate: 10_000.0, burst: 5_000 };

/// Largest frame that a client may send, in bytes of payload (Quotas: WebSocket frame size, 32 KB).
pub const FRAME_BYTES: usize = 32 * 1024;

/// Largest message in either direction, in bytes (Quotas: message payload size, 128 KB).
pub const MESSAGE_BYTES: usize = 128 * 1024;

/// How long a connection may carry no data either way (Quotas: idle connection timeout, 10 minutes).
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// How long a connection may last (Quotas: connection duration, 2 hours).
pub const CONNECTION_DURATION: Duration = Duration::from_secs(2 * 60 * 60);

/// How long an integration may take (Quotas: integration timeout, 29 seconds).
pub const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(29);

/// Bytes that may wait for one slow client before the management API answers 429. AWS documents the
/// error ("The client is sending more than the allowed number of requests per unit of time or the WebSocket
/// client side buffer is full") without the size; this one is ours.
pub const CLIENT_BUFFER_BYTES: usize = 1024 * 1024;

/// Messages that may wait for one slow client; ours, like [`CLIENT_BUFFER_BYTES`].
pub const CLIENT_BUFFER_MESSAGES: usize = 1024;

/// Invocations of one connection that may be under way before its socket is read no further; ours.
pub const INVOCATIONS_PER_CONNECTION: usize = 128;

/// Longest request head that is read for an upgrade, in bytes; ours. It has room for all that AWS allows:
/// [`HEADER_BYTES`] and [`URL_CHARACTERS`].
pub const REQUEST_HEAD_BYTES: usize = 16 * 1024;

/// Largest total of an upgrade's header names and values, in bytes ("Amazon API Gateway quotas for configuring and
/// running a REST API": total combined size of all header values, 10,240 bytes; the page for WebSocket APIs states none).
pub const HEADER_BYTES: usize = 10_240;

/// Most header lines in an upgrade; ours.
pub const REQUEST_HEADERS: usize = 100;

/// Longest URL of an upgrade, in characters (Quotas: length, in characters, of the URL for a WebSocket API, 4096).
pub const URL_CHARACTERS: usize = 4096;

/// How long a sender may take for the body of a request to the management API; ours.
pub const REQUEST_BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a client may take for a TLS handshake or a request head; ours.
pub const REQUEST_HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection for the management API may wait for its next request; ours.
pub const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(60);

/// After how much silence the system asks a peer whether it is still there, how often, and how many times in vain before
/// the connection counts as cut (TCP keep-alive, RFC 9293, section 3.8.4); ours.
pub const PEER_SILENCE: Duration = Duration::from_secs(30);
/// See [`PEER_SILENCE`].
pub const PEER_PROBE_INTERVAL: Duration = Duration::from_secs(10);
/// See [`PEER_SILENCE`].
pub const PEER_PROBES: u32 = 3;

/// How long the gateway waits for the client's half of the closing handshake; ours.
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// How long a stop waits for clients to leave and `$disconnect` to run; ours.
pub const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a handler may take to load before it is given up; ours (AWS: 10 seconds).
pub const INIT_TIMEOUT: Duration = Duration::from_secs(60);

/// Largest answer of a Lambda that is read, in bytes (AWS Lambda quotas: invocation payload, 6 MB each
/// for request and response, synchronous).
pub const LAMBDA_ANSWER_BYTES: usize = 6 * 1024 * 1024;
