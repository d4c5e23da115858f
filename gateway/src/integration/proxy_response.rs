//! What a Lambda's answer means to the gateway (Lambda proxy integration).

use super::Answer;
use crate::java_text;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// The keys of a Lambda proxy response ("Set up Lambda proxy integrations in API Gateway", output format).
/// An answer with any other key was reported to yield `Internal server error` on WebSocket APIs as well.
const KEYS: [&str; 5] = ["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"];

/// Reads an answer.
///
/// # Errors
/// A sentence, when it is not an object with a `statusCode` from 200 to 599, or has keys of its own: the service calls
/// that a malformed proxy response and treats it as an internal error ("Handling Lambda errors with an API Gateway API").
/// The same for a body that is an object, and for one that is in base64 and is no text, since no frame could carry it.
pub(super) fn read(answer: &[u8]) -> Result<Answer, String> {
    let fault = |what: &str| {
        let shown: String = String::from_utf8_lossy(answer).chars().take(200).collect();
        format!("the handler answered {shown}, which API Gateway takes for an error: {what}")
    };
    let malformed = || {
        fault("return { statusCode: 200 }, with headers and body where needed and no other keys")
    };
    let answer: Value = serde_json::from_slice(answer).map_err(|_| malformed())?;
    let status = status(&answer).ok_or_else(malformed)?;
    let body = match answer.get("body").unwrap_or(&Value::Null) {
        Value::Object(_) | Value::Array(_) => {
            return Err(fault("body must be a string, so use JSON.stringify"));
        }
        body => java_text::of(body),
    };
    let body = if answer.get("isBase64Encoded") == Some(&Value::Bool(true)) {
        let bytes = STANDARD
            .decode(&*body)
            .map_err(|_| fault("isBase64Encoded is true, and body is not base64"))?;
        Utf8Bytes::try_from(bytes)
            .map_err(|_| fault("body is not UTF-8 text, and API Gateway sends text only"))?
    } else {
        Utf8Bytes::from(&*body)
    };
    Ok(Answer { status, subprotocol: subprotocol(&answer), body })
}

fn status(answer: &Value) -> Option<u16> {
    if !answer.as_object()?.keys().all(|key| KEYS.contains(&key.as_str())) {
        return None;
    }
    let status = match answer.get("statusCode")? {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    u16::try_from(status).ok().filter(|status| (200..600).contains(status))
}

fn subprotocol(answer: &Value) -> Option<String> {
    let headers = answer.get("headers")?.as_object()?;
    let (_, value) =
        headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-protocol"))?;
    let value = value.as_str()?.trim();
    (!value.is_empty() && value.chars().all(is_token)).then(|| value.to_owned())
}

/// A character of a token (RFC 9110, section 5.6.2), which is what a subprotocol consists of.
fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_as_number_or_text() {
        assert_eq!(read(br#"{"statusCode":200}"#).unwrap().status, 200);
        assert_eq!(read(br#"{"statusCode":"403","body":"no"}"#).unwrap().status, 403);
    }

    #[test]
    fn what_is_no_proxy_answer_is_told_apart() {
        for answer in [
            "null",
            "",
            "{}",
            "[]",
            "\"ok\"",
            r#"{"statusCode":null}"#,
            r#"{"statusCode":99}"#,
            r#"{"statusCode":101}"#,
            r#"{"statusCode":600}"#,
            r#"{"statusCode":-1}"#,
            r#"{"statusCode":2e300}"#,
            r#"{"statusCode":200,"data":"x"}"#,
            r#"{"statusCode":200,"body":{"a":1}}"#,
            r#"{"statusCode":200,"body":"*","isBase64Encoded":true}"#,
            r#"{"statusCode":200,"body":"/w==","isBase64Encoded":true}"#,
        ] {
            assert!(read(answer.as_bytes()).is_err(), "{answer}");
        }
    }

    #[test]
    fn a_body_is_text_in_whatever_form_it_comes() {
        for (answer, body) in [
            (r#"{"statusCode":200,"body":"{\"a\":1}"}"#, "{\"a\":1}"),
            (r#"{"statusCode":200,"body":"w6k=","isBase64Encoded":true}"#, "\u{e9}"),
            (r#"{"statusCode":200,"body":"w6k=","isBase64Encoded":false}"#, "w6k="),
            (r#"{"statusCode":200,"body":12}"#, "12"),
            (r#"{"statusCode":200,"body":null}"#, ""),
            (r#"{"statusCode":200}"#, ""),
        ] {
            assert_eq!(read(answer.as_bytes()).unwrap().body.as_str(), body, "{answer}");
        }
    }

    #[test]
    fn a_subprotocol_is_found_in_any_case_and_never_smuggles_a_header() {
        let with = |value: &str| {
            read(serde_json::json!({"statusCode": 200, "headers": {"sec-websocket-PROTOCOL": value}}).to_string().as_bytes()).unwrap().subprotocol
        };
        assert_eq!(with("chat.v1").as_deref(), Some("chat.v1"));
        assert_eq!(with("a\r\nSet-Cookie: x"), None);
        assert_eq!(with(""), None);
    }
}
