//! Integration responses: which template makes a client's message of an answer.
//!
//! "Set up a WebSocket API integration response in API Gateway" and "Integration response selection expressions": the
//! value is the status of a web server or a MOCK, and the error message of a function; a key in slashes is a regular
//! expression, and `$default` is for the rest.

use super::request_templates::{DEFAULT, Templates, render};
use super::{Call, Failure, Means};
use crate::api;
use crate::payload::Payload;
use crate::selection::{Scope, Values};
use regex::Regex;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// The integration responses of one integration.
#[derive(Debug)]
pub(super) struct Responses {
    responses: Vec<Response>,
}

#[derive(Debug)]
struct Response {
    key: Key,
    templates: Templates,
}

#[derive(Debug)]
enum Key {
    Default,
    Exactly(String),
    Pattern(Regex),
}

/// An answer before it has been mapped.
#[derive(Debug)]
pub(super) struct Unmapped<'a> {
    /// What keys are compared with.
    pub(super) value: &'a str,
    pub(super) status: u16,
    pub(super) headers: &'a [(String, String)],
    pub(super) body: &'a Payload,
}

impl Responses {
    pub(super) fn new(
        definition: &api::Integration,
        warnings: &mut Vec<String>,
    ) -> Result<Self, String> {
        let mut responses = Vec::new();
        for (key, response) in &definition.responses {
            let what = format!("{key} response");
            let templates = Templates::new(
                &response.templates,
                response.template_selection_expression.as_deref(),
                Scope::Response,
                &what,
                warnings,
            )?;
            let pattern = key.strip_prefix('/').and_then(|key| key.strip_suffix('/'));
            let key = match pattern {
                _ if key == DEFAULT => Key::Default,
                Some(pattern) => Key::Pattern(whole(pattern)?),
                None => Key::Exactly(key.clone()),
            };
            responses.push(Response { key, templates });
        }
        Ok(Self { responses })
    }

    fn choose(&self, value: &str) -> Option<&Response> {
        let exactly =
            |response: &&Response| matches!(&response.key, Key::Exactly(key) if key == value);
        let matching = |response: &&Response| matches!(&response.key, Key::Pattern(regex) if regex.is_match(value));
        let default = |response: &&Response| matches!(response.key, Key::Default);
        let find = |test: &dyn Fn(&&Response) -> bool| {
            self.responses.iter().find(|response| test(response))
        };
        find(&exactly).or_else(|| find(&matching)).or_else(|| find(&default))
    }

    /// The client's text, where it is the same for every answer with this value.
    pub(super) fn constant(&self, value: &str) -> Option<&Utf8Bytes> {
        self.choose(value)?.templates.only()?.constant()
    }

    /// The client's text: the body itself where no template is chosen.
    pub(super) fn body(
        &self,
        answer: &Unmapped<'_>,
        call: &Call<'_>,
        means: Means<'_>,
    ) -> Result<Utf8Bytes, Failure> {
        let Some(response) = self.choose(answer.value) else {
            if self.responses.is_empty() {
                return Ok(answer.body.text().clone());
            }
            return Err(Failure::Other(format!(
                "no integration response has a key for {:?}, and there is none with the key $default",
                answer.value
            )));
        };
        let values = Values {
            request_body: call.body.json(),
            response_status: Some(answer.status),
            response_headers: answer.headers,
        };
        match response.templates.choose(values) {
            Some(template) => render(template, answer.body, call, means),
            None => Ok(answer.body.text().clone()),
        }
    }
}

/// A pattern that the whole value has to match.
fn whole(pattern: &str) -> Result<Regex, String> {
    // Java lets a dot stand for anything but a line's end, and messages of errors have several lines.
    Regex::new(&format!("^(?s:{pattern})$")).map_err(|error| {
        format!("the integration response key /{pattern}/ cannot be used: {error}")
    })
}
