//! The corpora of the core's fuzz targets, on stable Rust.

#![cfg(not(target_arch = "wasm32"))]

#[path = "../fuzz/control_frame.rs"]
mod control_frame;
#[path = "../fuzz/session/mod.rs"]
mod session;

use arbitrary::{Arbitrary, Unstructured};
use gatesocket::core::{ControlFields, Inbound};
use std::path::Path;

/// The files of a target's corpus.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let entries = std::fs::read_dir(folder).expect("a corpus");
    entries.map(|entry| std::fs::read(entry.expect("a file").path()).expect("bytes")).collect()
}

#[test]
fn the_corpus_keeps_what_must_hold_of_a_session() {
    let corpus = corpus("session");
    assert!(corpus.len() > 50, "a corpus that holds little tests little");
    for bytes in corpus {
        // As libFuzzer reads it.
        let plan = session::Plan::arbitrary_take_rest(Unstructured::new(&bytes));
        session::hold(&plan.expect("a plan"));
    }
}

#[test]
fn the_corpus_keeps_what_must_hold_of_a_control_frame() {
    let (mut answers, mut reports, mut others, mut unreadable) = (0, 0, 0, 0);
    for bytes in corpus("control_frame") {
        control_frame::hold(&bytes);
        match serde_json::from_slice::<ControlFields>(&bytes).map(Inbound::from) {
            Ok(Inbound::ConnectionId(_)) => answers += 1,
            Ok(Inbound::GatewayFrame(_)) => reports += 1,
            Ok(_) => others += 1,
            Err(_) => unreadable += 1,
        }
    }
    assert!(
        answers > 0 && reports > 0 && others > 0 && unreadable > 0,
        "{answers} {reports} {others} {unreadable}"
    );
}
