//! What a Lambda's answer means to the gateway (Lambda proxy integration).

use serde_json::Value;

/// The part of an answer that the gateway acts on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The `statusCode`.
    pub status: u16,
    /// The header `Sec-WebSocket-Protocol`, if the Lambda chose a subprotocol.
    pub subprotocol: Option<String>,
}

/// The keys of a Lambda proxy response ("Set up Lambda proxy integrations in API Gateway", output format).
/// An answer with any other key was reported to yield `Internal server error` on WebSocket APIs as well.
const KEYS: [&str; 5] = ["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"];

/// Reads an answer. `None` when it is not an object with a `statusCode` from 200 to 599, or has keys of its own: the
/// service calls that a malformed proxy response and treats it as an internal error ("Handling Lambda errors with an
/// API Gateway API").
pub fn read(answer: &[u8]) -> Option<Answer> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    if !answer.as_object()?.keys().all(|key| KEYS.contains(&key.as_str())) {
        return None;
    }
    let status = match answer.get("statusCode")? {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    let status = u16::try_from(status).ok().filter(|status| (200..600).contains(status))?;
    Some(Answer { status, subprotocol: subprotocol(&answer) })
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
        ] {
            assert_eq!(read(answer.as_bytes()), None, "{answer}");
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
