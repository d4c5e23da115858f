//! The storm of `cargo xtask simulate storm`, a tenth as large: 10,000 clients, 50 new connections per second.

use gatesocket_simulation::storm::{Outcome, Storm, libraries, run};

const STORM: Storm = Storm { sessions: 10_000, rate: 50, burst: 50, seed: 1 };

fn outcomes() -> Vec<Outcome> {
    libraries().iter().map(|library| run(STORM, library)).collect()
}

#[test]
fn everybody_is_back_soon_after_the_gateway_can_take_them_and_asks_less_often_than_others() {
    let outcomes = outcomes();
    let [ours, others @ ..] = outcomes.as_slice() else { panic!("ours comes first") };
    // 50 at once, then 50 per second.
    let bound = (STORM.sessions as u64 - STORM.burst) * 1_000 / STORM.rate;
    let all = ours.time_to(100).expect("all come back");
    assert!((bound..bound + 30_000).contains(&all), "{all} ms");
    assert!(ours.time_to(99).expect("nearly all come back") < bound + 10_000);
    assert_eq!(ours.given_up(), 0);
    for other in others {
        let name = &other.library;
        assert!(ours.refused * 3 < other.refused * 2, "{name}: {} refused", other.refused);
        let (our_peak, peak) = (ours.peak_after(60_000), other.peak_after(60_000));
        assert!(our_peak * 2 < peak, "{name}: {peak} in a second");
    }
}

#[test]
fn the_same_seed_makes_the_same_storm() {
    let storm = Storm { sessions: 1_000, ..STORM };
    for library in libraries() {
        let [first, second] = [(); 2].map(|()| run(storm, &library).to_json());
        assert_eq!(first, second);
    }
}

#[test]
fn a_library_that_stops_after_some_attempts_leaves_clients_behind() {
    let outcomes = outcomes();
    let stops = |outcome: &&Outcome| outcome.library.starts_with("react-use-websocket");
    let stopped = outcomes.iter().find(stops).expect("it is among them");
    assert!(stopped.given_up() > STORM.sessions / 3, "{} left", stopped.given_up());
    assert_eq!(stopped.time_to(99), None);
}
