//! What the tests know of `handler.mjs`.

use futures_util::{Stream, StreamExt};
use gatesocket::{Event, Options, Socket, Status};
use js_sys::{Function, Promise, Reflect};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};

/// The address of the gateway.
pub(crate) fn url() -> &'static str {
    // Not `env!`: clippy and editors compile this without a gateway.
    match option_env!("GATESOCKET_TEST_URL") {
        Some(url) => url,
        None => panic!("there is no gateway to test with; run cargo xtask test browser"),
    }
}

pub(crate) fn connect() -> Socket {
    connect_with(Options::default())
}

pub(crate) fn connect_with(options: impl Into<Options>) -> Socket {
    Socket::connect(url(), options).expect("a session")
}

pub(crate) fn is_connection_id(id: &str) -> bool {
    id.len() == 16 && id.ends_with('=')
}

#[derive(Serialize)]
#[serde(tag = "action", rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Command<T = ()> {
    Echo {
        data: T,
    },
    Add {
        numbers: Vec<i32>,
    },
    /// The handler throws.
    Fail,
    NobodyAnswers,
}

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Echo<T> {
    pub(crate) echo: T,
}

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Sum {
    pub(crate) sum: i32,
}

pub(crate) async fn next<S: Stream + Unpin>(stream: &mut S) -> S::Item {
    stream.next().await.expect("the stream goes on")
}

/// Reads on until the session has this status.
pub(crate) async fn until<S: Stream<Item = Event> + Unpin>(events: &mut S, status: Status) {
    while next(events).await != Event::Status(status) {}
}

/// Lets the engine do what it has to do, for so many milliseconds.
pub(crate) async fn sleep(milliseconds: i32) {
    let global = js_sys::global();
    let set_timeout: Function =
        Reflect::get(&global, &"setTimeout".into()).expect("a global").unchecked_into();
    let promise = Promise::new(&mut |resolve, _| {
        set_timeout.call2(&JsValue::UNDEFINED, &resolve, &milliseconds.into()).expect("a timer");
    });
    wasm_bindgen_futures::JsFuture::from(promise).await.expect("it never rejects");
}
