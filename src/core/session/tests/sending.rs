//! Messages and requests, and what becomes of them.

use super::*;

fn unknown(message: MessageId, code: u16) -> Output {
    Output::Reject(message, Failure::DeliveryUnknown { code: Some(code) }.into())
}

/// The links and messages of all that was handed to a link, in order.
fn transmitted(outputs: Vec<Output>) -> Vec<(LinkId, MessageId)> {
    let transmission = |output| match output {
        Output::Transmit(link, message) => Some((link, message)),
        _ => None,
    };
    outputs.into_iter().filter_map(transmission).collect()
}

#[test]
fn messages_wait_for_ready_and_go_out_in_order() {
    let mut run = Run::connecting();
    assert_eq!(run.send(1), []);
    run.tell(Input::LinkOpened(1));
    assert_eq!(run.send(2), []);
    let outputs = run.receive(r#"{"connectionId":"abc="}"#);
    assert_eq!(outputs[2..], [Output::Transmit(1, 1), Output::Transmit(1, 2)]);
    assert_eq!(run.send(3), [Output::Transmit(1, 3)]);
    assert_eq!(
        run.tell(Input::LinkDrained(1, 2)),
        [Output::Confirm(1), Output::Confirm(2)],
        "the third has not left"
    );
}

#[test]
fn a_full_outbox_rejects_the_new_message_and_keeps_the_old() {
    let mut run = Run::connecting();
    for message in 0..256 {
        assert_eq!(run.tell(Input::Send { message, bytes: 1, retry: false }), []);
    }
    let full = Failure::OutboxFull { messages: 256, bytes: 256 };
    assert_eq!(run.send(256), [Output::Reject(256, full.into())]);
}

#[test]
fn a_message_above_the_frame_limit_never_reaches_a_link() {
    let mut run = Run::ready();
    let too_large = Failure::FrameTooLarge { bytes: 32_769, limit: 32_768 };
    let sent = run.tell(Input::Send { message: 1, bytes: 32_769, retry: false });
    assert_eq!(sent, [Output::Reject(1, too_large.into())]);
    let sent = run.tell(Input::Send { message: 2, bytes: 32_768, retry: false });
    assert_eq!(sent, [Output::Transmit(1, 2)]);
}

#[test]
fn what_waited_for_too_long_is_given_back() {
    let mut settings = Settings::default();
    settings.outbox.time_to_live = Some(2_000);
    let mut run = Run::with(settings);
    run.tell(Input::Connect);
    run.send(1);
    let expired = Failure::Expired { time_to_live: 2_000 };
    assert_eq!(run.wait(2_000), [Output::Reject(1, expired.into())]);
}

#[test]
fn what_a_dead_link_had_taken_is_unknown_and_what_waits_goes_out_later() {
    let mut run = Run::ready();
    run.send(1);
    run.send(2);
    run.tell(Input::LinkDrained(1, 1));
    let outputs = run.lose(1, 1006);
    assert!(outputs.contains(&unknown(2, 1006)), "{outputs:?}");
    assert_eq!(run.send(3), []);
    run.until(opens);
    assert!(run.open(2).contains(&Output::Transmit(2, 3)));
}

#[test]
fn a_message_with_retry_goes_out_again_in_its_old_place() {
    let mut run = Run::ready();
    run.tell(Input::Send { message: 1, bytes: 10, retry: true });
    run.request(2, true);
    run.lose(1, 1006);
    run.send(3);
    run.until(opens);
    let outputs = run.open(2);
    assert_eq!(transmitted(outputs), [(2, 1), (2, 2), (2, 3)]);
}

#[test]
fn what_the_other_side_could_not_take_is_never_sent_again() {
    for code in [1003, 1009] {
        let mut run = Run::ready();
        run.tell(Input::Send { message: 1, bytes: 10, retry: true });
        run.request(2, true);
        let outputs = run.lose(1, code);
        assert!(outputs.contains(&unknown(1, code)), "{outputs:?}");
        let lost = Failure::ConnectionLost { close: close(code) };
        assert!(outputs.contains(&Output::Reject(2, lost.into())), "{outputs:?}");
    }
}

#[test]
fn an_answer_settles_its_request_and_proves_what_went_before() {
    let mut run = Run::ready();
    run.send(1);
    run.request(2, false);
    run.send(3);
    assert_eq!(
        run.tell(Input::LinkReceived(1, Inbound::Answer(2), 10)),
        [Output::Confirm(1), Output::Answer(2)]
    );
    assert!(!run.session.awaits_answer());
    assert_eq!(
        run.tell(Input::LinkReceived(1, Inbound::Answer(2), 10)),
        [Output::Deliver(Delivery::Message)],
        "a second answer is a message like any other"
    );
}

#[test]
fn a_request_without_answer_times_out_and_makes_the_session_doubt_its_link() {
    let mut run = Run::ready();
    run.request(1, false);
    let outputs = run.wait(29_000);
    assert_eq!(outputs, [Output::Reject(1, Failure::RequestTimeout.into()), Output::Identify(1)]);
    assert_eq!(run.session.stats().probes, 1);
}

#[test]
fn an_error_of_the_gateway_fails_the_only_request_and_is_an_event_where_there_are_more() {
    let frame = r#"{"message": "Internal server error", "connectionId":"id1=", "requestId":"r="}"#;
    let mut run = Run::ready();
    run.request(1, false);
    let outputs = run.receive(frame);
    assert!(
        matches!(&outputs[..], [Output::Reject(1, failure)] if failure.code() == "gateway-error"),
        "{outputs:?}"
    );
    run.request(2, false);
    run.request(3, false);
    assert_eq!(run.receive(frame), [Output::Deliver(Delivery::GatewayFrame)]);
}

#[test]
fn who_lost_interest_is_told_once_and_a_message_on_its_way_stays_there() {
    let mut run = Run::connecting();
    run.send(1);
    run.request(2, false);
    let aborted = |message| Output::Reject(message, Failure::Aborted.into());
    assert_eq!(run.tell(Input::Abort(1)), [aborted(1)]);
    assert_eq!(run.tell(Input::Abort(2)), [aborted(2)]);
    assert_eq!(run.tell(Input::Abort(2)), []);
    run.open(1);
    assert_eq!(run.send(3), [Output::Transmit(1, 3)]);
    assert_eq!(run.tell(Input::Abort(3)), [], "it has gone");
    run.request(4, false);
    assert_eq!(run.tell(Input::Abort(4)), [aborted(4)]);
}

#[test]
fn the_end_rejects_what_waits_with_its_cause() {
    let mut run = Run::connecting();
    run.send(1);
    run.request(2, false);
    let outputs = run.tell(Input::Close(close(1000)));
    assert!(outputs.contains(&Output::Reject(1, Failure::Closed.into())), "{outputs:?}");
    assert!(outputs.contains(&Output::Reject(2, Failure::Closed.into())), "{outputs:?}");
    assert_eq!(run.send(3), [Output::Reject(3, Failure::Closed.into())]);
}

#[test]
fn close_lets_the_browser_send_what_it_holds_and_then_tells_the_truth() {
    let mut run = Run::ready();
    run.send(1);
    run.send(2);
    let outputs = run.tell(Input::Close(close(1000)));
    assert!(!outputs.contains(&Output::DropLink(1)), "{outputs:?}");
    assert!(!run.session.is_done());
    assert_eq!(run.tell(Input::LinkDrained(1, 1)), [Output::Confirm(1)]);
    assert_eq!(run.lose(1, 1006), [Output::DropLink(1), unknown(2, 1006)]);
    assert!(run.session.is_done());
    assert_eq!(run.session.next_deadline(), None);

    let mut run = Run::ready();
    run.send(1);
    run.tell(Input::Close(close(1000)));
    let last = run.tell(Input::LinkDrained(1, 1));
    assert_eq!(last, [Output::Confirm(1), Output::DropLink(1)], "nothing is left to wait for");

    let mut run = Run::ready();
    run.send(1);
    run.tell(Input::Close(close(1000)));
    let unknown = Output::Reject(1, Failure::DeliveryUnknown { code: None }.into());
    assert_eq!(run.wait(3_000), [Output::DropLink(1), unknown], "nobody waits for ever");
}

#[test]
fn what_a_closing_link_did_not_take_waits_for_the_next_one_in_its_place() {
    let mut run = Run::ready();
    run.send(1);
    assert_eq!(run.tell(Input::NotTaken(1, 1)), []);
    assert_eq!(run.send(2), [], "behind the first");
    assert_eq!(run.session.stats().messages_sent, 0);
    run.request(3, false);
    let outputs = run.lose(1, 1001);
    assert!(!outputs.iter().any(|output| matches!(output, Output::Reject(..))), "{outputs:?}");
    run.until(opens);
    let outputs = run.open(2);
    assert_eq!(transmitted(outputs), [(2, 1), (2, 2), (2, 3)]);
}

#[test]
fn a_request_that_ran_out_of_time_before_its_link_could_take_it_is_not_sent_later() {
    let mut run = Run::ready();
    run.request(1, true);
    run.tell(Input::Abort(1));
    run.tell(Input::NotTaken(1, 1));
    run.lose(1, 1006);
    run.until(opens);
    assert!(!run.open(2).contains(&Output::Transmit(2, 1)));
}

#[test]
fn a_link_through_which_nothing_leaves_takes_so_much_and_the_outbox_the_rest() {
    let mut run = Run::ready();
    let mut taken = 0;
    let refused = loop {
        let message = taken + 1;
        let outputs = run.tell(Input::Send { message, bytes: 32_000, retry: false });
        match outputs[..] {
            [Output::Transmit(1, _)] => taken = message,
            _ => break outputs,
        }
    };
    assert_eq!(refused, [], "it waits");
    assert!((500..550).contains(&taken), "16 MiB: {taken}");
    let full = (2..).find_map(|more| {
        let message = taken + more;
        let outputs = run.tell(Input::Send { message, bytes: 32_000, retry: false });
        outputs.into_iter().find(|output| matches!(output, Output::Reject(..)))
    });
    assert!(
        matches!(&full, Some(Output::Reject(_, failure)) if failure.code() == "outbox-full"),
        "{full:?}"
    );
    let outputs = run.tell(Input::LinkDrained(1, 1));
    assert_eq!(outputs, [Output::Confirm(1), Output::Transmit(1, taken + 1)], "in its turn");
}

#[test]
fn a_throttle_of_the_gateway_fails_the_request_that_it_hit() {
    let mut run = Run::ready();
    run.request(1, false);
    let outputs =
        run.receive(r#"{"message":"Too Many Requests","connectionId":"id1=","requestId":"r="}"#);
    assert!(
        matches!(&outputs[..], [Output::Reject(1, failure)] if failure.code() == "gateway-error")
    );
}
