//! What a run is made of, read from arbitrary bytes.

use arbitrary::Arbitrary;
use gatesocket::core::{
    Field, Identification, NotAnAnswer, OutboxSettings, Reconnect, Rotation, Settings,
    TraceSettings,
};

/// A session, and what it is told.
#[derive(Arbitrary, Clone, Debug)]
pub(crate) struct Plan {
    pub(super) seed: u64,
    /// Where the clock begins; a browser's stays below 2^53.
    pub(super) clock: Time,
    /// The name of the first message, so that names wrap around in some runs.
    pub(super) first_message: u32,
    pub(super) wishes: Wishes,
    pub(super) steps: Vec<Step>,
}

/// The settings that differ from the defaults.
#[derive(Arbitrary, Clone, Debug)]
pub(super) struct Wishes {
    is_generic: bool,
    asks_to_reconnect: bool,
    connect_timeout: Option<Time>,
    identify: Option<(Time, u8)>,
    reconnect: Option<(Time, Time, Option<u8>, Time)>,
    heartbeat: Option<Option<Time>>,
    probe: Option<(Time, Time)>,
    rotation: Option<Option<(Time, Time, Time, Time)>>,
    hidden_close_after: Option<Time>,
    outbox: Option<(u8, Size, bool, Option<Time>)>,
    request_timeout: Option<Time>,
    frame_limit: Option<Size>,
    trace: Option<(u8, bool)>,
}

/// A time in milliseconds, short ones more often than any number of 64 bits.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Time {
    Short(u8),
    Seconds(u8),
    Minutes(u8),
    Long(u32),
    Any(u64),
}

impl Time {
    pub(super) fn milliseconds(self) -> u64 {
        match self {
            Time::Short(time) => time.into(),
            Time::Seconds(time) => u64::from(time) * 1_000,
            Time::Minutes(time) => u64::from(time) * 60_000,
            Time::Long(time) => time.into(),
            Time::Any(time) => time,
        }
    }
}

/// A size in bytes: of a message, or a limit. No machine holds more than the largest.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Size {
    Small(u8),
    Medium(u16),
    Huge(u64),
}

impl Size {
    pub(super) fn bytes(self) -> usize {
        match self {
            Size::Small(bytes) => bytes.into(),
            Size::Medium(bytes) => usize::from(bytes) * 4,
            Size::Huge(bytes) => bytes as usize & 0xff_ffff_ffff,
        }
    }
}

/// Which link a piece of news is about.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Which {
    Newest,
    /// The nth before the newest.
    Before(u8),
    /// Perhaps one that never was.
    Named(u32),
}

/// Which message a piece of news is about.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Message {
    Newest,
    /// The nth before the newest.
    Before(u8),
    /// The nth latest of the session's own requests to rooms.
    Own(u8),
    /// Perhaps one that never was.
    Named(u32),
}

/// What a link brings.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum News {
    /// The id of this link as the world counts them, or another.
    ConnectionId {
        is_own: bool,
    },
    /// A report of the gateway, or what looks like one.
    GatewayFrame {
        text: u8,
        connection: u8,
    },
    Answer(Message),
    Other(u8),
}

/// One step of a run.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Step {
    /// Time passes and nothing is told: a busy or a sleeping machine.
    Wait(Time),
    /// The clock is set back, which the contract forbids and a broken machine does.
    SetBack(Time),
    /// The timer fires at its deadline.
    Timer,
    /// The world reacts to a decision of the session as it should: to the oldest, or to all.
    React {
        all: bool,
    },
    /// The timer fires, early or late.
    Tick,
    Connect,
    Opened(Which),
    Refused(Which, u8),
    Closed(Which, u16),
    Reconnect(bool),
    Received(Which, News, Size),
    Drained(Which, Message),
    NotTaken(Which, Message),
    Send {
        size: Size,
        retry: bool,
    },
    Request {
        size: Size,
        timeout: Option<Time>,
        retry: bool,
    },
    /// A message under a name that is in use, which the contract forbids.
    Again {
        is_request: bool,
    },
    Abort(Message),
    Join(u8),
    Leave(u8),
    Close,
    Online,
    Offline,
    Visible,
    Hidden,
    Frozen,
    Resumed,
    Stored,
    Restored,
}

impl Step {
    /// What a user may do in a callback.
    pub(super) fn is_of_the_user(self) -> bool {
        use Step::*;
        matches!(
            self,
            Wait(_)
                | SetBack(_)
                | Reconnect(_)
                | Send { .. }
                | Request { .. }
                | Again { .. }
                | Abort(_)
                | Join(_)
                | Leave(_)
                | Close
        )
    }
}

impl Wishes {
    pub(super) fn settings(&self) -> Settings {
        let mut settings = if self.is_generic { Settings::generic() } else { Settings::default() };
        settings.asks_to_reconnect = self.asks_to_reconnect;
        let time = |wish: &Option<Time>, setting: &mut u64| {
            if let Some(time) = wish {
                *setting = time.milliseconds();
            }
        };
        time(&self.connect_timeout, &mut settings.connect_timeout);
        time(&self.request_timeout, &mut settings.request_timeout);
        if let Some((timeout, attempts)) = self.identify {
            settings.identify = Some(Identification {
                timeout: timeout.milliseconds(),
                attempts: attempts.into(),
                ..Identification::default()
            });
        }
        if let Some((base, longest, most, uptime)) = self.reconnect {
            settings.reconnect = Reconnect {
                base: base.milliseconds(),
                longest: longest.milliseconds(),
                max_attempts: most.map(u32::from),
                min_uptime: uptime.milliseconds(),
            };
        }
        if let Some(heartbeat) = self.heartbeat {
            settings.heartbeat = heartbeat.map(Time::milliseconds);
        }
        if let Some((timeout, quiet)) = self.probe {
            settings.probe_timeout = timeout.milliseconds();
            settings.probe_quiet = quiet.milliseconds();
        }
        if let Some(rotation) = self.rotation {
            settings.rotation = rotation.map(|(age, spread, drain, lifetime)| Rotation {
                age: age.milliseconds(),
                spread: spread.milliseconds(),
                drain: drain.milliseconds(),
                lifetime: lifetime.milliseconds(),
            });
        }
        settings.hidden_close_after = self.hidden_close_after.map(Time::milliseconds);
        if let Some((messages, bytes, drop_oldest, time_to_live)) = self.outbox {
            settings.outbox = OutboxSettings {
                messages: messages.into(),
                bytes: bytes.bytes(),
                drop_oldest,
                time_to_live: time_to_live.map(Time::milliseconds),
            };
        }
        if let Some((entries, messages)) = self.trace {
            settings.trace = TraceSettings { entries: entries.into(), messages };
        }
        if let Some(limit) = self.frame_limit {
            settings.frame_limit = Some(limit.bytes());
        }
        settings
    }
}

/// Whether none of these settings asks for a wait of no time, with which a session may be called again at once
/// for ever. The options in JavaScript refuse those.
pub(super) fn waits_are_real(settings: &Settings) -> bool {
    let rotation = settings.rotation.as_ref();
    let times = [
        Some(settings.connect_timeout),
        settings.identify.as_ref().map(|identify| identify.timeout),
        Some(settings.reconnect.base),
        settings.heartbeat,
        Some(settings.probe_timeout),
        rotation.map(|rotation| rotation.age),
        settings.hidden_close_after,
        settings.outbox.time_to_live,
        Some(settings.request_timeout),
    ];
    !times.contains(&Some(0))
}

/// One of the kinds of message that answer nothing.
pub(super) fn not_an_answer(kind: u8) -> NotAnAnswer {
    use NotAnAnswer::*;
    let kinds = [NotRead, NotJson, NotAnObject, Binary, NoConnectionId, BadConnectionId];
    kinds[usize::from(kind) % kinds.len()]
}

/// What stands in a report as its connectionId: the link's own in most cases.
pub(super) fn reported(connection: u8, own: &str) -> Field {
    match connection % 8 {
        0 => Field::Absent,
        1 => Field::Other,
        2 => Field::Text("another=".to_owned()),
        _ => Field::Text(own.to_owned()),
    }
}
