//! What a session was told and what it decided, in order, for whoever looks for the cause of something.

use std::fmt;
use std::rc::Rc;

use super::link::{LinkId, NO_LINK};
use super::settings::TraceSettings;

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
    /// Its facts that are numbers, in the order of [`TraceEvent::FORMS`].
    pub(crate) numbers: [u64; 2],
    /// The one that is a word.
    pub(crate) word: &'static str,
    /// The one that is a connectionId.
    pub(crate) id: Option<Rc<str>>,
}

/// What an entry of a trace is about. Those from `Send` on are kept only where
/// [`TraceSettings::messages`] asks for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceEvent {
    /// The status has changed.
    Status,
    /// A link was asked for.
    Connect,
    /// It is open.
    Open,
    /// It could not be created, for the failure of this code.
    Refused,
    /// The question for the connectionId was sent, because the link has just opened.
    Identify,
    /// It was sent because the link has been silent for long.
    Heartbeat,
    /// It was sent because the link may be dead.
    Probe,
    /// It was answered, after this time where it is certain which question it was.
    Answer,
    /// The session has this connectionId.
    ConnectionId,
    /// API Gateway reported this; `unknown` where it is none of [`GatewayFrame::KNOWN`](super::GatewayFrame::KNOWN).
    GatewayFrame,
    /// A link has closed, with this code, 1006 where no close frame came, and with the closing handshake or without.
    Close,
    /// The current link is lost or given up: the cause by which it is counted.
    Lost,
    /// The session closes a link with this code.
    Closing,
    /// An attempt or the session failed, with this code.
    Failed,
    /// The session waits for so long for the next attempt, after so many failures in a row.
    Wait,
    /// A link is replaced: `begun`, `done` or `failed`.
    Rotation,
    /// A room and what became of it: `join`, `joined`, `failed` or `leave`.
    Room,
    /// The page or the network: `online`, `offline`, `visible`, `hidden`, `frozen`, `resumed`, `stored`
    /// or `restored`.
    Page,
    /// A timer fired so much too late that the machine must have slept.
    Late,
    /// So many messages or requests were rejected, one after the other, with this code; which one, where messages
    /// are kept.
    Rejected,
    /// The user wants to send a message of so many bytes of UTF-8.
    Send,
    /// The user wants to send one and waits for the answer to it.
    Request,
    /// A link took a message.
    Transmit,
    /// A link did not take it, because it is closing.
    NotTaken,
    /// A message has left for the network, or a request was answered.
    Resolved,
    /// Something arrived, of this length in UTF-16 code units.
    Received,
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
    /// In the order of the events: what JavaScript calls one, and each of its facts. `$` is before a text, `?` before
    /// yes or no. The same table is in `pkg-template/src/traces.ts`.
    const FORMS: [&str; 26] = [
        "status $status",
        "connect",
        "open",
        "refused $code",
        "identify",
        "heartbeat",
        "probe",
        "answer roundTrip",
        "connectionid $connectionId",
        "gatewayframe $message",
        "close ?wasClean code",
        "lost $cause",
        "closing code",
        "failed $code",
        "wait failures delay",
        "rotation $step",
        "room room $step",
        "page $signal",
        "late by",
        "rejected message count $code",
        "send bytes message",
        "request bytes message",
        "transmit message",
        "nottaken message",
        "resolved message",
        "received length",
    ];

    fn form(self) -> impl Iterator<Item = &'static str> {
        Self::FORMS[self as usize].split(' ')
    }

    /// What JavaScript calls it.
    pub fn name(self) -> &'static str {
        self.form().next().unwrap_or_default()
    }
}

/// The number of an entry that has none.
pub(super) const NONE: u64 = u64::MAX;

impl TraceEntry {
    /// Calls `tell` with each of its facts, under the name that JavaScript sees.
    pub fn facts(&self, tell: &mut dyn FnMut(&'static str, Fact)) {
        let mut numbers = self.optional_numbers().into_iter();
        for fact in self.event.form().skip(1) {
            if let Some(name) = fact.strip_prefix('$') {
                tell(name, Fact::Text(self.text()));
            } else if let Some(number) = numbers.next().flatten() {
                match fact.strip_prefix('?') {
                    Some(name) => tell(name, Fact::Flag(number > 0)),
                    None => tell(fact, Fact::Number(number)),
                }
            }
        }
    }

    /// Its facts that are numbers; yes is 1.
    pub(crate) fn optional_numbers(&self) -> [Option<u64>; 2] {
        self.numbers.map(|number| (number != NONE).then_some(number))
    }

    /// Its fact that is a text, if there is one.
    pub(crate) fn text(&self) -> &str {
        self.id.as_deref().unwrap_or(self.word)
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
        self.facts(&mut |name, fact| {
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
    pub(super) settings: TraceSettings,
    /// How many entries there ever were.
    count: u64,
    /// The entry with the number n has its place at (n - 1) modulo the most that are kept.
    ring: Vec<TraceEntry>,
}

impl Trace {
    pub(super) fn new(settings: TraceSettings) -> Self {
        Trace { settings, count: 0, ring: Vec::new() }
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

    fn place(&self, index: u64) -> usize {
        index.checked_rem(self.settings.entries as u64).unwrap_or(0) as usize
    }

    /// Adds an entry, with those facts that its event has, and [`NONE`] and no text for the others.
    pub(super) fn add(
        &mut self,
        time: u64,
        link: LinkId,
        event: TraceEvent,
        numbers: [u64; 2],
        word: &'static str,
        id: Option<Rc<str>>,
    ) {
        if self.settings.entries == 0 {
            return;
        }
        let place = self.place(self.count);
        self.count += 1;
        let link = (link != NO_LINK).then_some(link);
        let entry = TraceEntry { number: self.count, time, link, event, numbers, word, id };
        match self.ring.get_mut(place) {
            Some(oldest) => *oldest = entry,
            None => self.ring.push(entry),
        }
    }

    /// Counts a rejected message in the last entry, if that tells of others for the same reason; whether it did. A lost
    /// link may reject hundreds of messages, which would push out why it was lost.
    pub(super) fn counts_rejected(&mut self, code: &str) -> bool {
        let place = self.place(self.count.wrapping_sub(1));
        let last = self
            .ring
            .get_mut(place)
            .filter(|last| last.event == TraceEvent::Rejected && last.word == code);
        last.map(|last| last.numbers[1] += 1).is_some()
    }
}
