//! Answers of the management API.

use crate::signature::SignatureError;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::json;

/// An answer with its whole body.
pub(super) type Answer = Response<Full<Bytes>>;

/// An answer without a body.
pub(super) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    let kind = HeaderValue::from_static("application/json");
    answer.headers_mut().insert("content-type", kind);
    answer
}

/// An answer with JSON.
pub(super) fn json(status: StatusCode, body: String) -> Answer {
    let mut answer = empty(status);
    *answer.body_mut() = Full::new(Bytes::from(body));
    answer
}

/// An error without a body.
pub(super) fn bare(status: StatusCode, kind: &'static str) -> Answer {
    let mut answer = empty(status);
    answer.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(kind));
    answer
}

/// An error with a sentence.
pub(super) fn error(status: StatusCode, kind: &'static str, message: &str) -> Answer {
    let mut answer = bare(status, kind);
    *answer.body_mut() = Full::new(Bytes::from(json!({ "message": message }).to_string()));
    answer
}

/// The connection is not open, or never was.
pub(super) fn gone() -> Answer {
    bare(StatusCode::GONE, "GoneException")
}

/// Something else than a stage was asked for.
pub(super) fn no_stage() -> Answer {
    error(StatusCode::FORBIDDEN, "ForbiddenException", "Forbidden")
}

/// The request is not signed as it should be.
pub(super) fn not_signed(error: &SignatureError) -> Answer {
    self::error(StatusCode::FORBIDDEN, error.kind, &error.message)
}

/// The caller may not do this. The key is written with a capital letter, unlike all others.
pub(super) fn denied(sentence: &str) -> Answer {
    let mut answer = bare(StatusCode::FORBIDDEN, "AccessDeniedException");
    *answer.body_mut() = Full::new(Bytes::from(json!({ "Message": sentence }).to_string()));
    answer
}

/// Sets a header, unless its value cannot stand in one.
pub(super) fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}
