//! Heartbeats, probes, rotation, rooms, and the page around a session.

use super::*;

const MINUTE: u64 = 60_000;

fn asks(output: &Output) -> bool {
    matches!(output, Output::Identify(_))
}

/// Tells of a message, as any other message proves that a link lives.
fn hear(run: &mut Run, link: LinkId) {
    run.tell(Input::LinkReceived(link, Inbound::Message(NotAnAnswer::NotRead), 10));
}

#[test]
fn a_heartbeat_follows_eight_silent_minutes_and_its_answer_is_no_message() {
    let mut run = Run::ready();
    let outputs = run.until(asks);
    assert_eq!(outputs, [Output::Identify(1)]);
    let waited = run.now - 1_000;
    assert!((432_000..=528_000).contains(&waited), "{waited}");
    assert_eq!(run.receive(r#"{"connectionId":"id1="}"#), []);
    assert_eq!(run.session.stats().heartbeats, 1);
}

#[test]
fn what_arrives_puts_the_heartbeat_off() {
    let mut run = Run::ready();
    for _ in 0..10 {
        assert!(!run.pass(4 * MINUTE).iter().any(asks));
        hear(&mut run, 1);
    }
}

#[test]
fn a_dead_link_is_found_also_by_a_session_that_sends_all_the_time() {
    let mut run = Run::ready();
    let begun = run.now;
    for message in 0.. {
        run.send(message);
        run.tell(Input::LinkDrained(1, message));
        if run.pass(MINUTE).iter().any(opens) {
            break;
        }
        assert!(run.now - begun < 11 * MINUTE, "it goes on sending to nobody");
    }
    assert_eq!(run.session.stats().losses.silent, 1);
}

#[test]
fn heartbeats_that_are_faster_than_an_answer_may_be_do_not_put_the_loss_off() {
    let settings = Settings { heartbeat: Some(3_000), ..Settings::default() };
    let mut run = Run::ready_with(settings);
    run.pass(15_000);
    assert_eq!(run.session.stats().losses.silent, 1);
}

#[test]
fn a_silent_heartbeat_is_followed_by_a_probe_and_then_by_another_link() {
    let mut run = Run::ready();
    run.until(asks);
    assert_eq!(run.wait(5_000), [Output::Identify(1)], "a cold start may take its time");
    let outputs = run.wait(5_000);
    assert_eq!(
        outputs,
        [
            Output::CloseLink(1, close(1000)),
            Output::DropLink(1),
            Output::Closed(close(1006)),
            Output::Status(Status::Waiting),
        ]
    );
    assert_eq!(run.session.stats().losses.silent, 1);
}

#[test]
fn a_probe_is_skipped_when_something_arrived_a_moment_ago() {
    let mut run = Run::ready();
    run.now += 14_999;
    assert_eq!(run.tell(Input::Visible), []);
    run.now += 1;
    assert_eq!(run.tell(Input::Online), [Output::Identify(1)]);
    hear(&mut run, 1);
    assert!(run.wait(5_000).is_empty(), "any message answers a probe");
}

#[test]
fn a_hidden_page_is_not_held_to_its_probe() {
    let mut run = Run::ready();
    run.now += MINUTE;
    assert_eq!(run.tell(Input::Online), [Output::Identify(1)]);
    run.tell(Input::Hidden);
    assert_eq!(run.wait(5_000), []);
    assert_eq!(run.session.status(), Status::Ready);
    assert_eq!(run.tell(Input::Visible), [Output::Identify(1)], "asked again where it counts");
}

#[test]
fn a_timer_that_fires_late_means_sleep_and_sleep_means_a_probe() {
    let mut run = Run::ready();
    assert_eq!(run.wait(60 * MINUTE), [Output::Identify(1)]);
    let mut run = Run::ready();
    let outputs = run.wait(3 * 60 * MINUTE);
    assert!(outputs.contains(&Output::DropLink(1)), "no link outlives two hours: {outputs:?}");
    assert_eq!(run.session.stats().losses.outlived, 1);
}

#[test]
fn an_answer_that_slept_with_the_machine_is_still_heard() {
    let mut run = Run::connecting();
    assert_eq!(run.wait(60 * MINUTE), [], "the open event may stand behind the timer");
    assert!(run.tell(Input::LinkOpened(1)).contains(&Output::Identify(1)));
}

#[test]
fn rotation_changes_the_connection_id_without_a_gap() {
    let mut run = Run::ready();
    run.request(1, false);
    let mut outputs = Vec::new();
    while !outputs.contains(&Output::OpenLink(2)) {
        hear(&mut run, 1);
        if !run.session.awaits_answer() {
            run.request(1, false);
        }
        outputs = run.pass_deadline();
    }
    let age = run.now - 1_000;
    assert!((105 * MINUTE..=115 * MINUTE).contains(&age), "{age}");
    run.request(2, false);
    let outputs = run.open(2);
    let id = Output::ConnectionId { id: "id2=".into(), previous: Some("id1=".into()) };
    assert!(outputs.contains(&id), "{outputs:?}");
    assert_eq!(run.session.status(), Status::Ready);
    assert!(!outputs.iter().any(|output| matches!(output, Output::Status(_))), "{outputs:?}");
    assert_eq!(run.send(3), [Output::Transmit(2, 3)], "new messages take the new link");
    let outputs = run.tell(Input::LinkReceived(1, Inbound::Answer(2), 10));
    assert!(outputs.contains(&Output::Answer(2)), "the old one still answers: {outputs:?}");
}

#[test]
fn a_rotation_that_fails_leaves_the_link_and_is_tried_again() {
    let mut run = Run::ready();
    let mut outputs = Vec::new();
    while !outputs.contains(&Output::OpenLink(2)) {
        hear(&mut run, 1);
        outputs = run.pass_deadline();
    }
    assert_eq!(run.lose(2, 1006), [Output::DropLink(2)]);
    assert_eq!(run.session.connection_id(), Some("id1="));
    hear(&mut run, 1);
    let begun = run.now;
    run.until(opens);
    assert!((10_000..=60_000).contains(&(run.now - begun)), "{}", run.now - begun);
}

#[test]
fn a_link_lost_during_rotation_leaves_the_new_one_in_its_place() {
    let mut run = Run::ready();
    let mut outputs = Vec::new();
    while !outputs.contains(&Output::OpenLink(2)) {
        hear(&mut run, 1);
        outputs = run.pass_deadline();
    }
    run.lose(1, 1001);
    assert_eq!(run.session.status(), Status::Connecting);
    run.open(2);
    assert_eq!(run.session.connection_id(), Some("id2="));
}

#[test]
fn a_page_in_the_back_forward_cache_has_no_link_and_gets_one_when_it_is_back() {
    let mut run = Run::ready();
    run.send(1);
    let outputs = run.tell(Input::Stored);
    assert!(outputs.contains(&Output::DropLink(1)), "{outputs:?}");
    assert_eq!(run.session.status(), Status::Idle);
    assert_eq!(run.session.next_deadline(), None);
    run.send(2);
    let outputs = run.tell(Input::Restored);
    assert!(outputs.contains(&Output::OpenLink(2)), "{outputs:?}");
    assert!(run.open(2).contains(&Output::Transmit(2, 2)));
}

#[test]
fn a_hidden_page_may_give_its_link_back_and_gets_another_when_it_is_seen() {
    let settings = Settings { hidden_close_after: Some(MINUTE), ..Settings::default() };
    let mut run = Run::ready_with(settings.clone());
    run.tell(Input::Hidden);
    assert!(run.wait(MINUTE).contains(&Output::DropLink(1)));
    assert_eq!(run.session.status(), Status::Idle);
    assert!(run.tell(Input::Visible).contains(&Output::OpenLink(2)));

    let mut run = Run::ready_with(settings);
    run.tell(Input::Hidden);
    run.wait(MINUTE);
    assert!(run.send(1).contains(&Output::OpenLink(2)), "a message needs a link");
}

#[test]
fn a_frozen_page_asks_when_it_runs_again() {
    let mut run = Run::ready();
    run.tell(Input::Frozen);
    run.now += MINUTE;
    assert_eq!(run.tell(Input::Resumed), [Output::Identify(1)]);
}

#[test]
fn an_age_that_is_shorter_than_the_spread_does_not_make_links_follow_at_once() {
    for seed in 0..50 {
        let mut settings = Settings::default();
        settings.rotation.as_mut().expect("the default").age = 60_000;
        let mut run = Run { session: Session::new(settings, seed), now: 1_000 };
        run.tell(Input::Connect);
        run.open(1);
        assert!(!run.pass(29_000).iter().any(opens), "seed {seed}");
        assert!(run.pass(61_000).iter().any(opens), "seed {seed}");
    }
}

#[test]
fn a_replacement_that_is_being_opened_is_given_up_with_the_network_and_tried_again_with_it() {
    let mut run = Run::ready();
    let next = loop {
        hear(&mut run, 1);
        if let Some(Output::OpenLink(next)) = run.pass_deadline().into_iter().find(opens) {
            break next;
        }
    };
    assert_eq!(run.tell(Input::Offline), [Output::DropLink(next)]);
    assert_eq!(run.session.status(), Status::Ready);
    run.tell(Input::Online);
    hear(&mut run, 1);
    assert!(run.pass(60_000).iter().any(opens));
}

#[test]
fn a_room_that_is_wanted_again_while_the_replaced_link_leaves_it_is_joined_on_the_new_one() {
    let mut run = Run::ready();
    let outputs = run.tell(Input::Join(1));
    let [Output::JoinRoom(1, 1, request)] = outputs[..] else { panic!("{outputs:?}") };
    run.tell(Input::LinkReceived(1, Inbound::Answer(request), 10));
    let rotate = |run: &mut Run| loop {
        hear(run, 1);
        if let Some(Output::OpenLink(link)) = run.pass_deadline().into_iter().find(opens) {
            return link;
        }
    };
    rotate(&mut run);
    // The rotation begins anew after this, because both links may be in the room.
    run.tell(Input::Leave(1));
    let next = rotate(&mut run);
    run.open(next);
    run.tell(Input::Join(1));
    let outputs = run.lose(1, 1000);
    let joins = |output: &Output| matches!(output, Output::JoinRoom(link, 1, _) if *link == next);
    assert!(outputs.iter().any(joins), "{outputs:?}");
}

#[test]
fn a_replaced_link_stays_for_what_the_backend_may_be_about_to_post_to_it() {
    let mut run = Run::ready();
    let mut outputs = Vec::new();
    while !outputs.contains(&Output::OpenLink(2)) {
        hear(&mut run, 1);
        outputs = run.pass_deadline();
    }
    run.send(1);
    run.tell(Input::LinkDrained(1, 1));
    assert!(!run.open(2).contains(&Output::DropLink(1)));
    let reply = Input::LinkReceived(1, Inbound::Message(NotAnAnswer::NotRead), 1);
    assert_eq!(run.tell(reply), [Output::Deliver(Delivery::Message)]);
    assert_eq!(run.pass(4_999), []);
    assert_eq!(run.pass(1), [Output::CloseLink(1, close(1000)), Output::DropLink(1)]);
}

#[test]
fn a_replaced_link_that_only_stays_for_replies_does_not_hold_up_the_next_replacement() {
    let rotation = Rotation { age: 500, spread: 0, ..Rotation::default() };
    let mut run = Run::ready_with(Settings { rotation: Some(rotation), ..Settings::default() });
    run.send(1);
    run.tell(Input::LinkDrained(1, 1));
    assert_eq!(run.pass_deadline(), [Output::OpenLink(2)]);
    run.open(2);
    assert_eq!(
        run.pass(500),
        [Output::CloseLink(1, close(1000)), Output::DropLink(1), Output::OpenLink(3)]
    );
}

#[test]
fn a_replacement_that_waits_for_the_last_answer_on_the_link_before_begins_soon_after_it() {
    let rotation = Rotation { age: 500, spread: 0, ..Rotation::default() };
    let mut run = Run::ready_with(Settings { rotation: Some(rotation), ..Settings::default() });
    run.request(1, false);
    assert_eq!(run.pass_deadline(), [Output::OpenLink(2)]);
    run.open(2);
    assert_eq!(run.pass(600), [], "the answer is still to come");
    run.tell(Input::LinkReceived(1, Inbound::Answer(1), 10));
    assert!(run.pass(1_000).contains(&Output::OpenLink(3)));
}

#[test]
fn a_replacement_does_not_wait_for_a_room_that_could_neither_be_joined_nor_left() {
    let mut run = Run::ready();
    let mut outputs = Vec::new();
    while !outputs.contains(&Output::OpenLink(2)) {
        hear(&mut run, 1);
        outputs = run.pass_deadline();
    }
    run.tell(Input::Join(1));
    let id = Output::ConnectionId { id: "id2=".into(), previous: Some("id1=".into()) };
    let mut outputs = run.open(2);
    while run.session.pending_requests() > 0 {
        assert!(!outputs.contains(&id), "the room was asked on both links");
        hear(&mut run, 1);
        outputs = run.pass_deadline();
    }
    assert!(outputs.contains(&id), "{outputs:?}");
}

#[test]
fn a_link_whose_opening_was_heard_late_is_replaced_as_early_as_any_other() {
    let mut run = Run::connecting();
    let begun = run.now;
    run.tell(Input::Frozen);
    run.now += 20 * MINUTE;
    run.tell(Input::Resumed);
    run.open(1);
    let mut outputs = Vec::new();
    while !outputs.iter().any(opens) {
        hear(&mut run, 1);
        outputs = run.pass_deadline();
    }
    assert!(run.now - begun <= 115 * MINUTE, "{}", run.now - begun);
}
