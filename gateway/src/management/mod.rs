//! The management API, `/{stage}/@connections/{connectionId}` ("Use @connections commands in your backend service" in
//! the API Gateway developer guide; API reference of the API Gateway management API).
//!
//! What is refused is refused in this order: another stage (403), too many requests (429), too large a body (413), no
//! or a wrong signature (403), what no policy allows (403), no such path (404), no connectionId (400), no such connection
//! (410), a full buffer (429).

mod access;
mod answer;
mod denial;

use crate::connections::{Connection, SendError};
use crate::gateway::Gateway;
use crate::record::{Body as RecordedBody, Kind, Record, Tone};
use crate::request_head::percent_decode;
use crate::signature::SignedRequest;
use crate::{clock, ids, limits};
use answer::Answer;
use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Incoming};
use hyper::{Method, Request, StatusCode};
use std::net::IpAddr;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// Bytes of a request that is too large which are read and dropped, so that its sender sees the answer (API Gateway's
/// own limit for payloads is 10 MB).
const DISCARDED_BYTES: usize = 10 * 1024 * 1024;

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub struct Visitor {
    /// The address of its sender.
    pub source: IpAddr,
    /// Whether it came over TLS.
    pub is_tls: bool,
}

/// What a path and a method mean.
#[derive(Debug, PartialEq, Eq)]
enum Route<'a> {
    /// One of the commands on a connection.
    Connection {
        /// The id, percent-decoded, whatever it is.
        id: String,
    },
    /// Nothing that there is.
    None {
        /// The path after the stage, as it came.
        path: &'a str,
    },
}

/// Answers a request that is no WebSocket upgrade.
pub async fn answer(gateway: &Gateway, request: Request<Incoming>, visitor: Visitor) -> Answer {
    let mut answer = respond(gateway, request, visitor).await;
    let headers = answer.headers_mut();
    answer::put(headers, "x-amzn-requestid", &ids::uuid());
    answer::put(headers, "x-amz-apigw-id", &ids::request_id());
    answer
}

async fn respond(gateway: &Gateway, request: Request<Incoming>, visitor: Visitor) -> Answer {
    let (parts, body) = request.into_parts();
    let Some(path) = after_stage(parts.uri.path(), &gateway.api.stage.name) else {
        return answer::no_stage();
    };
    let route = route(&parts.method, path);
    if !gateway.throttles.admits_request() {
        // The words of API Gateway's throttling elsewhere ("Throttle requests to your REST APIs").
        let status = StatusCode::TOO_MANY_REQUESTS;
        return answer::error(status, "LimitExceededException", "Too Many Requests");
    }
    let limit = gateway.limits.message_bytes;
    let body = match tokio::time::timeout(limits::REQUEST_BODY_TIMEOUT, read(body, limit)).await {
        Ok(Ok(body)) => body,
        Ok(Err(ReadError::TooLarge)) => {
            // The recorded traffic has no text for this; the sentence is ours.
            let message = format!("The message is larger than {limit} bytes");
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            return answer::error(status, "PayloadTooLargeException", &message);
        }
        Ok(Err(ReadError::Cut)) => {
            return answer::bare(StatusCode::BAD_REQUEST, "BadRequestException");
        }
        Err(_) => return answer::empty(StatusCode::REQUEST_TIMEOUT),
    };
    let query = parts.uri.query().unwrap_or_default();
    if gateway.callers.asks {
        let request = SignedRequest {
            method: parts.method.as_str(),
            path: parts.uri.path(),
            query,
            headers: &parts.headers,
            body: &body,
        };
        if let Some(refusal) = access::refusal(gateway, request, &route, visitor) {
            return refusal;
        }
    }
    match route {
        Route::Connection { id } => connection(gateway, &parts.method, &id, body),
        // A path that is not there asks for a signature before it says so, whoever calls.
        Route::None { .. } if !access::is_signed(&parts.headers, query) => {
            let kind = "MissingAuthenticationTokenException";
            answer::error(StatusCode::FORBIDDEN, kind, "Missing Authentication Token")
        }
        Route::None { path } => {
            let path = if path.is_empty() { "/" } else { &percent_decode(path) };
            let message =
                format!("No method found matching route {path} for http method {}.", parts.method);
            answer::error(StatusCode::NOT_FOUND, "NotFoundException", &message)
        }
    }
}

/// The path behind the stage and its slash, still percent-encoded.
fn after_stage<'a>(path: &'a str, stage: &str) -> Option<&'a str> {
    let path = path.strip_prefix('/')?;
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    names(first, stage).then_some(rest)
}

fn route<'a>(method: &Method, path: &'a str) -> Route<'a> {
    let is_command = [Method::POST, Method::GET, Method::DELETE].contains(method);
    match path.split_once('/') {
        Some((first, id))
            if is_command
                && names(first, "@connections")
                && !id.is_empty()
                && !id.contains('/') =>
        {
            Route::Connection { id: percent_decode(id) }
        }
        _ => Route::None { path },
    }
}

/// Whether a part of a path is a name, percent-encoded or not.
fn names(part: &str, name: &str) -> bool {
    part == name || part.contains('%') && percent_decode(part) == name
}

fn connection(gateway: &Gateway, method: &Method, id: &str, body: Bytes) -> Answer {
    if !ids::is_well_formed(id) {
        let message = format!("Invalid connectionId: {id}");
        return answer::error(StatusCode::BAD_REQUEST, "BadRequestException", &message);
    }
    if method == Method::DELETE {
        let Some(connection) = gateway.connections.remove(id) else {
            return answer::gone();
        };
        connection.close(1000, "Connection Closed Normally");
        return answer::empty(StatusCode::NO_CONTENT);
    }
    let Some(connection) = gateway.connections.get(id) else {
        return answer::gone();
    };
    if method == Method::GET { describe(&connection) } else { post(gateway, &connection, body) }
}

fn post(gateway: &Gateway, connection: &Connection, body: Bytes) -> Answer {
    let text = Utf8Bytes::try_from(body.clone()).unwrap_or_else(|_| {
        let id = &connection.facts.connection_id;
        let line = format!("a post to {id} is no UTF-8: what is not was replaced");
        gateway.output.record(Record::new(Kind::Gateway, Tone::Bad, line).connection(id));
        Utf8Bytes::from(String::from_utf8_lossy(&body).into_owned())
    });
    let kept = RecordedBody::of(&text);
    let sent = connection.send(text);
    gateway.output.observe(|| {
        let (tone, outcome) = match sent {
            Ok(()) => (Tone::Plain, "POST 200"),
            Err(SendError::Gone) => (Tone::Bad, "POST 410"),
            Err(SendError::BufferFull) => (Tone::Bad, "POST 429"),
        };
        let mut record = Record::new(Kind::Post, tone, outcome);
        record.body = Some(kept);
        record.connection(&connection.facts.connection_id)
    });
    match sent {
        Ok(()) => answer::empty(StatusCode::OK),
        Err(SendError::Gone) => answer::gone(),
        Err(SendError::BufferFull) => {
            answer::bare(StatusCode::TOO_MANY_REQUESTS, "LimitExceededException")
        }
    }
}

fn describe(connection: &Connection) -> Answer {
    let facts = &connection.facts;
    let body = Description {
        identity: Identity { source_ip: &facts.source_ip, user_agent: facts.user_agent.as_deref() },
        connected_at: clock::iso(facts.connected_at),
        last_active_at: clock::iso(connection.last_active_at()),
    };
    answer::json(StatusCode::OK, serde_json::to_string_pretty(&body).unwrap_or_default())
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Description<'a> {
    identity: Identity<'a>,
    connected_at: String,
    last_active_at: String,
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    source_ip: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
}

enum ReadError {
    TooLarge,
    Cut,
}

/// The whole body, unless it is larger than a message may be or its sender went away.
async fn read(mut body: Incoming, limit: usize) -> Result<Bytes, ReadError> {
    let declared = body.size_hint().lower();
    let mut bytes = Vec::with_capacity(declared.min(limit as u64) as usize);
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let data = frame.map_err(|_| ReadError::Cut)?.into_data().unwrap_or_default();
        length += data.len();
        if length <= limit {
            bytes.extend_from_slice(&data);
        } else if length > DISCARDED_BYTES {
            break;
        }
    }
    if length <= limit { Ok(Bytes::from(bytes)) } else { Err(ReadError::TooLarge) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_commands_on_a_connection_or_nothing() {
        let of = |method: &str, path| {
            let after = after_stage(path, "prod")?;
            Some(route(&Method::from_bytes(method.as_bytes()).unwrap(), after))
        };
        let command = |id: &str| Some(Route::Connection { id: id.to_owned() });
        assert_eq!(of("POST", "/prod/@connections/abc%3D"), command("abc="));
        assert_eq!(of("GET", "/%70rod/%40connections/abc="), command("abc="));
        assert_eq!(of("DELETE", "/prod/@connections/a%2Fb"), command("a/b"));
        for (method, path, rest) in [
            ("PUT", "/prod/@connections/a", "@connections/a"),
            ("POST", "/prod/@connections/", "@connections/"),
            ("POST", "/prod/@connections/a/", "@connections/a/"),
            ("POST", "/prod/@connections", "@connections"),
            ("GET", "/prod/", ""),
            ("GET", "/prod", ""),
        ] {
            assert_eq!(of(method, path), Some(Route::None { path: rest }), "{method} {path}");
        }
        for path in ["/", "/production/@connections/a", "/@connections/a", "/pro", "//prod"] {
            assert_eq!(of("POST", path), None, "{path}");
        }
    }
}
