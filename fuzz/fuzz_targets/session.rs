//! Any facts in any order, told to a session with any settings.
#![no_main]

#[path = "../session/mod.rs"]
mod session;

libfuzzer_sys::fuzz_target!(|plan: session::Plan| session::hold(&plan));
