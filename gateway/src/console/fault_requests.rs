//! `/_gateway/api/faults`: delays and failures for the invocations to come.

use super::Reply;
use super::reply::{self, bad};
use crate::faults::{self, Fault};
use crate::gateway::Gateway;
use crate::record::{Kind, Record, Tone};
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use serde::Deserialize;
use serde_json::json;

/// Most invocations that one fault can be for; ours.
const MOST_INVOCATIONS: u32 = 1_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Wish {
    route_key: Option<String>,
    #[serde(default)]
    delay_ms: u64,
    #[serde(default)]
    fail: bool,
    #[serde(default = "once")]
    count: u32,
}

fn once() -> u32 {
    1
}

/// The faults that wait for an invocation.
pub(super) fn list(gateway: &Gateway) -> Reply {
    Reply::json(StatusCode::OK, &json!({ "faults": gateway.faults.list() }))
}

/// Adds one.
pub(super) async fn add(gateway: &Gateway, request: Request<Incoming>) -> Reply {
    let wish: Wish = match reply::read(request).await {
        Ok(wish) => wish,
        Err(refused) => return refused,
    };
    if let Some(key) = wish.route_key.as_ref().filter(|key| !gateway.api.routes.contains_key(*key))
    {
        let keys: Vec<&str> = gateway.api.routes.keys().map(String::as_str).collect();
        return bad(&format!("there is no route {key}: routeKey is one of {}", keys.join(", ")));
    }
    let longest = faults::LONGEST_DELAY.as_millis() as u64;
    if wish.delay_ms > longest {
        return bad(&format!("delayMs is at most {longest}"));
    }
    if wish.delay_ms == 0 && !wish.fail {
        return bad("say what is to happen: delayMs above 0, or fail: true, or both");
    }
    if wish.count == 0 || wish.count > MOST_INVOCATIONS {
        return bad(&format!("count is from 1 to {MOST_INVOCATIONS}"));
    }
    let Wish { route_key, delay_ms, fail, count } = wish;
    let Some(fault) = gateway.faults.add(Fault { id: 0, route_key, delay_ms, fail, count }) else {
        let sentence = format!("{} faults wait already: take some back", faults::FAULTS);
        return Reply::error(StatusCode::CONFLICT, "too-many-faults", &sentence);
    };
    let route = fault.route_key.as_deref().unwrap_or("any route");
    let times = if fault.count == 1 { "once".to_owned() } else { format!("{} times", fault.count) };
    let line =
        format!("fault {}: {route} {}, {times}, as the console asked", fault.id, fault.effect());
    gateway.output.record(Record::new(Kind::Fault, Tone::Warning, line));
    Reply::json(StatusCode::CREATED, &fault)
}

/// Takes back one or all.
pub(super) fn clear(gateway: &Gateway, id: Option<&str>) -> Reply {
    let removed = match id.map(str::parse) {
        None => gateway.faults.clear(None),
        Some(Ok(id)) => gateway.faults.clear(Some(id)),
        Some(Err(_)) => 0,
    };
    if removed == 0 && id.is_some() {
        let sentence = "no fault that waits has this number: it may have struck already";
        return Reply::error(StatusCode::NOT_FOUND, "unknown-fault", sentence);
    }
    Reply::json(StatusCode::OK, &json!({ "removed": removed }))
}
