//! The console at `/_gateway`: a page that shows what happens and lets one interfere, and the HTTP API behind it.
//!
//! It is for the people at this machine alone; `guard` says how that is kept.

mod actions;
mod fault_requests;
mod guard;
mod overview;
mod page;
mod reply;
mod stream;

pub use guard::is_own_host;
pub use reply::Reply;

use crate::gateway::Gateway;
use crate::journal::Journal;
use crate::request_head::percent_decode;
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// The first part of the console's paths, which no stage can be called.
pub const NAME: &str = "_gateway";

/// What can be done to a connection, the last part of its paths.
const ACTIONS: [&str; 5] = ["send", "close", "cut", "idle", "freeze"];

/// Event streams that may be open at a time; ours.
const STREAMS: usize = 32;

/// What the console keeps between requests.
#[derive(Debug)]
pub struct Console {
    journal: Arc<Journal>,
    streams: Arc<Semaphore>,
    /// Tells this run's records from those of another that had the same port.
    run: String,
}

impl Console {
    /// A console that shows this journal.
    pub fn new(journal: Arc<Journal>) -> Self {
        let run = crate::ids::hex(&rand::random::<[u8; 4]>());
        Self { journal, streams: Arc::new(Semaphore::new(STREAMS)), run }
    }
}

/// The path below the console's name: `""`, `"/"`, `"/api"` and so on; `None` where it is not meant.
fn below(path: &str) -> Option<&str> {
    let rest = path.strip_prefix('/')?.strip_prefix(NAME)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// Whether a request is for the console.
pub fn is_meant(path: &str) -> bool {
    below(path).is_some()
}

/// Answers a request for the console. `is_loopback` says whether it came from this machine to a loopback address.
pub async fn answer(
    gateway: &Arc<Gateway>,
    console: &Console,
    request: Request<Incoming>,
    is_loopback: bool,
) -> Reply {
    let reply = match guard::admit(&request, gateway.port, is_loopback) {
        Ok(()) => dispatch(gateway, console, request).await,
        Err(refused) => refused,
    };
    reply.protected()
}

async fn dispatch(gateway: &Arc<Gateway>, console: &Console, request: Request<Incoming>) -> Reply {
    let path = request.uri().path().to_owned();
    let parts: Vec<&str> = below(&path).unwrap_or_default().split('/').skip(1).collect();
    match (request.method().as_str(), parts.as_slice()) {
        ("GET", [] | [""]) => page::reply(),
        ("GET", ["api"] | ["api", ""]) => overview::reply(gateway),
        ("GET", ["api", "connections"]) => actions::list(gateway, request.uri().query()),
        ("GET", ["api", "connections", id]) => actions::describe(gateway, &percent_decode(id)),
        ("POST", ["api", "connections", id, action]) if ACTIONS.contains(action) => {
            actions::act(gateway, &percent_decode(id), action, request).await
        }
        ("GET", ["api", "events"]) => stream::reply(gateway, console, &request),
        ("GET", ["api", "faults"]) => fault_requests::list(gateway),
        ("POST", ["api", "faults"]) => fault_requests::add(gateway, request).await,
        ("DELETE", ["api", "faults"]) => fault_requests::clear(gateway, None),
        ("DELETE", ["api", "faults", id]) => fault_requests::clear(gateway, Some(id)),
        _ => misdirected(&parts),
    }
}

/// The answer for a path that is none, or for one that does not take the method.
fn misdirected(parts: &[&str]) -> Reply {
    let methods = match parts {
        []
        | [""]
        | ["api"]
        | ["api", "" | "connections" | "events"]
        | ["api", "connections", _] => "GET",
        ["api", "connections", _, action] if ACTIONS.contains(action) => "POST",
        ["api", "faults"] => "GET, POST, DELETE",
        ["api", "faults", _] => "DELETE",
        _ => {
            let sentence = "there is nothing under this path: below /_gateway/api are connections, events and faults";
            return Reply::error(StatusCode::NOT_FOUND, "not-found", sentence);
        }
    };
    let sentence = format!("this path takes {methods}");
    Reply::error(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", &sentence)
        .with("allow", methods)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_name_is_the_console() {
        for path in ["/_gateway", "/_gateway/", "/_gateway/api"] {
            assert!(is_meant(path), "{path}");
        }
        for path in ["/_gateway2", "/production/_gateway", "_gateway", "/"] {
            assert!(!is_meant(path), "{path}");
        }
    }
}
