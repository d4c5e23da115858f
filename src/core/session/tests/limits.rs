//! Settings at their limits, and facts that come when nothing waits for them.

use super::*;

#[test]
fn a_time_without_end_is_a_deadline_that_never_comes() {
    let rotation =
        Rotation { age: u64::MAX, spread: u64::MAX, drain: u64::MAX, lifetime: u64::MAX };
    let reconnect =
        Reconnect { base: u64::MAX, longest: u64::MAX, min_uptime: u64::MAX, max_attempts: None };
    let mut settings = Settings {
        connect_timeout: u64::MAX,
        reconnect,
        heartbeat: Some(u64::MAX),
        probe_timeout: u64::MAX,
        probe_quiet: u64::MAX,
        rotation: Some(rotation),
        hidden_close_after: Some(u64::MAX),
        request_timeout: u64::MAX,
        ..Settings::default()
    };
    settings.outbox.time_to_live = Some(u64::MAX);
    let mut run = Run::with(settings);
    run.send(1);
    run.request(2, true);
    run.tell(Input::Connect);
    assert!(run.open(1).contains(&Output::Transmit(1, 2)));
    run.tell(Input::Join(1));
    run.tell(Input::Hidden);
    run.tell(Input::Visible);
    let outputs = run.lose(1, 1006);
    assert_eq!(outputs.last(), Some(&Output::Status(Status::Waiting)));
    run.tell(Input::Online);
    assert!(run.until(opens).contains(&Output::OpenLink(2)), "news still cut the wait short");
}

#[test]
fn waits_of_no_time_come_back_to_the_driver_in_between() {
    let reconnect = Reconnect { base: 0, longest: 0, min_uptime: 0, max_attempts: None };
    let settings =
        Settings { connect_timeout: 0, heartbeat: Some(0), reconnect, ..Settings::default() };
    let mut run = Run::with(settings.clone());
    run.tell(Input::Connect);
    let attempts = run.wait(0).into_iter().filter(opens).count();
    assert!(attempts <= 1, "{attempts} links in one turn");

    let mut run = Run::ready_with(Settings { connect_timeout: 10, ..settings });
    assert!(run.wait(0).len() <= 1, "one heartbeat a turn");
}

#[test]
fn where_there_is_no_question_there_is_no_heartbeat() {
    let settings = Settings { heartbeat: Some(1_000), ..Settings::generic() };
    let mut run = Run::with(settings);
    run.tell(Input::Connect);
    run.tell(Input::LinkOpened(1));
    assert_eq!(run.session.status(), Status::Ready);
    assert_eq!(run.pass(60_000), []);
}

#[test]
fn an_ended_session_waits_for_nothing_when_its_page_is_hidden() {
    let settings = Settings { hidden_close_after: Some(1_000), ..Settings::default() };
    let mut run = Run::ready_with(settings);
    run.tell(Input::Close(close(1000)));
    assert!(run.session.is_done());
    assert_eq!(run.tell(Input::Hidden), []);
    assert_eq!(run.session.next_deadline(), None);
}
