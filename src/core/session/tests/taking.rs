use super::*;
use crate::core::TraceSettings;

const PLAIN: Inbound = Inbound::Message(NotAnAnswer::NoConnectionId);

/// The same session told of one message by the long way and by the short one, and what it delivered.
fn both_ways(prepare: fn() -> Run) -> [(String, usize); 2] {
    let (mut long, mut short) = (prepare(), prepare());
    let delivered = long.tell(Input::LinkReceived(1, PLAIN, 40));
    assert!(delivered.iter().all(|output| *output == Output::Deliver(Delivery::Message)));
    let taken = short.session.takes_message(short.now, 1, 40);
    // The trace keeps the time of the last fact, for which the short way does not care.
    assert_eq!(long.tell(Input::Tick), short.tell(Input::Tick));
    [
        (format!("{:?}", long.session), delivered.len()),
        (format!("{:?}", short.session), usize::from(taken)),
    ]
}

#[test]
fn a_message_that_nothing_waits_for_is_taken_by_the_short_way_as_by_the_long_one() {
    let situations: [fn() -> Run; 4] = [
        Run::ready,
        // A heartbeat is unanswered, and its probe timer runs.
        || {
            let mut run = Run::ready();
            run.until(|output| matches!(output, Output::Identify(_)));
            run
        },
        || {
            let mut run = Run::ready();
            run.send(5);
            run.now += 3;
            run
        },
        // The link that is to replace this one has been asked for.
        || {
            let mut run = Run::ready_with(Settings { heartbeat: None, ..Settings::default() });
            run.until(|output| matches!(output, Output::OpenLink(_)));
            run
        },
    ];
    for prepare in situations {
        let [long, short] = both_ways(prepare);
        assert_eq!(long, short);
        assert_eq!(short.1, 1);
    }
}

#[test]
fn the_short_way_is_closed_where_a_message_may_mean_more() {
    let situations: [fn() -> Run; 6] = [
        // Its trace is to tell of every message.
        || {
            let trace = TraceSettings { messages: true, ..TraceSettings::default() };
            Run::ready_with(Settings { trace, ..Settings::default() })
        },
        Run::connecting,
        Run::identifying,
        || {
            let mut run = Run::ready();
            run.tell(Input::Close(close(1000)));
            run
        },
        || {
            let mut run = Run::ready();
            run.lose(1, 1006);
            run
        },
        // Something that was decided before has not been carried out.
        || {
            let mut run = Run::ready();
            run.session.handle(run.now, Input::Send { message: 5, bytes: 10, retry: false });
            run
        },
    ];
    for prepare in situations {
        let mut run = prepare();
        let before = format!("{:?}", run.session);
        assert!(!run.session.takes_message(run.now, 1, 40));
        assert_eq!(format!("{:?}", run.session), before);
    }
    assert!(!Run::ready().session.takes_message(2_000, 2, 40), "another link");
}
