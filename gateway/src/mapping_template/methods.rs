//! Methods of values, as templates know them from Java.

use super::evaluate::{OUTPUT_BYTES, too_long};
use crate::java_text;
use regex::Regex;
use serde_json::Value;

/// A method that is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Contains,
    ContainsKey,
    EndsWith,
    Equals,
    EqualsIgnoreCase,
    Get,
    IndexOf,
    IsEmpty,
    KeySet,
    Length,
    Replace,
    ReplaceAll,
    Size,
    Split,
    StartsWith,
    Substring,
    ToLowerCase,
    ToString,
    ToUpperCase,
    Trim,
    Values,
}

/// Their names and how many arguments each takes, from and to.
pub(super) const METHODS: [(&str, Method, usize, usize); 22] = [
    ("contains", Method::Contains, 1, 1),
    ("containsKey", Method::ContainsKey, 1, 1),
    ("count", Method::Size, 0, 0),
    ("endsWith", Method::EndsWith, 1, 1),
    ("equals", Method::Equals, 1, 1),
    ("equalsIgnoreCase", Method::EqualsIgnoreCase, 1, 1),
    ("get", Method::Get, 1, 1),
    ("indexOf", Method::IndexOf, 1, 1),
    ("isEmpty", Method::IsEmpty, 0, 0),
    ("keySet", Method::KeySet, 0, 0),
    ("length", Method::Length, 0, 0),
    ("replace", Method::Replace, 2, 2),
    ("replaceAll", Method::ReplaceAll, 2, 2),
    ("size", Method::Size, 0, 0),
    ("split", Method::Split, 1, 1),
    ("startsWith", Method::StartsWith, 1, 1),
    ("substring", Method::Substring, 1, 2),
    ("toLowerCase", Method::ToLowerCase, 0, 0),
    ("toString", Method::ToString, 0, 0),
    ("toUpperCase", Method::ToUpperCase, 0, 0),
    ("trim", Method::Trim, 0, 0),
    ("values", Method::Values, 0, 0),
];

/// Calls a method. `None` where the value has none of this name, or not for these arguments: the reference is null
/// then.
///
/// # Errors
/// A sentence, when a regular expression is none, or a text would be too long.
pub(super) fn call(
    method: Method,
    receiver: &Value,
    arguments: &[Value],
) -> Result<Option<Value>, String> {
    let first = arguments.first();
    if method == Method::ToString {
        return Ok(Some(java_text::of(receiver).into_owned().into()));
    }
    if method == Method::Equals {
        return Ok(Some((Some(receiver) == first).into()));
    }
    match receiver {
        Value::String(text) => of_text(method, text, arguments),
        Value::Array(items) => Ok(of_list(method, items, first)),
        Value::Object(fields) => Ok(match method {
            Method::ContainsKey => {
                Some(fields.contains_key(&*java_text::of(first.unwrap_or(&Value::Null))).into())
            }
            Method::Get => fields.get(&*java_text::of(first.unwrap_or(&Value::Null))).cloned(),
            Method::IsEmpty => Some(fields.is_empty().into()),
            Method::KeySet => Some(fields.keys().cloned().collect()),
            Method::Size => Some(fields.len().into()),
            Method::Values => Some(fields.values().cloned().collect()),
            _ => None,
        }),
        _ => Ok(None),
    }
}

fn of_list(method: Method, items: &[Value], first: Option<&Value>) -> Option<Value> {
    match method {
        Method::Contains => Some(items.iter().any(|item| Some(item) == first).into()),
        Method::Get => items.get(usize::try_from(first?.as_u64()?).ok()?).cloned(),
        Method::IndexOf => {
            let position = items.iter().position(|item| Some(item) == first);
            Some(position.map_or(Value::from(-1), Value::from))
        }
        Method::IsEmpty => Some(items.is_empty().into()),
        Method::Size => Some(items.len().into()),
        _ => None,
    }
}

fn of_text(method: Method, text: &str, arguments: &[Value]) -> Result<Option<Value>, String> {
    let argument = |index: usize| arguments.get(index).map(java_text::of).unwrap_or_default();
    let (first, second) = (argument(0), argument(1));
    Ok(match method {
        Method::Contains => Some(text.contains(&*first).into()),
        Method::EndsWith => Some(text.ends_with(&*first).into()),
        Method::EqualsIgnoreCase => Some((text.to_lowercase() == first.to_lowercase()).into()),
        Method::IndexOf => {
            Some(text.find(&*first).map_or(Value::from(-1), |at| units(&text[..at]).into()))
        }
        Method::IsEmpty => Some(text.is_empty().into()),
        Method::Length => Some(units(text).into()),
        Method::Replace => {
            check_length(text.len(), text.matches(&*first).count(), second.len())?;
            Some(text.replace(&*first, &second).into())
        }
        Method::ReplaceAll => {
            let (regex, replacement) = (regex(&first)?, replacement(&second));
            // Each $1 stands for a part of the text at most, of all matches together.
            let groups = replacement.matches("${").count();
            let most = text.len().saturating_mul(1 + groups);
            check_length(most, regex.find_iter(text).count(), replacement.len())?;
            Some(regex.replace_all(text, replacement).into_owned().into())
        }
        Method::Split => {
            let mut parts: Vec<&str> = regex(&first)?.split(text).collect();
            // Java leaves empty strings at the end out.
            while parts.len() > 1 && parts.last().is_some_and(|part| part.is_empty()) {
                parts.pop();
            }
            Some(parts.into_iter().map(Value::from).collect())
        }
        Method::StartsWith => Some(text.starts_with(&*first).into()),
        Method::Substring => substring(text, arguments).map(Value::from),
        Method::ToLowerCase => Some(text.to_lowercase().into()),
        Method::ToUpperCase => Some(text.to_uppercase().into()),
        Method::Trim => Some(text.trim().into()),
        _ => None,
    })
}

/// Whether a text can be made: of so many bytes, and of so many parts that have so many bytes each.
fn check_length(bytes: usize, parts: usize, each: usize) -> Result<(), String> {
    let length = bytes.saturating_add(parts.saturating_mul(each));
    if length <= OUTPUT_BYTES { Ok(()) } else { Err(too_long()) }
}

/// Compiles a regular expression of `replaceAll` or `split`.
///
/// # Errors
/// A sentence with the expression.
pub(super) fn regex(expression: &str) -> Result<Regex, String> {
    Regex::new(expression)
        .map_err(|error| format!("the regular expression {expression:?} cannot be used: {error}"))
}

/// A replacement as Java writes it (`$1`, `\$`) in the words of the regex crate (`${1}`, `$$`).
fn replacement(java: &str) -> String {
    let mut text = String::with_capacity(java.len());
    let mut rest = java.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => match rest.next() {
                Some('$') => text.push_str("$$"),
                other => text.extend(other),
            },
            '$' => match rest.next_if(char::is_ascii_digit) {
                Some(group) => text.extend(['$', '{', group, '}']),
                None => text.push_str("$$"),
            },
            _ => text.push(c),
        }
    }
    text
}

/// Length as Java counts: UTF-16 units.
fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

fn substring(text: &str, arguments: &[Value]) -> Option<String> {
    let index = |value: &Value| usize::try_from(value.as_u64()?).ok();
    let units: Vec<u16> = text.encode_utf16().collect();
    let from = index(arguments.first()?)?;
    let to = arguments.get(1).map_or(Some(units.len()), index)?;
    units.get(from..to).map(String::from_utf16_lossy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn methods_answer_as_in_java() {
        for (method, receiver, arguments, result) in [
            (
                Method::ReplaceAll,
                json!("a\\'b"),
                vec![json!("\\\\'"), json!("'")],
                Some(json!("a'b")),
            ),
            (
                Method::ReplaceAll,
                json!("ab"),
                vec![json!("(a)(b)"), json!("$2$1\\$")],
                Some(json!("ba$")),
            ),
            (Method::Replace, json!("a.b"), vec![json!("."), json!("$1")], Some(json!("a$1b"))),
            (Method::Split, json!("a,b,,"), vec![json!(",")], Some(json!(["a", "b"]))),
            (Method::Substring, json!("😀abc"), vec![json!(2), json!(4)], Some(json!("ab"))),
            (Method::Substring, json!("abc"), vec![json!(2), json!(9)], None),
            (Method::Substring, json!("abc"), vec![json!(3), json!(1)], None),
            (Method::Length, json!("😀"), vec![], Some(json!(2))),
            (Method::IndexOf, json!("é1"), vec![json!(1)], Some(json!(1))),
            (Method::Size, json!([1, 2]), vec![], Some(json!(2))),
            (Method::Size, json!("text"), vec![], None),
            (Method::Get, json!([1, 2]), vec![json!(-1)], None),
            (Method::Get, json!({"a": 1}), vec![json!("a")], Some(json!(1))),
            (Method::ContainsKey, json!({"a": null}), vec![json!("a")], Some(json!(true))),
            (Method::KeySet, json!({"b": 1, "a": 2}), vec![], Some(json!(["b", "a"]))),
            (Method::ToString, json!([1]), vec![], Some(json!("[1]"))),
            (Method::Length, json!(null), vec![], None),
        ] {
            assert_eq!(call(method, &receiver, &arguments), Ok(result), "{method:?} {receiver}");
        }
        let error = call(Method::ReplaceAll, &json!("a"), &[json!("("), json!("")]).unwrap_err();
        assert!(error.contains("\"(\""), "{error}");
    }
}
