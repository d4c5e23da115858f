//! Messages both ways.

use std::collections::HashMap;

use futures_util::StreamExt;
use gatesocket::{Error, Event, Failure, Options, SendOptions, Settings};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

use super::backend::{Command, Echo, connect, connect_with, next};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Everything {
    text: String,
    number: f64,
    large: i64,
    nothing: Option<bool>,
    list: Vec<u8>,
    map: HashMap<String, Kind>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
enum Kind {
    Circle { radius: u32 },
    Nothing,
}

#[wasm_bindgen_test]
async fn a_value_sent_before_ready_comes_back_the_same() {
    let socket = connect();
    let mut messages = socket.messages::<Echo<Everything>>();
    let data = Everything {
        text: "grüße \u{1f980}".into(),
        number: 1.5,
        large: -(1 << 53) + 1,
        nothing: None,
        list: vec![0, 255],
        map: [("a".into(), Kind::Circle { radius: 7 }), ("b".into(), Kind::Nothing)].into(),
    };
    socket.send(&Command::Echo { data: data.clone() }).await.expect("to be sent");
    assert_eq!(next(&mut messages).await.expect("it fits").echo, data);
}

#[wasm_bindgen_test]
async fn messages_keep_the_order_of_the_calls_whether_or_not_they_are_awaited() {
    let socket = connect();
    let mut messages = socket.messages::<Echo<u32>>();
    for number in 0..50 {
        // Each waits for the connection or for the network; nobody waits for it.
        drop(socket.send(&Command::Echo { data: number }));
    }
    let mut seen = Vec::new();
    while seen.len() < 50 {
        seen.push(next(&mut messages).await.expect("it fits").echo);
    }
    assert_eq!(seen, (0..50).collect::<Vec<_>>());
    assert_eq!(socket.outbox_depth(), (0, 0));
    let stats = socket.stats();
    assert_eq!((stats.messages_sent, stats.messages_received), (50, 50));
}

#[wasm_bindgen_test]
async fn every_stream_gets_every_message_as_its_own_type() {
    let socket = connect();
    let (mut values, mut typed) = (socket.messages::<Value>(), socket.messages::<Echo<String>>());
    let dropped = socket.messages::<Value>();
    drop(dropped);
    socket.send(&Command::Echo { data: "hello" }).await.expect("to be sent");
    assert_eq!(next(&mut values).await, Ok(json!({ "echo": "hello" })));
    assert_eq!(next(&mut typed).await, Ok(Echo { echo: "hello".into() }));
}

#[wasm_bindgen_test]
async fn a_message_of_another_type_is_an_error_without_its_text_and_the_stream_goes_on() {
    let socket = connect();
    let mut numbers = socket.messages::<Echo<u32>>();
    let mut values = socket.messages::<Value>();
    socket.send(&Command::Echo { data: "my \"secret\"" }).await.expect("to be sent");
    next(&mut values).await.expect("a value fits all");
    socket.send(&Command::Echo { data: 7 }).await.expect("to be sent");
    let error = next(&mut numbers).await.expect_err("no number");
    assert_eq!(error.code(), "invalid-message");
    assert!(!error.to_string().contains("secret"), "{error}");
    assert!(error.to_string().contains("expected u32"), "{error}");
    assert_eq!(next(&mut numbers).await, Ok(Echo { echo: 7 }));
}

#[wasm_bindgen_test]
async fn a_stream_that_is_not_read_drops_its_oldest_messages_and_says_so() {
    let socket = connect_with(Options { buffer: 2, ..Options::default() });
    let (mut read, mut unread) = (socket.messages::<Echo<u32>>(), socket.messages::<Echo<u32>>());
    for number in 0..5 {
        socket.send(&Command::Echo { data: number }).await.expect("to be sent");
        assert_eq!(next(&mut read).await, Ok(Echo { echo: number }));
    }
    assert_eq!(next(&mut unread).await, Err(Error::MessagesMissed { count: 3 }));
    assert_eq!(next(&mut unread).await, Ok(Echo { echo: 3 }));
    assert_eq!(next(&mut unread).await, Ok(Echo { echo: 4 }));
    socket.send(&Command::Echo { data: 5 }).await.expect("to be sent");
    assert_eq!(next(&mut unread).await, Ok(Echo { echo: 5 }));
}

#[wasm_bindgen_test]
async fn what_can_t_be_sent_fails_by_name_and_nothing_else_does() {
    struct Unserializable;
    impl Serialize for Unserializable {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("not today"))
        }
    }
    let socket = connect();
    let failed = socket.send(&Unserializable).await.expect_err("no value");
    assert_eq!(failed.code(), "not-serializable");
    assert!(failed.to_string().contains("(not today)"), "{failed}");
    let bytes = socket.send_bytes(&[1, 2, 3], SendOptions::default()).await;
    assert_eq!(bytes, Err(Failure::BinaryUnsupported.into()));
    let large = "x".repeat(32_768);
    let error = socket.send(&large).await.expect_err("too large");
    assert_eq!(error, Failure::FrameTooLarge { bytes: 32_770, limit: 32_768 }.into());

    let mut messages = socket.messages::<Echo<String>>();
    socket.send(&Command::Echo { data: "fine" }).await.expect("to be sent");
    assert_eq!(next(&mut messages).await, Ok(Echo { echo: "fine".into() }));
}

#[wasm_bindgen_test]
async fn a_report_of_the_gateway_is_an_event_with_the_id_by_which_its_log_names_it() {
    let socket = connect();
    let id = socket.ready().await.expect("an id");
    let (mut events, mut messages) = (socket.events(), socket.messages::<Value>());
    socket.send(&Command::<()>::Fail).await.expect("to be sent");
    let Event::GatewayFrame { frame, request_id } = next(&mut events).await else {
        panic!("no frame")
    };
    assert_eq!(frame.message, "Internal server error");
    assert_eq!(frame.connection_id, gatesocket::core::Field::Text(id));
    assert!(request_id.is_some_and(|id| !id.is_empty()));
    socket.close();
    assert_eq!(messages.next().await, None, "it was no message");
}

#[wasm_bindgen_test]
async fn bytes_pass_in_the_profile_generic() {
    // The gateway takes them for an offence, which shows that they came.
    let settings = Settings {
        reconnect: gatesocket::Reconnect { max_attempts: Some(1), ..Default::default() },
        ..Settings::generic()
    };
    let socket = connect_with(Options { settings, ..Options::generic() });
    assert_eq!(socket.ready().await, Ok(String::new()));
    let mut events = socket.events();
    // May be done before the gateway closes, or not.
    drop(socket.send_bytes(&[1, 2, 3], SendOptions::default()));
    loop {
        if let Event::Closed(close) = next(&mut events).await {
            assert_eq!(close.code, 1003);
            break;
        }
    }
}
