//! Options as JavaScript writes them, checked: an unknown name or a wrong type is an error.

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::{JsCast, prelude::*};

use super::callbacks::{Callbacks, NAMES};
use crate::core::{Failure, Settings};

/// The largest delay that `setTimeout` keeps, in milliseconds: 2^31 - 1.
const LONGEST_TIMEOUT: f64 = 2_147_483_647.0;

// js-sys has these without `catch`, and each throws for some Proxy. An exception that passes through
// wasm unwinds nothing of ours, and leaves the instance broken.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = Array, js_name = isArray)]
    fn is_array(value: &JsValue) -> Result<bool, JsValue>;

    #[wasm_bindgen(catch, js_namespace = Array, js_name = from)]
    fn array_from(value: &JsValue) -> Result<Array, JsValue>;

    #[wasm_bindgen(catch, js_namespace = Object)]
    fn keys(value: &JsValue) -> Result<Array, JsValue>;
}

/// What a user may say about a session.
#[derive(Default)]
pub(super) struct Options {
    pub(super) settings: Settings,
    pub(super) protocols: Vec<String>,
    pub(super) callbacks: Callbacks,
}

impl Options {
    /// Reads an options object; `undefined` and `null` stand for all defaults.
    pub(super) fn read(value: &JsValue) -> Result<Self, Failure> {
        let mut options = Options::default();
        for (name, value) in entries(value, "options")? {
            match name.as_str() {
                "connectTimeout" => {
                    options.settings.connect_timeout = milliseconds(&name, &value)?;
                }
                "identify" => identify(&mut options.settings, &value)?,
                "protocols" => options.protocols = protocols(&value)?,
                _ => match NAMES.iter().position(|known| *known == name) {
                    Some(index) => options.callbacks.0[index] = Some(function(&name, &value)?),
                    None => {
                        return Err(unknown(
                            &name,
                            &format!("connectTimeout, identify, protocols, {}", NAMES.join(", ")),
                        ));
                    }
                },
            }
        }
        Ok(options)
    }
}

fn identify(settings: &mut Settings, value: &JsValue) -> Result<(), Failure> {
    for (name, value) in entries(value, "identify")? {
        let path = format!("identify.{name}");
        match name.as_str() {
            "action" => settings.identify_action = text(&path, &value)?,
            "timeout" => settings.identify_timeout = milliseconds(&path, &value)?,
            "attempts" => settings.identify_attempts = whole(&path, &value, 100.0)? as u32,
            _ => {
                return Err(unknown(&path, "identify.action, identify.timeout, identify.attempts"));
            }
        }
    }
    Ok(())
}

/// The properties that are set: `{ onMessage: undefined }` says nothing about onMessage.
fn entries(value: &JsValue, name: &str) -> Result<Vec<(String, JsValue)>, Failure> {
    if value.is_undefined() || value.is_null() {
        return Ok(Vec::new());
    }
    let not_an_object = || wrong(name, "an object", value);
    if !value.is_object() || is_array(value).unwrap_or(true) {
        return Err(not_an_object());
    }
    let mut entries = Vec::new();
    for key in keys(value).map_err(|_| not_an_object())? {
        // A getter that throws counts as not set; options are plain data.
        let entry = Reflect::get(value, &key).unwrap_or_default();
        if !entry.is_undefined() {
            entries.push((key.as_string().unwrap_or_default(), entry));
        }
    }
    Ok(entries)
}

fn milliseconds(name: &str, value: &JsValue) -> Result<u64, Failure> {
    whole(name, value, LONGEST_TIMEOUT)
}

fn whole(name: &str, value: &JsValue, most: f64) -> Result<u64, Failure> {
    match value.as_f64() {
        Some(number) if number >= 1.0 && number <= most && number.fract() == 0.0 => {
            Ok(number as u64)
        }
        _ => Err(wrong(name, &format!("a whole number from 1 to {}", most as u64), value)),
    }
}

fn text(name: &str, value: &JsValue) -> Result<String, Failure> {
    value
        .as_string()
        .filter(|text| !text.is_empty())
        .ok_or_else(|| wrong(name, "a string with text", value))
}

fn function(name: &str, value: &JsValue) -> Result<Function, Failure> {
    value.dyn_ref::<Function>().cloned().ok_or_else(|| wrong(name, "a function", value))
}

fn protocols(value: &JsValue) -> Result<Vec<String>, Failure> {
    match is_array(value) {
        Ok(false) => Ok(vec![text("protocols", value)?]),
        _ => {
            let list =
                array_from(value).map_err(|_| wrong("protocols", "a list of strings", value))?;
            list.iter().map(|protocol| text("protocols", &protocol)).collect()
        }
    }
}

/// What `close(code, reason)` may be given, as a sentence if it is wrong.
/// Source: the WebSocket standard of WHATWG, "close()".
pub(super) fn close_arguments(code: &JsValue, reason: &JsValue) -> Result<(u16, String), Failure> {
    let reason = if reason.is_undefined() {
        String::new()
    } else {
        reason.as_string().ok_or_else(|| wrong("The close reason", "a string", reason))?
    };
    let code = if code.is_undefined() { Some(1000.0) } else { code.as_f64() };
    // A comparison with NaN is false.
    let allowed = |code: &f64| *code == 1000.0 || (3000.0..=4999.0).contains(code);
    let Some(code) = code.filter(|code| allowed(code) && code.fract() == 0.0) else {
        return Err(Failure::BadOptions {
            why: "A close code must be 1000, or a whole number from 3000 to 4999.".to_owned(),
        });
    };
    if reason.len() > 123 {
        return Err(Failure::BadOptions {
            why: format!(
                "A close reason has 123 bytes of UTF-8 at most, and this one has {}.",
                reason.len()
            ),
        });
    }
    Ok((code as u16, reason))
}

fn wrong(name: &str, expected: &str, value: &JsValue) -> Failure {
    let kind = if value.is_null() {
        "null".to_owned()
    } else {
        value.js_typeof().as_string().unwrap_or_default()
    };
    Failure::BadOptions { why: format!("{name} must be {expected}; it is of type {kind}.") }
}

fn unknown(name: &str, known: &str) -> Failure {
    Failure::BadOptions { why: format!("There is no option {name}. There are: {known}.") }
}
