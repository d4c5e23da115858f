//! What must hold of the request head's reader for any bytes. The fuzz target and a test on stable Rust share it.

use gatesocket_gateway::request_head::{Progress, last_in, parse};
use gatesocket_gateway::{handshake, limits};

/// Panics where it does not hold.
pub(crate) fn hold(bytes: &[u8]) {
    let Progress::Complete(head, length) = parse(bytes) else { return };
    assert!(length <= bytes.len(), "a head is no longer than what was sent");
    let alone = &bytes[..length];
    assert_eq!(parse(alone), parse(bytes), "what follows a head does not change it");
    assert_eq!(
        parse(&alone[..length - 1]),
        Progress::Partial,
        "a head ends with its last byte and not before"
    );

    assert!(head.headers.len() <= limits::REQUEST_HEADERS);
    assert!(!head.method.is_empty());
    assert!(!head.path.contains(['?', '#', ' ', '\r', '\n']), "{:?}", head.path);
    assert!(!head.query.contains(['#', ' ', '\r', '\n']), "{:?}", head.query);
    for (name, value) in &head.headers {
        assert!(!name.is_empty() && !name.contains([' ', ':', '\r', '\n']), "{name:?}");
        assert!(!value.contains(['\r', '\n', '\0']), "{value:?}");
        assert!(head.values(name).any(|known| known == value));
    }
    assert!(head.query_pairs().len() <= head.query.len());

    if head.asks_for_websocket() {
        assert_eq!(head.method, "GET");
        // It is found again behind whatever came before.
        let behind = [b"HTTP/1.1 200 OK\r\n\r\n", alone].concat();
        assert_eq!(last_in(&behind, |found| *found == head).as_ref(), Some(&head));
    }
    match handshake::check(&head) {
        Ok(accept) => {
            assert_eq!(accept.len(), 28, "20 bytes in base64");
            assert!(head.target_length() <= limits::URL_CHARACTERS);
            assert!(head.header_bytes() <= limits::HEADER_BYTES);
            assert!(!head.is_http_1_0 && !head.announces_body());
        }
        Err(refusal) => {
            let response = refusal.response();
            assert!(response.starts_with(&format!("HTTP/1.1 {} ", refusal.status)));
            assert!((400..500).contains(&refusal.status), "{response}");
        }
    }
}
