//! The corpus of the fuzz target `request_head`, on stable Rust.

#[path = "../fuzz/invariants.rs"]
mod invariants;

use gatesocket_gateway::handshake;
use gatesocket_gateway::request_head::{Progress, parse};
use std::path::Path;

#[test]
fn the_corpus_keeps_what_must_hold_of_a_request_head() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/request_head");
    let (mut upgrades, mut refused, mut incomplete) = (0, 0, 0);
    for entry in std::fs::read_dir(corpus).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        // Every cut of it as well: that is how it comes over a network.
        for length in 0..=bytes.len() {
            invariants::hold(&bytes[..length]);
        }
        match parse(&bytes) {
            Progress::Complete(head, _) if handshake::check(&head).is_ok() => upgrades += 1,
            Progress::Complete(..) | Progress::Invalid => refused += 1,
            Progress::Partial => incomplete += 1,
        }
    }
    // A corpus that is all of one kind would test little.
    assert!(upgrades > 0 && refused > 0 && incomplete > 0, "{upgrades} {refused} {incomplete}");
}
