//! The facade of the npm package, on the other side of the wasm: `pkg-template/src/host.ts`.
//!
//! Nothing of it throws. What it checks, fetches and says is not in here again.

use wasm_bindgen::prelude::*;

use super::observer::{Event, Observer};
use crate::core::{Failure, Instead, LinkClose, LinkId, Question, Session, TraceEntry, TraceEvent};

#[wasm_bindgen(raw_module = "../../host.js")]
extern "C" {
    /// Calls one of a list of functions. What it throws is reported as any uncaught error of the page.
    fn tell(list: &JsValue, index: u32, value: &JsValue, more: &JsValue);

    /// Calls one of a list of functions with a link, and returns what it returns.
    fn ask(list: &JsValue, index: u32, link: LinkId) -> JsValue;

    /// Whether `shouldReconnect` says no.
    fn ends(list: &JsValue, index: u32, close: &JsValue, error: &JsValue) -> bool;

    fn identified(list: &JsValue, index: u32, id: &str, previous: Option<&str>, answer: &JsValue);

    /// An error: its code, and numbers and texts that are what host.ts says for that code.
    fn failed(code: &str, one: f64, two: f64, three: f64, text: &str, more: &str) -> JsValue;

    fn closed(code: u16, reason: &str, was_clean: bool) -> JsValue;

    /// An entry of the trace.
    fn traced(
        event: u32,
        number: f64,
        time: f64,
        link: f64,
        one: f64,
        two: f64,
        text: &str,
    ) -> JsValue;
}

#[wasm_bindgen]
extern "C" {
    /// An array. (js-sys has one too; whoever names that crate gets functions of it that nothing calls.)
    #[wasm_bindgen(js_name = Array)]
    pub(crate) type List;

    #[wasm_bindgen(constructor)]
    pub(crate) fn new() -> List;

    /// A number of an array of numbers, in which `undefined` is NaN and `true` is 1.
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub(crate) fn at(this: &List, index: u32) -> f64;

    #[wasm_bindgen(method, structural, indexing_getter)]
    pub(crate) fn value_at(this: &List, index: u32) -> JsValue;

    #[wasm_bindgen(method)]
    fn push(this: &List, value: f64);

    #[wasm_bindgen(method, js_name = push)]
    pub(crate) fn push_value(this: &List, value: &JsValue);
}

/// The functions of the facade in the order of its list.
enum Index {
    Message,
    Status,
    ConnectionId,
    GatewayFrame,
    Error,
    Close,
    ShouldReconnect,
    Address,
    GiveUp,
    Trace,
    Link,
    JoinedAgain,
}

/// The list of functions that a session calls.
#[derive(Clone)]
pub(crate) struct Facade(JsValue);

impl Facade {
    pub(crate) fn new(list: JsValue) -> Self {
        Facade(list)
    }

    fn tell(&self, what: Index, value: &JsValue) {
        tell(&self.0, what as u32, value, &JsValue::UNDEFINED);
    }

    /// The address of a link; `undefined` if it comes later.
    pub(super) fn address(&self, link: LinkId) -> JsValue {
        ask(&self.0, Index::Address as u32, link)
    }

    /// To hold for as long as a link's address is wanted.
    pub(super) fn asked(&self, link: LinkId) -> Asked {
        Asked { facade: self.clone(), link }
    }

    /// Takes an entry of the trace.
    pub(crate) fn traced(&self, entry: &JsValue) {
        self.tell(Index::Trace, entry);
    }
}

/// The facade was asked for the address of a link, and hears when that is not wanted any more.
#[must_use = "the facade gives up when it is dropped"]
pub(super) struct Asked {
    facade: Facade,
    link: LinkId,
}

impl Drop for Asked {
    fn drop(&mut self) {
        ask(&self.facade.0, Index::GiveUp as u32, self.link);
    }
}

impl Observer for Facade {
    fn tell(&self, event: Event<'_>) {
        match event {
            Event::Message(message) => self.tell(Index::Message, message),
            Event::Status(status) => self.tell(Index::Status, &f64::from(status as u8).into()),
            Event::ConnectionId { id, previous, answer } => {
                identified(&self.0, Index::ConnectionId as u32, id, previous, answer);
            }
            Event::GatewayFrame(frame) => self.tell(Index::GatewayFrame, frame),
            Event::Failed(failure) => self.tell(Index::Error, &error(failure)),
            Event::Closed(close) => self.tell(Index::Close, &close_to_js(close)),
            Event::Link(socket) => self.tell(Index::Link, socket),
            Event::JoinedAgain { name, answer } => {
                tell(&self.0, Index::JoinedAgain as u32, &name.into(), answer);
            }
        }
    }

    fn wants_another(&self, close: &LinkClose, failure: &Failure) -> bool {
        let (close, error) = (close_to_js(close), error(failure));
        !ends(&self.0, Index::ShouldReconnect as u32, &close, &error)
    }
}

/// Calls the first function of a promise, or the second.
pub(super) fn settle(functions: &JsValue, result: Result<&JsValue, &Failure>) {
    match result {
        Ok(value) => tell(functions, 0, value, &JsValue::UNDEFINED),
        Err(failure) => tell(functions, 1, &error(failure), &JsValue::UNDEFINED),
    }
}

/// The error to throw, to reject with or to report.
pub(crate) fn error(failure: &Failure) -> JsValue {
    let (mut numbers, mut text, mut more) = ([0.0; 3], "", "");
    match failure {
        Failure::UrlRejected { why, status, .. } => {
            numbers[0] = status.unwrap_or(0).into();
            text = why;
        }
        Failure::BadOptions { why } | Failure::NotSerializable { why } => text = why,
        Failure::ConnectTimeout { timeout } => numbers[0] = *timeout as f64,
        Failure::ConnectFailed { close } | Failure::ConnectionLost { close } => {
            numbers = [close.code.into(), f64::from(u8::from(close.was_clean)), 0.0];
            text = &close.reason;
        }
        Failure::IdentifyFailed { action, sends, timeout, last } => {
            numbers = [(*sends).into(), *timeout as f64, 0.0];
            more = action;
            match last {
                Some(Instead::GatewayFrame(frame)) => {
                    numbers[2] = 1.0;
                    text = &frame.message;
                }
                Some(Instead::Message(other)) => {
                    numbers[2] = 2.0;
                    text = other.describe();
                }
                None => {}
            }
        }
        Failure::DeliveryUnknown { code } => numbers[0] = code.unwrap_or(0).into(),
        Failure::Expired { time_to_live } => numbers[0] = *time_to_live as f64,
        Failure::GatewayReported { frame } => text = &frame.message,
        Failure::FrameTooLarge { bytes, limit: more }
        | Failure::OutboxFull { bytes, messages: more } => {
            numbers = [*bytes as f64, *more as f64, 0.0];
        }
        Failure::Unsupported
        | Failure::RequestTimeout
        | Failure::Aborted
        | Failure::Closed
        | Failure::BinaryUnsupported => {}
    }
    failed(failure.code(), numbers[0], numbers[1], numbers[2], text, more)
}

fn close_to_js(close: &LinkClose) -> JsValue {
    closed(close.code, &close.reason, close.was_clean)
}

/// An entry of the trace: the place of its event in the list of `traces.ts`, with its facts.
pub(crate) fn entry(entry: &TraceEntry, time: u64) -> JsValue {
    let (mut one, mut two, mut text) = (f64::NAN, f64::NAN, "");
    let event = match &entry.event {
        TraceEvent::Status(status) => {
            text = status.as_str();
            0
        }
        TraceEvent::Connect => 1,
        TraceEvent::Open => 2,
        TraceEvent::Refused(code) => {
            text = code;
            3
        }
        TraceEvent::Question(Question::Identify) => 4,
        TraceEvent::Question(Question::Heartbeat) => 5,
        TraceEvent::Question(Question::Probe) => 6,
        TraceEvent::Answer(time) => {
            one = time.map_or(f64::NAN, |time| time as f64);
            7
        }
        TraceEvent::ConnectionId(id) => {
            text = id;
            8
        }
        TraceEvent::GatewayFrame(message) => {
            text = message;
            9
        }
        TraceEvent::Close { code, was_clean } => {
            (one, two) = (u8::from(*was_clean).into(), (*code).into());
            10
        }
        TraceEvent::Lost(cause) => {
            text = cause.as_str();
            11
        }
        TraceEvent::Closing(code) => {
            one = (*code).into();
            12
        }
        TraceEvent::Failed(code) => {
            text = code;
            13
        }
        TraceEvent::Wait { delay, failures } => {
            (one, two) = ((*failures).into(), *delay as f64);
            14
        }
        TraceEvent::Rotation(step) => {
            text = step;
            15
        }
        TraceEvent::Room(room, step) => {
            (one, text) = ((*room).into(), step);
            16
        }
        TraceEvent::Page(signal) => {
            text = signal;
            17
        }
        TraceEvent::Late(by) => {
            one = *by as f64;
            18
        }
        TraceEvent::Rejected { code, count, message } => {
            (two, text) = (*count as f64, code);
            one = message.map_or(f64::NAN, f64::from);
            19
        }
        TraceEvent::Send { message, bytes, is_request } => {
            (one, two) = (*bytes as f64, (*message).into());
            20 + u32::from(*is_request)
        }
        TraceEvent::Transmit(message) => {
            one = (*message).into();
            22
        }
        TraceEvent::NotTaken(message) => {
            one = (*message).into();
            23
        }
        TraceEvent::Resolved(message) => {
            one = (*message).into();
            24
        }
        TraceEvent::Received(length) => {
            one = *length as f64;
            25
        }
    };
    let link = entry.link.map_or(f64::NAN, f64::from);
    traced(event, entry.number as f64, time as f64, link, one, two, text)
}

/// A session's counters, in the order in which the facade names them; NaN for a time that there is not.
pub(crate) fn stats(session: &Session) -> JsValue {
    let stats = session.stats();
    let losses = &stats.losses;
    let (messages, bytes) = session.outbox_depth();
    let numbers = List::new();
    for number in [
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
        numbers.push(number as f64);
    }
    for time in [stats.round_trip, stats.shortest_round_trip, stats.longest_round_trip] {
        numbers.push(time.map_or(f64::NAN, |time| time as f64));
    }
    for size in [messages, bytes, session.pending_requests()] {
        numbers.push(size as f64);
    }
    numbers.into()
}
