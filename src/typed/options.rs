//! What a Rust front end may say about a session and about a message.

use std::fmt;

use super::{Error, Ticket};
use crate::core::{LinkClose, RoomNames, Settings};

/// The options of a session. All have defaults, and [`Settings`] alone will do where nothing else is
/// to be said.
///
/// ```no_run
/// use gatesocket::{Error, Options, Settings, Socket};
///
/// fn connect(url: &str) -> Result<Socket, Error> {
///     let settings = Settings { connect_timeout: 5_000, ..Settings::default() };
///     let should_reconnect = Some(Box::new(|_: &gatesocket::LinkClose, error: &Error| error.code() != "url-rejected") as _);
///     Socket::connect(url, Options { settings, should_reconnect, ..Options::default() })
/// }
/// ```
pub struct Options {
    /// Times, limits, and what happens by itself. Default: the profile `api-gateway`.
    pub settings: Settings,
    /// Where each connection's ticket comes from. Default `None`: there is none.
    pub ticket: Option<Ticket>,
    /// WebSocket subprotocols. Default none.
    pub protocols: Vec<String>,
    /// Whether bytes may be sent. Default `false`: API Gateway closes a connection that does.
    pub binary: bool,
    /// What the backend calls joining and leaving a room.
    pub rooms: RoomNames,
    /// Asked whenever a link was lost or could not be had; `false` ends the session. Default `None`: it
    /// goes on. It lives as long as the session, so that a [`Socket`](super::Socket) in it would keep the
    /// session open.
    pub should_reconnect: Option<Box<ShouldReconnect>>,
    /// How many messages, and how many events, a stream keeps for a slow reader. Default 1,024, at
    /// least 1.
    pub buffer: usize,
}

/// Decides whether a session goes on without its link: how it closed (1006 where no close frame came)
/// and what that means.
pub type ShouldReconnect = dyn Fn(&LinkClose, &Error) -> bool;

impl Options {
    /// The profile `generic`, for any JSON WebSocket server: [`Settings::generic`], and bytes allowed.
    pub fn generic() -> Self {
        Options { binary: true, ..Settings::generic().into() }
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        if self.buffer == 0 {
            return Err(Error::bad_options("Options::buffer must be at least 1."));
        }
        let RoomNames { join, leave, field } = &self.rooms;
        if [join, leave, field].into_iter().any(String::is_empty) {
            return Err(Error::bad_options("Every name in Options::rooms must have text."));
        }
        self.settings.check().map_err(Error::from)
    }
}

impl Default for Options {
    fn default() -> Self {
        Settings::default().into()
    }
}

impl From<Settings> for Options {
    fn from(settings: Settings) -> Self {
        Options {
            settings,
            ticket: None,
            protocols: Vec::new(),
            binary: false,
            rooms: RoomNames::default(),
            should_reconnect: None,
            buffer: 1024,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Options")
            .field("settings", &self.settings)
            .field("ticket", &self.ticket)
            .field("protocols", &self.protocols)
            .field("binary", &self.binary)
            .field("rooms", &self.rooms)
            .field("buffer", &self.buffer)
            .finish_non_exhaustive()
    }
}

/// How a single message is to be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SendOptions {
    /// Whether it may go out again when nobody knows whether it arrived. Default `false`.
    pub retry: bool,
}

/// How a single request is to be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestOptions {
    /// How long it waits for its answer, in milliseconds. Default [`Settings::request_timeout`].
    pub timeout: Option<u64>,
    /// Whether it is sent again when its link is lost before the answer came. Default `false`.
    pub retry: bool,
}
