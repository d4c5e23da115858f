//! The session: what gatesocket does, without saying how it reaches the world.
//!
//! Nothing in here reads a clock, opens a socket or knows JavaScript. Facts come in through
//! [`Session::handle`], decisions go out through [`Session::poll`], and [`Session::next_deadline`]
//! says when the session wants to be called again if nothing else happens.

mod control;
mod failure;
mod fifo;
mod inbound;
mod input;
pub mod limits;
mod link;
mod outbox;
mod output;
mod page;
mod queue;
mod random;
mod requests;
mod room_names;
mod rooms;
pub(crate) mod sentences;
mod session;
mod settings;
mod stats;
mod status;
mod timer;
mod trace;

pub use control::{ControlFields, Field, Identify};
pub use failure::{Failure, Instead, LinkClose};
#[cfg(all(target_arch = "wasm32", any(feature = "javascript", feature = "typed")))]
pub(crate) use fifo::Fifo;
pub use inbound::{Delivery, GatewayFrame, Inbound, NotAnAnswer};
pub use input::Input;
pub use link::LinkId;
pub use outbox::MessageId;
pub use output::{Output, Step};
#[cfg(all(target_arch = "wasm32", any(feature = "javascript", feature = "typed")))]
pub(crate) use queue::Queue;
pub use room_names::RoomNames;
pub use rooms::RoomId;
pub use session::Session;
pub use settings::{
    FRAME_LIMIT, Identification, OutboxSettings, Reconnect, Rotation, Settings, TraceSettings,
};
pub use stats::{Cause, Losses, Stats};
pub use status::Status;
pub use trace::{Fact, Trace, TraceEntry, TraceEvent};
