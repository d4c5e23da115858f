//! What an opening handshake must look like (RFC 6455, section 4.2.1) and how large it may be.

use crate::limits;
use crate::refusal::Refusal;
use crate::request_head::RequestHead;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// Looks at a request that asks for a WebSocket and returns the value of `Sec-WebSocket-Accept` for it.
///
/// # Errors
/// The refusal: 400, 414, 426 or 431.
pub fn check(head: &RequestHead) -> Result<String, Refusal> {
    if head.target_length() > limits::URL_CHARACTERS {
        return Err(Refusal::message(414, "Request-URI Too Long"));
    }
    if head.header_bytes() > limits::HEADER_BYTES {
        return Err(Refusal::message(431, "Request Header Fields Too Large"));
    }
    if head.is_http_1_0 {
        return Err(Refusal::message(400, "An upgrade needs HTTP/1.1"));
    }
    // RFC 9112, section 3.2.
    if head.values("Host").count() != 1 {
        return Err(Refusal::message(400, "There must be one Host header"));
    }
    if head.announces_body() {
        // What follows would be a body to one reader and frames to another.
        return Err(Refusal::message(400, "An upgrade must not have a body"));
    }
    // More than one version or key: which of them counts would be a matter of taste (RFC 6455, sections 11.3.1 and 11.3.5).
    if only(head, "Sec-WebSocket-Version") != Some("13") {
        let refusal = Refusal::message(426, "Sec-WebSocket-Version must be 13");
        return Err(Refusal { headers: "sec-websocket-version: 13\r\n", ..refusal });
    }
    match only(head, "Sec-WebSocket-Key") {
        Some(key) if STANDARD.decode(key).is_ok_and(|nonce| nonce.len() == 16) => {
            Ok(derive_accept_key(key.as_bytes()))
        }
        _ => Err(Refusal::message(400, "Sec-WebSocket-Key must be 16 bytes in base64")),
    }
}

/// The value of a header that is there once.
fn only<'a>(head: &'a RequestHead, name: &str) -> Option<&'a str> {
    let mut values = head.values(name);
    let value = values.next()?.trim();
    values.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request_head::{Progress, parse};

    fn checked(request_line: &str, lines: &[&str]) -> Result<String, u16> {
        let text = format!("{request_line}\r\n{}\r\n\r\n", lines.join("\r\n"));
        let Progress::Complete(head, _) = parse(text.as_bytes()) else {
            panic!("no head: {text}");
        };
        check(&head).map_err(|refusal| refusal.status)
    }

    const LINE: &str = "GET /production/ HTTP/1.1";
    const HOST: &str = "Host: localhost";
    const VERSION: &str = "Sec-WebSocket-Version: 13";
    /// The example of RFC 6455, section 1.3.
    const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";

    #[test]
    fn a_good_handshake_gets_the_accept_value_of_the_rfc() {
        assert_eq!(
            checked(LINE, &[HOST, VERSION, KEY]).as_deref(),
            Ok("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        );
        assert!(checked(LINE, &[HOST, VERSION, KEY, "Content-Length: 0"]).is_ok());
    }

    #[test]
    fn conflicting_and_missing_headers_are_refused() {
        for (lines, status) in [
            (&[VERSION, KEY][..], 400),
            (&[HOST, HOST, VERSION, KEY], 400),
            (&[HOST, KEY], 426),
            (&[HOST, VERSION, VERSION, KEY], 426),
            (&[HOST, "Sec-WebSocket-Version: 13, 8", KEY], 426),
            (&[HOST, "Sec-WebSocket-Version: 013", KEY], 426),
            (&[HOST, VERSION], 400),
            (&[HOST, VERSION, KEY, KEY], 400),
            (&[HOST, VERSION, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ"], 400),
            (&[HOST, VERSION, "Sec-WebSocket-Key: dGhlIHNhbXBsZQ=="], 400),
            (&[HOST, VERSION, KEY, "Transfer-Encoding: chunked"], 400),
            (&[HOST, VERSION, KEY, "Content-Length: 0", "Content-Length: 5"], 400),
        ] {
            assert_eq!(checked(LINE, lines), Err(status), "{lines:?}");
        }
        assert_eq!(checked("GET /production/ HTTP/1.0", &[HOST, VERSION, KEY]), Err(400));
    }

    #[test]
    fn the_url_and_the_headers_may_be_as_large_as_on_aws_and_no_larger() {
        let target = |length: usize| format!("GET /{} HTTP/1.1", "x".repeat(length - 1));
        assert!(checked(&target(4096), &[HOST, VERSION, KEY]).is_ok());
        assert_eq!(checked(&target(4097), &[HOST, VERSION, KEY]), Err(414));
        let rest: usize = [HOST, VERSION, KEY].iter().map(|line| line.len() - 2).sum();
        let padding = |length: usize| format!("P: {}", "x".repeat(length - 1 - rest));
        assert!(checked(LINE, &[HOST, VERSION, KEY, &padding(10_240)]).is_ok());
        assert_eq!(checked(LINE, &[HOST, VERSION, KEY, &padding(10_241)]), Err(431));
    }
}
