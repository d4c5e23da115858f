//! What an authorizer answered ("Output from an API Gateway Lambda authorizer").

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

/// Largest answer of an authorizer, in bytes ("Amazon API Gateway quotas for configuring and running a WebSocket API":
/// AWS Lambda authorizer result size, 8 KB).
const ANSWER_BYTES: usize = 8 * 1024;

/// An authorizer's answer that can be acted on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    /// `policyDocument`.
    pub(super) policy: Value,
    /// `principalId`.
    pub(super) principal_id: String,
    /// `context`, its values as text, by name.
    pub(super) values: Vec<(String, String)>,
}

/// What the authorizer said of a client, as `requestContext.authorizer` of all its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizerContext {
    /// `principalId`.
    pub principal_id: String,
    /// How long the authorizer took, in milliseconds.
    pub integration_latency: u64,
    /// The values of its `context`.
    pub values: Vec<(String, String)>,
}

impl Serialize for AuthorizerContext {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("principalId", &self.principal_id)?;
        map.serialize_entry("integrationLatency", &self.integration_latency)?;
        for (name, value) in &self.values {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Reads an authorizer's answer.
///
/// # Errors
/// A sentence about what is wrong with it. The service answers such an authorizer's client with 500.
pub(super) fn read(answer: &[u8]) -> Result<Answer, String> {
    if answer.len() > ANSWER_BYTES {
        let length = answer.len();
        return Err(format!(
            "the authorizer answered {length} bytes, and {ANSWER_BYTES} are allowed"
        ));
    }
    let Ok(Value::Object(mut answer)) = serde_json::from_slice(answer) else {
        return Err(
            "the authorizer answered no object: return { principalId, policyDocument }".to_owned()
        );
    };
    let Some(Value::String(principal_id)) = answer.remove("principalId") else {
        return Err("the authorizer’s answer has no principalId: it must be a string".to_owned());
    };
    let policy = match answer.remove("policyDocument") {
        Some(policy @ Value::Object(_)) => policy,
        _ => {
            return Err(
                "the authorizer’s answer has no policyDocument: it must be an object".to_owned()
            );
        }
    };
    let values = match answer.remove("context") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Object(context)) => values(context)?,
        Some(_) => return Err("the authorizer’s context is no object".to_owned()),
    };
    Ok(Answer { policy, principal_id, values })
}

/// The values of `context`, stringified. The two names that the gateway itself fills are left to it.
fn values(context: Map<String, Value>) -> Result<Vec<(String, String)>, String> {
    let is_free = |name: &String| name != "principalId" && name != "integrationLatency";
    let text = |(name, value)| match value {
        Value::String(text) => Ok((name, text)),
        Value::Number(number) => Ok((name, number.to_string())),
        Value::Bool(is_true) => Ok((name, is_true.to_string())),
        _ => Err(format!(
            "the authorizer’s context has {name:?}, which is no string, number or boolean: API Gateway takes nothing else"
        )),
    };
    context.into_iter().filter(|(name, _)| is_free(name)).map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read_json(value: &Value) -> Result<Answer, String> {
        read(value.to_string().as_bytes())
    }

    #[test]
    fn values_of_the_context_become_text() {
        let answer = read_json(&json!({
            "principalId": "user",
            "policyDocument": {},
            "context": {"boolKey": true, "key": "value", "numKey": 1, "real": 1.5, "principalId": "other"},
            "usageIdentifierKey": "ignored as on AWS",
        }));
        let values = answer.unwrap().values;
        let values: Vec<_> =
            values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            values,
            [("boolKey", "true"), ("key", "value"), ("numKey", "1"), ("real", "1.5")]
        );
    }

    #[test]
    fn what_is_malformed_is_said() {
        let policy = json!({});
        for (answer, said) in [
            (json!(null), "no object"),
            (json!("Allow"), "no object"),
            (json!({"policyDocument": policy}), "principalId"),
            (json!({"principalId": 1, "policyDocument": policy}), "principalId"),
            (json!({"principalId": "user"}), "policyDocument"),
            (json!({"principalId": "user", "policyDocument": "Allow"}), "policyDocument"),
            (json!({"principalId": "u", "policyDocument": policy, "context": []}), "no object"),
            (json!({"principalId": "u", "policyDocument": policy, "context": {"a": []}}), "\"a\""),
            (
                json!({"principalId": "u", "policyDocument": policy, "context": {"a": null}}),
                "\"a\"",
            ),
            (json!({"principalId": "x".repeat(9000), "policyDocument": policy}), "8192"),
        ] {
            let sentence = read_json(&answer).unwrap_err();
            assert!(sentence.contains(said), "{sentence}");
        }
        assert!(read(b"{").is_err());
    }

    #[test]
    fn the_context_of_events_begins_with_the_principal_and_the_latency() {
        let context = AuthorizerContext {
            principal_id: "user".into(),
            integration_latency: 12,
            values: vec![("key".into(), "value".into())],
        };
        assert_eq!(
            serde_json::to_string(&context).unwrap(),
            r#"{"principalId":"user","integrationLatency":12,"key":"value"}"#
        );
    }
}
