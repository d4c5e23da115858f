//! Failures as Rust front ends see them.

use std::fmt;

use crate::core::Failure;

/// What went wrong. [`code`](Error::code) is stable and the same that JavaScript sees, the text says
/// what to do, and neither ever holds a token, a URL's query or the text of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A session, a message or a call failed.
    Session(Failure),
    /// A message is not of the type that was asked for.
    UnexpectedMessage {
        /// What is wrong with it, in the words of the type's `Deserialize`, without any text from it.
        why: String,
    },
    /// A stream of messages was read too slowly: its buffer was full, and the oldest in it were dropped.
    MessagesMissed {
        /// How many.
        count: u64,
    },
}

impl Error {
    /// The stable code, as `request-timeout`.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Session(failure) => failure.code(),
            Error::UnexpectedMessage { .. } => "invalid-message",
            Error::MessagesMissed { .. } => "buffer-overflow",
        }
    }

    pub(super) fn bad_options(why: impl Into<String>) -> Self {
        Error::Session(Failure::BadOptions { why: why.into() })
    }

    pub(super) fn unexpected(error: &serde_wasm_bindgen::Error) -> Self {
        Error::UnexpectedMessage { why: without_quotations(&first_line(error)) }
    }

    pub(super) fn not_serializable(error: &serde_wasm_bindgen::Error) -> Self {
        Error::Session(Failure::NotSerializable { why: first_line(error) })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Session(failure) => formatter.write_str(&failure.sentence()),
            Error::UnexpectedMessage { why } => write!(
                formatter,
                "A message is not of the type that was asked for ({why}). Ask for a type that takes \
                 every message that the backend sends, as an enum or serde_json::Value."
            ),
            Error::MessagesMissed { count } => write!(
                formatter,
                "{count} messages were dropped, the oldest ones, because the stream was not read in \
                 time. Read it in a task of its own, or raise Options::buffer."
            ),
        }
    }
}

impl std::error::Error for Error {}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Error::Session(failure)
    }
}

/// A JavaScript error as text, without its stack.
fn first_line(error: &serde_wasm_bindgen::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("Error: ").unwrap_or(line).to_owned()
}

/// Serde quotes the text that it did not expect, and that may be anything, also a secret.
fn without_quotations(text: &str) -> String {
    match (text.find('"'), text.rfind('"')) {
        (Some(first), Some(last)) if first < last => {
            format!("{}\"…\"{}", &text[..first], &text[last + 1..])
        }
        _ => text.to_owned(),
    }
}
