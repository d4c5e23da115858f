//! Who ends a session, and what that means for what waits.

use futures_util::StreamExt;
use gatesocket::{Event, Status};
use serde_json::Value;
use wasm_bindgen_test::wasm_bindgen_test;

use super::backend::{Command, Sum, connect, next, until};

#[wasm_bindgen_test]
async fn a_session_that_is_closed_before_it_opens_fails_what_waits() {
    let socket = connect();
    let mut events = socket.events();
    let (ready, sent) = (socket.ready(), socket.send("x"));
    let (asked, joined) =
        (socket.request::<Sum>(&Command::<()>::Add { numbers: vec![] }), socket.join("tea"));
    socket.close_with(4000, "never mind").expect("a code of ours");
    assert_eq!(ready.await.expect_err("closed").code(), "closed");
    assert_eq!(sent.await.expect_err("closed").code(), "closed");
    assert_eq!(asked.await.expect_err("closed").code(), "closed");
    assert_eq!(joined.await.expect_err("closed").code(), "closed");
    assert_eq!(socket.send("x").await.expect_err("closed").code(), "closed");
    assert_eq!(socket.ready().await.expect_err("closed").code(), "closed");
    until(&mut events, Status::Closed).await;
    let Event::Closed(close) = next(&mut events).await else { panic!("no close") };
    assert_eq!((close.code, &*close.reason), (4000, "never mind"));
    assert_eq!(events.next().await, None);
}

#[wasm_bindgen_test]
async fn a_code_that_browsers_refuse_is_refused_and_the_session_goes_on() {
    let socket = connect();
    for (code, reason) in [(1001, ""), (5000, ""), (1000, &*"x".repeat(124))] {
        let error = socket.close_with(code, reason).expect_err("a refusal");
        assert_eq!(error.code(), "bad-options");
    }
    socket.ready().await.expect("an id");
    assert_eq!(socket.close_with(4999, &"x".repeat(123)), Ok(()));
}

#[wasm_bindgen_test]
async fn the_drop_of_the_last_handle_closes_the_session() {
    let socket = connect();
    let (mut messages, mut events) = (socket.messages::<Value>(), socket.events());
    let mut snapshots = socket.snapshots();
    socket.ready().await.expect("an id");
    let other = socket.clone();
    assert_eq!(socket, other);
    let silent = other.request::<Sum>(&Command::<()>::NobodyAnswers);
    drop(socket);
    assert_eq!(other.status(), Status::Ready, "one is left");
    drop(other);
    assert_eq!(silent.await.expect_err("closed").code(), "closed");
    assert_eq!(messages.next().await, None);
    until(&mut events, Status::Closed).await;
    let Event::Closed(close) = next(&mut events).await else { panic!("no close") };
    assert_eq!(close.code, 1000);
    assert_eq!(events.next().await, None);
    assert_eq!(next(&mut snapshots).await.status, Status::Closed);
    assert_eq!(snapshots.next().await, None);
}

#[wasm_bindgen_test]
async fn a_stream_of_a_session_that_has_ended_ends_at_once() {
    let socket = connect();
    socket.close();
    assert_eq!(socket.messages::<Value>().next().await, None);
    assert_eq!(socket.events().next().await, None);
    let mut snapshots = socket.snapshots();
    assert_eq!(next(&mut snapshots).await.status, Status::Closed);
    assert_eq!(snapshots.next().await, None);
}
