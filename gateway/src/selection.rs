//! Selection expressions: how a route, a model or a template is chosen by what a message or an answer contains.
//!
//! "WebSocket selection expressions" gives the language: variables start with `$`, braces may bound them, text between
//! them is literal, `\$` is a dollar sign, and the result is not evaluated again.

use crate::java_text;
use crate::json_path::JsonPath;
use serde_json::Value;

/// The variables that one kind of expression may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `request.body.…`: routes, models and request templates.
    Request,
    /// That, and `integration.response.…`: response templates.
    Response,
}

/// A parsed expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    RequestBody(JsonPath),
    ResponseStatus,
    ResponseHeader(String),
    ResponseHeaders(String),
}

/// What variables stand for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Values<'a> {
    /// The message; `None` where it is not JSON.
    pub request_body: Option<&'a Value>,
    /// The status that the integration answered with.
    pub response_status: Option<u16>,
    /// The headers that it answered with.
    pub response_headers: &'a [(String, String)],
}

impl Expression {
    /// Parses an expression such as `${request.body.service}/${request.body.action}`.
    ///
    /// # Errors
    /// A sentence with the expression and what may stand there.
    pub fn parse(text: &str, scope: Scope) -> Result<Self, String> {
        let fault = |what: &str| {
            let more = match scope {
                Scope::Request => "",
                Scope::Response => {
                    ", $integration.response.statuscode, $integration.response.header.NAME"
                }
            };
            format!(
                "the selection expression {text:?} cannot be evaluated: {what}. Write $request.body.NAME{more} and text, \
                 with braces where a name would run into the text, such as ${{request.body.a}}-${{request.body.b}}"
            )
        };
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix("\\$") {
                literal.push('$');
                rest = after;
            } else if let Some(after) = rest.strip_prefix('$') {
                let (variable, after) = match after.strip_prefix('{') {
                    Some(inner) => {
                        inner.split_once('}').ok_or_else(|| fault("a brace is not closed"))?
                    }
                    None => after.split_at(bare_length(after)),
                };
                let part = part(variable, scope)
                    .ok_or_else(|| fault(&format!("${variable} has no value in it")))?;
                if !literal.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut literal)));
                }
                parts.push(part);
                rest = after;
            } else {
                literal.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        Ok(Self { parts })
    }

    /// Whether the result depends on anything.
    pub fn has_variables(&self) -> bool {
        self.parts.iter().any(|part| !matches!(part, Part::Text(_)))
    }

    /// The key that the expression yields; what is missing counts as empty.
    pub fn evaluate(&self, values: Values<'_>) -> String {
        let mut key = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => key.push_str(text),
                Part::RequestBody(path) => {
                    let found = values.request_body.and_then(|body| path.find(body));
                    key.push_str(
                        found.as_deref().map(java_text::of).as_deref().unwrap_or_default(),
                    );
                }
                Part::ResponseStatus => {
                    key.push_str(
                        &values.response_status.map_or_else(String::new, |s| s.to_string()),
                    );
                }
                Part::ResponseHeader(name) => {
                    key.push_str(headers(values, name).last().unwrap_or_default());
                }
                Part::ResponseHeaders(name) => {
                    let all: Vec<&str> = headers(values, name).collect();
                    key.push_str(&format!("[{}]", all.join(", ")));
                }
            }
        }
        key
    }
}

/// How far a variable without braces reaches: names, dots between them, and subscripts.
fn bare_length(text: &str) -> usize {
    let mut end = 0;
    let mut subscript = None;
    for (index, c) in text.char_indices() {
        match (subscript, c) {
            (None, '[') => subscript = Some(index),
            (Some(_), ']') => {
                subscript = None;
                end = index + 1;
            }
            (Some(_), _) => {}
            // A name may have a hyphen in it. Who wants it as text has braces for that.
            (None, c) if c.is_alphanumeric() || c == '_' || c == '-' => end = index + c.len_utf8(),
            (None, '.') => {}
            _ => break,
        }
    }
    end
}

fn part(variable: &str, scope: Scope) -> Option<Part> {
    if let Some(path) = variable.strip_prefix("request.body") {
        let is_below = path.starts_with('.') || path.starts_with('[');
        return is_below.then(|| JsonPath::parse(&format!("${path}")).ok())?.map(Part::RequestBody);
    }
    let response = variable.strip_prefix("integration.response.")?;
    if scope == Scope::Request {
        return None;
    }
    let name = |prefix| response.strip_prefix(prefix).filter(|name| !name.is_empty());
    if response.eq_ignore_ascii_case("statuscode") {
        Some(Part::ResponseStatus)
    } else if let Some(header) = name("header.") {
        Some(Part::ResponseHeader(header.to_owned()))
    } else {
        name("multivalueheader.").map(|header| Part::ResponseHeaders(header.to_owned()))
    }
}

fn headers<'a>(values: Values<'a>, name: &str) -> impl Iterator<Item = &'a str> {
    let named =
        values.response_headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name));
    named.map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn evaluate(text: &str, body: &Value) -> String {
        let values = Values { request_body: Some(body), ..Values::default() };
        Expression::parse(text, Scope::Request).unwrap().evaluate(values)
    }

    #[test]
    fn variables_and_text_are_put_together() {
        let body = json!({"a": "x", "b": {"c": 2}, "list": ["p", 1], "has-hyphen": "h", "dollar": "$request.body.a"});
        for (text, key) in [
            ("$request.body.a", "x"),
            ("${request.body.a}/${request.body.b.c}", "x/2"),
            ("$request.body.a/$request.body.b.c.", "x/2."),
            ("v${request.body.b.c}-beta", "v2-beta"),
            ("$request.body.has-hyphen", "h"),
            ("$request.body.list", "[p, 1]"),
            ("$request.body.list[0]", "p"),
            ("$request.body['a']", "x"),
            ("${request.body.b}", "{c=2}"),
            ("$request.body.none|${request.body.none.of.it}", "|"),
            ("$request.body.dollar", "$request.body.a"),
            ("\\$default", "$default"),
            ("static", "static"),
            ("", ""),
        ] {
            assert_eq!(evaluate(text, &body), key, "{text}");
        }
    }

    #[test]
    fn an_answer_can_select_its_template() {
        let headers =
            [("X-Kind".to_owned(), "a".to_owned()), ("x-kind".to_owned(), "b".to_owned())];
        let values =
            Values { request_body: None, response_status: Some(404), response_headers: &headers };
        for (text, key) in [
            ("${integration.response.statuscode}", "404"),
            ("$integration.response.header.X-Kind", "b"),
            ("${integration.response.multivalueheader.x-kind}", "[a, b]"),
            ("${integration.response.header.none}$request.body.a", ""),
        ] {
            let expression = Expression::parse(text, Scope::Response).unwrap();
            assert_eq!(expression.evaluate(values), key, "{text}");
        }
    }

    #[test]
    fn a_variable_without_a_value_is_named() {
        for (text, named) in [
            ("$context.routeKey", "$context.routeKey"),
            ("a$request.header.x", "$request.header.x"),
            ("$request.body", "$request.body"),
            ("$request.body.", "$request.body"),
            ("${request.bodyx}", "$request.bodyx"),
            ("${request.body.a", "not closed"),
            ("$integration.response.statuscode", "$integration.response.statuscode"),
            ("$default", "$default"),
            ("cost: $", "$ has no value"),
        ] {
            let error = Expression::parse(text, Scope::Request).unwrap_err();
            assert!(error.contains(named), "{text}: {error}");
        }
        let error = Expression::parse("$integration.response.body", Scope::Response).unwrap_err();
        assert!(error.contains("header.NAME"), "{error}");
    }
}
