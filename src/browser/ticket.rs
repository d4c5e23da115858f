//! Connection tickets: a short-lived token that an HTTP endpoint gives out, for the query of a link's URL.
//!
//! Browsers send no header of the page's with a WebSocket, so an authorizer of `$connect` looks for its
//! token in the query. A ticket keeps the long-lived token out of there: URLs are written to logs.

use gloo_net::http::{Headers, Method, RequestBuilder};
use js_sys::{JSON, Promise, Reflect};
use wasm_bindgen::{JsCast, prelude::*};
use web_sys::{AbortController, RequestCache, RequestCredentials, Url};

use super::address::href;
use super::promised::when_settled;
use crate::core::{Failure, sentences::sentence};

#[wasm_bindgen]
extern "C" {
    /// With `catch`, and for whatever it returns: pages put functions of their own in its place. The
    /// `send` of gloo-net panics when such a one rejects with something that is no `Error`.
    #[wasm_bindgen(catch)]
    fn fetch(request: &web_sys::Request) -> Result<JsValue, JsValue>;
}

/// The longest URL that API Gateway takes, in characters.
/// Source: AWS, "Amazon API Gateway quotas".
const LONGEST: usize = 4_096;

/// Where tickets come from, and where they go.
pub(crate) struct Ticket {
    /// Absolute.
    endpoint: String,
    pub(crate) method: Method,
    pub(crate) headers: TicketHeaders,
    pub(crate) credentials: RequestCredentials,
    /// The name of the query parameter.
    pub(crate) parameter: String,
    /// The field of a JSON answer that holds the ticket.
    pub(crate) field: String,
}

/// The headers of the request.
pub(crate) enum TicketHeaders {
    /// Always the same.
    Fixed(web_sys::Headers),
    /// A function that is asked for every ticket, whose bearer token is then always fresh: a promise of
    /// what `new Headers(…)` takes.
    Function(Box<dyn Fn() -> Promise>),
}

impl Ticket {
    /// From an endpoint: a string or a `URL`, `http:` or `https:`, where a path begins at the page's or at
    /// the worker's script. `None` if it is something else.
    pub(crate) fn new(endpoint: &JsValue) -> Option<Self> {
        Some(Ticket {
            endpoint: absolute(endpoint)?,
            method: Method::POST,
            headers: TicketHeaders::Fixed(web_sys::Headers::new().ok()?),
            credentials: RequestCredentials::SameOrigin,
            parameter: "ticket".to_owned(),
            field: "ticket".to_owned(),
        })
    }

    /// Asks for one ticket, and calls `done` unless the handle is dropped before.
    pub(super) fn fetch(
        &self,
        headers: web_sys::Headers,
        done: impl FnOnce(Result<String, Failure>) + 'static,
    ) -> TicketFetch {
        let controller = AbortController::new().ok();
        let signal = controller.as_ref().map(AbortController::signal);
        let request = RequestBuilder::new(&self.endpoint)
            .method(self.method.clone())
            .headers(Headers::from_raw(headers))
            .credentials(self.credentials)
            .cache(RequestCache::NoStore)
            .abort_signal(signal.as_ref())
            .build();
        let sent = request.ok().and_then(|request| fetch(&request.into()).ok());
        let sent = match sent {
            Some(response) => Promise::resolve(&response),
            None => Promise::reject(&JsValue::UNDEFINED),
        };
        let field = self.field.clone();
        when_settled(&sent, move |response| {
            let response: Option<web_sys::Response> =
                response.and_then(|response| response.dyn_into().ok());
            let text = response.as_ref().and_then(|response| response.text().ok());
            let (Some(response), Some(text)) = (response, text) else {
                return done(Err(unreachable()));
            };
            when_settled(&text, move |body| {
                done(match (response.status(), body.and_then(|body| body.as_string())) {
                    (200..=299, Some(body)) => ticket_of(&body, &field),
                    (status, Some(_)) => Err(refused(status)),
                    (_, None) => Err(unreachable()),
                });
            });
        });
        TicketFetch { controller }
    }
}

/// A request that is aborted when it is dropped.
#[must_use = "a request is aborted when it is dropped"]
pub(super) struct TicketFetch {
    controller: Option<AbortController>,
}

impl Drop for TicketFetch {
    fn drop(&mut self) {
        if let Some(controller) = &self.controller {
            controller.abort();
        }
    }
}

/// What `new Headers(…)` makes of it; nothing where that throws.
pub(crate) fn headers_of(value: &JsValue) -> Option<web_sys::Headers> {
    web_sys::Headers::new_with_headers(value.unchecked_ref()).ok()
}

fn absolute(endpoint: &JsValue) -> Option<String> {
    let text = endpoint.as_string().or_else(|| href(endpoint))?;
    let global = js_sys::global();
    let of = |name, field| {
        let object = Reflect::get(&global, &JsValue::from_str(name)).ok()?;
        Reflect::get(&object, &JsValue::from_str(field)).ok()?.as_string()
    };
    let base = of("document", "baseURI").or_else(|| of("location", "href"));
    let url = match base {
        Some(base) => Url::new_with_base(&text, &base).or_else(|_| Url::new(&text)),
        None => Url::new(&text),
    };
    let url = url.ok()?;
    matches!(url.protocol().as_str(), "http:" | "https:").then(|| url.href())
}

/// The ticket in an answer: a field of a JSON object, or the whole text.
fn ticket_of(body: &str, field: &str) -> Result<String, Failure> {
    let value = JSON::parse(body).unwrap_or_default();
    let is_object = value.is_object() || value.is_null();
    let ticket = if is_object {
        Reflect::get(&value, &field.into()).ok().and_then(|ticket| ticket.as_string())
    } else {
        Some(value.as_string().unwrap_or_else(|| body.trim().to_owned()))
    };
    let is_ticket = |ticket: &String| {
        !ticket.is_empty()
            && ticket.len() < LONGEST
            && !ticket.contains(|letter: char| letter.is_ascii_whitespace())
    };
    ticket.filter(is_ticket).ok_or_else(|| {
        let name = if is_object { "ticket, field" } else { "ticket, text" };
        let why = sentence(name, &[("field", &field)]);
        // An object of another form comes again; a page of a proxy, or of a server in maintenance, passes.
        Failure::UrlRejected { why, transient: !is_object, status: Some(200) }
    })
}

/// For an answer that is no success.
fn refused(status: u16) -> Failure {
    // Request Timeout, Too Early, Too Many Requests (RFC 9110, 8470, 6585), and faults of the server.
    let transient = matches!(status, 408 | 425 | 429 | 500..);
    let ends = if transient { String::new() } else { sentence("ticket, ends", &[]) };
    let why = sentence("ticket, refused", &[("status", &status), ("ends", &ends)]);
    Failure::UrlRejected { why, transient, status: Some(status) }
}

fn unreachable() -> Failure {
    let why = sentence("ticket, unreachable", &[]);
    Failure::UrlRejected { why, transient: true, status: None }
}
