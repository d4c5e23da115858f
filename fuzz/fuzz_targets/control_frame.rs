//! What a backend, or whoever stands in between, may write to the page as a frame.
#![no_main]

#[path = "../control_frame.rs"]
mod control_frame;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| control_frame::hold(bytes));
