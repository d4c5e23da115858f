//! The identifiers that the service hands out.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

/// Position of the byte that tells a connection from a request, in all ids that were recorded from the service.
const KIND_INDEX: usize = 8;
const CONNECTION_KIND: u8 = 0x02;
const REQUEST_KIND: u8 = 0x05;
const ID_BYTES: usize = 11;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// A new connectionId, such as `HXT_RfBnPHcCIIg=`: 11 bytes as URL-safe base64, 16 characters.
pub fn connection_id() -> String {
    gateway_id(CONNECTION_KIND)
}

/// A new request id of the gateway, such as `HXUAmGGZvHcF33A=`.
pub fn request_id() -> String {
    gateway_id(REQUEST_KIND)
}

fn gateway_id(kind: u8) -> String {
    let mut bytes: [u8; ID_BYTES] = rand::random();
    bytes[KIND_INDEX] = kind;
    BASE64.encode(bytes)
}

/// Whether text has the form of a connectionId. Well-formed ids that name nothing are answered 410, others 400.
pub fn is_well_formed(id: &str) -> bool {
    BASE64.decode(id).is_ok_and(|bytes| bytes.len() == ID_BYTES)
}

/// A random UUID (RFC 9562, version 4), as in `x-amzn-requestid` and Lambda's request id.
pub fn uuid() -> String {
    let mut bytes: [u8; 16] = rand::random();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex(&bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// A new X-Ray trace header of an invocation that is not traced: `Root=1-67d61f9e-…;Parent=…;Sampled=0` ("AWS X-Ray concepts",
/// tracing header).
pub fn trace_header(now_ms: u64) -> String {
    let parent: u64 = rand::random();
    format!("{};Parent={parent:016x};Sampled=0", trace_id(now_ms))
}

/// A new X-Ray trace id in the form of `X-Amzn-Trace-Id`: `Root=1-67d61f9e-…`.
pub fn trace_id(now_ms: u64) -> String {
    let tail: [u8; 12] = rand::random();
    format!("Root=1-{:08x}-{}", now_ms / 1000, hex(&tail))
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_form_of_recorded_ones() {
        for (id, kind) in [
            ("HXT_RfBnPHcCIIg=", CONNECTION_KIND),
            ("XDmENcnwIE0CFEQ=", CONNECTION_KIND),
            ("HXUAmGGZvHcF33A=", REQUEST_KIND),
            (connection_id().as_str(), CONNECTION_KIND),
            (request_id().as_str(), REQUEST_KIND),
        ] {
            let bytes = BASE64.decode(id).unwrap();
            assert_eq!((bytes.len(), bytes[KIND_INDEX]), (ID_BYTES, kind), "{id}");
            assert_eq!((id.len(), id.ends_with('=')), (16, true), "{id}");
        }
    }

    #[test]
    fn what_is_no_id_is_told_apart() {
        assert!(is_well_formed("AAAAAAAAAAAAAAA="));
        for text in
            ["", "x", "HXT_RfBnPHcCIIg", "HXT_RfBnPHcCIIg==", "HXT+RfBnPHcCIIg=", "é", "AAAA"]
        {
            assert!(!is_well_formed(text), "{text}");
        }
    }

    #[test]
    fn a_uuid_states_its_version_and_variant() {
        let uuid = uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(&uuid[14..15], "4");
        assert!("89ab".contains(&uuid[19..20]));
    }
}
