//! What answers a route: a function, a web server, or the gateway itself.
//!
//! An integration of the API's description is worked out once, when the gateway starts: its templates and expressions
//! are parsed and its faults are told then. After that a call is one method.

mod call;
mod http;
mod lambda;
mod mock;
mod parameters;
mod proxy_response;
mod request_templates;
mod responses;

pub use call::{Answer, Call, Context, Failure};
pub use http::{HttpClient, Scheme};

use crate::api::{self, IntegrationKind, Variables};
use crate::functions::Functions;
use http::Http;
use lambda::Lambda;
use mock::Mock;
use serde_json::Value;
use std::time::Duration;

/// What integrations work with.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// The functions of the API.
    pub functions: &'a Functions,
    /// The client for web servers; there where an integration needs it.
    pub http: Option<&'a HttpClient>,
    /// The stage variables, as an object.
    pub stage_variables: &'a Value,
}

/// An integration, ready to be called.
#[derive(Debug)]
pub struct Integration {
    kind: Kind,
    timeout: Duration,
}

#[derive(Debug)]
enum Kind {
    LambdaProxy { function: String },
    Lambda(Box<Lambda>),
    Mock(Box<Mock>),
    Http(Box<Http>),
}

impl Integration {
    /// Works an integration out. What it has that will never count is added to the warnings.
    ///
    /// # Errors
    /// A sentence, when a template, an expression, a parameter or an address cannot be used.
    pub fn new(
        definition: &api::Integration,
        stage_variables: &Variables,
        warnings: &mut Vec<String>,
    ) -> Result<Self, String> {
        let kind = match &definition.kind {
            IntegrationKind::LambdaProxy { function } => {
                unused(definition, "AWS_PROXY", &["templates", "parameters"], warnings);
                Kind::LambdaProxy { function: function.clone() }
            }
            IntegrationKind::Lambda { function } => {
                Kind::Lambda(Box::new(Lambda::new(function, definition, warnings)?))
            }
            IntegrationKind::Mock => {
                unused(definition, "MOCK", &["parameters"], warnings);
                Kind::Mock(Box::new(Mock::new(definition, warnings)?))
            }
            IntegrationKind::HttpProxy { method, uri } => {
                unused(definition, "HTTP_PROXY", &["templates"], warnings);
                Kind::Http(Box::new(Http::new(definition, method, uri, stage_variables, None)?))
            }
            IntegrationKind::Http { method, uri } => {
                let templates = http::Templates::new(definition, warnings)?;
                Kind::Http(Box::new(Http::new(
                    definition,
                    method,
                    uri,
                    stage_variables,
                    Some(templates),
                )?))
            }
        };
        Ok(Self { kind, timeout: definition.timeout })
    }

    /// The kind of client for web servers that it needs, if any.
    pub fn needs_http(&self) -> Option<Scheme> {
        match &self.kind {
            Kind::Http(http) => Some(http.scheme()),
            _ => None,
        }
    }

    /// Whether it answers without waiting for anything.
    pub fn is_immediate(&self) -> bool {
        matches!(self.kind, Kind::Mock(_))
    }

    /// Whether the backend's output is the answer as it is, and its status has no part in choosing it.
    pub fn is_proxy(&self) -> bool {
        match &self.kind {
            Kind::LambdaProxy { .. } => true,
            Kind::Http(http) => http.is_proxy(),
            Kind::Lambda(_) | Kind::Mock(_) => false,
        }
    }

    /// Calls it.
    ///
    /// # Errors
    /// [`Failure`]; a message's client is told of it with `Internal server error`.
    pub async fn call(&self, call: &Call<'_>, means: Means<'_>) -> Result<Answer, Failure> {
        match &self.kind {
            Kind::LambdaProxy { function } => {
                lambda::proxy(function, self.timeout, call, means).await
            }
            Kind::Lambda(lambda) => lambda.call(self.timeout, call, means).await,
            Kind::Mock(mock) => mock.answer(call, means),
            Kind::Http(http) => http.call(self.timeout, call, means).await,
        }
    }
}

/// Warns of parts that this kind of integration does not look at.
fn unused(definition: &api::Integration, kind: &str, parts: &[&str], warnings: &mut Vec<String>) {
    let has = |map: &Variables| !map.is_empty();
    for part in parts {
        let is_there = match *part {
            "parameters" => has(&definition.request_parameters),
            _ => has(&definition.request_templates) || !definition.responses.is_empty(),
        };
        if is_there {
            warnings.push(match *part {
                "parameters" => format!("RequestParameters have no effect in an integration of type {kind} here"),
                _ => format!("templates and integration responses have no effect in an integration of type {kind}: the body passes as it is"),
            });
        }
    }
}
