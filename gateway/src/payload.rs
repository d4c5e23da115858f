//! A text that may be JSON: a client's message, or what an integration answered.

use serde_json::Value;
use std::sync::OnceLock;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// A text, parsed once when somebody asks for its JSON.
#[derive(Debug, Default)]
pub struct Payload {
    text: Utf8Bytes,
    json: OnceLock<Option<Value>>,
}

impl Payload {
    /// A payload of this text.
    pub fn new(text: impl Into<Utf8Bytes>) -> Self {
        Self { text: text.into(), json: OnceLock::new() }
    }

    /// The text as it came.
    pub fn text(&self) -> &Utf8Bytes {
        &self.text
    }

    /// The JSON that it is; `None` where it is none.
    pub fn json(&self) -> Option<&Value> {
        self.json.get_or_init(|| serde_json::from_str(&self.text).ok()).as_ref()
    }
}
