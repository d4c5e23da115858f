//! The management API, `/{stage}/@connections/{connectionId}` (API reference: "@connections commands in
//! API Gateway").

use crate::connections::{Connection, SendError};
use crate::gateway::Gateway;
use crate::record::{Body as RecordedBody, Kind, Record, Tone};
use crate::request_head::percent_decode;
use crate::{clock, ids, limits};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// Bytes of a request that is too large which are read and dropped, so that its sender sees the answer (API Gateway's
/// own limit for payloads is 10 MB).
const DISCARDED_BYTES: usize = 10 * 1024 * 1024;

type Answer = Response<Full<Bytes>>;

/// Answers a request that is no WebSocket upgrade.
pub async fn answer(gateway: &Gateway, request: Request<Incoming>) -> Answer {
    let path = request.uri().path().to_owned();
    let rest =
        path.strip_prefix('/').and_then(|path| path.strip_prefix(gateway.api.stage.name.as_str()));
    // AWS's own example with awscurl encodes the at sign.
    let id = rest.and_then(|rest| {
        rest.strip_prefix("/@connections/").or_else(|| rest.strip_prefix("/%40connections/"))
    });
    let mut answer = match (id, rest) {
        (Some(id), _) => connection(gateway, &percent_decode(id), request).await,
        (None, Some("" | "/")) if request.method() == Method::GET => upgrade_required(),
        _ => error(StatusCode::FORBIDDEN, None, r#"{"message":"Forbidden"}"#.to_owned()),
    };
    let headers = answer.headers_mut();
    put(headers, "x-amzn-requestid", &ids::uuid());
    put(headers, "x-amz-apigw-id", &ids::request_id());
    answer
}

async fn connection(gateway: &Gateway, id: &str, request: Request<Incoming>) -> Answer {
    let method = request.method().clone();
    if ![Method::POST, Method::GET, Method::DELETE].contains(&method) {
        return error(StatusCode::FORBIDDEN, None, r#"{"message":"Forbidden"}"#.to_owned());
    }
    let limit = gateway.limits.message_bytes;
    let body = tokio::time::timeout(limits::REQUEST_BODY_TIMEOUT, read(request, limit)).await;
    let body = match body.unwrap_or(Err(ReadError::Slow)) {
        Ok(body) => body,
        Err(ReadError::Slow) => return error(StatusCode::REQUEST_TIMEOUT, None, String::new()),
        Err(ReadError::TooLarge) => {
            // The recorded traffic has no text for this; the sentence is ours.
            let body = format!(r#"{{"message":"The message is larger than {limit} bytes"}}"#);
            return error(StatusCode::PAYLOAD_TOO_LARGE, Some("PayloadTooLargeException"), body);
        }
        Err(ReadError::Cut) => {
            return error(StatusCode::BAD_REQUEST, Some("BadRequestException"), String::new());
        }
    };
    if !ids::is_well_formed(id) {
        let body =
            serde_json::json!({ "message": format!("Invalid connectionId: {id}") }).to_string();
        return error(StatusCode::BAD_REQUEST, Some("BadRequestException"), body);
    }
    if method == Method::DELETE {
        let Some(connection) = gateway.connections.remove(id) else {
            return gone();
        };
        connection.close(1000, "Connection Closed Normally");
        return empty(StatusCode::NO_CONTENT);
    }
    let Some(connection) = gateway.connections.get(id) else {
        return gone();
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
        Ok(()) => empty(StatusCode::OK),
        Err(SendError::Gone) => gone(),
        Err(SendError::BufferFull) => {
            error(StatusCode::TOO_MANY_REQUESTS, Some("LimitExceededException"), String::new())
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
    let body = serde_json::to_string_pretty(&body).unwrap_or_default();
    let mut answer = empty(StatusCode::OK);
    *answer.body_mut() = Full::new(Bytes::from(body));
    answer
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
    Slow,
    Cut,
}

/// The whole body, unless it is larger than a message may be or its sender went away.
async fn read(request: Request<Incoming>, limit: usize) -> Result<Bytes, ReadError> {
    let mut body = request.into_body();
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

fn gone() -> Answer {
    error(StatusCode::GONE, Some("GoneException"), String::new())
}

fn upgrade_required() -> Answer {
    let mut answer = error(StatusCode::UPGRADE_REQUIRED, None, String::new());
    put(answer.headers_mut(), "upgrade", "websocket");
    answer
}

fn error(status: StatusCode, kind: Option<&'static str>, body: String) -> Answer {
    let mut answer = empty(status);
    if let Some(kind) = kind {
        put(answer.headers_mut(), "x-amzn-errortype", kind);
    }
    *answer.body_mut() = Full::new(Bytes::from(body));
    answer
}

fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    put(answer.headers_mut(), "content-type", "application/json");
    answer
}

fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}
