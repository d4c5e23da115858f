//! JSONPath, by which selection expressions, mapping templates and request parameters name a part of a body.
//!
//! The service speaks the Java library's dialect ("WebSocket API mapping template reference for API Gateway" links it):
//! names may have hyphens, and a path that can only mean one place yields the value itself, not a list of one.

use serde_json::Value;
use std::borrow::Cow;

/// A parsed path.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonPath {
    form: Form,
}

#[derive(Clone, Debug, PartialEq)]
enum Form {
    /// Names and indices only: one place at most, and the form of nearly all paths.
    Definite(Vec<Step>),
    /// Wildcards, filters, slices and descents (RFC 9535): any number of places.
    Indefinite(Box<serde_json_path::JsonPath>),
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Name(String),
    /// Negative counts from the end.
    Index(i64),
}

impl JsonPath {
    /// Parses a path that starts with `$`, such as `$.a.b[0]`.
    ///
    /// # Errors
    /// A sentence with the path, when it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let rest = text
            .strip_prefix('$')
            .ok_or_else(|| format!("the JSONPath {text:?} does not start with $"))?;
        if let Some(steps) = definite(rest) {
            return Ok(Self { form: Form::Definite(steps) });
        }
        let path = serde_json_path::JsonPath::parse(text)
            .map_err(|error| format!("the JSONPath {text:?} cannot be read: {error}"))?;
        Ok(Self { form: Form::Indefinite(Box::new(path)) })
    }

    /// What the path leads to: `None` when there is nothing; a list, even an empty one, for a path that can lead to
    /// several places.
    pub fn find<'a>(&self, value: &'a Value) -> Option<Cow<'a, Value>> {
        match &self.form {
            Form::Definite(steps) => steps.iter().try_fold(value, step).map(Cow::Borrowed),
            Form::Indefinite(path) => {
                let found = path.query(value).iter().map(|value| (*value).clone()).collect();
                Some(Cow::Owned(Value::Array(found)))
            }
        }
    }
}

fn step<'a>(value: &'a Value, step: &Step) -> Option<&'a Value> {
    match step {
        Step::Name(name) => value.get(name),
        Step::Index(index) => {
            let items = value.as_array()?;
            let from_end = |back: u64| items.len().checked_sub(usize::try_from(back).ok()?);
            let position = match u64::try_from(*index) {
                Ok(index) => usize::try_from(index).ok(),
                Err(_) => from_end(index.unsigned_abs()),
            };
            items.get(position?)
        }
    }
}

/// The steps of a path without its `$`; `None` where it has more than names and indices.
fn definite(mut rest: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let name = &after[..end];
            let is_plain = |c: char| c.is_alphanumeric() || "_-$@ ".contains(c);
            if name.trim().is_empty() || !name.chars().all(is_plain) {
                return None;
            }
            steps.push(Step::Name(name.to_owned()));
            rest = &after[end..];
        } else {
            let inner = rest.strip_prefix('[')?.trim_start();
            let quote = inner.chars().next()?;
            let (step, after) = if quote == '\'' || quote == '"' {
                let (name, after) = inner[1..].split_once(quote)?;
                // An escape is rare enough to be left to the full parser.
                (!name.contains('\\')).then_some((Step::Name(name.to_owned()), after))?
            } else {
                let end = inner.find(']')?;
                (Step::Index(inner[..end].trim().parse().ok()?), &inner[end..])
            };
            steps.push(step);
            rest = after.trim_start().strip_prefix(']')?;
        }
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_leads_to_one_place_or_to_none() {
        let body = json!({"a": {"b-c": [10, {"d e": true}]}, "": 1, "n": null});
        for (path, found) in [
            ("$", Some(body.clone())),
            ("$.a.b-c[0]", Some(json!(10))),
            ("$['a'][\"b-c\"][-1]['d e']", Some(json!(true))),
            ("$.a.b-c[1].d e", Some(json!(true))),
            ("$['']", Some(json!(1))),
            ("$.n", Some(Value::Null)),
            ("$.a.b-c[2]", None),
            ("$.a.b-c[-3]", None),
            ("$.a.x.y", None),
            ("$.a[0]", None),
        ] {
            let parsed = JsonPath::parse(path).unwrap();
            assert_eq!(parsed.find(&body).map(Cow::into_owned), found, "{path}");
        }
    }

    #[test]
    fn a_path_with_a_wildcard_leads_to_a_list() {
        let body = json!({"pets": [{"name": "a", "age": 1}, {"name": "b", "age": 3}]});
        for (path, found) in [
            ("$.pets[*].name", json!(["a", "b"])),
            ("$..age", json!([1, 3])),
            ("$.pets[?(@.age > 2)].name", json!(["b"])),
            ("$.pets[0:1].name", json!(["a"])),
            ("$.none[*]", json!([])),
        ] {
            let parsed = JsonPath::parse(path).unwrap();
            assert_eq!(parsed.find(&body).map(Cow::into_owned), Some(found), "{path}");
        }
    }

    #[test]
    fn what_is_no_path_is_named() {
        for path in ["", "a.b", "$.", "$[", "$.a[", "$.a..", "$['a", "$.a['b'", "$x"] {
            assert!(JsonPath::parse(path).is_err(), "{path}");
        }
    }
}
