//! The option `ticket` as JavaScript writes it.

use gloo_net::http::Method;
use js_sys::Function;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::RequestCredentials;

use super::checks::{entries_of, text, wrong};
use super::options::asked;
use super::ticket::{Ticket, TicketHeaders, headers_of};
use crate::core::Failure;

const KNOWN: [&str; 6] = ["endpoint", "method", "headers", "credentials", "parameter", "field"];

pub(super) fn read_ticket(value: &JsValue) -> Result<Ticket, Failure> {
    let entries = entries_of(value, "ticket", &KNOWN)?;
    let endpoint = entries.iter().find(|(name, _)| name == "endpoint");
    let endpoint = endpoint.map(|(_, endpoint)| endpoint.clone()).unwrap_or_default();
    let expected = "an http: or https: URL, or a path of this page's";
    let mut ticket =
        Ticket::new(&endpoint).ok_or_else(|| wrong("ticket.endpoint", expected, &endpoint))?;
    for (name, value) in &entries {
        let path = format!("ticket.{name}");
        match name.as_str() {
            "endpoint" => {}
            "method" => ticket.method = method(&path, value)?,
            "headers" => ticket.headers = headers(&path, value)?,
            "credentials" => ticket.credentials = credentials(&path, value)?,
            "parameter" => ticket.parameter = text(&path, value)?,
            _ => ticket.field = text(&path, value)?,
        }
    }
    Ok(ticket)
}

fn method(path: &str, value: &JsValue) -> Result<Method, Failure> {
    match value.as_string().as_deref() {
        Some("POST") => Ok(Method::POST),
        Some("GET") => Ok(Method::GET),
        _ => Err(wrong(path, "'POST' or 'GET'", value)),
    }
}

fn headers(path: &str, value: &JsValue) -> Result<TicketHeaders, Failure> {
    match value.dyn_ref::<Function>() {
        Some(function) => Ok(TicketHeaders::Function(asked(function))),
        None => headers_of(value)
            .map(TicketHeaders::Fixed)
            .ok_or_else(|| wrong(path, "an object of strings, or a function", value)),
    }
}

fn credentials(path: &str, value: &JsValue) -> Result<RequestCredentials, Failure> {
    match value.as_string().as_deref() {
        Some("omit") => Ok(RequestCredentials::Omit),
        Some("same-origin") => Ok(RequestCredentials::SameOrigin),
        Some("include") => Ok(RequestCredentials::Include),
        _ => Err(wrong(path, "'omit', 'same-origin' or 'include'", value)),
    }
}
