//! Checks of what a user wrote: each says which option is wrong, and how.

use std::fmt::Display;

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::{JsCast, prelude::*};

use crate::core::{Failure, limits, sentences::sentence};

pub(super) const LONGEST_TIMEOUT: f64 = limits::LONGEST_TIME as f64;

// js-sys has these without `catch`, and each throws for some Proxy. An exception that passes through
// wasm unwinds nothing of ours, and leaves the instance broken.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = Array, js_name = isArray)]
    pub(super) fn is_array(value: &JsValue) -> Result<bool, JsValue>;

    #[wasm_bindgen(catch, js_namespace = Array, js_name = from)]
    pub(super) fn array_from(value: &JsValue) -> Result<Array, JsValue>;

    #[wasm_bindgen(catch, js_namespace = Object)]
    fn keys(value: &JsValue) -> Result<Array, JsValue>;
}

/// What the whole object of options is called; the paths of single ones do not begin with it.
pub(super) const ARGUMENT: &str = "options";

/// A group of options that are times: each with its name and its least value, in milliseconds.
pub(super) fn times(
    value: &JsValue,
    name: &str,
    fields: &mut [(&str, u64, &mut u64)],
) -> Result<(), Failure> {
    let known: Vec<&str> = fields.iter().map(|(name, ..)| *name).collect();
    for (key, value) in entries_of(value, name, &known)? {
        if let Some((_, least, field)) = fields.iter_mut().find(|(name, ..)| *name == key) {
            **field = whole_from(*least, &format!("{name}.{key}"), &value, LONGEST_TIMEOUT)?;
        }
    }
    Ok(())
}

/// The properties that are set, all of which must be among the known ones.
pub(super) fn entries_of(
    value: &JsValue,
    name: &str,
    known: &[&str],
) -> Result<Vec<(String, JsValue)>, Failure> {
    let entries = entries(value, name)?;
    match entries.iter().find(|(key, _)| !known.contains(&key.as_str())) {
        Some((key, _)) if name == ARGUMENT => Err(unknown("", key, known)),
        Some((key, _)) => Err(unknown(&format!("{name}."), key, known)),
        None => Ok(entries),
    }
}

pub(super) fn is_false(value: &JsValue) -> bool {
    *value == JsValue::FALSE
}

pub(super) fn boolean(name: &str, value: &JsValue) -> Result<bool, Failure> {
    value.as_bool().ok_or_else(|| wrong(name, "true or false", value))
}

/// A number, or `false` for none.
pub(super) fn optional(name: &str, value: &JsValue) -> Result<Option<u64>, Failure> {
    if is_false(value) { Ok(None) } else { milliseconds(name, value).map(Some) }
}

/// The properties that are set: `{ onMessage: undefined }` says nothing about onMessage.
pub(super) fn entries(value: &JsValue, name: &str) -> Result<Vec<(String, JsValue)>, Failure> {
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

pub(super) fn milliseconds(name: &str, value: &JsValue) -> Result<u64, Failure> {
    whole(name, value, LONGEST_TIMEOUT)
}

pub(super) fn whole(name: &str, value: &JsValue, most: f64) -> Result<u64, Failure> {
    whole_from(1, name, value, most)
}

pub(super) fn whole_from(
    least: u64,
    name: &str,
    value: &JsValue,
    most: f64,
) -> Result<u64, Failure> {
    match value.as_f64() {
        Some(number) if number >= least as f64 && number <= most && number.fract() == 0.0 => {
            Ok(number as u64)
        }
        _ => {
            let facts: [(&str, &dyn Display); 2] = [("least", &least), ("most", &(most as u64))];
            Err(wrong(name, &sentence("option, whole", &facts), value))
        }
    }
}

pub(super) fn text(name: &str, value: &JsValue) -> Result<String, Failure> {
    value
        .as_string()
        .filter(|text| !text.is_empty())
        .ok_or_else(|| wrong(name, "a string with text", value))
}

pub(super) fn function(name: &str, value: &JsValue) -> Result<Function, Failure> {
    value.dyn_ref::<Function>().cloned().ok_or_else(|| wrong(name, "a function", value))
}

pub(super) fn wrong(name: &str, expected: &str, value: &JsValue) -> Failure {
    let kind = if value.is_null() {
        "null".to_owned()
    } else {
        value.js_typeof().as_string().unwrap_or_default()
    };
    let facts: [(&str, &dyn Display); 3] =
        [("name", &name), ("expected", &expected), ("kind", &kind)];
    Failure::BadOptions { why: sentence("option", &facts) }
}

/// For an option that there is not. `within` is what its path begins with, as `identify.`.
pub(super) fn unknown(within: &str, name: &str, known: &[&str]) -> Failure {
    // A beginning, as `param` of `parameter`, lacks many letters and is meant all the same.
    let begun = known.iter().find(|known| known.starts_with(name));
    let nearest = known.iter().min_by_key(|known| distance(name, known));
    let nearest = begun.or(nearest.filter(|known| distance(name, known) <= 3));
    let meant = nearest.map_or(String::new(), |known| {
        sentence("option, meant", &[("name", &format!("{within}{known}"))])
    });
    let facts: [(&str, &dyn Display); 4] = [
        ("what", &"option"),
        ("name", &format!("{within}{name}")),
        ("meant", &meant),
        ("known", &known.join(", ")),
    ];
    Failure::BadOptions { why: sentence("option, unknown", &facts) }
}

/// How many letters are to be changed, added or taken away to make one word of the other, whatever
/// their case (Levenshtein).
pub(super) fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.to_ascii_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.to_ascii_lowercase().chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, wanted) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *wanted);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}
