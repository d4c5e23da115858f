//! The head of an HTTP request, read by hand so that header names keep the client's case.

use crate::limits;

/// A parsed request line with its headers, in the client's order and case.
#[derive(Debug, PartialEq, Eq)]
pub struct RequestHead {
    /// The method, as sent.
    pub method: String,
    /// The path with neither query nor fragment, still percent-encoded.
    pub path: String,
    /// The query string without `?`, still percent-encoded.
    pub query: String,
    /// Headers as sent; bytes that are no UTF-8 are replaced.
    pub headers: Vec<(String, String)>,
    /// Whether the client speaks HTTP/1.0.
    pub is_http_1_0: bool,
}

/// How far a request head has come.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    /// More bytes are needed.
    Partial,
    /// The head and its length in bytes; what follows belongs to the next protocol.
    Complete(RequestHead, usize),
    /// No HTTP/1 request, or more headers than [`limits::REQUEST_HEADERS`].
    Invalid,
}

/// Reads as much of a request head as the bytes hold.
pub fn parse(bytes: &[u8]) -> Progress {
    let mut headers = [httparse::EMPTY_HEADER; limits::REQUEST_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let length = match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Progress::Partial,
        Err(_) => return Progress::Invalid,
    };
    let (Some(method), Some(target), Some(minor_version)) =
        (request.method, request.path, request.version)
    else {
        return Progress::Invalid;
    };
    let target = origin_form(target.split('#').next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = request
        .headers
        .iter()
        .map(|header| (header.name.to_owned(), String::from_utf8_lossy(header.value).into_owned()))
        .collect();
    let head = RequestHead {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        is_http_1_0: minor_version == 0,
    };
    Progress::Complete(head, length)
}

/// The target without scheme and authority, which proxies write (RFC 9112, section 3.2.2).
fn origin_form(target: &str) -> &str {
    match target.split_once("://") {
        Some((scheme, rest)) if ["http", "https", "ws", "wss"].contains(&scheme) => {
            rest.find(['/', '?']).map_or("/", |start| &rest[start..])
        }
        _ => target,
    }
}

/// The head of a GET request at the very end of what was read, where it is the one that is looked for.
pub fn last_in(read: &[u8], is_it: impl Fn(&RequestHead) -> bool) -> Option<RequestHead> {
    let starts = (0..read.len()).rev().filter(|start| read[*start..].starts_with(b"GET "));
    let whole = |start: usize| match parse(&read[start..]) {
        Progress::Complete(head, length) if start + length == read.len() => Some(head),
        _ => None,
    };
    starts.filter_map(whole).find(|head| is_it(head))
}

impl RequestHead {
    /// The values of a header in the order of their lines, whatever the case of its name.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let found = self.headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The first value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// How long path and query are together, in bytes, as they were sent.
    pub fn target_length(&self) -> usize {
        let query = if self.query.is_empty() { 0 } else { 1 + self.query.len() };
        self.path.len() + query
    }

    /// How long the names and values of all headers are together, in bytes.
    pub fn header_bytes(&self) -> usize {
        self.headers.iter().map(|(name, value)| name.len() + value.len()).sum()
    }

    /// Whether the client asks for the WebSocket protocol (RFC 6455, section 4.2.1).
    pub fn asks_for_websocket(&self) -> bool {
        self.method == "GET"
            && has_token(self.values("Upgrade"), "websocket")
            && has_token(self.values("Connection"), "upgrade")
    }

    /// Whether a body follows the head (RFC 9112, section 6).
    pub fn announces_body(&self) -> bool {
        self.values("Transfer-Encoding").next().is_some()
            || self.values("Content-Length").any(|length| length.trim() != "0")
    }

    /// The query's names and values, percent-decoded, in the client's order.
    pub fn query_pairs(&self) -> Vec<(String, String)> {
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (form_decode(name), form_decode(value)))
            .collect()
    }
}

/// Whether a token is in the lines of a comma-separated header, whatever the case of either.
pub fn has_token<'a>(mut lines: impl Iterator<Item = &'a str>, token: &str) -> bool {
    lines.any(|line| line.split(',').any(|item| item.trim().eq_ignore_ascii_case(token)))
}

fn form_decode(text: &str) -> String {
    percent_decode(&text.replace('+', " "))
}

/// Text with `%XX` decoded. What is no such sequence stays as it is; bytes that are no UTF-8 are replaced.
pub fn percent_decode(text: &str) -> String {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let escaped = if bytes[index] == b'%' {
            digit(bytes.get(index + 1)).zip(digit(bytes.get(index + 2)))
        } else {
            None
        };
        match escaped {
            Some((high, low)) => {
                decoded.push((high * 16 + low) as u8);
                index += 3;
            }
            None => {
                decoded.push(bytes[index]);
                index += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> RequestHead {
        match parse(text.as_bytes()) {
            Progress::Complete(head, _) => head,
            other => panic!("{other:?}"),
        }
    }

    const UPGRADE: &str = "GET /production/?a=1&b=%20x+y&a HTTP/1.1\r\nhOsT: localhost:3001\r\nconnection: keep-alive, Upgrade\r\nUPGRADE: WebSocket\r\n\r\n";

    #[test]
    fn header_names_keep_the_case_of_the_client() {
        let head = head(UPGRADE);
        assert_eq!(head.headers[0], ("hOsT".to_owned(), "localhost:3001".to_owned()));
        assert_eq!(head.header("Host"), Some("localhost:3001"));
        assert_eq!(head.path, "/production/");
        assert!(head.asks_for_websocket());
    }

    #[test]
    fn a_query_is_decoded_and_keeps_its_order_and_repeats() {
        let pairs = head(UPGRADE).query_pairs();
        let pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("a", "1"), ("b", " x y"), ("a", "")]);
    }

    #[test]
    fn every_cut_of_a_head_is_partial_and_what_follows_is_left_alone() {
        for length in 0..UPGRADE.len() {
            assert_eq!(parse(&UPGRADE.as_bytes()[..length]), Progress::Partial, "{length}");
        }
        let followed = format!("{UPGRADE}\u{1}\u{2}");
        assert!(
            matches!(parse(followed.as_bytes()), Progress::Complete(_, length) if length == UPGRADE.len())
        );
    }

    #[test]
    fn a_target_may_have_a_scheme_and_an_authority() {
        let parts = |target: &str| {
            let head = head(&format!("GET {target} HTTP/1.1\r\n\r\n"));
            (head.path, head.query)
        };
        let owned = |path: &str, query: &str| (path.to_owned(), query.to_owned());
        assert_eq!(parts("http://localhost:1/dev/?a=1#x"), owned("/dev/", "a=1"));
        assert_eq!(parts("ws://localhost"), owned("/", ""));
        assert_eq!(parts("https://localhost?a"), owned("", "a"));
        assert_eq!(parts("/dev/?to=http://x/y"), owned("/dev/", "to=http://x/y"));
    }

    #[test]
    fn the_head_at_the_end_is_found_behind_a_body_and_is_not_taken_from_a_header_value() {
        let bodies = ["", "{\"a\":1}", "GET / HTTP/1.1\r\n\r\n", "GET /production/ HTTP/1.1\r\n"];
        let sly = UPGRADE.replace("\r\n\r\n", "\r\nX: GET /other HTTP/1.1\r\nY: z\r\n\r\n");
        for body in bodies {
            for wanted in [UPGRADE, &sly] {
                let read = format!("POST / HTTP/1.1\r\nContent-Length: 99\r\n\r\n{body}{wanted}");
                let expected = head(wanted);
                let is_it = |head: &RequestHead| head.headers.len() == expected.headers.len();
                assert_eq!(last_in(read.as_bytes(), is_it).as_ref(), Some(&expected), "{body}");
            }
        }
        assert_eq!(last_in(&UPGRADE.as_bytes()[..UPGRADE.len() - 1], |_| true), None);
    }

    #[test]
    fn hostile_heads_are_refused_without_harm() {
        let many =
            format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(limits::REQUEST_HEADERS + 1));
        for bytes in [
            &b"\x00\xff\xfe"[..],
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET / HTTP/1.1\r\n: x\r\n\r\n",
            b"GET  HTTP/1.1\r\n\r\n\r\n",
            b"G\x00T / HTTP/1.1\r\n\r\n",
            many.as_bytes(),
        ] {
            assert_eq!(parse(bytes), Progress::Invalid, "{}", String::from_utf8_lossy(bytes));
        }
        let binary = [&b"GET / HTTP/1.1\r\nA: \xff\xfe\r\n\r\n"[..]].concat();
        assert!(matches!(parse(&binary), Progress::Complete(..)));
    }

    #[test]
    fn percent_escapes_that_are_none_stay_as_they_are() {
        assert_eq!(percent_decode("a%3D%zz%4"), "a=%zz%4");
        assert_eq!(percent_decode("%ff"), "\u{fffd}");
        assert_eq!(percent_decode("%+1%é"), "%+1%é");
    }

    #[test]
    fn an_ordinary_request_does_not_ask_for_websocket() {
        assert!(!head("GET / HTTP/1.1\r\nConnection: upgrade\r\n\r\n").asks_for_websocket());
        assert!(
            !head("POST / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
                .asks_for_websocket()
        );
    }
}
