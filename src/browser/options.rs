//! Options as JavaScript writes them, checked: an unknown name or a wrong type is an error.

use js_sys::{Array, Function, Promise};
use wasm_bindgen::{JsCast, JsValue};

use super::address::Address;
use super::callbacks::{Callbacks, NAMES};
use super::checks::*;
use super::closing::closing;
use super::driver::{Options, SendOptions, Source};
use super::ticket_options::read_ticket;
use crate::core::{
    Failure, Identification, LinkClose, OutboxSettings, Reconnect, RoomNames, Rotation, Settings,
    TraceSettings, limits, sentences::sentence,
};

const NAMES_OF_OPTIONS: [&str; 18] = [
    "profile",
    "connectTimeout",
    "identify",
    "reconnect",
    "shouldReconnect",
    "heartbeat",
    "probe",
    "rotation",
    "whenHidden",
    "outbox",
    "requestTimeout",
    "frameLimit",
    "binary",
    "ticket",
    "protocols",
    "rooms",
    "trace",
    "userTiming",
];

/// A string, a `URL`, or a function that returns one or a promise of one.
pub(crate) fn read_source(value: &JsValue) -> Result<Source, Failure> {
    match value.dyn_ref::<Function>() {
        Some(function) => Ok(Source::Function(asked(function))),
        None => Address::read(value).map(Source::Address),
    }
}

/// Calls a user's function; a promise of all that it may do.
pub(super) fn asked(function: &Function) -> Box<dyn Fn() -> Promise> {
    let function = function.clone();
    Box::new(move || match function.call0(&JsValue::UNDEFINED) {
        Ok(value) => Promise::resolve(&value),
        Err(thrown) => Promise::reject(&thrown),
    })
}

/// Reads an options object; `undefined` and `null` stand for all defaults.
pub(crate) fn read_options(value: &JsValue) -> Result<(Options, Callbacks), Failure> {
    let mut reader = Reader::default();
    let entries = entries(value, ARGUMENT)?;
    // The profile first: the others change what it says.
    if let Some((_, profile)) = entries.iter().find(|(name, _)| name == "profile") {
        reader.options.binary = is_generic(profile)?;
        if reader.options.binary {
            reader.options.settings = Settings::generic();
        }
    }
    for (name, value) in &entries {
        reader.set(name, value)?;
    }
    let settings = &mut reader.options.settings;
    if settings.identify.is_none() && settings.heartbeat.is_some() {
        if entries.iter().any(|(name, _)| name == "heartbeat") {
            return Err(Failure::BadOptions { why: sentence("heartbeat", &[]) });
        }
        settings.heartbeat = None;
    }
    Ok((reader.options, reader.callbacks))
}

/// What has been read of an options object so far.
#[derive(Default)]
struct Reader {
    options: Options,
    callbacks: Callbacks,
}

impl Reader {
    fn set(&mut self, name: &str, value: &JsValue) -> Result<(), Failure> {
        let settings = &mut self.options.settings;
        match name {
            "profile" => {}
            "connectTimeout" => settings.connect_timeout = milliseconds(name, value)?,
            "identify" => settings.identify = identify(settings.identify.take(), value)?,
            "reconnect" => reconnect(&mut settings.reconnect, value)?,
            "shouldReconnect" => {
                self.callbacks.should_reconnect = Some(function(name, value)?);
                settings.asks_to_reconnect = true;
            }
            "heartbeat" => settings.heartbeat = optional(name, value)?,
            "probe" => times(
                value,
                name,
                &mut [
                    ("timeout", 1, &mut settings.probe_timeout),
                    ("quiet", 0, &mut settings.probe_quiet),
                ],
            )?,
            "rotation" => settings.rotation = rotation(value)?,
            "whenHidden" => settings.hidden_close_after = when_hidden(value)?,
            "outbox" => outbox(&mut settings.outbox, value)?,
            "requestTimeout" => settings.request_timeout = milliseconds(name, value)?,
            "frameLimit" => {
                settings.frame_limit = optional(name, value)?.map(|limit| limit as usize);
            }
            "ticket" if value.is_null() => {}
            "ticket" => self.options.ticket = Some(read_ticket(value)?),
            "protocols" => self.options.protocols = protocols(value)?,
            "binary" => self.options.binary = boolean(name, value)?,
            "rooms" => rooms(&mut self.options.rooms, value)?,
            "trace" => trace(&mut settings.trace, value)?,
            "userTiming" => settings.user_timing = boolean(name, value)?,
            _ => match NAMES.iter().position(|known| *known == name) {
                Some(index) => self.callbacks.told[index] = Some(function(name, value)?),
                None => {
                    let known: Vec<&str> = NAMES_OF_OPTIONS.into_iter().chain(NAMES).collect();
                    return Err(unknown("", name, &known));
                }
            },
        }
        Ok(())
    }
}

/// Reads how a single message is to be sent, from the options that there are for it.
pub(crate) fn read_send_options(value: &JsValue, known: &[&str]) -> Result<SendOptions, Failure> {
    let mut options = SendOptions::default();
    for (name, value) in entries_of(value, ARGUMENT, known)? {
        match name.as_str() {
            "timeout" => options.timeout = Some(milliseconds("timeout", &value)?),
            "raw" => options.raw = boolean("raw", &value)?,
            _ => options.retry = boolean("retry", &value)?,
        }
    }
    Ok(options)
}

fn is_generic(value: &JsValue) -> Result<bool, Failure> {
    match value.as_string().as_deref() {
        Some("api-gateway") => Ok(false),
        Some("generic") => Ok(true),
        _ => Err(wrong("profile", "'api-gateway' or 'generic'", value)),
    }
}

fn identify(
    before: Option<Identification>,
    value: &JsValue,
) -> Result<Option<Identification>, Failure> {
    if is_false(value) {
        return Ok(None);
    }
    let mut identify = before.unwrap_or_default();
    for (name, value) in entries_of(value, "identify", &["action", "timeout", "attempts"])? {
        let path = format!("identify.{name}");
        match name.as_str() {
            "action" => identify.action = text(&path, &value)?,
            "timeout" => identify.timeout = milliseconds(&path, &value)?,
            _ => identify.attempts = whole(&path, &value, limits::MOST_QUESTIONS.into())? as u32,
        }
    }
    Ok(Some(identify))
}

fn reconnect(reconnect: &mut Reconnect, value: &JsValue) -> Result<(), Failure> {
    if is_false(value) {
        reconnect.max_attempts = Some(1);
        return Ok(());
    }
    let known = ["baseDelay", "maxDelay", "maxAttempts", "minUptime"];
    for (name, value) in entries_of(value, "reconnect", &known)? {
        let path = format!("reconnect.{name}");
        match name.as_str() {
            "baseDelay" => reconnect.base = milliseconds(&path, &value)?,
            "maxDelay" => reconnect.longest = milliseconds(&path, &value)?,
            "minUptime" => reconnect.min_uptime = whole_from(0, &path, &value, LONGEST_TIMEOUT)?,
            _ if value.as_f64() == Some(f64::INFINITY) => reconnect.max_attempts = None,
            _ => {
                reconnect.max_attempts =
                    Some(whole(&path, &value, limits::MOST_ATTEMPTS.into())? as u32)
            }
        }
    }
    Ok(())
}

fn rotation(value: &JsValue) -> Result<Option<Rotation>, Failure> {
    if is_false(value) {
        return Ok(None);
    }
    let mut rotation = Rotation::default();
    let Rotation { age, spread, drain, lifetime } = &mut rotation;
    times(
        value,
        "rotation",
        &mut [
            ("age", 1, age),
            ("spread", 0, spread),
            ("drain", 0, drain),
            ("lifetime", 1, lifetime),
        ],
    )?;
    Ok(Some(rotation))
}

fn when_hidden(value: &JsValue) -> Result<Option<u64>, Failure> {
    if value.as_string().as_deref() == Some("keep") {
        return Ok(None);
    }
    let refused = || wrong("whenHidden", "'keep' or { closeAfter: milliseconds }", value);
    if !value.is_object() {
        return Err(refused());
    }
    let entries = entries_of(value, "whenHidden", &["closeAfter"])?;
    let (_, time) = entries.first().ok_or_else(refused)?;
    milliseconds("whenHidden.closeAfter", time).map(Some)
}

fn outbox(outbox: &mut OutboxSettings, value: &JsValue) -> Result<(), Failure> {
    let known = ["messages", "bytes", "dropOldest", "timeToLive"];
    for (name, value) in entries_of(value, "outbox", &known)? {
        let path = format!("outbox.{name}");
        match name.as_str() {
            "messages" => {
                outbox.messages = whole(&path, &value, limits::MOST_MESSAGES as f64)? as usize
            }
            "bytes" => outbox.bytes = whole(&path, &value, limits::MOST_BYTES as f64)? as usize,
            "dropOldest" => outbox.drop_oldest = boolean(&path, &value)?,
            _ => outbox.time_to_live = optional(&path, &value)?,
        }
    }
    Ok(())
}

fn rooms(names: &mut RoomNames, value: &JsValue) -> Result<(), Failure> {
    for (name, value) in entries_of(value, "rooms", &["join", "leave", "field"])? {
        let text = text(&format!("rooms.{name}"), &value)?;
        match name.as_str() {
            "join" => names.join = text,
            "leave" => names.leave = text,
            _ => names.field = text,
        }
    }
    Ok(())
}

fn trace(trace: &mut TraceSettings, value: &JsValue) -> Result<(), Failure> {
    if is_false(value) {
        trace.entries = 0;
        return Ok(());
    }
    for (name, value) in entries_of(value, "trace", &["entries", "messages"])? {
        match name.as_str() {
            "entries" => {
                trace.entries =
                    whole("trace.entries", &value, limits::MOST_ENTRIES as f64)? as usize;
            }
            _ => trace.messages = boolean("trace.messages", &value)?,
        }
    }
    Ok(())
}

fn protocols(value: &JsValue) -> Result<JsValue, Failure> {
    let list = match is_array(value) {
        Ok(false) => Array::of1(value),
        _ => array_from(value).map_err(|_| wrong("protocols", "a list of strings", value))?,
    };
    list.iter().try_for_each(|protocol| text("protocols", &protocol).map(drop))?;
    Ok(list.into())
}

/// Reads what `close(code, reason)` was given.
pub(crate) fn close_arguments(code: &JsValue, reason: &JsValue) -> Result<LinkClose, Failure> {
    let reason = if reason.is_undefined() {
        String::new()
    } else {
        reason.as_string().ok_or_else(|| wrong("The close reason", "a string", reason))?
    };
    let code = if code.is_undefined() { Some(1000.0) } else { code.as_f64() };
    closing(code.unwrap_or(f64::NAN), reason)
}
