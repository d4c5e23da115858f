//! One thing that happened, as the log and the console tell it.

use crate::clock;
use serde::Serialize;

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Of the gateway itself: start, stop, advice.
    Gateway,
    /// A client was connected.
    Connected,
    /// A client was refused.
    Refused,
    /// A client's message arrived.
    Message,
    /// A text went to a client.
    Sent,
    /// A connection ended.
    Disconnected,
    /// A line of a function, or one that Lambda writes about it.
    Function,
}

/// How a line stands out on a terminal. Elsewhere lines are plain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    /// As the terminal writes text.
    Plain,
    /// For what is there to be skimmed.
    Faint,
    /// For good news.
    Good,
    /// For what went wrong.
    Bad,
}

/// One thing that happened: a text for people, and what it is about for programs.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// When, in milliseconds since the epoch.
    pub time: u64,
    /// What kind of thing.
    pub kind: Kind,
    /// How it stands out.
    pub tone: Tone,
    /// The connection that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_id: Option<String>,
    /// The request of the gateway, or the invocation of the function, that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The function that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// One line, or several.
    pub text: String,
}

impl Record {
    /// A record of this moment.
    pub fn new(kind: Kind, tone: Tone, text: impl Into<String>) -> Self {
        Self {
            time: clock::now_ms(),
            kind,
            tone,
            connection_id: None,
            request_id: None,
            function: None,
            text: text.into(),
        }
    }

    /// The same, about a connection.
    pub fn connection(mut self, id: &str) -> Self {
        self.connection_id = Some(id.to_owned());
        self
    }

    /// The same, about a request or an invocation.
    pub fn request(mut self, id: &str) -> Self {
        self.request_id = Some(id.to_owned());
        self
    }

    /// The same, about a function.
    pub fn function(mut self, name: &str) -> Self {
        self.function = Some(name.to_owned());
        self
    }
}
