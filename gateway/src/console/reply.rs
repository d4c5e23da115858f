//! Answers of the console.

use crate::limits;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::convert::Infallible;

/// Largest request that is read, in bytes; ours. A message of the largest size fits, whatever JSON escapes in it.
const REQUEST_BYTES: usize = 1024 * 1024;

/// An answer, whole or as a stream.
/// Boxed, because errors are made of it.
pub struct Reply(Box<Response<UnsyncBoxBody<Bytes, Infallible>>>);

impl Reply {
    /// A whole body.
    pub(super) fn new(status: StatusCode, content_type: &'static str, body: String) -> Self {
        Self::streamed(status, content_type, Full::new(Bytes::from(body)).boxed_unsync())
    }

    /// A body that comes in pieces.
    pub(super) fn streamed(
        status: StatusCode,
        content_type: &'static str,
        body: UnsyncBoxBody<Bytes, Infallible>,
    ) -> Self {
        let mut response = Response::new(body);
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self(Box::new(response))
    }

    /// A JSON value.
    pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Self {
        let body = serde_json::to_string(value).unwrap_or_default();
        Self::new(status, "application/json", body)
    }

    /// `{"code", "message"}`: a word for programs and a sentence for people.
    pub(super) fn error(status: StatusCode, code: &'static str, sentence: &str) -> Self {
        Self::json(status, &serde_json::json!({ "code": code, "message": sentence }))
    }

    /// The same with another header.
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers_mut().insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// The same with the headers that keep other pages from using it. They stand on every answer.
    pub(super) fn protected(self) -> Self {
        let has_policy = self.0.headers().contains_key("content-security-policy");
        let reply = if has_policy {
            self
        } else {
            self.with("content-security-policy", "default-src 'none'; frame-ancestors 'none'")
        };
        reply
            .with("x-content-type-options", "nosniff")
            .with("x-frame-options", "DENY")
            .with("referrer-policy", "no-referrer")
            .with("cross-origin-resource-policy", "same-origin")
            .with("cross-origin-opener-policy", "same-origin")
            .with("cache-control", "no-store")
    }

    /// The status.
    #[cfg(test)]
    pub(super) fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// What hyper sends.
    pub fn into_response(self) -> Response<UnsyncBoxBody<Bytes, Infallible>> {
        *self.0
    }
}

/// Reads a request's JSON.
///
/// # Errors
/// The answer for a request that is too large, too slow, or not as it should be.
pub(super) async fn read<T: DeserializeOwned>(request: Request<Incoming>) -> Result<T, Reply> {
    let body = Limited::new(request.into_body(), REQUEST_BYTES).collect();
    let body = match tokio::time::timeout(limits::REQUEST_BODY_TIMEOUT, body).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let sentence = format!("a request has at most {REQUEST_BYTES} bytes");
            return Err(Reply::error(StatusCode::PAYLOAD_TOO_LARGE, "too-large", &sentence));
        }
        Ok(Err(_)) => return Err(bad("the request was cut off")),
        Err(_) => {
            let sentence = "the request did not arrive in time";
            return Err(Reply::error(StatusCode::REQUEST_TIMEOUT, "too-slow", sentence));
        }
    };
    let body = if body.is_empty() { Bytes::from_static(b"{}") } else { body };
    serde_json::from_slice(&body)
        .map_err(|error| bad(&format!("the request is not as it should be: {error}")))
}

/// The answer to a request that makes no sense.
pub(super) fn bad(sentence: &str) -> Reply {
    Reply::error(StatusCode::BAD_REQUEST, "bad-request", sentence)
}
