//! Rooms.

use super::*;

#[test]
fn a_room_that_could_neither_be_joined_nor_left_is_asked_for_again() {
    let mut run = Run::ready();
    let joins = |outputs: Vec<Output>| {
        outputs.iter().any(|output| matches!(output, Output::JoinRoom(1, 1, _)))
    };
    assert!(joins(run.tell(Input::Join(1))));
    let error = r#"{"message":"Internal server error","connectionId":"id1=","requestId":"r"}"#;
    while run.session.pending_requests() > 0 {
        run.receive(error);
    }
    assert!(joins(run.tell(Input::Join(1))));
}

#[test]
fn rooms_are_joined_with_every_new_connection_id() {
    let mut run = Run::ready();
    let outputs = run.tell(Input::Join(5));
    let [Output::JoinRoom(1, 5, request)] = outputs[..] else { panic!("{outputs:?}") };
    let answer = Input::LinkReceived(1, Inbound::Answer(request), 10);
    assert_eq!(run.tell(answer), [Output::Joined(5)]);
    run.lose(1, 1001);
    run.until(opens);
    let outputs = run.open(2);
    assert!(matches!(outputs.last(), Some(Output::JoinRoom(2, 5, _))), "{outputs:?}");
    assert_eq!(run.tell(Input::Leave(5)), [], "only after the answer, for the order's sake");
}

#[test]
fn who_leaves_a_room_before_it_was_joined_is_told_so_once() {
    let mut run = Run::ready();
    run.tell(Input::Join(5));
    assert_eq!(run.tell(Input::Leave(5)), [Output::JoinFailed(5, Failure::Aborted.into())]);
    assert_eq!(run.tell(Input::Leave(5)), []);

    let mut run = Run::connecting();
    run.tell(Input::Join(5));
    assert_eq!(run.tell(Input::Leave(5)), [Output::JoinFailed(5, Failure::Aborted.into())]);
    let outputs = run.tell(Input::Close(close(1000)));
    assert!(!outputs.iter().any(|output| matches!(output, Output::JoinFailed(..))), "{outputs:?}");
}

#[test]
fn who_joins_a_room_again_while_its_link_is_lost_is_told_when_the_session_ends() {
    let mut run = Run::ready();
    let outputs = run.tell(Input::Join(5));
    let [Output::JoinRoom(1, 5, request)] = outputs[..] else { panic!("{outputs:?}") };
    run.tell(Input::LinkReceived(1, Inbound::Answer(request), 1));
    run.lose(1, 1006);
    assert_eq!(run.tell(Input::Join(5)), []);
    let outputs = run.tell(Input::Close(close(1000)));
    assert!(outputs.contains(&Output::JoinFailed(5, Failure::Closed.into())), "{outputs:?}");
}

#[test]
fn a_room_that_is_left_while_a_replacement_joins_it_is_left_on_the_link_that_stays() {
    let mut run = Run::ready_with(Settings { heartbeat: None, ..Settings::default() });
    let outputs = run.tell(Input::Join(5));
    let [Output::JoinRoom(1, 5, request)] = outputs[..] else { panic!("{outputs:?}") };
    run.tell(Input::LinkReceived(1, Inbound::Answer(request), 1));
    run.until(opens);
    let outputs = run.open(2);
    assert!(matches!(outputs.last(), Some(Output::JoinRoom(2, 5, _))), "{outputs:?}");
    let mut outputs = run.tell(Input::Leave(5));
    assert!(outputs.contains(&Output::DropLink(2)), "{outputs:?}");
    // Whatever it asks meanwhile is answered.
    while let Some(request) = outputs.iter().find_map(|output| match output {
        Output::JoinRoom(1, 5, request) => Some(*request),
        _ => None,
    }) {
        outputs = run.tell(Input::LinkReceived(1, Inbound::Answer(request), 1));
    }
    assert!(matches!(outputs.last(), Some(Output::LeaveRoom(1, 5, _))), "{outputs:?}");
}

#[test]
fn a_room_that_is_joined_while_a_replacement_joins_the_others_is_asked_once_and_they_are_not_asked_again()
 {
    let mut run = Run::ready_with(Settings { heartbeat: None, ..Settings::default() });
    let outputs = run.tell(Input::Join(5));
    let [Output::JoinRoom(1, 5, request)] = outputs[..] else { panic!("{outputs:?}") };
    run.tell(Input::LinkReceived(1, Inbound::Answer(request), 1));
    run.until(opens);
    let outputs = run.open(2);
    let Some(&Output::JoinRoom(2, 5, first)) = outputs.last() else { panic!("{outputs:?}") };
    let outputs = run.tell(Input::Join(6));
    let [Output::JoinRoom(2, 6, second)] = outputs[..] else { panic!("{outputs:?}") };
    assert_eq!(run.tell(Input::LinkReceived(2, Inbound::Answer(first), 1)), [Output::Joined(5)]);
    let outputs = run.tell(Input::LinkReceived(2, Inbound::Answer(second), 1));
    assert!(outputs.starts_with(&[Output::Joined(6)]), "{outputs:?}");
    assert_eq!(run.session.connection_id(), Some("id2="));
    assert_eq!(run.session.pending_requests(), 0);
}
