//! What a request says about its own signature.

use super::{ALGORITHM, SignatureError, SignedRequest};
use crate::request_head::percent_decode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{AUTHORIZATION, DATE, HeaderMap};
use ring::digest;
use std::collections::BTreeMap;

/// The longest time that a presigned request may be good for, in seconds: 7 days ("Authenticating requests: using
/// query parameters").
const MAX_EXPIRES: u64 = 604_800;

/// The parts of an `Authorization` header or of a presigned query.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) access_key_id: String,
    /// `YYYYMMDD`, the first part of the credential scope.
    pub(super) date: String,
    pub(super) region: String,
    pub(super) service: String,
    pub(super) terminator: String,
    /// Lower-case names, in the order of the claim.
    pub(super) signed_headers: Vec<String>,
    /// Hexadecimal digits.
    pub(super) signature: String,
    /// `YYYYMMDDTHHMMSSZ`.
    pub(super) time: String,
    /// For how many seconds a presigned request is good.
    pub(super) expires: Option<u64>,
    pub(super) session_token: Option<String>,
}

/// The id of the access key that a request claims to be signed with. Nothing is verified.
pub fn access_key_id(headers: &HeaderMap, query: &str) -> Option<String> {
    if let Some(header) = text(headers, AUTHORIZATION.as_str()) {
        let (_, credential) = header.strip_prefix(ALGORITHM)?.split_once("Credential=")?;
        return credential.split(['/', ',']).next().map(str::to_owned);
    }
    let credential = query.split('&').find_map(|pair| pair.strip_prefix("X-Amz-Credential="))?;
    percent_decode(credential).split('/').next().map(str::to_owned)
}

impl Claim {
    /// Reads the claim of a request.
    ///
    /// # Errors
    /// [`SignatureError`], where there is none or it is not whole.
    pub(super) fn read(request: SignedRequest<'_>) -> Result<Self, SignatureError> {
        match request.headers.get(AUTHORIZATION) {
            Some(value) => {
                Self::from_header(&String::from_utf8_lossy(value.as_bytes()), request.headers)
            }
            None if request.query.contains("X-Amz-") => Self::from_query(request.query),
            None => Err(SignatureError::missing()),
        }
    }

    fn from_header(header: &str, headers: &HeaderMap) -> Result<Self, SignatureError> {
        // The header is named by its hash, so that no token comes back in an error.
        let hash = || STANDARD.encode(digest::digest(&digest::SHA256, header.as_bytes()));
        let read = header.trim().split_once(' ');
        let read = read.and_then(|(algorithm, rest)| Some((algorithm, pairs(rest)?)));
        let (algorithm, parameters) = read.ok_or_else(|| {
            SignatureError::incomplete(format!(
                "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '{}'.",
                hash()
            ))
        })?;
        if algorithm != ALGORITHM {
            let message = format!("Unsupported AWS 'algorithm': '{algorithm}'.");
            return Err(SignatureError::incomplete(message));
        }
        let time = text(headers, "x-amz-date").or_else(|| text(headers, DATE.as_str()));
        let (Some(credential), Some(signature), Some(signed_headers), Some(time)) = (
            parameters.get("Credential"),
            parameters.get("Signature"),
            parameters.get("SignedHeaders"),
            time,
        ) else {
            let mut message: String = ["Credential", "Signature", "SignedHeaders"]
                .into_iter()
                .filter(|name| !parameters.contains_key(name))
                .map(|name| format!("Authorization header requires '{name}' parameter. "))
                .collect();
            if time.is_none() {
                message += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
            }
            message +=
                &format!("(Hashed with SHA-256 and encoded with Base64) Authorization={}", hash());
            return Err(SignatureError::incomplete(message));
        };
        let token = text(headers, "x-amz-security-token").map(str::to_owned);
        Self::new(credential, signed_headers, signature, time, token)
    }

    fn from_query(query: &str) -> Result<Self, SignatureError> {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let parameters: BTreeMap<&str, String> =
            pairs.map(|(name, value)| (name, percent_decode(value))).collect();
        let required =
            ["Algorithm", "Credential", "Signature", "SignedHeaders", "Date"].map(|name| {
                let name = format!("X-Amz-{name}");
                parameters.get(name.as_str()).map(String::as_str).ok_or(name)
            });
        let [Ok(algorithm), Ok(credential), Ok(signature), Ok(signed_headers), Ok(time)] =
            &required
        else {
            let missing = required.into_iter().filter_map(Result::err);
            let message: String = missing
                .map(|name| format!("AWS query-string parameters must include '{name}'. "))
                .collect();
            return Err(SignatureError::incomplete(
                message + "Re-examine the query-string parameters.",
            ));
        };
        if *algorithm != ALGORITHM {
            let message = format!("Unsupported AWS 'algorithm': '{algorithm}'.");
            return Err(SignatureError::incomplete(message));
        }
        let token = parameters.get("X-Amz-Security-Token").cloned();
        let mut claim = Self::new(credential, signed_headers, signature, time, token)?;
        if let Some(expires) = parameters.get("X-Amz-Expires") {
            let seconds = expires.parse().ok().filter(|seconds| *seconds <= MAX_EXPIRES);
            claim.expires = Some(seconds.ok_or_else(|| {
                SignatureError::incomplete(format!(
                    "X-Amz-Expires must be a number of seconds up to {MAX_EXPIRES}"
                ))
            })?);
        }
        Ok(claim)
    }

    fn new(
        credential: &str,
        signed_headers: &str,
        signature: &str,
        time: &str,
        session_token: Option<String>,
    ) -> Result<Self, SignatureError> {
        let parts: Vec<&str> = credential.split('/').collect();
        let [access_key_id, date, region, service, terminator] = parts[..] else {
            return Err(SignatureError::incomplete(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'"
            )));
        };
        if !is_basic_time(time) {
            return Err(SignatureError::incomplete(format!(
                "Date must be in ISO-8601 'basic format'. Got '{time}'. See http://en.wikipedia.org/wiki/ISO_8601"
            )));
        }
        Ok(Self {
            access_key_id: access_key_id.to_owned(),
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            terminator: terminator.to_owned(),
            signed_headers: signed_headers.split(';').map(str::to_ascii_lowercase).collect(),
            signature: signature.to_owned(),
            time: time.to_owned(),
            expires: None,
            session_token,
        })
    }
}

/// Names and values; `None` where one has no equal sign.
fn pairs(text: &str) -> Option<BTreeMap<&str, &str>> {
    text.split(',').map(|pair| pair.trim().split_once('=')).collect()
}

/// Whether text has the form `YYYYMMDDTHHMMSSZ`.
fn is_basic_time(text: &str) -> bool {
    text.len() == 16
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 => byte == b'T',
            15 => byte == b'Z',
            _ => byte.is_ascii_digit(),
        })
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    #[test]
    fn the_access_key_is_read_from_header_and_query() {
        let credential = "AKIDEXAMPLE/20150830/us-east-1/execute-api/aws4_request";
        let of = |header: &str, query: &str| {
            let mut headers = HeaderMap::new();
            if !header.is_empty() {
                headers.insert("authorization", HeaderValue::from_str(header).unwrap());
            }
            access_key_id(&headers, query)
        };
        let header =
            format!("AWS4-HMAC-SHA256 SignedHeaders=host, Credential={credential}, Signature=0");
        let id = Some("AKIDEXAMPLE".to_owned());
        assert_eq!(of(&header, ""), id);
        assert_eq!(of("", &format!("a=b&X-Amz-Credential={}", credential.replace('/', "%2F"))), id);
        assert_eq!(of("Bearer x", ""), None);
        assert_eq!(of("", "a=b"), None);
    }
}
