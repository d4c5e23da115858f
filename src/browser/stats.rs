//! A session's counters as JavaScript sees them.

use wasm_bindgen::JsValue;

use super::failure::{number, object};
use crate::core::Session;

/// `{linksBegun, …, losses: {…}, roundTrip, …, outbox: {messages, bytes}, pendingRequests}`.
pub(crate) fn stats_to_js(session: &Session) -> JsValue {
    let stats = session.stats();
    let losses = &stats.losses;
    let (messages, bytes) = session.outbox_depth();
    let time = |time: Option<u64>| time.map_or(JsValue::NULL, number);
    object(&[
        ("linksBegun", number(stats.links_begun)),
        ("linksOpened", number(stats.links_opened)),
        ("linksReady", number(stats.links_ready)),
        ("rotations", number(stats.rotations)),
        ("rotationsFailed", number(stats.rotations_failed)),
        (
            "losses",
            object(&[
                ("connect", number(losses.connect)),
                ("identify", number(losses.identify)),
                ("closed", number(losses.closed)),
                ("broken", number(losses.broken)),
                ("silent", number(losses.silent)),
                ("outlived", number(losses.outlived)),
                ("hidden", number(losses.hidden)),
                ("stored", number(losses.stored)),
            ]),
        ),
        ("messagesReceived", number(stats.messages_received)),
        ("charactersReceived", number(stats.characters_received)),
        ("messagesSent", number(stats.messages_sent)),
        ("bytesSent", number(stats.bytes_sent)),
        ("heartbeats", number(stats.heartbeats)),
        ("probes", number(stats.probes)),
        (
            "roundTrip",
            object(&[
                ("last", time(stats.round_trip)),
                ("shortest", time(stats.shortest_round_trip)),
                ("longest", time(stats.longest_round_trip)),
            ]),
        ),
        (
            "outbox",
            object(&[("messages", number(messages as u64)), ("bytes", number(bytes as u64))]),
        ),
        ("pendingRequests", number(session.pending_requests() as u64)),
    ])
}
