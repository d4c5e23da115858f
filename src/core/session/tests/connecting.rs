//! From nothing to ready, and back to another attempt.

use super::*;

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
        [Output::Status(Status::Ready), Output::ConnectionId { id: "abc=".into(), previous: None }]
    );
    assert_eq!(run.session.connection_id(), Some("abc="));
}

#[test]
fn a_generic_session_is_ready_when_it_is_open() {
    let mut run = Run::with(Settings::generic());
    run.tell(Input::Connect);
    assert_eq!(run.tell(Input::LinkOpened(1)), [Output::Status(Status::Ready)]);
    assert_eq!(run.session.connection_id(), None);
    assert_eq!(run.session.next_deadline(), None, "it has no limit to watch");
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
    assert_eq!(run.session.status(), Status::Closed);
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
fn silence_is_asked_three_times_then_named_and_then_tried_again() {
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
            Output::DropLink(1),
            Output::Failed(failure.into()),
            Output::Status(Status::Waiting),
        ]
    );
    assert_eq!(run.pass_deadline(), [Output::Status(Status::Connecting), Output::OpenLink(2)]);
}

#[test]
fn the_failure_says_what_came_instead_of_an_answer() {
    for other in [NotAnAnswer::NotJson, NotAnAnswer::NotAnObject, NotAnAnswer::Binary] {
        let mut run = Run::identifying();
        run.tell(Input::LinkReceived(1, Inbound::Message(other), 10));
        run.pass_deadline();
        run.pass_deadline();
        let outputs = run.pass_deadline();
        let is_named = |output: &Output| match output {
            Output::Failed(failure) => {
                let Failure::IdentifyFailed { last, .. } = &**failure else { return false };
                *last == Some(Instead::Message(other))
            }
            _ => false,
        };
        assert!(outputs.iter().any(is_named), "{outputs:?}");
    }
}

#[test]
fn a_link_that_does_not_open_is_given_up_after_the_connect_timeout() {
    let mut run = Run::connecting();
    assert_eq!(run.session.next_deadline(), Some(11_000));
    let outputs = run.pass_deadline();
    assert_eq!(outputs[0], Output::CloseLink(1, close(1000)));
    assert_eq!(codes(&outputs), ["connect-timeout"]);
    assert_eq!(run.session.status(), Status::Waiting);
}

#[test]
fn waits_have_full_jitter_and_grow_to_their_limit() {
    // The longest wait of many seeds is near the limit of each attempt, and none is beyond.
    let mut longest = [0; 8];
    let mut shortest = [u64::MAX; 8];
    for seed in 0..2_000 {
        let mut run = Run { session: Session::new(Settings::default(), seed), now: 0 };
        run.tell(Input::Connect);
        for attempt in 0..8 {
            let link = run.session.link().expect("a link");
            run.lose(link, 1006);
            let wait = run.session.retry_at().expect("a wait") - run.now;
            longest[attempt] = longest[attempt].max(wait);
            shortest[attempt] = shortest[attempt].min(wait);
            run.pass_deadline();
        }
    }
    for (attempt, limit) in
        [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000].into_iter().enumerate()
    {
        assert!(longest[attempt] <= limit, "{attempt}: {}", longest[attempt]);
        assert!(longest[attempt] > limit * 95 / 100, "{attempt}: {}", longest[attempt]);
        assert!(shortest[attempt] < limit * 5 / 100, "{attempt}: {}", shortest[attempt]);
    }
}

#[test]
fn a_link_that_lasted_makes_the_next_wait_a_first_one() {
    for (uptime, limit) in [(5_000, 1_000), (4_999, 16_000)] {
        let mut longest = 0;
        for seed in 0..500 {
            let mut run = Run { session: Session::new(Settings::default(), seed), now: 0 };
            run.tell(Input::Connect);
            for link in 1..=4 {
                run.lose(link, 1006);
                run.pass_deadline();
            }
            run.open(5);
            run.now += uptime;
            run.lose(5, 1006);
            longest = longest.max(run.session.retry_at().expect("a wait") - run.now);
        }
        assert!(longest <= limit && longest > limit / 2, "{uptime}: {longest}");
    }
}

#[test]
fn after_too_many_requests_the_wait_is_a_long_one() {
    for seed in 0..100 {
        let mut run = Run { session: Session::new(Settings::default(), seed), now: 0 };
        run.tell(Input::Connect);
        run.open(1);
        run.lose(1, 1008);
        let wait = run.session.retry_at().expect("a wait");
        assert!((30_000..=60_000).contains(&wait), "{wait}");
        for input in [Input::Hidden, Input::Visible, Input::Offline, Input::Online] {
            run.tell(input);
        }
        assert_eq!(run.session.retry_at(), Some(wait), "no reason to ask earlier");

        let mut run = Run { session: Session::new(Settings::default(), seed), now: 0 };
        run.tell(Input::Connect);
        let (why, transient) = ("no ticket".into(), true);
        let failure = Failure::UrlRejected { why, transient, status: Some(429) };
        run.tell(Input::LinkRefused(1, failure));
        let wait = run.session.retry_at().expect("a wait");
        assert!((30_000..=60_000).contains(&wait), "{wait}");
    }
}

#[test]
fn after_too_many_requests_no_change_of_the_page_cuts_the_wait_short() {
    let again = [
        &[Input::Hidden, Input::Visible][..],
        &[Input::Offline, Input::Online],
        &[Input::Frozen, Input::Resumed],
        &[Input::Stored, Input::Restored],
    ];
    for inputs in again {
        let mut run = Run::ready();
        run.lose(1, 1008);
        let begun = run.now;
        for input in inputs {
            assert!(!run.tell(input.clone()).iter().any(opens), "{input:?}");
        }
        run.until(opens);
        assert!((30_000..=60_000).contains(&(run.now - begun)), "{inputs:?}: {}", run.now - begun);
    }

    let mut run = Run::ready();
    run.tell(Input::Offline);
    run.lose(1, 1008);
    let begun = run.now;
    run.tell(Input::Online);
    run.until(opens);
    assert!(run.now - begun >= 30_000, "also where it came offline: {}", run.now - begun);
}

#[test]
fn attempts_end_when_there_were_enough() {
    let mut settings = Settings::default();
    settings.reconnect.max_attempts = Some(2);
    let mut run = Run::with(settings);
    run.tell(Input::Connect);
    assert_eq!(codes(&run.lose(1, 1006)), ["connect-failed"]);
    assert_eq!(run.session.status(), Status::Waiting);
    run.pass_deadline();
    let outputs = run.lose(2, 1006);
    assert_eq!(codes(&outputs), ["connect-failed"], "told once");
    assert_eq!(run.session.status(), Status::Closed);
}

#[test]
fn a_url_that_is_wrong_ends_the_session_and_one_that_is_late_does_not() {
    for (transient, status) in [(false, Status::Closed), (true, Status::Waiting)] {
        let mut run = Run::connecting();
        let failure = Failure::UrlRejected { why: "no".into(), transient, status: None };
        assert_eq!(codes(&run.tell(Input::LinkRefused(1, failure))), ["url-rejected"]);
        assert_eq!(run.session.status(), status);
    }
}

#[test]
fn nothing_is_tried_without_a_network_and_at_once_when_it_is_back() {
    let mut run = Run::ready();
    run.tell(Input::Offline);
    assert_eq!(run.session.status(), Status::Ready, "the link may have survived");
    run.lose(1, 1006);
    assert_eq!(run.session.status(), Status::Offline);
    assert_eq!(run.session.next_deadline(), None);
    run.tell(Input::Online);
    let wait = run.session.retry_at().expect("a wait") - run.now;
    assert!(wait <= 1_000, "{wait}");
    assert!(run.pass_deadline().contains(&Output::OpenLink(2)));
}

#[test]
fn a_link_that_is_being_opened_is_given_up_with_the_network_and_counts_as_no_failure() {
    let mut run = Run::connecting();
    let outputs = run.tell(Input::Offline);
    assert_eq!(outputs, [Output::DropLink(1), Output::Status(Status::Offline)]);
    assert_eq!(run.session.next_deadline(), None);
    run.tell(Input::Online);
    assert!(run.pass_deadline().contains(&Output::OpenLink(2)));
    run.lose(2, 1006);
    let wait = run.session.retry_at().expect("a wait") - run.now;
    assert!(wait <= 1_000, "the first one: {wait}");

    let mut run = Run::identifying();
    assert_eq!(run.tell(Input::Offline), [], "it is open, and may survive");
}

#[test]
fn close_works_in_every_status_and_only_once() {
    for mut run in [Run::connecting(), Run::identifying(), Run::ready()] {
        assert_eq!(
            run.tell(Input::Close(close(4000))),
            [
                Output::CloseLink(1, close(4000)),
                Output::DropLink(1),
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
    assert_eq!(run.lose(1, 1006), []);
    let frame = Inbound::GatewayFrame(GatewayFrame {
        message: "Forbidden".into(),
        connection_id: Field::Absent,
    });
    assert_eq!(run.tell(Input::LinkReceived(1, frame, 10)), []);
    assert_eq!(Run::ready().lose(9, 1006), []);
}

#[test]
fn a_line_of_chat_in_the_form_of_a_gateway_frame_is_a_message() {
    let chat = Output::Deliver(Delivery::Message);
    let report = Output::Deliver(Delivery::GatewayFrame);
    for (text, expected) in [
        (r#"{"connectionId":"peer=","message":"hello","messageId":"m1"}"#, &chat),
        (r#"{"connectionId":"id1=","message":"hello","messageId":"m1"}"#, &chat),
        (r#"{"connectionId":"peer=","message":"Forbidden","requestId":"r1"}"#, &chat),
        (r#"{"connectionId":"id1=","message":"Forbidden","requestId":"r1"}"#, &report),
        (r#"{"connectionId":"id1=","message":"Internal server error","requestId":"r"}"#, &report),
        (r#"{"connectionId":"id1=","message":"Bad request body","messageId":"m1"}"#, &report),
    ] {
        assert_eq!(Run::ready().receive(text), std::slice::from_ref(expected), "{text}");
    }
}
