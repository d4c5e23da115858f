//! What the trace keeps, and what it never does.

use super::*;
use crate::core::{Step, TraceEntry, TraceSettings};

/// The entries as lines without number and time.
fn lines(run: &Run) -> Vec<String> {
    let line = |line: String| line.split_once(" ms ").expect("a time").1.to_owned();
    run.session.trace().iter().map(|entry| line(entry.to_string())).collect()
}

fn with_trace(entries: usize, messages: bool) -> Settings {
    Settings { trace: TraceSettings { entries, messages }, ..Settings::default() }
}

/// Forgets what has been traced so far.
fn lines_after(run: &Run, number: u64) -> Vec<String> {
    let seen = run.session.trace().iter().filter(|entry| entry.number <= number).count();
    lines(run).split_off(seen)
}

#[test]
fn a_session_that_loses_its_link_is_told_in_order() {
    let mut run = Run::ready();
    run.lose(1, 1001);
    let mut told = lines(&run);
    told.retain(|line| !line.starts_with("wait"));
    assert_eq!(
        told,
        [
            "status status connecting",
            "link 1 connect",
            "link 1 open",
            "status status identifying",
            "link 1 identify",
            "link 1 answer roundTrip 0",
            "status status ready",
            "link 1 connectionid connectionId id1=",
            "link 1 close wasClean true code 1001",
            "link 1 lost cause closed",
            "status status waiting",
        ]
    );
}

#[test]
fn a_wait_says_how_long_and_after_how_many_failures() {
    let mut run = Run::connecting();
    run.lose(1, 1006);
    let retry_at = run.session.retry_at().expect("a time");
    let delay = retry_at - run.now;
    let told = lines(&run);
    assert!(told.contains(&format!("wait failures 1 delay {delay}")), "{told:?}");
    assert!(told.contains(&"failed code connect-failed".to_owned()), "{told:?}");
}

#[test]
fn a_replacement_is_told_from_its_beginning_to_its_end() {
    let mut run = Run::ready_with(Settings { heartbeat: None, ..Settings::default() });
    let before = run.session.trace().last_number();
    run.until(opens);
    run.open(2);
    assert_eq!(
        lines_after(&run, before),
        [
            "link 2 rotation step begun",
            "link 2 connect",
            "link 2 open",
            "link 2 identify",
            "link 2 answer roundTrip 0",
            "link 2 rotation step done",
            "link 2 connectionid connectionId id2=",
            "link 1 closing code 1000",
        ]
    );
}

#[test]
fn a_replacement_that_fails_says_so() {
    let mut run = Run::ready_with(Settings { heartbeat: None, ..Settings::default() });
    run.until(opens);
    run.lose(2, 1006);
    assert_eq!(lines(&run).last().map(String::as_str), Some("link 2 rotation step failed"));
}

#[test]
fn questions_are_told_by_what_they_are_for_and_a_late_timer_by_how_much() {
    let mut run = Run::ready();
    run.until(|output| matches!(output, Output::Identify(_)));
    run.receive(r#"{"connectionId":"id1="}"#);
    let before = run.session.trace().last_number();
    let late = 1_000_000;
    run.now = run.session.next_deadline().expect("a heartbeat") + late;
    run.tell(Input::Tick);
    run.tell(Input::Hidden);
    let told = lines_after(&run, before);
    assert_eq!(told, [&format!("late by {late}"), "link 1 probe", "page signal hidden"]);
    assert!(lines(&run).contains(&"link 1 heartbeat".to_owned()));
}

#[test]
fn a_gateway_frame_is_told_by_its_report_and_a_line_of_chat_is_not() {
    let mut run = Run::ready();
    let before = run.session.trace().last_number();
    run.receive(r#"{"message":"Forbidden","connectionId":"id1=","requestId":"r"}"#);
    run.receive(r#"{"message":"a secret","connectionId":"id2=","messageId":"m"}"#);
    assert_eq!(lines_after(&run, before), ["link 1 gatewayframe message Forbidden"]);
}

#[test]
fn rooms_are_told_by_their_number() {
    let mut run = Run::ready();
    let before = run.session.trace().last_number();
    let outputs = run.tell(Input::Join(4));
    let [Output::JoinRoom(1, 4, request)] = outputs[..] else { panic!("{outputs:?}") };
    run.tell(Input::LinkReceived(1, Inbound::Answer(request), 10));
    run.tell(Input::Leave(4));
    assert_eq!(
        lines_after(&run, before),
        [
            "link 1 room room 4 step join",
            "room room 4 step joined",
            "link 1 room room 4 step leave"
        ]
    );
}

#[test]
fn messages_have_no_entries_unless_they_are_asked_for() {
    for messages in [false, true] {
        let mut run = Run::ready_with(with_trace(256, messages));
        let before = run.session.trace().last_number();
        run.send(1);
        run.tell(Input::LinkDrained(1, 1));
        run.request(2, false);
        run.tell(Input::LinkReceived(1, Inbound::Answer(2), 33));
        run.tell(Input::Send { message: 3, bytes: 1 << 20, retry: false });
        let expected: &[&str] = if messages {
            &[
                "send bytes 10 message 1",
                "link 1 transmit message 1",
                "resolved message 1",
                "request bytes 10 message 2",
                "link 1 transmit message 2",
                "link 1 received length 33",
                "resolved message 2",
                "send bytes 1048576 message 3",
                "rejected message 3 count 1 code frame-too-large",
            ]
        } else {
            &["rejected count 1 code frame-too-large"]
        };
        assert_eq!(lines_after(&run, before), expected);
    }
}

#[test]
fn what_a_lost_link_rejects_is_one_entry_and_pushes_nothing_out() {
    let mut run = Run::ready_with(with_trace(12, false));
    for message in 0..1_000 {
        run.send(message);
    }
    run.lose(1, 1001);
    let told = lines(&run);
    assert!(told.contains(&"rejected count 1000 code delivery-unknown".to_owned()), "{told:?}");
    assert!(told.contains(&"link 1 open".to_owned()), "{told:?}");
}

#[test]
fn the_oldest_entries_are_dropped_and_the_numbers_tell_how_many() {
    let mut run = Run::ready_with(with_trace(5, false));
    for _ in 0..10 {
        run.tell(Input::Offline);
        run.tell(Input::Online);
    }
    let numbers: Vec<u64> = run.session.trace().iter().map(|entry| entry.number).collect();
    let last = run.session.trace().last_number();
    assert_eq!(numbers, (last - 4..=last).collect::<Vec<_>>());
    assert_eq!(last, 8 + 20, "what made it ready, and each news");
    let none = Run::ready_with(with_trace(0, true));
    assert_eq!(none.session.trace().iter().count(), 0);
}

#[test]
fn a_trace_can_be_followed_while_it_grows() {
    let mut run = Run::ready_with(with_trace(256, false));
    let mut followed = Vec::new();
    for _ in 0..3 {
        let last = followed.last().map_or(0, |entry: &TraceEntry| entry.number);
        followed.extend(run.session.trace().after(last).cloned());
        run.tell(Input::Frozen);
        run.tell(Input::Resumed);
    }
    let all: Vec<TraceEntry> = run.session.trace().iter().cloned().collect();
    assert_eq!(followed, all[..all.len() - 2]);
    assert_eq!(run.session.trace().after(all.len() as u64).count(), 0);
}

#[test]
fn no_text_of_a_user_or_a_server_gets_into_a_trace() {
    let secret = "geheim";
    let mut settings = with_trace(256, true);
    settings.identify.as_mut().expect("a question").action = secret.to_owned();
    let mut run = Run::with(settings);
    run.tell(Input::Connect);
    let why = format!("wss://example.com/?token={secret}");
    run.tell(Input::LinkRefused(1, Failure::UrlRejected { why, transient: true, status: None }));
    run.until(opens);
    run.tell(Input::LinkOpened(2));
    run.receive_on(
        2,
        &format!(r#"{{"message":"{secret}","connectionId":"{secret}","requestId":"{secret}"}}"#),
    );
    run.receive_on(2, r#"{"connectionId":"id2="}"#);
    let close = LinkClose { code: 4000, reason: secret.to_owned(), was_clean: true };
    run.tell(Input::LinkClosed(2, close.clone()));
    run.tell(Input::Close(close));
    let told = lines(&run);
    assert!(told.contains(&"link 2 gatewayframe message unknown".to_owned()), "{told:?}");
    assert!(told.iter().all(|line| !line.contains(secret)), "{told:?}");
}

#[test]
fn the_time_of_every_step_is_told_from_its_beginning_whether_it_succeeds_or_not() {
    let took = |run: &mut Run, input: Input| {
        run.session.handle(run.now, input);
        let outputs: Vec<_> = std::iter::from_fn(|| run.session.poll()).collect();
        let now = run.now;
        let took = |output: &Output| match output {
            Output::Took { step, link, since, until, ok } => {
                assert_eq!(*until, now);
                Some((*step, *link, *since, *ok))
            }
            _ => None,
        };
        outputs.iter().filter_map(took).collect::<Vec<_>>()
    };
    let answer =
        |link: LinkId| Input::LinkReceived(link, Inbound::ConnectionId(format!("id{link}=")), 10);
    let mut run = Run::with(Settings { heartbeat: None, ..Settings::default() });
    run.tell(Input::Connect);
    let begun = run.now;
    run.now += 30;
    assert_eq!(took(&mut run, Input::LinkOpened(1)), [(Step::Connect, 1, begun, true)]);
    let opened = run.now;
    run.now += 20;
    assert_eq!(took(&mut run, answer(1)), [(Step::Identify, 1, opened, true)]);

    run.until(opens);
    let begun = run.now;
    run.now += 10;
    took(&mut run, Input::LinkOpened(2));
    let opened = run.now;
    run.now += 10;
    let both = [(Step::Identify, 2, opened, true), (Step::Rotate, 2, begun, true)];
    assert_eq!(took(&mut run, answer(2)), both);

    run.until(opens);
    let begun = run.now;
    let failed = took(&mut run, Input::LinkClosed(3, close(1006)));
    assert_eq!(failed, [(Step::Rotate, 3, begun, false)]);
    assert_eq!(took(&mut run, Input::LinkClosed(2, close(1006))), [], "it was ready");
    run.until(opens);
    let begun = run.now;
    run.now += 5;
    let failed = took(&mut run, Input::LinkClosed(4, close(1006)));
    assert_eq!(failed, [(Step::Connect, 4, begun, false)]);
    run.until(opens);
    run.tell(Input::LinkOpened(5));
    let opened = run.now;
    let failed = took(&mut run, Input::LinkClosed(5, close(1006)));
    assert_eq!(failed, [(Step::Identify, 5, opened, false)]);
}

#[test]
fn a_link_that_asks_for_no_connection_id_has_no_step_after_its_opening() {
    let mut run = Run::with(Settings::generic());
    run.tell(Input::Connect);
    run.session.handle(run.now, Input::LinkOpened(1));
    let outputs: Vec<_> = std::iter::from_fn(|| run.session.poll()).collect();
    let steps = outputs.iter().filter(|output| matches!(output, Output::Took { .. })).count();
    assert_eq!(steps, 1, "{outputs:?}");
}
