//! What an invocation is made for.

use crate::event::ConnectionFacts;

/// The connection and the gateway's request that a function is invoked for, so that its log lines can be found by them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The connection.
    pub connection_id: String,
    /// The gateway's request, `requestContext.requestId` of the event.
    pub request_id: String,
}

impl Origin {
    /// The origin of one of a connection's requests.
    pub fn new(facts: &ConnectionFacts, request_id: &str) -> Self {
        Self { connection_id: facts.connection_id.clone(), request_id: request_id.to_owned() }
    }
}
