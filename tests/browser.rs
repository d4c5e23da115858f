//! The crate in a real browser against the real local gateway. Run by `cargo xtask test browser`,
//! which starts the gateway and passes its address in `GATESOCKET_TEST_URL` while this is compiled.

#![cfg(target_arch = "wasm32")]

use std::cell::RefCell;
use std::rc::Rc;

use gatesocket::GateSocket;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, prelude::*};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn url() -> JsValue {
    // Not `env!`: clippy and editors compile this without a gateway.
    match option_env!("GATESOCKET_TEST_URL") {
        Some(url) => url.into(),
        None => panic!("there is no gateway to test with; run cargo xtask test browser"),
    }
}

fn object(entries: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (key, value) in entries {
        Reflect::set(&object, &(*key).into(), value).expect("a plain object");
    }
    object.into()
}

fn text(value: &JsValue, key: &str) -> String {
    let field = Reflect::get(value, &key.into()).expect("an object");
    field.as_string().unwrap_or_else(|| panic!("{key} is no text"))
}

/// A callback that keeps what it was called with, and a promise of the first call.
struct Recorder {
    calls: Rc<RefCell<Vec<JsValue>>>,
    first: Promise,
    closure: Closure<dyn Fn(JsValue)>,
}

impl Recorder {
    fn new() -> Self {
        let calls: Rc<RefCell<Vec<JsValue>>> = Rc::default();
        let mut resolve_first: Option<Function> = None;
        let first = Promise::new(&mut |resolve, _| resolve_first = Some(resolve));
        let resolve = resolve_first.expect("a promise calls its executor");
        let kept = Rc::clone(&calls);
        let closure = Closure::new(move |value: JsValue| {
            resolve.call1(&JsValue::UNDEFINED, &value).expect("resolve");
            kept.borrow_mut().push(value);
        });
        Recorder { calls, first, closure }
    }

    fn function(&self) -> JsValue {
        self.closure.as_ref().clone()
    }
}

fn close(socket: &GateSocket) {
    socket.close(&JsValue::UNDEFINED, &JsValue::UNDEFINED).expect("to close");
}

async fn settled(promise: Promise) -> Result<JsValue, JsValue> {
    JsFuture::from(promise).await
}

fn is_connection_id(value: &JsValue) -> bool {
    value.as_string().is_some_and(|id| id.len() == 16 && id.ends_with('='))
}

#[wasm_bindgen_test]
async fn the_three_steps_end_with_the_connection_id_of_the_gateway() {
    let statuses = Recorder::new();
    let options = object(&[("onStatus", statuses.function())]);
    let socket = GateSocket::new(url(), options).expect("a session");
    assert_eq!(socket.status(), "connecting");
    assert_eq!(socket.connection_id(), None);

    let id = settled(socket.ready()).await.expect("a connectionId");
    assert!(is_connection_id(&id), "{id:?}");
    assert_eq!(socket.connection_id(), id.as_string());
    let seen: Vec<_> = statuses.calls.borrow().iter().filter_map(JsValue::as_string).collect();
    assert_eq!(seen, ["connecting", "identifying", "ready"]);

    close(&socket);
    assert_eq!(socket.status(), "closed");
    assert_eq!(socket.connection_id(), None);
}

#[wasm_bindgen_test]
async fn a_message_sent_before_ready_comes_back_after_it() {
    let messages = Recorder::new();
    let options = object(&[("onMessage", messages.function())]);
    let socket = GateSocket::new(url(), options).expect("a session");
    let data = object(&[("text", "grüße".into())]);
    let sent =
        socket.send(&object(&[("action", "ECHO".into()), ("data", data)]), &JsValue::UNDEFINED);
    settled(sent).await.expect("to be sent");
    let message = settled(messages.first.clone()).await.expect("a message");
    let echo = Reflect::get(&message, &"echo".into()).expect("an object");
    assert_eq!(text(&echo, "text"), "grüße");
    close(&socket);
}

#[wasm_bindgen_test]
async fn every_session_has_a_connection_id_of_its_own() {
    let sockets: Vec<_> =
        (0..5).map(|_| GateSocket::new(url(), JsValue::UNDEFINED).expect("a session")).collect();
    let mut ids = Vec::new();
    for socket in &sockets {
        ids.push(settled(socket.ready()).await.expect("an id").as_string().expect("text"));
        close(socket);
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5);
}

#[wasm_bindgen_test]
async fn a_question_that_the_backend_does_not_know_fails_by_name() {
    let identify = object(&[
        ("action", "NOBODY_ANSWERS".into()),
        ("timeout", 50.into()),
        ("attempts", 2.into()),
    ]);
    let options = object(&[("identify", identify), ("reconnect", false.into())]);
    let socket = GateSocket::new(url(), options).expect("a session");
    let error = settled(socket.ready()).await.expect_err("no answer");
    assert_eq!(text(&error, "code"), "identify-failed");
    let details = Reflect::get(&error, &"details".into()).expect("details");
    assert_eq!(text(&details, "action"), "NOBODY_ANSWERS");
}

#[wasm_bindgen_test]
async fn a_stage_that_is_not_there_refuses_the_upgrade() {
    let wrong = url().as_string().expect("text").replace("production", "nowhere");
    let options = object(&[("reconnect", false.into())]);
    let socket = GateSocket::new(wrong.into(), options).expect("a session");
    let error = settled(socket.ready()).await.expect_err("a refusal");
    assert_eq!(text(&error, "code"), "connect-failed");
}

#[wasm_bindgen_test]
async fn a_session_that_is_closed_before_it_opens_rejects_what_waits() {
    let closes = Recorder::new();
    let options = object(&[("onClose", closes.function())]);
    let socket = GateSocket::new(url(), options).expect("a session");
    let (ready, sent) = (socket.ready(), socket.send(&"x".into(), &JsValue::UNDEFINED));
    socket.close(&4000.into(), &"never mind".into()).expect("to close");
    assert_eq!(text(&settled(ready).await.expect_err("closed"), "code"), "closed");
    assert_eq!(text(&settled(sent).await.expect_err("closed"), "code"), "closed");
    assert_eq!(text(&closes.calls.borrow()[0], "reason"), "never mind");
}

#[wasm_bindgen_test]
fn a_url_of_another_scheme_is_thrown_with_what_to_do() {
    let error = GateSocket::new("http://localhost/x".into(), JsValue::UNDEFINED).err();
    let error = error.expect("a rejection");
    assert_eq!(text(&error, "code"), "url-rejected");
    assert!(text(&error, "message").contains("ws://localhost/x"));
    assert!(error.is_instance_of::<js_sys::Error>());
}
