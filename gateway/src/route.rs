//! Which route a message goes to.

use crate::payload::Payload;
use crate::selection::{Expression, Scope, Values};

/// The route that a client's opening handshake invokes.
pub const CONNECT: &str = "$connect";
/// The route for messages that no other route matches.
pub const DEFAULT: &str = "$default";
/// The route that is invoked after a connection has ended.
pub const DISCONNECT: &str = "$disconnect";

/// A route selection expression, such as `$request.body.action` or `${request.body.a}/${request.body.b}`.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectionExpression {
    expression: Expression,
}

impl std::str::FromStr for SelectionExpression {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expression = Expression::parse(text, Scope::Request)?;
        if !expression.has_variables() {
            return Err(format!(
                "the route selection expression {text:?} names no field of a message: write $request.body.NAME"
            ));
        }
        Ok(Self { expression })
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

    /// Why a message that no route is for has none, for the log.
    pub fn why_none(&self) -> String {
        let custom: Vec<&str> =
            self.keys.iter().map(String::as_str).filter(|key| !key.starts_with('$')).collect();
        match custom.as_slice() {
            [] => "no route is for messages".to_owned(),
            keys => {
                format!("the message selects none of {}, and there is no $default", keys.join(", "))
            }
        }
    }

    /// Whether there is a route with exactly this key.
    pub fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|known| known == key)
    }

    /// The route key for a client's message; `None` means that the client gets the frame `Forbidden`.
    pub fn for_message(&self, message: &Payload) -> Option<&str> {
        let body = if self.has_custom { message.json() } else { None };
        let custom = body.map(|body| {
            let values = Values { request_body: Some(body), ..Values::default() };
            self.expression.expression.evaluate(values)
        });
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

    fn select<'a>(routes: &'a Routes, message: &str) -> Option<&'a str> {
        routes.for_message(&Payload::new(message))
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
            assert_eq!(select(&routes, body), Some(key), "{body}");
        }
    }

    #[test]
    fn a_nested_field_selects_the_route() {
        let routes = routes(&["on"], "$request.body.light.state");
        assert_eq!(select(&routes, r#"{"light":{"state":"on"}}"#), Some("on"));
        assert_eq!(select(&routes, r#"{"light":"on"}"#), None);
    }

    #[test]
    fn without_a_default_route_what_matches_nothing_is_forbidden() {
        let routes = routes(&["$connect", "join"], "$request.body.action");
        assert_eq!(select(&routes, "not json"), None);
        assert_eq!(select(&routes, r#"{"action":""}"#), None);
    }

    #[test]
    fn json_nested_deeper_than_the_parser_goes_is_treated_as_text() {
        let routes = routes(&["$default", "join"], "$request.body.action");
        let hostile = "[".repeat(100_000);
        assert_eq!(select(&routes, &hostile), Some(DEFAULT));
    }

    #[test]
    fn several_fields_select_the_route_together() {
        let routes =
            routes(&["chat/join", "/", "chat/"], "${request.body.service}/${request.body.action}");
        for (body, key) in [
            (r#"{"service":"chat","action":"join"}"#, Some("chat/join")),
            (r#"{"service":"chat"}"#, Some("chat/")),
            ("{}", Some("/")),
            (r#"{"service":"chat","action":"leave"}"#, None),
            ("no JSON", None),
        ] {
            assert_eq!(select(&routes, body), key, "{body}");
        }
    }

    #[test]
    fn expressions_that_no_message_can_answer_are_refused_with_a_sentence() {
        for text in ["", "action", "$request.body", "$request.header.x", "$context.routeKey"] {
            let error = text.parse::<SelectionExpression>().unwrap_err();
            assert!(error.contains("$request.body.NAME"), "{text}: {error}");
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
