//! A refused upgrade.

use hyper::StatusCode;

/// What the client of a refused upgrade gets, and what the log says of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// Further header lines, each with its line end.
    pub headers: &'static str,
    /// The body, JSON where it is not empty.
    pub body: String,
    /// What the owner of the API should know beyond the status; may be empty. The client does not see it.
    pub why: String,
}

impl Refusal {
    /// A refusal that explains itself.
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: "", body: body.into(), why: String::new() }
    }

    /// A refusal whose body says no more than `{"message":"…"}`.
    pub fn message(status: u16, message: &str) -> Self {
        Self::new(status, format!(r#"{{"message":"{message}"}}"#))
    }

    /// The same, with a sentence for the log.
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.why = why.into();
        self
    }

    /// The whole HTTP response.
    pub fn response(&self) -> String {
        let reason = StatusCode::from_u16(self.status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or("Refused");
        let may_have_body = self.status != 204 && self.status != 304;
        let body = if may_have_body { self.body.as_str() } else { "" };
        let kind = if body.is_empty() { "" } else { "content-type: application/json\r\n" };
        let length = if may_have_body {
            format!("content-length: {}\r\n", body.len())
        } else {
            String::new()
        };
        format!(
            "HTTP/1.1 {} {reason}\r\nconnection: close\r\n{kind}{}{length}\r\n{body}",
            self.status, self.headers
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_a_whole_http_response() {
        assert_eq!(
            Refusal::message(403, "Forbidden").because("not for the client").response(),
            "HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 23\r\n\r\n{\"message\":\"Forbidden\"}"
        );
        assert_eq!(
            Refusal::new(499, "").response(),
            "HTTP/1.1 499 Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        );
    }
}
