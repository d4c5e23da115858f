//! `/_gateway/api/connections`: the open connections, and what can be done to one.

use super::Reply;
use super::reply::{self, bad};
use crate::connection::GOING_AWAY;
use crate::connections::{Connection, Order, SendError};
use crate::gateway::Gateway;
use crate::record::{Kind, Record, Tone};
use crate::{clock, faults};
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// Connections that are listed unless `?limit=` says otherwise, and at most; ours.
const LISTED: usize = 500;
const MOST_LISTED: usize = 50_000;

/// Most bytes of a close frame's reason (RFC 6455, section 5.5: control frames carry 125 bytes, two are the code).
const REASON_BYTES: usize = 123;

/// The newest connections, and how many there are.
pub(super) fn list(gateway: &Gateway, query: Option<&str>) -> Reply {
    let limit = query.unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("limit="));
    let limit = match limit.map(str::parse::<usize>) {
        None => LISTED,
        Some(Ok(limit @ 1..=MOST_LISTED)) => limit,
        Some(_) => return bad(&format!("limit is a number from 1 to {MOST_LISTED}")),
    };
    let mut open = gateway.connections.all();
    open.sort_unstable_by(|a, b| {
        let key = |connection: &Connection| connection.facts.connected_at;
        key(b).cmp(&key(a)).then_with(|| a.facts.connection_id.cmp(&b.facts.connection_id))
    });
    let now = clock::now_ms();
    let shown: Vec<Value> = open.iter().take(limit).map(|open| description(open, now)).collect();
    Reply::json(StatusCode::OK, &json!({ "total": open.len(), "connections": shown }))
}

/// One connection.
pub(super) fn describe(gateway: &Gateway, id: &str) -> Reply {
    match gateway.connections.get(id) {
        Some(connection) => Reply::json(StatusCode::OK, &description(&connection, clock::now_ms())),
        None => unknown(id),
    }
}

fn description(connection: &Connection, now: u64) -> Value {
    let facts = &connection.facts;
    let (messages_in, bytes_in) = connection.traffic.received();
    let (messages_out, bytes_out) = connection.traffic.sent();
    json!({
        "connectionId": facts.connection_id,
        "connectedAt": clock::iso(facts.connected_at),
        "lastActiveAt": clock::iso(connection.last_active_at()),
        "ageMs": now.saturating_sub(facts.connected_at),
        "idleMs": now.saturating_sub(connection.last_active_at()),
        "sourceIp": facts.source_ip,
        "userAgent": facts.user_agent,
        "messagesIn": messages_in,
        "bytesIn": bytes_in,
        "messagesOut": messages_out,
        "bytesOut": bytes_out,
    })
}

fn unknown(id: &str) -> Reply {
    let shown: String = id.chars().take(64).collect();
    let sentence = format!("no open connection has the id {shown}");
    Reply::error(StatusCode::NOT_FOUND, "unknown-connection", &sentence)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Send {
    data: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Close {
    #[serde(default = "normal")]
    code: u16,
    #[serde(default)]
    reason: String,
}

fn normal() -> u16 {
    1000
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Freeze {
    ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Does one of `send`, `close`, `cut`, `idle` and `freeze`.
pub(super) async fn act(
    gateway: &Gateway,
    id: &str,
    action: &str,
    request: Request<Incoming>,
) -> Reply {
    let Some(connection) = gateway.connections.get(id) else {
        return unknown(id);
    };
    let done = match action {
        "send" => reply::read(request).await.and_then(|send| post(gateway, &connection, send)),
        "close" => reply::read(request).await.and_then(|wish| close(gateway, &connection, &wish)),
        "cut" => reply::read(request).await.and_then(|Nothing {}| {
            gateway.connections.remove(id);
            order(gateway, &connection, Order::Cut, "is cut without a close frame")
        }),
        // What the idle timer does when its time has come.
        "idle" => reply::read(request).await.and_then(|Nothing {}| {
            let going = crate::event::Disconnect { code: 1001, reason: GOING_AWAY.to_owned() };
            order(gateway, &connection, Order::Close(going), "has its idle timeout now")
        }),
        _ => reply::read(request).await.and_then(|wish| freeze(gateway, &connection, &wish)),
    };
    done.map_or_else(|refused| refused, |()| Reply::json(StatusCode::OK, &json!({})))
}

fn post(gateway: &Gateway, connection: &Connection, send: Send) -> Result<(), Reply> {
    let most = gateway.limits.message_bytes;
    if send.data.len() > most {
        let sentence = format!("a message has at most {most} bytes, as on the service");
        return Err(Reply::error(StatusCode::PAYLOAD_TOO_LARGE, "too-large", &sentence));
    }
    let record = Record::new(Kind::Post, Tone::Plain, "sent from the console");
    let record = record.connection(&connection.facts.connection_id).body(&send.data);
    connection.send(send.data.into()).map_err(|error| match error {
        SendError::Gone => unknown(&connection.facts.connection_id),
        SendError::BufferFull => Reply::error(
            StatusCode::TOO_MANY_REQUESTS,
            "buffer-full",
            "too much waits for this client already: it does not read",
        ),
    })?;
    gateway.output.observe(|| record);
    Ok(())
}

fn close(gateway: &Gateway, connection: &Connection, close: &Close) -> Result<(), Reply> {
    // Codes that may stand in a close frame (RFC 6455, section 7.4; IANA "WebSocket Close Code Number Registry").
    if !matches!(close.code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(bad(
            "code is a close code that may be sent: 1000-1003, 1007-1014 or 3000-4999",
        ));
    }
    if close.reason.len() > REASON_BYTES {
        return Err(bad(&format!("reason has at most {REASON_BYTES} bytes")));
    }
    gateway.connections.remove(&connection.facts.connection_id);
    let wish = crate::event::Disconnect { code: close.code, reason: close.reason.clone() };
    order(gateway, connection, Order::Close(wish), &format!("is closed with {}", close.code))
}

fn freeze(gateway: &Gateway, connection: &Connection, freeze: &Freeze) -> Result<(), Reply> {
    let time = Duration::from_millis(freeze.ms);
    if time.is_zero() || time > faults::LONGEST_DELAY {
        return Err(bad(&format!("ms is from 1 to {}", faults::LONGEST_DELAY.as_millis())));
    }
    let effect = format!("neither reads nor writes for {} ms", freeze.ms);
    order(gateway, connection, Order::Freeze(time), &effect)
}

fn order(
    gateway: &Gateway,
    connection: &Connection,
    order: Order,
    effect: &str,
) -> Result<(), Reply> {
    let id = &connection.facts.connection_id;
    if !connection.order(order) {
        let sentence = "the connection is ending";
        return Err(Reply::error(StatusCode::CONFLICT, "busy", sentence));
    }
    let record =
        Record::new(Kind::Fault, Tone::Warning, format!("{id} {effect}, as the console asked"));
    gateway.output.record(record.connection(id));
    Ok(())
}
