//! The canonical form of a request, which is what is signed ("Create a canonical request" in the IAM User Guide).

use super::claim::Claim;
use super::{SignedRequest, sha256};
use crate::request_head::percent_decode;
use std::fmt::Write;

/// The parameter of a presigned query that cannot be part of what is signed.
const SIGNATURE_PARAMETER: &str = "X-Amz-Signature";

/// The canonical request.
pub(super) fn request(request: SignedRequest<'_>, claim: &Claim) -> String {
    let mut text =
        format!("{}\n{}\n{}\n", request.method, path(request.path), query(request.query));
    for name in &claim.signed_headers {
        let values = request.headers.get_all(name.as_str()).iter();
        let values = values.map(|value| one_spaced(&String::from_utf8_lossy(value.as_bytes())));
        let _ = writeln!(text, "{name}:{}", values.collect::<Vec<_>>().join(","));
    }
    let _ = write!(text, "\n{}\n{}", claim.signed_headers.join(";"), sha256(request.body));
    text
}

/// The path without empty and relative parts, encoded once more: all services but S3 sign the path as it is sent,
/// encoded, so that a `%3D` of a connectionId becomes `%253D`.
fn path(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let is_folder = ["/", "/.", "/.."].iter().any(|end| path.ends_with(end));
    let last = if is_folder && !parts.is_empty() { "/" } else { "" };
    format!("/{}{last}", parts.into_iter().map(encode).collect::<Vec<_>>().join("/"))
}

/// The parameters, sorted by their encoded names and values.
fn query(query: &str) -> String {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let mut pairs: Vec<(String, String)> = pairs
        .filter(|(name, _)| *name != SIGNATURE_PARAMETER)
        .map(|(name, value)| (encode(&percent_decode(name)), encode(&percent_decode(value))))
        .collect();
    pairs.sort();
    pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// All but unreserved characters as `%XX` (RFC 3986, section 2.3).
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// A header's value without spaces around it and with single ones within.
fn one_spaced(value: &str) -> String {
    value.split(' ').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
