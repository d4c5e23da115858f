//! Sessions with the real local gateway, wherever a session may run: the tests of a window and of both
//! kinds of worker are these. `cargo xtask test browser` starts the gateway and passes its address in
//! `GATESOCKET_TEST_URL` while this is compiled.

mod backend;
mod connecting;
mod ending;
mod messages;
mod requests;
