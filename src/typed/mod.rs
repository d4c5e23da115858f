//! The session for front ends written in Rust: futures and streams of the user's own types.

mod error;
mod event;
mod hub;
mod messages;
mod options;
mod pending;
mod queue;
mod room;
mod snapshot;
mod socket;
mod ticket;
mod url;

pub use error::Error;
pub use event::{Event, Events};
pub use messages::Messages;
pub use options::{Options, RequestOptions, SendOptions, ShouldReconnect};
pub use pending::Pending;
pub use room::Room;
pub use snapshot::{Snapshot, Snapshots};
pub use socket::{Socket, get_connection_id};
pub use ticket::Ticket;
pub use url::Url;
