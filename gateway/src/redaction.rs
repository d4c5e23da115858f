//! What the console shows of a `$connect` request: all names, and no value that may be a secret.

use std::fmt::Write;

/// Stands for a value that is not shown.
const HIDDEN: &str = "(hidden)";

/// Headers whose values are shown. Any other may carry a token: teams name theirs as they like, and clients in
/// browsers put tokens into `Sec-WebSocket-Protocol`.
const SHOWN: [&str; 16] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "host",
    "origin",
    "pragma",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "sec-websocket-extensions",
    "sec-websocket-version",
    "user-agent",
    "x-amzn-trace-id",
    "x-forwarded-port",
    "x-forwarded-proto",
];

/// A line for each header and each name of the query.
pub fn described(headers: &[(String, String)], query: &[(String, String)]) -> String {
    let mut text = String::new();
    for (name, value) in headers {
        let is_shown = SHOWN.iter().any(|shown| shown.eq_ignore_ascii_case(name));
        let _ = writeln!(text, "{name}: {}", if is_shown { value } else { HIDDEN });
    }
    for (name, _) in query {
        let _ = writeln!(text, "?{name}={HIDDEN}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_and_tokens_are_not() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = ["Authorization", "Cookie", "sec-websocket-PROTOCOL", "X-My-Key"]
            .map(|name| pair(name, "secret"));
        let text = described(&headers, &[pair("token", "secret")]);
        assert!(!text.contains("secret"), "{text}");
        assert!(text.contains("X-My-Key: (hidden)") && text.contains("?token=(hidden)"), "{text}");
        assert_eq!(described(&[pair("HOST", "localhost:3001")], &[]), "HOST: localhost:3001\n");
    }
}
