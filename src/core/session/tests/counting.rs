//! What the counters say.

use super::*;
use crate::core::{Losses, Stats};

fn stats(run: &Run) -> Stats {
    run.session.stats().clone()
}

#[test]
fn every_lost_link_is_counted_once_by_its_cause() {
    let mut run = Run::connecting();
    run.tell(Input::LinkRefused(1, Failure::ConnectTimeout { timeout: 1 }));
    run.until(opens);
    run.lose(2, 1006); // Before it opened.
    run.until(opens);
    run.until(|output| matches!(output, Output::Failed(_))); // Never opened.
    run.until(opens);
    run.tell(Input::LinkOpened(4));
    run.until(|output| matches!(output, Output::Failed(_))); // Never answered.
    run.until(opens);
    run.open(5);
    run.lose(5, 1001);
    run.until(opens);
    run.open(6);
    run.lose(6, 1006);
    run.until(opens);
    run.open(7);
    run.tell(Input::Stored);
    run.tell(Input::Restored);
    run.open(8);
    let counted = stats(&run);
    assert_eq!(
        counted.losses,
        Losses { connect: 3, identify: 1, closed: 1, broken: 1, stored: 1, ..Losses::default() }
    );
    assert_eq!((counted.links_begun, counted.links_opened, counted.links_ready), (8, 5, 4));
}

#[test]
fn a_page_that_stays_hidden_is_a_cause_of_its_own() {
    let mut run =
        Run::ready_with(Settings { hidden_close_after: Some(500), ..Settings::default() });
    run.tell(Input::Hidden);
    run.pass(500);
    assert_eq!(stats(&run).losses, Losses { hidden: 1, ..Losses::default() });
    run.tell(Input::Stored); // There is no link left to lose.
    assert_eq!(stats(&run).losses.stored, 0);
}

#[test]
fn replacements_are_counted_by_whether_they_came_about() {
    let mut run = Run::ready_with(Settings { heartbeat: None, ..Settings::default() });
    run.until(opens);
    run.lose(2, 1006);
    run.until(opens);
    run.open(3);
    let counted = stats(&run);
    assert_eq!((counted.rotations, counted.rotations_failed), (1, 1));
    assert_eq!(counted.losses, Losses::default());
}

#[test]
fn answers_to_requests_are_messages_and_answers_to_questions_are_not() {
    let mut run = Run::ready();
    run.request(2, false);
    run.tell(Input::LinkReceived(1, Inbound::Answer(2), 70));
    run.tell(Input::LinkReceived(1, Inbound::Answer(2), 5)); // Nobody waits any more: a message.
    run.until(|output| matches!(output, Output::Identify(_)));
    run.tell(Input::LinkReceived(1, Inbound::ConnectionId("id1=".into()), 900));
    let counted = stats(&run);
    assert_eq!((counted.messages_received, counted.characters_received), (2, 75));
    assert_eq!((counted.messages_sent, counted.bytes_sent), (1, 10));
    assert_eq!(counted.heartbeats, 1);
}

#[test]
fn what_a_closing_link_did_not_take_was_not_sent() {
    let mut run = Run::ready();
    run.send(1);
    run.send(2);
    run.tell(Input::NotTaken(1, 2));
    let counted = stats(&run);
    assert_eq!((counted.messages_sent, counted.bytes_sent), (1, 10));
    assert_eq!(run.session.outbox_depth(), (1, 10));
}

#[test]
fn a_round_trip_is_the_time_from_a_question_to_its_answer() {
    let mut run = Run::identifying();
    run.now += 40;
    run.receive(r#"{"connectionId":"id1="}"#);
    run.until(|output| matches!(output, Output::Identify(_)));
    run.now += 25;
    run.receive(r#"{"connectionId":"id1="}"#);
    let Stats { round_trip, shortest_round_trip, longest_round_trip, .. } = stats(&run);
    assert_eq!([round_trip, shortest_round_trip, longest_round_trip], [25, 25, 40].map(Some));
}

#[test]
fn an_answer_that_may_be_to_either_of_two_questions_tells_no_round_trip() {
    let mut run = Run::identifying();
    run.wait(5_000); // It asks again.
    run.now += 1;
    run.receive(r#"{"connectionId":"id1="}"#);
    run.receive(r#"{"connectionId":"id1="}"#);
    assert_eq!(stats(&run).round_trip, None);
}

#[test]
fn a_question_that_was_never_answered_does_not_end_the_measuring() {
    let mut run = Run::identifying();
    run.wait(5_000);
    run.now += 30;
    run.receive(r#"{"connectionId":"id1="}"#); // One of two; the other was lost.
    run.until(|output| matches!(output, Output::Identify(_)));
    run.now += 30;
    run.receive(r#"{"connectionId":"id1="}"#);
    assert_eq!(stats(&run).round_trip, Some(30));
}
