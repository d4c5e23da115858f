//! Requests and rooms.

use futures_util::future::{Either, join3, select};
use gatesocket::{Options, RequestOptions, RoomNames};
use serde::Deserialize;
use wasm_bindgen_test::wasm_bindgen_test;

use super::backend::{Command, Sum, connect, connect_with, sleep};

#[wasm_bindgen_test]
async fn requests_get_their_own_answers() {
    let socket = connect();
    let add =
        |numbers: &[i32]| socket.request::<Sum>(&Command::<()>::Add { numbers: numbers.to_vec() });
    let sums = join3(add(&[1, 2]), add(&[3]), add(&[])).await;
    assert_eq!(sums, (Ok(Sum { sum: 3 }), Ok(Sum { sum: 3 }), Ok(Sum { sum: 0 })));
}

#[wasm_bindgen_test]
async fn an_answer_of_another_type_fails_that_request() {
    #[derive(Debug, Deserialize)]
    struct Other {
        #[expect(dead_code, reason = "it is not there")]
        product: i32,
    }
    let socket = connect();
    let answer = socket.request::<Other>(&Command::<()>::Add { numbers: vec![] }).await;
    let error = answer.expect_err("there is no product");
    assert_eq!(error.code(), "invalid-message");
    assert!(error.to_string().contains("missing field `product`"), "{error}");
}

#[wasm_bindgen_test]
async fn a_request_fails_by_its_time_or_by_a_report_of_the_gateway() {
    let socket = connect();
    let options = RequestOptions { timeout: Some(50), ..RequestOptions::default() };
    let silent = Command::<()>::NobodyAnswers;
    let late = socket.request_with::<Sum>(&silent, options).await;
    assert_eq!(late.expect_err("no answer").code(), "request-timeout");
    let failed = socket.request::<Sum>(&Command::<()>::Fail).await;
    assert_eq!(failed.expect_err("the handler throws").code(), "gateway-error");
    let list = socket.request::<Sum>(&[1, 2]).await;
    assert_eq!(list.expect_err("no object").code(), "bad-options");
}

#[wasm_bindgen_test]
async fn to_drop_a_request_aborts_it() {
    let socket = connect();
    let waits = socket.request::<Sum>(&Command::<()>::Add { numbers: vec![1] });
    assert_eq!(socket.outbox_depth().0, 1);
    drop(waits);
    assert_eq!(socket.outbox_depth().0, 0, "it is not even sent");

    socket.ready().await.expect("an id");
    let silent = socket.request::<Sum>(&Command::<()>::NobodyAnswers);
    // As a time-out of any framework does it.
    match select(silent, Box::pin(sleep(20))).await {
        Either::Right(((), silent)) => drop(silent),
        Either::Left((answer, _)) => panic!("{answer:?}"),
    }
    assert_eq!(socket.stats().messages_sent, 1);
    assert_eq!(socket.pending_requests(), 0);
}

#[derive(Debug, PartialEq, Deserialize)]
struct Joined {
    joined: String,
}

#[wasm_bindgen_test]
async fn a_room_is_joined_and_left() {
    let socket = connect();
    let room = socket.join("tea").await.expect("to join");
    assert_eq!(room.name(), "tea");
    assert_eq!(room.answer(), Ok(Joined { joined: "tea".into() }));
    room.leave();
    assert_eq!(socket.join("").await.expect_err("no name").code(), "bad-options");
}

#[wasm_bindgen_test]
async fn rooms_are_called_what_the_backend_calls_them() {
    let rooms = |field: &str| RoomNames {
        join: "ENTER".into(),
        field: field.into(),
        ..RoomNames::default()
    };
    let socket = connect_with(Options { rooms: rooms("channel"), ..Options::default() });
    let room = socket.join("tea").await.expect("to join");
    assert_eq!(room.answer(), Ok(Joined { joined: "tea".into() }));
    let nameless = Options { rooms: rooms(""), ..Options::default() };
    let error = gatesocket::Socket::connect(super::backend::url(), nameless).expect_err("no name");
    assert_eq!(error.code(), "bad-options");
}
