//! From a URL to a connectionId.

use std::cell::Cell;
use std::rc::Rc;

use futures_util::StreamExt;
use gatesocket::{
    Error, Event, Failure, Identification, Options, Reconnect, Settings, Snapshot, Socket, Status,
    Ticket, get_connection_id,
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::backend::{connect, connect_with, is_connection_id, next, url};

fn once() -> Reconnect {
    Reconnect { max_attempts: Some(1), ..Reconnect::default() }
}

#[wasm_bindgen_test]
async fn the_three_steps_end_with_the_connection_id_of_the_gateway() {
    let socket = connect();
    assert_eq!((socket.status(), socket.connection_id()), (Status::Connecting, None));
    let mut events = socket.events();

    let id = socket.ready().await.expect("a connectionId");
    assert!(is_connection_id(&id), "{id}");
    assert_eq!(socket.connection_id().as_deref(), Some(&*id));
    for expected in [
        Event::Status(Status::Identifying),
        Event::Status(Status::Ready),
        Event::ConnectionId { id: id.clone(), previous: None },
    ] {
        assert_eq!(next(&mut events).await, expected);
    }
    assert_eq!(socket.ready().await, Ok(id), "it is known already");

    socket.close();
    assert_eq!((socket.status(), socket.connection_id()), (Status::Closed, None));
}

#[wasm_bindgen_test]
async fn every_session_has_a_connection_id_of_its_own() {
    let sockets: Vec<_> = (0..5).map(|_| connect()).collect();
    let mut ids = Vec::new();
    for socket in &sockets {
        ids.push(socket.ready().await.expect("an id"));
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5);
}

#[wasm_bindgen_test]
async fn one_shot_brings_an_id_and_nothing_else() {
    let id = get_connection_id(url()).await.expect("an id");
    assert!(is_connection_id(&id), "{id}");
}

#[wasm_bindgen_test]
async fn a_view_sees_where_the_session_stands_now_and_after_every_change() {
    let socket = connect();
    let mut snapshots = socket.snapshots();
    let first = next(&mut snapshots).await;
    assert_eq!(first, Snapshot { status: Status::Connecting, connection_id: None, retry_in: None });
    let id = socket.ready().await.expect("an id");
    // What lies between was skipped.
    let ready = next(&mut snapshots).await;
    assert_eq!((ready.status, ready.connection_id), (Status::Ready, Some(id)));
    socket.close();
    assert_eq!(next(&mut snapshots).await.status, Status::Closed);
    assert_eq!(snapshots.next().await, None);
}

#[wasm_bindgen_test]
async fn a_closure_is_asked_for_a_url_before_every_connection() {
    let asked = Rc::new(Cell::new(0));
    let count = Rc::clone(&asked);
    let url = move || {
        let number = count.get() + 1;
        count.set(number);
        async move {
            // The token service is down at first.
            if number == 1 {
                Err("no token")
            } else {
                Ok(format!("{}?token=secret{number}", url()))
            }
        }
    };
    let reconnect = Reconnect { base: 1, ..Reconnect::default() };
    let settings = Settings { reconnect, ..Settings::default() };
    let socket = Socket::connect(url, settings).expect("a session");
    let mut events = socket.events();
    socket.ready().await.expect("an id");
    assert_eq!(asked.get(), 2);
    let Event::Failed(error) = next(&mut events).await else { panic!("it failed first") };
    assert_eq!(error.code(), "url-rejected");
    assert!(!error.to_string().contains("no token"), "{error}");
}

#[wasm_bindgen_test]
async fn a_question_that_the_backend_does_not_know_fails_by_name() {
    let identify = Identification { action: "NOBODY_ANSWERS".into(), timeout: 50, attempts: 2 };
    let settings = Settings { identify: Some(identify), reconnect: once(), ..Settings::default() };
    let socket = connect_with(settings);
    let error = socket.ready().await.expect_err("no answer");
    assert_eq!(error.code(), "identify-failed");
    let Error::Session(Failure::IdentifyFailed { action, sends, .. }) = &error else {
        panic!("{error:?}")
    };
    assert_eq!((&**action, *sends), ("NOBODY_ANSWERS", 2));
}

#[wasm_bindgen_test]
async fn a_stage_that_is_not_there_refuses_the_upgrade() {
    let wrong = url().replace("production", "nowhere");
    let settings = Settings { reconnect: once(), ..Settings::default() };
    let socket = Socket::connect(wrong, settings).expect("a session");
    let error = socket.ready().await.expect_err("a refusal");
    assert_eq!(error.code(), "connect-failed");
}

#[wasm_bindgen_test]
async fn should_reconnect_is_asked_and_ends_a_session() {
    let asked = Rc::new(Cell::new(None));
    let told = Rc::clone(&asked);
    let should_reconnect: Option<Box<gatesocket::ShouldReconnect>> =
        Some(Box::new(move |close, error| {
            told.set(Some((close.code, error.code())));
            false
        }));
    let wrong = url().replace("production", "nowhere");
    let options = Options { should_reconnect, ..Options::default() };
    let socket = Socket::connect(wrong, options).expect("a session");
    let error = socket.ready().await.expect_err("the end");
    assert_eq!(asked.get(), Some((1006, "connect-failed")));
    assert_eq!((error.code(), socket.status()), ("connect-failed", Status::Closed));
}

#[wasm_bindgen_test]
fn what_can_t_be_used_is_refused_at_once_with_what_to_do() {
    let error = Socket::connect("http://localhost/x", Options::default()).expect_err("a refusal");
    assert_eq!(error.code(), "url-rejected");
    assert!(error.to_string().contains("ws://localhost/x"), "{error}");

    let settings = Settings { connect_timeout: 0, ..Settings::default() };
    let error = Socket::connect(url(), settings).expect_err("a refusal");
    assert_eq!(error.code(), "bad-options");
    assert!(error.to_string().contains("Settings::connect_timeout"), "{error}");

    let error = Socket::connect(url(), Options { buffer: 0, ..Options::default() });
    assert_eq!(error.expect_err("a refusal").code(), "bad-options");
}

#[wasm_bindgen_test]
async fn a_ticket_that_cannot_be_had_is_an_error_of_the_attempt_and_headers_are_asked_for_it() {
    // The gateway has no such thing, and no page of another origin may read what it says.
    let endpoint = url().replacen("ws", "http", 1) + "no-ticket-here";
    let asked = Rc::new(Cell::new(0));
    let counter = Rc::clone(&asked);
    let ticket = Ticket::new(endpoint).by_get().headers_from(move || {
        counter.set(counter.get() + 1);
        async { Ok::<_, ()>([("accept", "application/json")]) }
    });
    let settings = Settings { reconnect: once(), ..Settings::default() };
    let options = Options { settings, ticket: Some(ticket), ..Options::default() };
    let socket = Socket::connect(url(), options).expect("a session");
    let error = socket.ready().await.expect_err("no ticket");
    let Error::Session(Failure::UrlRejected { status, transient, .. }) = error else {
        panic!("{error:?}");
    };
    assert_eq!((status, transient, asked.get()), (None, true, 1));

    for ticket in [Ticket::new("ftp://host/"), Ticket::new("/t").headers([("a b", "c")])] {
        let options = Options { ticket: Some(ticket), ..Options::default() };
        let error = Socket::connect(url(), options).expect_err("a refusal");
        assert_eq!(error.code(), "bad-options");
    }
}
