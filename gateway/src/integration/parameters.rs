//! Request parameters: what a request to a web server carries besides its body.
//!
//! "Set up data mapping for WebSocket APIs in API Gateway".

use super::{Call, Failure, Means};
use crate::api::Variables;
use crate::java_text;
use crate::json_path::JsonPath;
use serde_json::Value;
use std::borrow::Cow;

/// Where a value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Header,
    QueryString,
    Path,
}

/// Where it comes from.
#[derive(Clone, Debug, PartialEq)]
enum Source {
    Literal(String),
    Body(JsonPath),
    WholeBody,
    Context(JsonPath),
    StageVariable(String),
    /// Of `$connect`: the last value of a header.
    Header(String),
    /// Of `$connect`: the last value of a query parameter.
    QueryString(String),
    /// The same with all values, separated by commas.
    AllOf(&'static str, String),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parameter {
    pub(super) place: Place,
    pub(super) name: String,
    source: Source,
}

/// Reads `RequestParameters`.
///
/// # Errors
/// A sentence with the one that cannot be used.
pub(super) fn parse(parameters: &Variables) -> Result<Vec<Parameter>, String> {
    parameters.iter().map(|(target, source)| parameter(target, source)).collect()
}

fn parameter(target: &str, source: &str) -> Result<Parameter, String> {
    let places = [
        ("integration.request.header.", Place::Header),
        ("integration.request.querystring.", Place::QueryString),
        ("integration.request.path.", Place::Path),
    ];
    let place = places.iter().find_map(|(prefix, place)| {
        target.strip_prefix(prefix).filter(|name| !name.is_empty()).map(|name| (*place, name))
    });
    let (place, name) = place.ok_or_else(|| {
        format!("the request parameter {target:?} cannot be set: write integration.request.header.NAME, querystring.NAME or path.NAME")
    })?;
    let source = read(source).ok_or_else(|| {
        format!(
            "the request parameter {target} cannot be taken from {source:?}: write 'text', route.request.body.NAME, \
             route.request.header.NAME or route.request.querystring.NAME ($connect only), context.NAME or stageVariables.NAME"
        )
    })?;
    if place == Place::Header && hyper::header::HeaderName::try_from(name).is_err() {
        return Err(format!("the request parameter {target} names no header"));
    }
    Ok(Parameter { place, name: name.to_owned(), source })
}

fn read(source: &str) -> Option<Source> {
    if let Some(text) = source.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
        return Some(Source::Literal(text.to_owned()));
    }
    if source == "route.request.body" {
        return Some(Source::WholeBody);
    }
    let after = |prefix: &str| source.strip_prefix(prefix).filter(|rest| !rest.is_empty());
    let path = |rest: &str| {
        JsonPath::parse(&format!("$.{}", rest.strip_prefix("$.").unwrap_or(rest))).ok()
    };
    let owned = |rest: &str| rest.to_owned();
    if let Some(rest) = after("route.request.body.") {
        path(rest).map(Source::Body)
    } else if let Some(rest) = after("context.") {
        path(rest).map(Source::Context)
    } else if let Some(rest) = after("stageVariables.") {
        Some(Source::StageVariable(owned(rest)))
    } else if let Some(rest) = after("route.request.header.") {
        Some(Source::Header(owned(rest)))
    } else if let Some(rest) = after("route.request.querystring.") {
        Some(Source::QueryString(owned(rest)))
    } else if let Some(rest) = after("route.request.multivalueheader.") {
        Some(Source::AllOf("multiValueHeaders", owned(rest)))
    } else {
        after("route.request.multivaluequerystring.")
            .map(|rest| Source::AllOf("multiValueQueryStringParameters", owned(rest)))
    }
}

impl Parameter {
    /// The value for a call; `None` where its source has none, and then the parameter is left out.
    pub(super) fn value<'a>(
        &'a self,
        call: &'a Call<'_>,
        means: Means<'a>,
    ) -> Option<Cow<'a, str>> {
        let text = |value: &Value| Cow::Owned(java_text::of(value).into_owned());
        let of_event = |map: &str, name: &str| {
            let fields = call.context.value().get(map)?.as_object()?;
            fields
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name))
                .map(|(_, value)| value)
        };
        match &self.source {
            Source::Literal(text) => Some(Cow::Borrowed(text)),
            Source::WholeBody => Some(Cow::Borrowed(call.body.text())),
            Source::Body(path) => path.find(call.body.json()?).as_deref().map(text),
            Source::Context(path) => path.find(call.context.request_context()).as_deref().map(text),
            Source::StageVariable(name) => means.stage_variables.get(name).map(text),
            Source::Header(name) => of_event("headers", name).map(text),
            Source::QueryString(name) => of_event("queryStringParameters", name).map(text),
            Source::AllOf(map, name) => {
                let values = of_event(map, name)?.as_array()?;
                let values: Vec<_> = values.iter().map(java_text::of).collect();
                Some(Cow::Owned(values.join(",")))
            }
        }
    }
}

/// A header's value.
///
/// # Errors
/// [`Failure`], when a client has sent what would end the header.
pub(super) fn header_value(name: &str, value: &str) -> Result<hyper::header::HeaderValue, Failure> {
    hyper::header::HeaderValue::from_str(value).map_err(|_| {
        Failure::Other(format!(
            "the value for the header {name} has characters that no header may have"
        ))
    })
}
