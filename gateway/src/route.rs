//! Which route a message goes to.

use serde_json::Value;

/// The route that a client's opening handshake invokes.
pub const CONNECT: &str = "$connect";
/// The route for messages that no other route matches.
pub const DEFAULT: &str = "$default";
/// The route that is invoked after a connection has ended.
pub const DISCONNECT: &str = "$disconnect";

/// A route selection expression of the form `$request.body.a.b`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectionExpression {
    path: Vec<String>,
}

impl std::str::FromStr for SelectionExpression {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unsupported = || {
            format!(
                "the route selection expression {text:?} is not supported: write $request.body.NAME \
                 (or $request.body.NAME.NAME for a nested field)"
            )
        };
        let path = text.strip_prefix("$request.body.").ok_or_else(unsupported)?;
        let path: Vec<String> = path.split('.').map(str::to_owned).collect();
        let plain = |name: &String| {
            !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-".contains(c))
        };
        if path.iter().all(plain) { Ok(Self { path }) } else { Err(unsupported()) }
    }
}

impl SelectionExpression {
    /// The value that the expression takes for a body: `None` when the body is not JSON, empty when the field is missing.
    fn evaluate(&self, body: &str) -> Option<String> {
        let body: Value = serde_json::from_str(body).ok()?;
        let found = self.path.iter().try_fold(&body, |value, name| value.get(name));
        Some(found.map_or_else(String::new, as_text))
    }
}

fn as_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(as_text).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

/// Whether text may be a route key.
///
/// # Errors
/// A sentence, when it is empty or starts with `$` without being one of the three predefined keys.
pub fn check_key(key: &str) -> Result<(), String> {
    let predefined = [CONNECT, DEFAULT, DISCONNECT].contains(&key);
    if key.is_empty() || (key.starts_with('$') && !predefined) {
        return Err(format!(
            "{key:?} is no route key: use $connect, $default, $disconnect or the value of a field, such as sendMessage"
        ));
    }
    Ok(())
}

/// The route keys of the API and the expression that selects among them.
#[derive(Clone, Debug)]
pub struct Routes {
    keys: Vec<String>,
    expression: SelectionExpression,
    has_custom: bool,
}

impl Routes {
    /// Route keys, which [`check_key`] has accepted.
    pub fn new(keys: impl IntoIterator<Item = String>, expression: SelectionExpression) -> Self {
        let keys: Vec<String> = keys.into_iter().collect();
        let has_custom = keys.iter().any(|key| !key.starts_with('$'));
        Self { keys, expression, has_custom }
    }

    /// All route keys.
    pub fn keys(&self) -> &[String] {
        &self.keys
    }

    /// Whether there is a route with exactly this key.
    pub fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|known| known == key)
    }

    /// The route key for a client's message; `None` means that the client gets the frame `Forbidden`.
    pub fn for_message(&self, body: &str) -> Option<&str> {
        let custom = if self.has_custom { self.expression.evaluate(body) } else { None };
        let matching = |key: &&String| !key.starts_with('$') && Some(*key) == custom.as_ref();
        let default = || self.keys.iter().find(|key| *key == DEFAULT);
        self.keys.iter().find(matching).or_else(default).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(keys: &[&str], expression: &str) -> Routes {
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        Routes::new(keys, expression.parse().unwrap())
    }

    #[test]
    fn a_message_goes_to_the_route_that_its_action_names() {
        let routes = routes(
            &["$connect", "$default", "join", "1", "true", "[a, 2]"],
            "$request.body.action",
        );
        for (body, key) in [
            (r#"{"action":"join"}"#, "join"),
            (r#"{"action":1}"#, "1"),
            (r#"{"action":true}"#, "true"),
            (r#"{"action":["a",2]}"#, "[a, 2]"),
            (r#"{"action":"leave"}"#, DEFAULT),
            (r#"{"action":"$connect"}"#, DEFAULT),
            (r#"{"action":null}"#, DEFAULT),
            ("{}", DEFAULT),
            ("[1]", DEFAULT),
            ("\"join\"", DEFAULT),
            ("not json", DEFAULT),
            ("", DEFAULT),
        ] {
            assert_eq!(routes.for_message(body), Some(key), "{body}");
        }
    }

    #[test]
    fn a_nested_field_selects_the_route() {
        let routes = routes(&["on"], "$request.body.light.state");
        assert_eq!(routes.for_message(r#"{"light":{"state":"on"}}"#), Some("on"));
        assert_eq!(routes.for_message(r#"{"light":"on"}"#), None);
    }

    #[test]
    fn without_a_default_route_what_matches_nothing_is_forbidden() {
        let routes = routes(&["$connect", "join"], "$request.body.action");
        assert_eq!(routes.for_message("not json"), None);
        assert_eq!(routes.for_message(r#"{"action":""}"#), None);
    }

    #[test]
    fn json_nested_deeper_than_the_parser_goes_is_treated_as_text() {
        let routes = routes(&["$default", "join"], "$request.body.action");
        let hostile = "[".repeat(100_000);
        assert_eq!(routes.for_message(&hostile), Some(DEFAULT));
    }

    #[test]
    fn expressions_beyond_a_field_of_the_body_are_refused_with_a_sentence() {
        for text in [
            "",
            "$request.body",
            "$request.body.",
            "$request.header.x",
            "${request.body.a}/${request.body.b}",
            "$request.body.a[0]",
            "$request.body.a..b",
        ] {
            let error = text.parse::<SelectionExpression>().unwrap_err();
            assert!(error.contains("not supported"), "{text}");
        }
    }

    #[test]
    fn a_route_key_with_an_unknown_dollar_name_is_refused() {
        for key in ["$conect", ""] {
            assert!(check_key(key).is_err(), "{key}");
        }
        assert_eq!(check_key(CONNECT), Ok(()));
    }
}
