//! A template as a tree of values that know their lines.

use serde_json::Value as Json;

/// A value of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// The line where it, or its key, stands, from 1; 0 where it stands in no line of the template's own file.
    pub(super) line: usize,
    /// What it is.
    pub(super) value: Value,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Text, number, boolean or null, as it was written.
    Scalar {
        /// The characters, escapes resolved.
        text: String,
        /// Whether it was written without quotes, so that `true` is a boolean and not a word.
        plain: bool,
    },
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the file.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// Text.
    pub(super) fn text(line: usize, text: impl Into<String>) -> Self {
        Self { line, value: Value::Scalar { text: text.into(), plain: false } }
    }

    /// A list.
    pub(super) fn list(line: usize, items: Vec<Self>) -> Self {
        Self { line, value: Value::List(items) }
    }

    /// A map.
    pub(super) fn map(line: usize, entries: Vec<(String, Self)>) -> Self {
        Self { line, value: Value::Map(entries) }
    }

    /// A map with one entry, such as an intrinsic function.
    pub(super) fn single(line: usize, key: &str, value: Self) -> Self {
        Self::map(line, vec![(key.to_owned(), value)])
    }

    /// An empty map.
    pub(super) fn empty(line: usize) -> Self {
        Self::map(line, Vec::new())
    }

    /// `null`, `~` or nothing at all.
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The characters of a scalar that is not null.
    pub(super) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    /// `true` or `false`, quoted or not, as CloudFormation takes them.
    pub(super) fn as_bool(&self) -> Option<bool> {
        match self.as_text()? {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        }
    }

    /// The items of a list; none for anything else.
    pub(super) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The items of a list, or the value itself where one stands for a list of one.
    pub(super) fn one_or_many(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ if self.is_null() => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// The entries of a map; none for anything else.
    pub(super) fn entries(&self) -> &[(String, Self)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The value at a key, unless it is null.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let (_, value) = self.entries().iter().find(|(name, _)| name == key)?;
        (!value.is_null()).then_some(value)
    }

    /// The value under several keys, one inside the other.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The key and the argument, where this is a map of one entry.
    pub(super) fn as_single(&self) -> Option<(&str, &Self)> {
        match self.entries() {
            [(key, value)] => Some((key, value)),
            _ => None,
        }
    }

    /// Sets a key of a map, in place of what was there.
    pub(super) fn set(&mut self, key: &str, value: Self) {
        if let Value::Map(entries) = &mut self.value {
            match entries.iter_mut().find(|(name, _)| name == key) {
                Some((_, old)) => *old = value,
                None => entries.push((key.to_owned(), value)),
            }
        }
    }

    /// How many values it consists of, itself included.
    pub(super) fn size(&self) -> usize {
        let items = self.items().iter().map(Self::size).sum::<usize>();
        1 + items + self.entries().iter().map(|(_, value)| value.size()).sum::<usize>()
    }

    /// The same without lines: for a value that comes from another file.
    pub(super) fn without_lines(mut self) -> Self {
        self.line = 0;
        self.value = match self.value {
            Value::List(items) => Value::List(items.into_iter().map(Self::without_lines).collect()),
            Value::Map(entries) => Value::Map(
                entries.into_iter().map(|(key, value)| (key, value.without_lines())).collect(),
            ),
            scalar => scalar,
        };
        self
    }

    /// The value as JSON: unquoted scalars by YAML's core schema (YAML 1.2.2, section 10.3).
    pub(super) fn to_json(&self) -> Json {
        match &self.value {
            Value::List(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Value::Map(entries) => Json::Object(
                entries.iter().map(|(key, value)| (key.clone(), value.to_json())).collect(),
            ),
            Value::Scalar { .. } if self.is_null() => Json::Null,
            Value::Scalar { text, plain: true } => number(text)
                .or_else(|| self.as_bool().map(Json::Bool))
                .unwrap_or_else(|| Json::String(text.clone())),
            Value::Scalar { text, .. } => Json::String(text.clone()),
        }
    }
}

/// A number as JSON writes it; an account's id with a leading zero is text.
fn number(text: &str) -> Option<Json> {
    let first = text.trim_start_matches('-').chars().next()?;
    let number: serde_json::Number = serde_json::from_str(text).ok()?;
    first.is_ascii_digit().then_some(Json::Number(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Node {
        Node { line: 1, value: Value::Scalar { text: text.to_owned(), plain: true } }
    }

    #[test]
    fn unquoted_scalars_become_what_they_look_like_and_quoted_ones_stay_text() {
        for (text, json) in [
            ("12", serde_json::json!(12)),
            ("-0.5", serde_json::json!(-0.5)),
            ("true", serde_json::json!(true)),
            ("~", Json::Null),
            ("2012-10-17", serde_json::json!("2012-10-17")),
            ("012345678901", serde_json::json!("012345678901")),
        ] {
            assert_eq!(plain(text).to_json(), json, "{text}");
        }
        assert_eq!(Node::text(1, "12").to_json(), serde_json::json!("12"));
        assert_eq!(Node::text(1, "").to_json(), serde_json::json!(""));
    }
}
