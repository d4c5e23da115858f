//! One thing that happened, as the log and the console tell it.

use crate::clock;
use serde::{Serialize, Serializer};
use std::borrow::Cow;

/// Bytes of a message that a record keeps; ours. The console says how long the whole was.
pub const BODY_BYTES: usize = 2 * 1024;

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
    /// A `CONNECT` or `DISCONNECT` event on its way to an integration.
    Event,
    /// A client's message arrived, on its way to an integration where a route matches.
    Message,
    /// A post of the management API or of the console to a client.
    Post,
    /// A text that the gateway itself sent: a gateway frame or a route response.
    Sent,
    /// A connection ended.
    Disconnected,
    /// A line of a function, or one that Lambda writes about it.
    Function,
    /// A fault that was asked for.
    Fault,
}

/// How a line stands out on a terminal. Elsewhere lines are plain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As the terminal writes text.
    Plain,
    /// For what is there to be skimmed.
    Faint,
    /// For good news.
    Good,
    /// For what somebody should know, though nothing went wrong.
    Warning,
    /// For what went wrong.
    Bad,
}

impl Tone {
    /// The severity, in the words of most log systems.
    pub fn level(self) -> &'static str {
        match self {
            Self::Plain | Self::Good => "info",
            Self::Faint => "debug",
            Self::Warning => "warning",
            Self::Bad => "error",
        }
    }
}

/// The text of a message, as much of it as is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// The text, or its first [`BODY_BYTES`].
    pub text: String,
    /// Bytes of the whole.
    pub bytes: usize,
}

impl Body {
    /// Keeps the beginning of a text.
    pub fn of(text: &str) -> Self {
        let fits = |end: &usize| text.is_char_boundary(*end);
        let end = (0..=text.len().min(BODY_BYTES)).rev().find(fits).unwrap_or_default();
        Self { text: text[..end].to_owned(), bytes: text.len() }
    }
}

/// One thing that happened: a text for people, and what it is about for programs.
///
/// Its JSON is a line of `--log json` and the data of an event of the console's API: `time` (ISO 8601), `level`, `kind`,
/// `connectionId`, `requestId`, `function`, `routeKey`, `text`, `body`, `bodyBytes`; what does not apply is absent.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// When, in milliseconds since the epoch.
    #[serde(serialize_with = "iso")]
    pub time: u64,
    /// How it stands out.
    #[serde(rename = "level", serialize_with = "level")]
    pub tone: Tone,
    /// What kind of thing.
    pub kind: Kind,
    /// The connection that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_id: Option<String>,
    /// The request of the gateway, or the invocation of the function, that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The function that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The route of an event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_key: Option<String>,
    /// One line, or several.
    pub text: Cow<'static, str>,
    /// What a client sent, or what was sent to it.
    #[serde(flatten, skip_serializing_if = "Option::is_none", serialize_with = "body")]
    pub body: Option<Body>,
}

impl Record {
    /// A record of this moment.
    pub fn new(kind: Kind, tone: Tone, text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            time: clock::now_ms(),
            kind,
            tone,
            connection_id: None,
            request_id: None,
            function: None,
            route_key: None,
            text: text.into(),
            body: None,
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

    /// The same, about a route.
    pub fn route(mut self, key: &str) -> Self {
        self.route_key = Some(key.to_owned());
        self
    }

    /// The same, with what a client sent or got.
    pub fn body(mut self, text: &str) -> Self {
        self.body = Some(Body::of(text));
        self
    }

    /// Bytes that the record's texts take.
    pub fn size(&self) -> usize {
        self.text.len() + self.body.as_ref().map_or(0, |body| body.text.len())
    }
}

fn iso<S: Serializer>(time: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&clock::iso(*time))
}

fn level<S: Serializer>(tone: &Tone, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(tone.level())
}

fn body<S: Serializer>(body: &Option<Body>, serializer: S) -> Result<S::Ok, S::Error> {
    let body = body.as_ref();
    let fields = body.map(|body| ("body", serde_json::Value::from(body.text.as_str())));
    let fields = fields.into_iter().chain(body.map(|body| ("bodyBytes", body.bytes.into())));
    serializer.collect_map(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_line_of_json_without_what_does_not_apply() {
        let mut record =
            Record::new(Kind::Message, Tone::Plain, "MESSAGE").connection("c").body("a\n");
        record.time = 0;
        assert_eq!(
            serde_json::to_string(&record).unwrap(),
            r#"{"time":"1970-01-01T00:00:00.000Z","level":"info","kind":"message","connectionId":"c","text":"MESSAGE","body":"a\n","bodyBytes":2}"#
        );
        record.body = None;
        assert!(serde_json::to_string(&record).unwrap().ends_with(r#""text":"MESSAGE"}"#));
    }

    #[test]
    fn a_long_body_is_cut_between_characters_and_keeps_its_length() {
        let body = Body::of(&"\u{20ac}".repeat(1000));
        assert_eq!((body.text.len(), body.bytes), (2046, 3000));
    }
}
