//! What IAM policies allow: documents are read once, when the gateway starts, and asked for each request.
//!
//! The rules are those of the IAM User Guide, "Policy evaluation logic": nothing is allowed by default, an
//! `Allow` that fits allows, and a `Deny` that fits wins over every `Allow`. They serve the functions' roles on the
//! management API and the policies that authorizers answer with.

mod condition;
mod document;
mod network;
mod selector;
pub(crate) mod wildcard;

pub use condition::Context;

use document::{Effect, Statement};
use serde_json::Value;

/// What somebody wants to do.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The action, such as `execute-api:ManageConnections`.
    pub action: &'a str,
    /// The ARN of what is acted on.
    pub resource: &'a str,
    /// What conditions may ask for.
    pub context: &'a Context<'a>,
}

/// What policies say to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision<'a> {
    /// A statement allows it and none denies it.
    Allowed,
    /// No statement allows it (an implicit deny).
    NotAllowed,
    /// A statement denies it (an explicit deny), here named by its document and place.
    Denied(&'a str),
}

/// Policy documents that count together, such as all policies of one role.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    statements: Vec<Statement>,
    warnings: Vec<String>,
}

impl Policies {
    /// Reads a policy document and adds it. `source` names it in errors and in [`Decision::Denied`].
    ///
    /// # Errors
    /// A sentence with the source, the statement and the key, where the document is none that IAM would take
    /// for an identity-based policy.
    pub fn add(&mut self, source: &str, document: &Value) -> Result<(), String> {
        let (statements, warnings) = document::read(source, document)?;
        self.statements.extend(statements);
        self.warnings.extend(warnings);
        Ok(())
    }

    /// Sentences about what is in the documents and cannot be decided here, each counted to the safe side:
    /// such an `Allow` does not allow, such a `Deny` denies.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Decides about a request.
    pub fn decide(&self, request: Request<'_>) -> Decision<'_> {
        let mut decision = Decision::NotAllowed;
        for statement in &self.statements {
            match (statement.effect, statement.applies(request)) {
                (Effect::Deny, Some(true) | None) => return Decision::Denied(&statement.name),
                (Effect::Allow, Some(true)) => decision = Decision::Allowed,
                (Effect::Allow, None) | (_, Some(false)) => {}
            }
        }
        decision
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const POST: &str = "arn:aws:execute-api:us-east-1:000000000000:api/prod/POST/@connections/x=";

    fn decide(documents: &[Value], action: &str, resource: &str) -> String {
        let mut policies = Policies::default();
        for (index, document) in documents.iter().enumerate() {
            policies.add(&format!("p{index}"), document).unwrap();
        }
        let context = Context::default();
        format!("{:?}", policies.decide(Request { action, resource, context: &context }))
    }

    fn statement(effect: &str, action: &str, resource: &str) -> Value {
        json!({ "Version": "2012-10-17", "Statement": { "Effect": effect, "Action": action, "Resource": resource } })
    }

    fn on_post(documents: &[Value]) -> String {
        decide(documents, "execute-api:ManageConnections", POST)
    }

    #[test]
    fn nothing_is_allowed_by_default() {
        assert_eq!(on_post(&[]), "NotAllowed");
        assert_eq!(on_post(&[json!({ "Statement": [] })]), "NotAllowed");
        assert_eq!(on_post(&[statement("Allow", "execute-api:Invoke", "*")]), "NotAllowed");
        assert_eq!(on_post(&[statement("Allow", "s3:*", "*")]), "NotAllowed");
    }

    #[test]
    fn actions_match_whatever_their_case_and_resources_only_in_theirs() {
        for action in
            ["*", "execute-api:*", "EXECUTE-API:manageconnections", "execute-api:Manage?onn*"]
        {
            assert_eq!(on_post(&[statement("Allow", action, "*")]), "Allowed", "{action}");
        }
        for resource in [
            "arn:aws:execute-api:*:*:*/*/POST/@connections/*",
            "arn:aws:execute-api:us-east-1:000000000000:api/*",
            "arn:aws:execute-api:us-east-1:000000000000:???/prod/*",
            "arn:aws:execute-api:*",
            "arn:aws:execute-api",
            "arn:*",
        ] {
            assert_eq!(on_post(&[statement("Allow", "*", resource)]), "Allowed", "{resource}");
        }
        for resource in [
            "arn:aws:execute-api:us-east-1:000000000000:api/dev/*",
            "arn:aws:execute-api:us-east-1:000000000000:api/prod/GET/*",
            "arn:aws:execute-api:us-east-1:000000000000:API/*",
            "arn:aws:execute-api:us-east-1:000000000000:api/prod/POST/@connections",
            "arn:aws:execute-api:eu-west-1:*:*",
        ] {
            assert_eq!(on_post(&[statement("Allow", "*", resource)]), "NotAllowed", "{resource}");
        }
    }

    #[test]
    fn a_deny_wins_wherever_it_stands_and_is_named() {
        let allow = statement("Allow", "*", "*");
        let deny = json!({ "Statement": [
            { "Effect": "Allow", "Action": "*", "Resource": "*" },
            { "Sid": "NoPosts", "Effect": "Deny", "Action": ["s3:*", "execute-api:*"], "Resource": ["arn:aws:s3:::*", POST] },
        ]});
        let named = r#"Denied("statement 2 (NoPosts) of p0")"#;
        assert_eq!(on_post(&[deny.clone(), allow.clone()]), named);
        assert_eq!(on_post(&[allow, deny]), named.replace("p0", "p1"));
    }

    #[test]
    fn all_but_what_is_named_is_meant_by_not_action_and_not_resource() {
        let all_but = |action: &str, resource: &str| json!({ "Statement": { "Effect": "Allow", "NotAction": action, "NotResource": resource } });
        assert_eq!(on_post(&[all_but("s3:*", "arn:aws:s3:::*")]), "Allowed");
        assert_eq!(on_post(&[all_but("execute-api:*", "arn:aws:s3:::*")]), "NotAllowed");
        assert_eq!(on_post(&[all_but("s3:*", "arn:aws:execute-api:*")]), "NotAllowed");
    }

    #[test]
    fn policy_variables_count_to_the_safe_side_and_are_warned_of() {
        let of = |effect: &str, version: &str| {
            let resource = "arn:aws:execute-api:*:*:${aws:PrincipalTag/api}/*";
            json!({ "Version": version, "Statement": { "Effect": effect, "Action": "*", "Resource": resource } })
        };
        let allow = statement("Allow", "*", "*");
        assert_eq!(on_post(&[of("Allow", "2012-10-17")]), "NotAllowed");
        assert_eq!(
            on_post(&[allow.clone(), of("Deny", "2012-10-17")]),
            r#"Denied("statement 1 of p1")"#
        );
        // Before that version it was text like any other.
        assert_eq!(on_post(&[allow, of("Deny", "2008-10-17")]), "Allowed");
        let mut policies = Policies::default();
        policies.add("role.json", &of("Allow", "2012-10-17")).unwrap();
        assert!(
            policies.warnings()[0].contains("${aws:PrincipalTag/api}"),
            "{:?}",
            policies.warnings()
        );
    }
}
