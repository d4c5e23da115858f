use super::*;
use crate::core::{ControlFields, Field, GatewayFrame, NotAnAnswer};

/// A session whose outputs are read as a list after each fact.
struct Run {
    session: Session,
    now: u64,
}

impl Run {
    fn new() -> Self {
        Run { session: Session::new(Settings::default()), now: 1_000 }
    }

    /// A session that has been told to connect, with what it said to that thrown away.
    fn connecting() -> Self {
        let mut run = Run::new();
        run.tell(Input::Connect);
        run
    }

    fn identifying() -> Self {
        let mut run = Run::connecting();
        run.tell(Input::LinkOpened(1));
        run
    }

    fn ready() -> Self {
        let mut run = Run::identifying();
        run.receive(r#"{"connectionId":"abc="}"#);
        run
    }

    fn tell(&mut self, input: Input) -> Vec<Output> {
        self.session.handle(self.now, input);
        std::iter::from_fn(|| self.session.poll()).collect()
    }

    fn receive(&mut self, object: &str) -> Vec<Output> {
        let fields: ControlFields = serde_json::from_str(object).expect("a JSON object");
        self.tell(Input::LinkReceived(1, fields.into()))
    }

    /// Moves the clock to the next deadline.
    fn pass_deadline(&mut self) -> Vec<Output> {
        self.now = self.session.next_deadline().expect("a deadline");
        self.tell(Input::Tick)
    }
}

fn close(code: u16) -> LinkClose {
    LinkClose { code, reason: String::new(), was_clean: code != 1006 }
}

fn codes(outputs: &[Output]) -> Vec<&'static str> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::Failed(failure) => Some(failure.code()),
            _ => None,
        })
        .collect()
}

#[test]
fn the_three_steps_lead_to_a_connection_id() {
    let mut run = Run::new();
    assert_eq!(run.tell(Input::Connect), [Output::Status(Status::Connecting), Output::OpenLink(1)]);
    assert_eq!(
        run.tell(Input::LinkOpened(1)),
        [Output::Status(Status::Identifying), Output::Identify(1)]
    );
    assert_eq!(
        run.receive(r#"{"connectionId":"abc="}"#),
        [Output::Status(Status::Ready), Output::ConnectionId("abc=".into())]
    );
    assert_eq!(run.session.connection_id(), Some("abc="));
    assert_eq!(run.session.next_deadline(), None, "a ready session waits for nothing");
}

#[test]
fn a_message_that_is_no_answer_reaches_the_user_and_the_session_waits_on() {
    let mut run = Run::identifying();
    assert_eq!(run.receive(r#"{"hello":1}"#), [Output::Deliver(Delivery::Message)]);
    assert_eq!(run.receive(r#"{"connectionId":7}"#), [Output::Deliver(Delivery::Message)]);
    assert_eq!(run.session.status(), Status::Identifying);
    run.receive(r#"{"connectionId":"abc="}"#);
    assert_eq!(run.session.status(), Status::Ready);
}

#[test]
fn forbidden_ends_the_session_at_once_because_asking_again_cannot_help() {
    let mut run = Run::identifying();
    let outputs = run.receive(r#"{"message": "Forbidden", "connectionId":"a=", "requestId":"b="}"#);
    assert_eq!(outputs[0], Output::Deliver(Delivery::GatewayFrame));
    assert_eq!(outputs[1], Output::CloseLink(1, close(1000)));
    assert_eq!(codes(&outputs), ["identify-failed"]);
    assert_eq!(run.session.connection_id(), None);
    assert_eq!(run.session.next_deadline(), None);
}

#[test]
fn an_internal_server_error_is_asked_again_about() {
    let mut run = Run::identifying();
    let frame = r#"{"message": "Internal server error", "connectionId":"a=", "requestId":"b="}"#;
    assert_eq!(run.receive(frame), [Output::Deliver(Delivery::GatewayFrame)]);
    assert_eq!(run.pass_deadline(), [Output::Identify(1)]);
    run.receive(r#"{"connectionId":"abc="}"#);
    assert_eq!(run.session.status(), Status::Ready);
}

#[test]
fn silence_is_asked_three_times_and_then_named() {
    let mut run = Run::identifying();
    assert_eq!(run.pass_deadline(), [Output::Identify(1)]);
    assert_eq!(run.pass_deadline(), [Output::Identify(1)]);
    let outputs = run.pass_deadline();
    assert_eq!(run.now, 1_000 + 3 * 5_000);
    let failure = Failure::IdentifyFailed {
        action: "GET_CONNECTION_ID".into(),
        sends: 3,
        timeout: 5_000,
        last: None,
    };
    assert_eq!(
        outputs,
        [
            Output::CloseLink(1, close(1000)),
            Output::Failed(failure),
            Output::Status(Status::Closed),
            Output::Closed(close(1000)),
        ]
    );
}

#[test]
fn the_failure_says_what_came_instead_of_an_answer() {
    for other in [NotAnAnswer::NotJson, NotAnAnswer::NotAnObject, NotAnAnswer::Binary] {
        let mut run = Run::identifying();
        run.tell(Input::LinkReceived(1, Inbound::Message(other)));
        run.pass_deadline();
        run.pass_deadline();
        let outputs = run.pass_deadline();
        let Some(Output::Failed(Failure::IdentifyFailed { last, .. })) =
            outputs.iter().find(|output| matches!(output, Output::Failed(_)))
        else {
            panic!("no failure in {outputs:?}");
        };
        assert_eq!(*last, Some(Instead::Message(other)));
    }
}

#[test]
fn a_link_that_does_not_open_is_given_up_after_the_connect_timeout() {
    let mut run = Run::connecting();
    assert_eq!(run.session.next_deadline(), Some(11_000));
    let outputs = run.pass_deadline();
    assert_eq!(outputs[0], Output::CloseLink(1, close(1000)));
    assert_eq!(codes(&outputs), ["connect-timeout"]);
}

#[test]
fn a_refused_upgrade_is_told_from_a_lost_connection() {
    let mut run = Run::connecting();
    assert_eq!(codes(&run.tell(Input::LinkClosed(1, close(1006)))), ["connect-failed"]);
    let mut run = Run::ready();
    let outputs = run.tell(Input::LinkClosed(1, close(1001)));
    assert_eq!(codes(&outputs), ["connection-lost"]);
    assert_eq!(outputs.last(), Some(&Output::Closed(close(1001))));
    assert_eq!(run.session.connection_id(), None);
}

#[test]
fn messages_wait_for_ready_and_go_out_in_order() {
    let mut run = Run::connecting();
    assert_eq!(run.tell(Input::Send(1, 10)), []);
    run.tell(Input::LinkOpened(1));
    assert_eq!(run.tell(Input::Send(2, 10)), []);
    let outputs = run.receive(r#"{"connectionId":"abc="}"#);
    assert_eq!(outputs[2..], [Output::Transmit(1, 1), Output::Transmit(1, 2)]);
    assert_eq!(run.tell(Input::Send(3, 10)), [Output::Transmit(1, 3)]);
}

#[test]
fn a_full_outbox_rejects_the_new_message_and_keeps_the_old() {
    let mut run = Run::connecting();
    for message in 0..256 {
        assert_eq!(run.tell(Input::Send(message, 1)), []);
    }
    let full = Failure::OutboxFull { messages: 256, bytes: 256 };
    assert_eq!(run.tell(Input::Send(256, 1)), [Output::Reject(256, full)]);

    let mut run = Run::connecting();
    assert_eq!(run.tell(Input::Send(0, 1024 * 1024)), []);
    let full = Failure::OutboxFull { messages: 1, bytes: 1024 * 1024 };
    assert_eq!(run.tell(Input::Send(1, 1)), [Output::Reject(1, full)]);
}

#[test]
fn the_end_of_a_session_rejects_what_waits_with_its_cause() {
    let mut run = Run::connecting();
    run.tell(Input::Send(1, 10));
    let outputs = run.tell(Input::LinkClosed(1, close(1006)));
    let cause = Failure::ConnectFailed { close: close(1006) };
    assert!(outputs.contains(&Output::Reject(1, cause)), "{outputs:?}");

    let mut run = Run::connecting();
    run.tell(Input::Send(1, 10));
    let outputs = run.tell(Input::Close(close(1000)));
    assert!(outputs.contains(&Output::Reject(1, Failure::Closed)), "{outputs:?}");
    assert_eq!(run.tell(Input::Send(2, 1)), [Output::Reject(2, Failure::Closed)]);
}

#[test]
fn close_works_in_every_status_and_only_once() {
    for mut run in [Run::connecting(), Run::identifying(), Run::ready()] {
        assert_eq!(
            run.tell(Input::Close(close(4000))),
            [
                Output::CloseLink(1, close(4000)),
                Output::Status(Status::Closed),
                Output::Closed(close(4000)),
            ]
        );
        assert_eq!(run.tell(Input::Close(close(1000))), []);
        assert_eq!(run.session.next_deadline(), None);
    }
    let mut run = Run::new();
    assert_eq!(
        run.tell(Input::Close(close(1000))),
        [Output::Status(Status::Closed), Output::Closed(close(1000))]
    );
    assert_eq!(run.tell(Input::Connect), [], "a closed session does not come back");
}

#[test]
fn news_of_a_link_that_the_session_has_left_is_ignored() {
    let mut run = Run::ready();
    run.tell(Input::Close(close(1000)));
    assert_eq!(run.tell(Input::LinkOpened(1)), []);
    assert_eq!(run.tell(Input::LinkClosed(1, close(1006))), []);
    let frame = Inbound::GatewayFrame(GatewayFrame {
        message: "Forbidden".into(),
        connection_id: Field::Absent,
    });
    assert_eq!(run.tell(Input::LinkReceived(1, frame)), []);
    assert_eq!(Run::ready().tell(Input::LinkClosed(9, close(1006))), []);
}

#[test]
fn a_line_of_chat_in_the_form_of_a_gateway_frame_is_a_message() {
    let chat = Output::Deliver(Delivery::Message);
    let report = Output::Deliver(Delivery::GatewayFrame);
    for (text, expected) in [
        (r#"{"connectionId":"peer=","message":"hello","messageId":"m1"}"#, &chat),
        (r#"{"connectionId":"abc=","message":"hello","messageId":"m1"}"#, &chat),
        (r#"{"connectionId":"peer=","message":"Forbidden","requestId":"r1"}"#, &chat),
        (r#"{"connectionId":"abc=","message":"Forbidden","requestId":"r1"}"#, &report),
        (r#"{"connectionId":"abc=","message":"Internal server error","requestId":"r"}"#, &report),
        (r#"{"connectionId":"abc=","message":"Bad request body","messageId":"m1"}"#, &report),
    ] {
        assert_eq!(Run::ready().receive(text), std::slice::from_ref(expected), "{text}");
    }
}

#[test]
fn whatever_comes_after_the_end_is_told_its_cause() {
    let mut run = Run::ready();
    let lost = Failure::ConnectionLost { close: close(1001) };
    run.tell(Input::LinkClosed(1, close(1001)));
    assert_eq!(run.session.end(), Some(&lost));
    assert_eq!(run.tell(Input::Send(7, 1)), [Output::Reject(7, lost)]);
}

#[test]
fn a_late_answer_after_ready_is_an_ordinary_message() {
    let mut run = Run::ready();
    assert_eq!(run.receive(r#"{"connectionId":"abc="}"#), [Output::Deliver(Delivery::Message)]);
    assert_eq!(run.session.connection_id(), Some("abc="));
}
