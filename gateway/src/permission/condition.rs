//! The `Condition` element ("IAM JSON policy elements: Condition operators").

use super::document::texts;
use super::{network, selector, wildcard};
use serde_json::Value;
use std::borrow::Cow;
use std::net::IpAddr;

/// What conditions may ask for. A value that is `None` is one that the request does not have.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// `aws:SourceIp`.
    pub source_ip: Option<IpAddr>,
    /// `aws:SecureTransport`: whether the request came over TLS.
    pub secure_transport: Option<bool>,
    /// `aws:UserAgent`.
    pub user_agent: Option<&'a str>,
    /// `aws:RequestedRegion`.
    pub requested_region: Option<&'a str>,
    /// `aws:PrincipalAccount`.
    pub principal_account: Option<&'a str>,
    /// `aws:PrincipalArn`: of the role, for who has assumed one.
    pub principal_arn: Option<&'a str>,
    /// `lambda:SourceFunctionArn`: the function that calls with its role's credentials.
    pub source_function_arn: Option<&'a str>,
}

impl<'a> Context<'a> {
    fn value(&self, key: Key) -> Option<Cow<'a, str>> {
        match key {
            Key::SourceIp => self.source_ip.map(|ip| ip.to_string().into()),
            Key::SecureTransport => self.secure_transport.map(|is_tls| is_tls.to_string().into()),
            Key::UserAgent => self.user_agent.map(Into::into),
            Key::RequestedRegion => self.requested_region.map(Into::into),
            Key::PrincipalAccount => self.principal_account.map(Into::into),
            Key::PrincipalArn => self.principal_arn.map(Into::into),
            Key::SourceFunctionArn => self.source_function_arn.map(Into::into),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    SourceIp,
    SecureTransport,
    UserAgent,
    RequestedRegion,
    PrincipalAccount,
    PrincipalArn,
    SourceFunctionArn,
}

impl Key {
    /// Names of keys are the same whatever their case.
    fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "aws:sourceip" => Self::SourceIp,
            "aws:securetransport" => Self::SecureTransport,
            "aws:useragent" => Self::UserAgent,
            "aws:requestedregion" => Self::RequestedRegion,
            "aws:principalaccount" => Self::PrincipalAccount,
            "aws:principalarn" => Self::PrincipalArn,
            "lambda:sourcefunctionarn" => Self::SourceFunctionArn,
            _ => return None,
        })
    }
}

/// One operator with one key and its values.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    Comparison {
        key: Key,
        test: Test,
        values: Vec<String>,
        negated: bool,
        if_exists: bool,
    },
    /// `Null`: whether the key must be missing.
    Missing {
        key: Key,
        expected: bool,
    },
    /// An operator or a key that is not evaluated here, as the document writes it.
    Undecidable(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Equals,
    EqualsInAnyCase,
    Like,
    InNetwork,
}

impl Test {
    fn holds(self, value: &str, expected: &str) -> bool {
        match self {
            Self::Equals => value == expected,
            Self::EqualsInAnyCase => value.eq_ignore_ascii_case(expected),
            Self::Like => wildcard::fits(expected, value, wildcard::exact),
            Self::InNetwork => network::contains(expected, value).unwrap_or(false),
        }
    }
}

impl Condition {
    /// Whether a request meets it; `None` where that cannot be told here.
    pub(super) fn is_met(&self, context: &Context<'_>) -> Option<bool> {
        match self {
            Self::Undecidable(_) => None,
            Self::Missing { key, expected } => Some(context.value(*key).is_none() == *expected),
            Self::Comparison { key, test, values, negated, if_exists } => {
                let Some(value) = context.value(*key) else { return Some(*negated || *if_exists) };
                Some(values.iter().any(|expected| test.holds(&value, expected)) != *negated)
            }
        }
    }

    /// What it is, where it cannot be decided here.
    pub(super) fn undecidable(&self) -> Option<&str> {
        match self {
            Self::Undecidable(what) => Some(what),
            _ => None,
        }
    }
}

/// Whether all of several parts hold; `None` where that depends on one that is not known.
pub(super) fn all(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut all = Some(true);
    for part in parts {
        match part {
            Some(false) => return Some(false),
            None => all = None,
            Some(true) => {}
        }
    }
    all
}

/// Reads a `Condition` element.
///
/// # Errors
/// A sentence, where it has another form than operators with keys with values.
pub(super) fn read(element: &Value, knows_variables: bool) -> Result<Vec<Condition>, String> {
    let Value::Object(operators) = element else {
        return Err(format!("Condition is {element}: it must be an object of operators"));
    };
    let mut conditions = Vec::new();
    for (operator, keys) in operators {
        let Value::Object(keys) = keys else {
            return Err(format!("Condition.{operator} is {keys}: it must be an object of keys"));
        };
        for (key, values) in keys {
            conditions.push(condition(operator, key, values, knows_variables)?);
        }
    }
    Ok(conditions)
}

fn condition(
    operator: &str,
    key: &str,
    values: &Value,
    knows_variables: bool,
) -> Result<Condition, String> {
    let written = format!("{operator} on {key}");
    let wrong = |what: &str| format!("Condition.{operator}.{key} is {values}: {what}");
    let values = plain_texts(values).ok_or_else(|| wrong("it must be text or a list of texts"))?;
    let is_undecidable = knows_variables && values.iter().any(|text| selector::has_variable(text));
    let Some(known) = Key::named(key).filter(|_| !is_undecidable) else {
        return Ok(Condition::Undecidable(written));
    };
    if operator == "Null" {
        return match values.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["true"] => Ok(Condition::Missing { key: known, expected: true }),
            ["false"] => Ok(Condition::Missing { key: known, expected: false }),
            _ => Err(wrong("it must be \"true\" or \"false\"")),
        };
    }
    let (base, if_exists) = match operator.strip_suffix("IfExists") {
        Some(base) => (base, true),
        None => (operator, false),
    };
    // Both ARN operators take wildcards ("Amazon Resource Name (ARN) condition operators").
    let (test, negated) = match base {
        "StringEquals" => (Test::Equals, false),
        "StringNotEquals" => (Test::Equals, true),
        "StringEqualsIgnoreCase" | "Bool" => (Test::EqualsInAnyCase, false),
        "StringNotEqualsIgnoreCase" => (Test::EqualsInAnyCase, true),
        "StringLike" | "ArnLike" | "ArnEquals" => (Test::Like, false),
        "StringNotLike" | "ArnNotLike" | "ArnNotEquals" => (Test::Like, true),
        "IpAddress" => (Test::InNetwork, false),
        "NotIpAddress" => (Test::InNetwork, true),
        _ => return Ok(Condition::Undecidable(written)),
    };
    let is_network = |text: &String| network::contains(text, "0.0.0.0").is_some();
    if test == Test::InNetwork && !values.iter().all(is_network) {
        return Err(wrong("an address is written 203.0.113.0/24 or 2001:db8::/32"));
    }
    Ok(Condition::Comparison { key: known, test, values, negated, if_exists })
}

/// As [`texts`], where numbers and booleans may stand without quotes.
fn plain_texts(value: &Value) -> Option<Vec<String>> {
    let text = |value: &Value| match value {
        Value::Bool(_) | Value::Number(_) => Value::String(value.to_string()),
        other => other.clone(),
    };
    match value {
        Value::Array(values) => texts(&values.iter().map(text).collect()),
        other => texts(&text(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn is_met(condition: Value) -> Option<bool> {
        let context = Context {
            source_ip: Some("127.0.0.1".parse().unwrap()),
            secure_transport: Some(true),
            user_agent: Some("aws-sdk-js/3"),
            requested_region: Some("us-east-1"),
            principal_account: Some("000000000000"),
            principal_arn: Some("arn:aws:iam::000000000000:role/my-role"),
            source_function_arn: None,
        };
        let conditions = read(&condition, true).unwrap();
        all(conditions.iter().map(|condition| condition.is_met(&context)))
    }

    #[test]
    fn operators_compare_as_iam_does() {
        for (condition, expected) in [
            (
                json!({ "StringEquals": { "aws:RequestedRegion": ["eu-west-1", "us-east-1"] } }),
                true,
            ),
            (json!({ "StringEquals": { "aws:requestedregion": "US-EAST-1" } }), false),
            (json!({ "StringEqualsIgnoreCase": { "aws:RequestedRegion": "US-EAST-1" } }), true),
            (
                json!({ "StringNotEquals": { "aws:RequestedRegion": ["eu-west-1", "us-east-1"] } }),
                false,
            ),
            (json!({ "StringLike": { "aws:UserAgent": "aws-sdk-*" } }), true),
            (json!({ "StringNotLike": { "aws:UserAgent": "curl/*" } }), true),
            (json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/my-*" } }), true),
            (json!({ "ArnNotEquals": { "aws:PrincipalArn": "arn:aws:iam::*:role/my-*" } }), false),
            (json!({ "IpAddress": { "aws:SourceIp": "127.0.0.0/8" } }), true),
            (json!({ "IpAddress": { "aws:SourceIp": ["10.0.0.0/8", "::1/128"] } }), false),
            (json!({ "IpAddress": { "aws:SourceIp": "127.0.0.1" } }), true),
            (json!({ "NotIpAddress": { "aws:SourceIp": "0.0.0.0/0" } }), false),
            (json!({ "Bool": { "aws:SecureTransport": true } }), true),
            (json!({ "Bool": { "aws:SecureTransport": "false" } }), false),
            (json!({ "Null": { "lambda:SourceFunctionArn": "true" } }), true),
            (json!({ "Null": { "aws:SourceIp": "true" } }), false),
            // A missing key: false, but for negated operators and IfExists.
            (json!({ "ArnEquals": { "lambda:SourceFunctionArn": "*" } }), false),
            (json!({ "ArnNotLike": { "lambda:SourceFunctionArn": "*" } }), true),
            (json!({ "ArnEqualsIfExists": { "lambda:SourceFunctionArn": "x" } }), true),
            // Several operators and keys must all hold.
            (
                json!({ "StringLike": { "aws:UserAgent": "*", "aws:PrincipalAccount": "1*" } }),
                false,
            ),
        ] {
            assert_eq!(is_met(condition.clone()), Some(expected), "{condition}");
        }
    }

    #[test]
    fn what_is_not_evaluated_here_is_neither_met_nor_unmet() {
        for condition in [
            json!({ "DateLessThan": { "aws:CurrentTime": "2030-01-01T00:00:00Z" } }),
            json!({ "StringEquals": { "aws:PrincipalTag/team": "a" } }),
            json!({ "ForAllValues:StringEquals": { "aws:UserAgent": "x" } }),
            json!({ "StringEquals": { "aws:UserAgent": "${aws:username}" } }),
        ] {
            assert_eq!(is_met(condition.clone()), None, "{condition}");
            let named = read(&condition, true).unwrap()[0].undecidable().map(str::to_owned);
            assert!(named.is_some_and(|named| named.contains(" on ")), "{condition}");
        }
        // One part that does not hold decides all the same.
        let both = json!({ "DateLessThan": { "aws:CurrentTime": "x" }, "Bool": { "aws:SecureTransport": "false" } });
        assert_eq!(is_met(both), Some(false));
    }

    #[test]
    fn a_condition_of_another_form_is_refused() {
        for (condition, sentence) in [
            (json!({ "IpAddress": "127.0.0.1" }), "Condition.IpAddress is"),
            (
                json!({ "StringEquals": { "aws:UserAgent": {} } }),
                "Condition.StringEquals.aws:UserAgent is {}",
            ),
            (json!({ "IpAddress": { "aws:SourceIp": "home" } }), "an address is written"),
            (json!({ "Null": { "aws:SourceIp": "maybe" } }), r#"must be "true" or "false""#),
        ] {
            let error = read(&condition, true).unwrap_err();
            assert!(error.contains(sentence), "{error}");
        }
    }
}
