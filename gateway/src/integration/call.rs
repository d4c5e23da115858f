//! A call of an integration, and what comes of it.

use crate::lambda::InvocationError;
use crate::origin::Origin;
use crate::payload::Payload;
use serde_json::Value;
use std::sync::OnceLock;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// What an integration is called with.
#[derive(Debug)]
pub struct Call<'a> {
    /// The client's message; empty for `$connect` and `$disconnect`.
    pub body: &'a Payload,
    /// The facts of the request.
    pub context: Context<'a>,
    /// What it is made for.
    pub origin: &'a Origin,
}

/// The facts of a request. They are written down as an event only where an integration looks at them.
pub struct Context<'a> {
    event: &'a (dyn Fn() -> Vec<u8> + Sync),
    parsed: OnceLock<Value>,
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // An event has the client's headers in it, and those may be secret.
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

impl<'a> Context<'a> {
    /// The facts that an event tells.
    pub fn new(event: &'a (dyn Fn() -> Vec<u8> + Sync)) -> Self {
        Self { event, parsed: OnceLock::new() }
    }

    /// The event, as a function gets it.
    pub fn event(&self) -> Vec<u8> {
        (self.event)()
    }

    /// The event as a value.
    pub fn value(&self) -> &Value {
        self.parsed.get_or_init(|| serde_json::from_slice(&self.event()).unwrap_or_default())
    }

    /// Its `requestContext`, which templates know as `$context`.
    pub fn request_context(&self) -> &Value {
        self.value().get("requestContext").unwrap_or(&Value::Null)
    }
}

/// What an integration answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status: of a proxy response, a web server, or a MOCK's request template.
    pub status: u16,
    /// The header `Sec-WebSocket-Protocol`, if a function chose a subprotocol.
    pub subprotocol: Option<String>,
    /// The body; empty where there is none.
    pub body: Utf8Bytes,
}

/// Why an integration has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The function failed; its own log says how.
    Function(InvocationError),
    /// It took longer than it may.
    Timeout(Duration),
    /// Anything else, in a sentence.
    Other(String),
}

impl From<InvocationError> for Failure {
    fn from(error: InvocationError) -> Self {
        Self::Function(error)
    }
}

impl Failure {
    /// What the log has to say, where nothing else has said it.
    pub fn sentence(&self) -> Option<String> {
        match self {
            Self::Function(_) => None,
            Self::Timeout(timeout) => {
                Some(format!("the integration did not answer within {} s", timeout.as_secs_f64()))
            }
            Self::Other(sentence) => Some(sentence.clone()),
        }
    }
}
