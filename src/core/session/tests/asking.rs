//! Asking the user whether another link is wanted.

use super::*;

fn asking() -> Settings {
    Settings { asks_to_reconnect: true, ..Settings::default() }
}

/// What the user is asked about, which is the last thing that was decided.
fn asked(outputs: &[Output]) -> (&LinkClose, &'static str) {
    match outputs.last() {
        Some(Output::AskReconnect(failure)) => (failure.close(), failure.code()),
        _ => panic!("the user is not asked last: {outputs:?}"),
    }
}

#[test]
fn the_user_is_asked_about_every_loss_also_where_no_close_event_came() {
    let connecting = || {
        let mut run = Run::with(asking());
        run.tell(Input::Connect);
        run
    };
    let gone = LinkClose::without_frame();

    let mut run = Run::ready_with(asking());
    assert_eq!(asked(&run.lose(1, 4000)), (&close(4000), "connection-lost"));

    let mut run = connecting();
    assert_eq!(asked(&run.lose(1, 1006)), (&gone, "connect-failed"));

    let mut run = connecting();
    assert_eq!(asked(&run.pass_deadline()), (&gone, "connect-timeout"));

    let mut run = connecting();
    let failure = Failure::UrlRejected { why: "no".into(), transient: true, status: None };
    assert_eq!(asked(&run.tell(Input::LinkRefused(1, failure))), (&gone, "url-rejected"));

    let mut run = connecting();
    run.tell(Input::LinkOpened(1));
    run.pass_deadline();
    run.pass_deadline();
    assert_eq!(asked(&run.pass_deadline()), (&gone, "identify-failed"));

    let mut run = Run::ready_with(asking());
    run.now += 15_000;
    run.tell(Input::Visible);
    let outputs = run.until(|output| matches!(output, Output::AskReconnect(_)));
    assert_eq!(asked(&outputs), (&gone, "connection-lost"));
    let outputs = run.tell(Input::Reconnect(true));
    assert_eq!(outputs, [Output::Closed(gone.clone()), Output::Status(Status::Waiting)]);

    let mut run = Run::ready_with(asking());
    assert_eq!(asked(&run.wait(3 * 3_600_000)), (&gone, "connection-lost"), "outlived");
}

#[test]
fn the_user_is_not_asked_where_the_answer_could_not_matter() {
    let asks = |output: &Output| matches!(output, Output::AskReconnect(_));
    let mut settings = asking();
    settings.reconnect.max_attempts = Some(1);
    let mut run = Run::with(settings);
    run.tell(Input::Connect);
    let outputs = run.lose(1, 1006);
    assert!(!outputs.iter().any(asks), "{outputs:?}");
    assert_eq!(run.session.status(), Status::Closed);

    let mut run = Run::with(asking());
    run.tell(Input::Connect);
    run.tell(Input::LinkOpened(1));
    let outputs = run.receive(r#"{"message": "Forbidden", "connectionId":"a=", "requestId":"b="}"#);
    assert!(!outputs.iter().any(asks), "{outputs:?}");

    let mut run = Run::ready_with(asking());
    let outputs = run.tell(Input::Close(close(1000)));
    assert!(!outputs.iter().any(asks), "{outputs:?}");
}

#[test]
fn whatever_happens_while_the_user_is_asked_the_session_goes_on_as_wished() {
    let ask = || {
        let mut run = Run::ready_with(asking());
        run.lose(1, 1006);
        run
    };
    let mut run = ask();
    assert_eq!(run.send(1), [], "it waits");
    run.tell(Input::Reconnect(true));
    run.until(opens);
    assert!(run.open(2).contains(&Output::Transmit(2, 1)));

    let mut run = ask();
    run.send(1);
    let outputs = run.tell(Input::Reconnect(false));
    assert!(matches!(outputs.last(), Some(Output::Reject(1, _))), "{outputs:?}");

    let mut run = ask();
    run.tell(Input::Close(close(1000)));
    assert_eq!(run.tell(Input::Reconnect(true)), []);
    assert_eq!(run.session.next_deadline(), None);

    let mut run = ask();
    run.tell(Input::Stored);
    run.tell(Input::Reconnect(true));
    assert_eq!((run.session.status(), run.session.next_deadline()), (Status::Idle, None));
    assert!(run.tell(Input::Restored).contains(&Output::OpenLink(2)));

    for wanted in [true, false] {
        let mut run = ask();
        run.tell(Input::Stored);
        run.tell(Input::Restored);
        let outputs = run.tell(Input::Reconnect(wanted));
        let dropped = outputs.contains(&Output::DropLink(2));
        assert_eq!(dropped, !wanted, "the link that the page's return began: {outputs:?}");
        assert_eq!(run.session.link(), wanted.then_some(2));
    }

    let mut run = ask();
    run.tell(Input::Offline);
    run.tell(Input::Reconnect(true));
    assert_eq!((run.session.status(), run.session.next_deadline()), (Status::Offline, None));

    assert_eq!(Run::ready().tell(Input::Reconnect(false)), [], "nobody was asked");
}

#[test]
fn a_replacement_under_way_takes_over_when_the_user_says_so() {
    for wanted in [true, false] {
        let mut run = Run::ready_with(asking());
        run.tell(Input::LinkReceived(1, Inbound::Message(NotAnAnswer::NotJson), 10));
        let next = loop {
            run.tell(Input::LinkReceived(1, Inbound::Message(NotAnAnswer::NotJson), 10));
            if let Some(Output::OpenLink(next)) = run.pass_deadline().into_iter().find(opens) {
                break next;
            }
        };
        run.lose(1, 1006);
        let outputs = run.tell(Input::Reconnect(wanted));
        assert_eq!(outputs[0], Output::Closed(close(1006)));
        let expected = if wanted { Status::Connecting } else { Status::Closed };
        assert_eq!(run.session.status(), expected);
        assert_eq!(outputs.contains(&Output::DropLink(next)), !wanted, "{outputs:?}");
    }
}

#[test]
fn a_user_who_wants_no_other_link_ends_the_session_with_its_cause() {
    let mut run = Run::ready_with(asking());
    run.lose(1, 4001);
    let outputs = run.tell(Input::Reconnect(false));
    assert_eq!(codes(&outputs), ["connection-lost"]);
    assert_eq!(run.session.status(), Status::Closed);
    assert_eq!(run.session.next_deadline(), None);
}
