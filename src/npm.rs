//! What the driver of the npm package sees of a session: functions of numbers.
//!
//! The driver is in TypeScript (`pkg-template/src/driver.ts`) and not the one of `browser`: there it takes a third of the
//! space, and no value of JavaScript has to have a place in the wasm. What a session says is a row of numbers and texts,
//! which the driver reads in the order in which it is written here.

use crate::core::{
    ControlFields, Failure, Field, Identification, Inbound, Input, Instead, LinkClose, LinkId,
    MessageId, NotAnAnswer, OutboxSettings, Output, Reconnect, Rotation, Session, Settings,
    TraceEntry, TraceSettings,
};

#[link(wasm_import_module = "js")]
unsafe extern "C" {
    /// Adds a number to the row.
    safe fn number(number: f64);

    /// Adds a text to the row: so many bytes of UTF-8.
    #[link_name = "text"]
    safe fn text_at(text: *const u8, size: usize);
}

fn text(text: &str) {
    text_at(text.as_ptr(), text.len());
}

fn time(time: Option<u64>) {
    number(time.map_or(f64::NAN, |time| time as f64));
}

/// Tells a core of another version of the package, whose functions may mean something else: a hash of the version, as
/// `pkg-template/src/guard.ts` computes it.
#[unsafe(no_mangle)]
extern "C" fn version() -> u32 {
    const HASH: u32 = {
        let (version, mut hash, mut at) = (env!("CARGO_PKG_VERSION").as_bytes(), 0_u32, 0);
        while at < version.len() {
            hash = hash.wrapping_mul(31).wrapping_add(version[at] as u32);
            at += 1;
        }
        hash
    };
    HASH
}

/// A session, and texts for the next [`handle`], the last one first.
struct Core {
    session: Session,
    texts: Vec<Vec<u8>>,
}

/// A session that waits for [`Input::Connect`]. What can be switched off is so where its number is 0: a question by its
/// attempts, a rotation by its age.
///
/// The order is that of `SETTINGS` in `pkg-template/src/options.ts`, which has checked everything and knows the defaults.
#[unsafe(no_mangle)]
#[allow(
    clippy::too_many_arguments,
    reason = "a list of them would have to be put into the memory, and read from there"
)]
extern "C" fn start(
    seed: f64,
    asks_to_reconnect: bool,
    connect_timeout: u32,
    heartbeat: u32,
    probe_timeout: u32,
    probe_quiet: u32,
    hidden_close_after: u32,
    request_timeout: u32,
    frame_limit: usize,
    user_timing: bool,
    trace_entries: usize,
    trace_messages: bool,
    outbox_messages: usize,
    outbox_bytes: usize,
    drop_oldest: bool,
    time_to_live: u32,
    base_delay: u32,
    max_delay: u32,
    max_attempts: u32,
    min_uptime: u32,
    identify_timeout: u32,
    identify_attempts: u32,
    rotation_age: u32,
    rotation_spread: u32,
    rotation_drain: u32,
    rotation_lifetime: u32,
) -> *mut Core {
    #[cfg(feature = "development")]
    crate::panics::report();
    let some = |time: u32| (time > 0).then_some(u64::from(time));
    let settings = Settings {
        connect_timeout: connect_timeout.into(),
        identify: (identify_attempts > 0).then(|| Identification {
            // The driver knows it.
            action: String::new(),
            timeout: identify_timeout.into(),
            attempts: identify_attempts,
        }),
        reconnect: Reconnect {
            base: base_delay.into(),
            longest: max_delay.into(),
            max_attempts: (max_attempts > 0).then_some(max_attempts),
            min_uptime: min_uptime.into(),
        },
        asks_to_reconnect,
        heartbeat: some(heartbeat),
        probe_timeout: probe_timeout.into(),
        probe_quiet: probe_quiet.into(),
        rotation: (rotation_age > 0).then(|| Rotation {
            age: rotation_age.into(),
            spread: rotation_spread.into(),
            drain: rotation_drain.into(),
            lifetime: rotation_lifetime.into(),
        }),
        hidden_close_after: some(hidden_close_after),
        outbox: OutboxSettings {
            messages: outbox_messages,
            bytes: outbox_bytes,
            drop_oldest,
            time_to_live: some(time_to_live),
        },
        request_timeout: request_timeout.into(),
        frame_limit: (frame_limit > 0).then_some(frame_limit),
        trace: TraceSettings { entries: trace_entries, messages: trace_messages },
        user_timing,
    };
    let session = Session::new(settings, seed as u64);
    Box::into_raw(Box::new(Core { session, texts: Vec::new() }))
}

/// Frees a session.
///
/// # Safety
///
/// Here and below: `core` is of [`start`], and has not been freed.
#[unsafe(no_mangle)]
unsafe extern "C" fn free(core: *mut Core) {
    // SAFETY: as above.
    drop(unsafe { Box::from_raw(core) });
}

/// Makes room for a text of so many bytes, for the next [`handle`].
#[unsafe(no_mangle)]
unsafe extern "C" fn room(core: *mut Core, size: usize) -> *mut u8 {
    // SAFETY: as above.
    let texts = unsafe { &mut (*core).texts };
    let mut text = vec![0; size];
    let place = text.as_mut_ptr();
    texts.push(text);
    place
}

/// [`Session::takes_message`], where no request waits for its answer.
#[unsafe(no_mangle)]
unsafe extern "C" fn takes(core: *mut Core, now: f64, link: LinkId, length: usize) -> bool {
    // SAFETY: as above.
    let session = unsafe { &mut (*core).session };
    !session.awaits_answer() && session.takes_message(now as u64, link, length)
}

/// Tells the session a fact, and writes what it decides. The facts up to 18 are those of `links.js` and `page.js`, the
/// others an `Input` of the driver.
#[unsafe(no_mangle)]
unsafe extern "C" fn handle(
    core: *mut Core,
    now: f64,
    what: u32,
    one: u32,
    two: u32,
    three: u32,
    four: u32,
) {
    // SAFETY: as above.
    let Core { session, texts } = unsafe { &mut *core };
    // SAFETY: the driver writes nothing but UTF-8 there, and a check of it would be larger than all else here.
    let mut text = || unsafe { String::from_utf8_unchecked(texts.pop().unwrap_or_default()) };
    let message = |inbound| Input::LinkReceived(one, inbound, two as usize);
    let is = |bit: u32| three & bit > 0;
    let input = match what {
        0 => message(Inbound::Message(NotAnAnswer::NoConnectionId)),
        1 => message(Inbound::Message(NotAnAnswer::NotRead)),
        2 => {
            let field = |text: Option<String>| text.map_or(Field::Other, Field::Text);
            let fields = ControlFields {
                connection_id: field(is(1).then(&mut text)),
                message: field(is(2).then(&mut text)),
                request_id: if is(4) { Field::Other } else { Field::Absent },
                message_id: Field::Absent,
            };
            message(fields.into())
        }
        3 => message(Inbound::Message(NotAnAnswer::NotAnObject)),
        4 => message(Inbound::Message(NotAnAnswer::NotJson)),
        5 => message(Inbound::Message(NotAnAnswer::Binary)),
        6 => Input::LinkOpened(one),
        7 | 8 => {
            let close = LinkClose { code: two as u16, reason: text(), was_clean: what == 8 };
            Input::LinkClosed(one, close)
        }
        9 => Input::LinkDrained(one, two),
        10 => Input::Tick,
        11 => Input::Online,
        12 => Input::Offline,
        13 => Input::Visible,
        14 => Input::Hidden,
        15 => Input::Frozen,
        16 => Input::Resumed,
        17 => Input::Stored,
        18 => Input::Restored,
        19 => message(Inbound::Answer(three)),
        20 => Input::Connect,
        21 => Input::LinkRefused(
            one,
            match two {
                0 => {
                    let status = (three > 0).then_some(three as u16);
                    Failure::UrlRejected { why: text(), transient: four > 0, status }
                }
                1 => Failure::BadOptions { why: text() },
                _ => Failure::Unsupported,
            },
        ),
        22 => Input::NotTaken(one, two),
        23 => Input::Reconnect(one > 0),
        24 => Input::Send { message: one, bytes: two as usize, retry: three > 0 },
        25 => {
            let timeout = (four > 0).then_some(four.into());
            Input::Request { message: one, bytes: two as usize, timeout, retry: three > 0 }
        }
        26 => Input::Abort(one),
        27 => Input::Join(one),
        28 => Input::Leave(one),
        _ => Input::Close(LinkClose { code: one as u16, reason: text(), was_clean: true }),
    };
    session.handle(now as u64, input);
    while let Some(output) = session.poll() {
        decided(&output);
    }
}

/// Writes an output: its number, three numbers about it, and what else there is.
fn decided(output: &Output) {
    let (mut close, mut failure) = (None, None);
    let (kind, one, two, three): (u8, u32, u32, MessageId) = match output {
        Output::OpenLink(link) => (0, *link, 0, 0),
        Output::Identify(link) => (1, *link, 0, 0),
        Output::Transmit(link, message) => (2, *link, *message, 0),
        Output::Confirm(message) => (3, *message, 0, 0),
        Output::Reject(message, why) => {
            failure = Some(why);
            (4, *message, 0, 0)
        }
        Output::Answer(message) => (5, *message, 0, 0),
        Output::Deliver(delivery) => (6, *delivery as u32, 0, 0),
        Output::ConnectionId { previous, .. } => (7, previous.is_some().into(), 0, 0),
        Output::Status(status) => (8, *status as u32, 0, 0),
        Output::Failed(why) => {
            failure = Some(why);
            (9, 0, 0, 0)
        }
        Output::Closed(how) => {
            close = Some(how);
            (10, 0, 0, 0)
        }
        Output::AskReconnect(why) => {
            (close, failure) = (Some(why.close()), Some(why));
            (11, 0, 0, 0)
        }
        Output::CloseLink(link, how) => {
            close = Some(how);
            (12, *link, 0, 0)
        }
        Output::DropLink(link) => (13, *link, 0, 0),
        Output::JoinRoom(link, room, request) => (14, *link, *room, *request),
        Output::Joined(room) => (15, *room, 0, 0),
        Output::JoinFailed(room, why) => {
            failure = Some(why);
            (16, *room, 0, 0)
        }
        Output::LeaveRoom(link, room, request) => (17, *link, *room, *request),
        Output::Took { link, ok, .. } => (18, *link, (*ok).into(), 0),
    };
    number(kind.into());
    number(one.into());
    number(two.into());
    number(three.into());
    match output {
        Output::ConnectionId { id, previous } => {
            text(id);
            text(previous.as_deref().unwrap_or_default());
        }
        Output::Took { step, since, until, .. } => {
            text(step.as_str());
            time(Some(*since));
            time(Some(*until));
        }
        _ => {}
    }
    if let Some(close) = close {
        closed(close);
    }
    if let Some(failure) = failure {
        failed(failure);
    }
}

fn closed(close: &LinkClose) {
    number(close.code.into());
    number(u8::from(close.was_clean).into());
    text(&close.reason);
}

/// Writes a failure: its code, and three numbers and a text that are what `failed` in `pkg-template/src/failed.ts` says for
/// that code.
fn failed(failure: &Failure) {
    let (one, two, three, words): (u32, u32, u32, &str) = match failure {
        Failure::UrlRejected { why, status, .. } => (status.unwrap_or(0).into(), 0, 0, why),
        Failure::BadOptions { why } | Failure::NotSerializable { why } => (0, 0, 0, why),
        Failure::ConnectTimeout { timeout: time } | Failure::Expired { time_to_live: time } => {
            (*time as u32, 0, 0, "")
        }
        Failure::ConnectFailed { close } | Failure::ConnectionLost { close } => {
            (close.code.into(), close.was_clean.into(), 0, &close.reason)
        }
        Failure::IdentifyFailed { sends, timeout, last, .. } => {
            let (instead, words) = match last {
                Some(Instead::GatewayFrame(frame)) => (1, frame.message.as_str()),
                Some(Instead::Message(other)) => (2, other.describe()),
                None => (0, ""),
            };
            (*sends, *timeout as u32, instead, words)
        }
        Failure::DeliveryUnknown { code } => (code.unwrap_or(0).into(), 0, 0, ""),
        Failure::GatewayReported { frame } => (0, 0, 0, &frame.message),
        Failure::FrameTooLarge { bytes, limit: more }
        | Failure::OutboxFull { bytes, messages: more } => (*bytes as u32, *more as u32, 0, ""),
        Failure::Unsupported
        | Failure::RequestTimeout
        | Failure::Aborted
        | Failure::Closed
        | Failure::BinaryUnsupported => (0, 0, 0, ""),
    };
    text(failure.code());
    number(one.into());
    number(two.into());
    number(three.into());
    text(words);
}

/// What can be read of a session: a `Read` of the driver. Returns one number, or 0 beside what is written.
#[unsafe(no_mangle)]
unsafe extern "C" fn read(core: *const Core, what: u32, about: u32) -> f64 {
    // SAFETY: as above.
    let session = unsafe { &(*core).session };
    let is = |is: bool| f64::from(u8::from(is));
    let at = |time: Option<u64>| time.map_or(-1.0, |time| time as f64);
    match what {
        0 => session.status() as u8 as f64,
        1 => at(session.retry_at()),
        2 => at(session.next_deadline()),
        3 => session.link().unwrap_or(0).into(),
        4 => is(session.awaits_answer()),
        5 => is(session.awaits_connection_id(about)),
        6 => is(session.knows_room(about)),
        7 => is(session.is_done()),
        8 => {
            let id =
                if about > 0 { session.connection_id_of(about) } else { session.connection_id() };
            id.map(text);
            0.0
        }
        9 => {
            failed(session.end().map_or(&Failure::Closed, |end| end));
            0.0
        }
        10 => {
            stats(session);
            0.0
        }
        _ => {
            // 0 for those of which the last has this number.
            session.trace().after(about.into()).for_each(traced);
            session.trace().last_number() as f64
        }
    }
}

/// Writes an entry of the trace: the place of its event in the list of `traces.ts`, and its facts.
fn traced(entry: &TraceEntry) {
    let link = entry.link.map_or(f64::NAN, f64::from);
    for one in [f64::from(entry.event as u8), entry.number as f64, entry.time as f64, link] {
        number(one);
    }
    for one in entry.optional_numbers() {
        time(one);
    }
    text(entry.text());
}

/// Writes a session's counters, in the order in which `stats.ts` names them; NaN for a time that there is not.
fn stats(session: &Session) {
    let stats = session.stats();
    let losses = &stats.losses;
    let (messages, bytes) = session.outbox_depth();
    for count in [
        stats.links_begun,
        stats.links_opened,
        stats.links_ready,
        stats.rotations,
        stats.rotations_failed,
        losses.connect,
        losses.identify,
        losses.closed,
        losses.broken,
        losses.silent,
        losses.outlived,
        losses.hidden,
        losses.stored,
        stats.messages_received,
        stats.characters_received,
        stats.messages_sent,
        stats.bytes_sent,
        stats.heartbeats,
        stats.probes,
    ] {
        number(count as f64);
    }
    for one in [stats.round_trip, stats.shortest_round_trip, stats.longest_round_trip] {
        time(one);
    }
    for size in [messages, bytes, session.pending_requests()] {
        number(size as f64);
    }
}
