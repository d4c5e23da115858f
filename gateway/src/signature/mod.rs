//! Verifies AWS Signature Version 4 ("Create a signed AWS API request" in the IAM User Guide), as a request header or
//! in the query of a presigned URL.
//!
//! A signature is not taken apart: the gateway knows the secret, signs the same request, and compares.

mod canonical;
mod claim;

pub use claim::access_key_id;

use crate::clock;
use crate::credentials::Credentials;
use crate::ids::hex;
use claim::Claim;
use hyper::header::HeaderMap;
use ring::{digest, hmac};

/// The service's name in credential scopes.
const SERVICE: &str = "execute-api";

/// What a credential scope ends with.
const TERMINATOR: &str = "aws4_request";

/// The one algorithm.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// How far a request's time may be from this machine's: "If the timestamp differs by more than five minutes … AWS
/// rejects the request" (IAM User Guide, "Elements of an AWS API request signature").
const CLOCK_SKEW_MS: u64 = 5 * 60 * 1000;

/// The parts of a request that a signature covers.
#[derive(Clone, Copy, Debug)]
pub struct SignedRequest<'a> {
    /// The method.
    pub method: &'a str,
    /// The path as it came, percent-encoded.
    pub path: &'a str,
    /// The query as it came, without `?`.
    pub query: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The whole body.
    pub body: &'a [u8],
}

/// Why a request is not taken for signed; the status is always 403.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureError {
    /// `x-amzn-errortype`.
    pub kind: &'static str,
    /// The body's `message`.
    pub message: String,
}

impl SignatureError {
    fn missing() -> Self {
        let message = "Missing Authentication Token".to_owned();
        Self { kind: "MissingAuthenticationTokenException", message }
    }

    fn incomplete(message: String) -> Self {
        Self { kind: "IncompleteSignatureException", message }
    }

    fn invalid(message: String) -> Self {
        Self { kind: "InvalidSignatureException", message }
    }

    fn unknown_client() -> Self {
        let message = "The security token included in the request is invalid.".to_owned();
        Self { kind: "UnrecognizedClientException", message }
    }
}

/// Verifies a request's signature and returns the id of the access key that made it. `find` knows the keys.
///
/// # Errors
/// [`SignatureError`] in the words of the service.
pub fn verify<'a>(
    request: SignedRequest<'_>,
    region: &str,
    now_ms: u64,
    find: impl FnOnce(&str) -> Option<&'a Credentials>,
) -> Result<&'a str, SignatureError> {
    verify_for(request, region, SERVICE, now_ms, find)
}

fn verify_for<'a>(
    request: SignedRequest<'_>,
    region: &str,
    service: &str,
    now_ms: u64,
    find: impl FnOnce(&str) -> Option<&'a Credentials>,
) -> Result<&'a str, SignatureError> {
    let claim = Claim::read(request)?;
    check_scope(&claim, region, service)?;
    check_time(&claim, now_ms)?;
    let known = find(&claim.access_key_id);
    let keys = known
        .filter(|keys| keys.session_token == claim.session_token)
        .ok_or_else(SignatureError::unknown_client)?;

    let canonical = canonical::request(request, &claim);
    let scope = format!("{}/{region}/{service}/{TERMINATOR}", claim.date);
    let to_sign = format!("{ALGORITHM}\n{}\n{scope}\n{}", claim.time, sha256(canonical.as_bytes()));
    let key = [&claim.date, region, service, TERMINATOR].iter().fold(
        hmac::Key::new(hmac::HMAC_SHA256, format!("AWS4{}", keys.secret_access_key).as_bytes()),
        |key, part| hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref()),
    );
    let is_right = from_hex(&claim.signature)
        .is_some_and(|signature| hmac::verify(&key, to_sign.as_bytes(), &signature).is_ok());
    if is_right {
        return Ok(&keys.access_key_id);
    }
    Err(SignatureError::invalid(format!(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\nThe Canonical String for this request should have been\n'{canonical}'\n\nThe String-to-Sign should have been\n'{to_sign}'\n"
    )))
}

fn check_scope(claim: &Claim, region: &str, service: &str) -> Result<(), SignatureError> {
    let mut message = String::new();
    if claim.region != region {
        message += "Credential should be scoped to a valid region. ";
    }
    if claim.service != service {
        message += &format!("Credential should be scoped to correct service: '{service}'. ");
    }
    if claim.terminator != TERMINATOR {
        message += &format!(
            "Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{}'. ",
            claim.terminator
        );
    }
    if !claim.time.starts_with(&claim.date) || claim.date.len() != 8 {
        message += &format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{}', from '{}'. ",
            claim.date,
            claim.time.get(..8).unwrap_or_default(),
            claim.time
        );
    }
    if message.is_empty() && !claim.signed_headers.iter().any(|name| name == "host") {
        message += "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
    }
    if message.is_empty() { Ok(()) } else { Err(SignatureError::invalid(message)) }
}

/// Times in the basic format sort as text does.
fn check_time(claim: &Claim, now_ms: u64) -> Result<(), SignatureError> {
    let (time, now) = (&claim.time, clock::iso_basic(now_ms));
    let lifetime_ms = claim.expires.map_or(CLOCK_SKEW_MS, |seconds| seconds.saturating_mul(1000));
    let earliest = clock::iso_basic(now_ms.saturating_sub(lifetime_ms));
    if *time < earliest {
        let minutes = lifetime_ms / 60_000;
        return Err(SignatureError::invalid(format!(
            "Signature expired: {time} is now earlier than {earliest} ({now} - {minutes} min.)"
        )));
    }
    let latest = clock::iso_basic(now_ms + CLOCK_SKEW_MS);
    if *time > latest {
        return Err(SignatureError::invalid(format!(
            "Signature not yet current: {time} is still later than {latest} ({now} + 5 min.)"
        )));
    }
    Ok(())
}

/// The SHA-256 of bytes as hexadecimal digits.
fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?)).collect()
}

#[cfg(test)]
mod tests;
