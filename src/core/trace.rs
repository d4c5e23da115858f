//! What a session was told and what it decided, in order, for whoever looks for the cause of something.

use std::fmt;

use super::input::Input;
use super::link::LinkId;
use super::outbox::MessageId;
use super::output::Output;
use super::rooms::RoomId;
use super::settings::TraceSettings;
use super::stats::Cause;
use super::status::Status;

/// One thing that happened. It never holds a URL, a text of a user or of a server, or a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceEntry {
    /// Counts all entries from 1. Where the first that is left has another, the ones before were dropped.
    pub number: u64,
    /// When, in the milliseconds of [`Session::handle`](super::Session::handle).
    pub time: u64,
    /// The link that it is about.
    pub link: Option<LinkId>,
    /// What.
    pub event: TraceEvent,
}

/// What an entry of a trace is about. Those from `Send` on are kept only where
/// [`TraceSettings::messages`] asks for them.
// A tag of its own: less code reads it than one that is hidden in a text.
#[repr(u8)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TraceEvent {
    /// The status has changed.
    Status(Status),
    /// A link was asked for.
    Connect,
    /// It is open.
    Open,
    /// It could not be created, for the failure of this code.
    Refused(&'static str),
    /// The question for the connectionId was sent.
    Question(Question),
    /// It was answered, after this time where it is certain which question it was.
    Answer(Option<u64>),
    /// The session has this connectionId.
    ConnectionId(String),
    /// API Gateway reported this; `unknown` where it is none of [`GatewayFrame::KNOWN`](super::GatewayFrame::KNOWN).
    GatewayFrame(&'static str),
    /// A link has closed.
    Close {
        /// The close code; 1006 where no close frame came.
        code: u16,
        /// Whether the closing handshake was completed.
        was_clean: bool,
    },
    /// The current link is lost or given up: the cause by which it is counted.
    Lost(Cause),
    /// The session closes a link with this code.
    Closing(u16),
    /// An attempt or the session failed, with this code.
    Failed(&'static str),
    /// The session waits for the next attempt.
    Wait {
        /// For so long.
        delay: u64,
        /// After so many failures in a row.
        failures: u32,
    },
    /// A link is replaced: `begun`, `done` or `failed`.
    Rotation(&'static str),
    /// A room and what became of it: `join`, `joined`, `failed` or `leave`.
    Room(RoomId, &'static str),
    /// The page or the network: `online`, `offline`, `visible`, `hidden`, `frozen`, `resumed`, `stored`
    /// or `restored`.
    Page(&'static str),
    /// A timer fired so much too late that the machine must have slept.
    Late(u64),
    /// Messages or requests were rejected, one after the other.
    Rejected {
        /// Why: the code of the failure.
        code: &'static str,
        /// How many.
        count: u64,
        /// Which one, where messages are kept.
        message: Option<MessageId>,
    },
    /// The user wants to send a message.
    Send {
        /// Its name.
        message: MessageId,
        /// Its size in bytes of UTF-8.
        bytes: usize,
        /// Whether it waits for an answer.
        is_request: bool,
    },
    /// A link took a message.
    Transmit(MessageId),
    /// A link did not take it, because it is closing.
    NotTaken(MessageId),
    /// A message has left for the network, or a request was answered.
    Resolved(MessageId),
    /// Something arrived, of this length in UTF-16 code units.
    Received(usize),
}

/// Why the question for the connectionId is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// The link has just opened.
    Identify,
    /// The link has been silent for long.
    Heartbeat,
    /// The link may be dead.
    Probe,
}

/// A fact of an entry, under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact<'a> {
    /// A count, a code, a size, or a time in milliseconds.
    Number(u64),
    /// Yes or no.
    Flag(bool),
    /// One of a few words, or a connectionId.
    Text(&'a str),
}

impl TraceEvent {
    /// What JavaScript calls it.
    pub fn name(&self) -> &'static str {
        match self {
            TraceEvent::Status(_) => "status",
            TraceEvent::Connect => "connect",
            TraceEvent::Open => "open",
            TraceEvent::Refused(_) => "refused",
            TraceEvent::Question(Question::Identify) => "identify",
            TraceEvent::Question(Question::Heartbeat) => "heartbeat",
            TraceEvent::Question(Question::Probe) => "probe",
            TraceEvent::Answer(_) => "answer",
            TraceEvent::ConnectionId(_) => "connectionid",
            TraceEvent::GatewayFrame(_) => "gatewayframe",
            TraceEvent::Close { .. } => "close",
            TraceEvent::Lost(_) => "lost",
            TraceEvent::Closing(_) => "closing",
            TraceEvent::Failed(_) => "failed",
            TraceEvent::Wait { .. } => "wait",
            TraceEvent::Rotation(_) => "rotation",
            TraceEvent::Room(..) => "room",
            TraceEvent::Page(_) => "page",
            TraceEvent::Late(_) => "late",
            TraceEvent::Rejected { .. } => "rejected",
            TraceEvent::Send { is_request: false, .. } => "send",
            TraceEvent::Send { is_request: true, .. } => "request",
            TraceEvent::Transmit(_) => "transmit",
            TraceEvent::NotTaken(_) => "nottaken",
            TraceEvent::Resolved(_) => "resolved",
            TraceEvent::Received(_) => "received",
        }
    }

    /// Calls `tell` with each of its facts, under the name that JavaScript sees.
    pub fn facts(&self, tell: &mut dyn FnMut(&'static str, Fact)) {
        let (key, fact) = match self {
            TraceEvent::Connect | TraceEvent::Open | TraceEvent::Question(_) => return,
            TraceEvent::Answer(time) => {
                let Some(time) = time else { return };
                ("roundTrip", Fact::Number(*time))
            }
            TraceEvent::Status(status) => ("status", Fact::Text(status.as_str())),
            TraceEvent::ConnectionId(id) => ("connectionId", Fact::Text(id)),
            TraceEvent::GatewayFrame(message) => ("message", Fact::Text(message)),
            TraceEvent::Refused(code) | TraceEvent::Failed(code) => ("code", Fact::Text(code)),
            TraceEvent::Close { code, was_clean } => {
                tell("wasClean", Fact::Flag(*was_clean));
                ("code", Fact::Number(u64::from(*code)))
            }
            TraceEvent::Lost(cause) => ("cause", Fact::Text(cause.as_str())),
            TraceEvent::Closing(code) => ("code", Fact::Number(u64::from(*code))),
            TraceEvent::Wait { delay, failures } => {
                tell("failures", Fact::Number(u64::from(*failures)));
                ("delay", Fact::Number(*delay))
            }
            TraceEvent::Room(room, step) => {
                tell("room", Fact::Number(u64::from(*room)));
                ("step", Fact::Text(step))
            }
            TraceEvent::Rotation(step) => ("step", Fact::Text(step)),
            TraceEvent::Page(signal) => ("signal", Fact::Text(signal)),
            TraceEvent::Late(by) => ("by", Fact::Number(*by)),
            TraceEvent::Rejected { code, count, message } => {
                if let Some(message) = message {
                    tell("message", Fact::Number(u64::from(*message)));
                }
                tell("count", Fact::Number(*count));
                ("code", Fact::Text(code))
            }
            TraceEvent::Send { message, bytes, .. } => {
                tell("bytes", Fact::Number(*bytes as u64));
                ("message", Fact::Number(u64::from(*message)))
            }
            TraceEvent::Transmit(message)
            | TraceEvent::NotTaken(message)
            | TraceEvent::Resolved(message) => ("message", Fact::Number(u64::from(*message))),
            TraceEvent::Received(length) => ("length", Fact::Number(*length as u64)),
        };
        tell(key, fact);
    }
}

impl fmt::Display for TraceEntry {
    /// `#7 1200 ms link 2 close wasClean false code 1006`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{} {} ms", self.number, self.time)?;
        if let Some(link) = self.link {
            write!(f, " link {link}")?;
        }
        write!(f, " {}", self.event.name())?;
        let mut result = Ok(());
        self.event.facts(&mut |name, fact| {
            result = result.and_then(|()| match fact {
                Fact::Number(number) => write!(f, " {name} {number}"),
                Fact::Flag(flag) => write!(f, " {name} {flag}"),
                Fact::Text(text) => write!(f, " {name} {text}"),
            });
        });
        result
    }
}

/// The last entries; as many as [`TraceSettings::entries`] says.
#[derive(Debug)]
pub struct Trace {
    settings: TraceSettings,
    now: u64,
    /// How many entries there ever were.
    count: u64,
    /// The entry with the number n has its place at (n - 1) modulo the most that are kept.
    ring: Vec<TraceEntry>,
}

impl Trace {
    pub(super) fn new(settings: TraceSettings) -> Self {
        Trace { settings, now: 0, count: 0, ring: Vec::new() }
    }

    /// The entries, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &TraceEntry> {
        self.after(0)
    }

    /// The entries whose number is above this one, oldest first: to follow a trace while it grows.
    pub fn after(&self, number: u64) -> impl Iterator<Item = &TraceEntry> {
        let dropped = self.count - self.ring.len() as u64;
        (number.max(dropped)..self.count).filter_map(|index| self.ring.get(self.place(index)))
    }

    /// The number of the last entry, 0 before the first.
    pub fn last_number(&self) -> u64 {
        self.count
    }

    /// When the session was told something last.
    pub(super) fn now(&self) -> u64 {
        self.now
    }

    fn place(&self, index: u64) -> usize {
        (index % self.settings.entries as u64) as usize
    }

    pub(super) fn add(&mut self, link: Option<LinkId>, event: TraceEvent) {
        if self.settings.entries == 0 || self.joins_the_last(&event) {
            return;
        }
        let place = self.place(self.count);
        self.count += 1;
        let entry = TraceEntry { number: self.count, time: self.now, link, event };
        match self.ring.get_mut(place) {
            Some(oldest) => *oldest = entry,
            None => self.ring.push(entry),
        }
    }

    /// A lost link may reject hundreds of messages, which would push out why it was lost: they are counted
    /// in one entry.
    fn joins_the_last(&mut self, event: &TraceEvent) -> bool {
        let TraceEvent::Rejected { code, message: None, .. } = event else { return false };
        let last = self.place(self.count.wrapping_sub(1));
        let Some(TraceEntry {
            event: TraceEvent::Rejected { code: before, count, message: None },
            ..
        }) = self.ring.get_mut(last)
        else {
            return false;
        };
        let same = before == code;
        *count += u64::from(same);
        same
    }

    /// Notes a fact, if it is worth an entry, and that it is `now`.
    pub(super) fn told(&mut self, now: u64, input: &Input) {
        self.now = now;
        let (link, event) = match input {
            Input::LinkRefused(link, failure) => (Some(*link), TraceEvent::Refused(failure.code())),
            Input::LinkOpened(link) => (Some(*link), TraceEvent::Open),
            // Not the reason, which is a text of the other side.
            Input::LinkClosed(link, close) => {
                (Some(*link), TraceEvent::Close { code: close.code, was_clean: close.was_clean })
            }
            Input::Online => (None, TraceEvent::Page("online")),
            Input::Offline => (None, TraceEvent::Page("offline")),
            Input::Visible => (None, TraceEvent::Page("visible")),
            Input::Hidden => (None, TraceEvent::Page("hidden")),
            Input::Frozen => (None, TraceEvent::Page("frozen")),
            Input::Resumed => (None, TraceEvent::Page("resumed")),
            Input::Stored => (None, TraceEvent::Page("stored")),
            Input::Restored => (None, TraceEvent::Page("restored")),
            _ if !self.settings.messages => return,
            Input::Send { message, bytes, .. } => {
                (None, TraceEvent::Send { message: *message, bytes: *bytes, is_request: false })
            }
            Input::Request { message, bytes, .. } => {
                (None, TraceEvent::Send { message: *message, bytes: *bytes, is_request: true })
            }
            Input::NotTaken(link, message) => (Some(*link), TraceEvent::NotTaken(*message)),
            Input::LinkReceived(link, _, length) => (Some(*link), TraceEvent::Received(*length)),
            _ => return,
        };
        self.add(link, event);
    }

    /// Notes a decision, if it is worth an entry.
    pub(super) fn decided(&mut self, current: Option<LinkId>, output: &Output) {
        let messages = self.settings.messages;
        let (link, event) = match output {
            Output::OpenLink(link) => (Some(*link), TraceEvent::Connect),
            Output::Status(status) => (None, TraceEvent::Status(*status)),
            Output::Failed(failure) => (None, TraceEvent::Failed(failure.code())),
            Output::CloseLink(link, close) => (Some(*link), TraceEvent::Closing(close.code)),
            Output::ConnectionId { id, .. } => (current, TraceEvent::ConnectionId(id.clone())),
            Output::JoinRoom(link, room, _) => (Some(*link), TraceEvent::Room(*room, "join")),
            Output::LeaveRoom(link, room, _) => (Some(*link), TraceEvent::Room(*room, "leave")),
            Output::Joined(room) => (None, TraceEvent::Room(*room, "joined")),
            Output::JoinFailed(room, _) => (None, TraceEvent::Room(*room, "failed")),
            Output::Reject(message, failure) => {
                let message = messages.then_some(*message);
                (None, TraceEvent::Rejected { code: failure.code(), count: 1, message })
            }
            _ if !messages => return,
            Output::Transmit(link, message) => (Some(*link), TraceEvent::Transmit(*message)),
            Output::Confirm(message) | Output::Answer(message) => {
                (None, TraceEvent::Resolved(*message))
            }
            _ => return,
        };
        self.add(link, event);
    }
}
