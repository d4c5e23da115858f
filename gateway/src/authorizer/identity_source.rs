//! Where an authorizer finds who asks: the identity sources of a REQUEST authorizer ("AWS::ApiGatewayV2::Authorizer",
//! `IdentitySource`).

use crate::event::Opening;
use serde_json::Value;

/// One identity source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentitySource {
    /// `route.request.header.Name`; the case of the name does not count.
    Header(String),
    /// `route.request.querystring.name`.
    Query(String),
    /// `stageVariables.name`.
    StageVariable(String),
    /// `context.name.name`: a field of `requestContext`.
    Context(Vec<String>),
}

impl std::str::FromStr for IdentitySource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let source = if let Some(name) = text.strip_prefix("route.request.header.") {
            Self::Header(name.to_owned())
        } else if let Some(name) = text.strip_prefix("route.request.querystring.") {
            Self::Query(name.to_owned())
        } else if let Some(name) = text.strip_prefix("stageVariables.") {
            Self::StageVariable(name.to_owned())
        } else if let Some(path) = text.strip_prefix("context.") {
            Self::Context(path.split('.').map(str::to_owned).collect())
        } else {
            return Err(unknown(text));
        };
        let is_named = match &source {
            Self::Header(name) | Self::Query(name) | Self::StageVariable(name) => !name.is_empty(),
            Self::Context(path) => path.iter().all(|name| !name.is_empty()),
        };
        if is_named { Ok(source) } else { Err(unknown(text)) }
    }
}

fn unknown(text: &str) -> String {
    format!(
        "{text:?} is no identity source: write route.request.header.NAME, route.request.querystring.NAME, \
         stageVariables.NAME or context.NAME"
    )
}

impl IdentitySource {
    /// Whether the request has it and it is not empty; a request without it is answered 401 before the authorizer runs.
    pub fn is_in(&self, opening: &Opening<'_>, context: &Value) -> bool {
        match self {
            Self::Header(name) => has(opening.headers, |known| known.eq_ignore_ascii_case(name)),
            Self::Query(name) => has(opening.query, |known| known == name),
            Self::StageVariable(name) => {
                opening.stage_variables.get(name).is_some_and(|value| !value.is_empty())
            }
            Self::Context(path) => {
                match path.iter().try_fold(context, |value, name| value.get(name)) {
                    None | Some(Value::Null) => false,
                    Some(Value::String(text)) => !text.is_empty(),
                    Some(_) => true,
                }
            }
        }
    }
}

/// Whether the last value of a name, which is the one of the single-value map, is there and not empty.
fn has(pairs: &[(String, String)], is_it: impl Fn(&str) -> bool) -> bool {
    pairs.iter().rfind(|(name, _)| is_it(name)).is_some_and(|(_, value)| !value.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Variables;
    use serde_json::json;

    #[test]
    fn a_source_is_missing_or_empty_or_there() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let variables = Variables::from([pair("team", "red"), pair("none", "")]);
        let opening = Opening {
            headers: &[
                pair("Auth", "x"),
                pair("Blank", "  "),
                pair("Twice", "x"),
                pair("Twice", ""),
            ],
            query: &[pair("token", "1"), pair("empty", "")],
            stage_variables: &variables,
            request_id: "r",
        };
        let context = json!({"identity": {"sourceIp": "127.0.0.1"}, "stage": "", "connectedAt": 1});
        for (source, is_there) in [
            ("route.request.header.auth", true),
            ("route.request.header.Blank", false),
            ("route.request.header.Twice", false),
            ("route.request.header.Other", false),
            ("route.request.querystring.token", true),
            ("route.request.querystring.Token", false),
            ("route.request.querystring.empty", false),
            ("stageVariables.team", true),
            ("stageVariables.none", false),
            ("stageVariables.other", false),
            ("context.identity.sourceIp", true),
            ("context.connectedAt", true),
            ("context.stage", false),
            ("context.identity.userAgent", false),
        ] {
            let source: IdentitySource = source.parse().unwrap();
            assert_eq!(source.is_in(&opening, &context), is_there, "{source:?}");
        }
    }

    #[test]
    fn what_is_no_source_is_refused_with_a_sentence() {
        for text in [
            "",
            "Auth",
            "$request.header.Auth",
            "route.request.header.",
            "route.request.body.x",
            "context.",
            "context.identity.",
            "stageVariables.",
        ] {
            assert!(
                text.parse::<IdentitySource>().unwrap_err().contains("no identity source"),
                "{text}"
            );
        }
    }
}
