//! `AWS::Lambda::Permission`: whether API Gateway may invoke the functions behind the routes.

use super::authorizers::Found;
use super::routes::ReadRoute;
use super::stack::{Resource, Stack};
use crate::permission::wildcard::{exact, fits};
use std::collections::BTreeMap;

/// Warns of every route and authorizer whose function API Gateway may not invoke: the service answers
/// `Internal server error` there.
///
/// # Errors
/// A sentence with the line, when a permission cannot be computed.
pub(super) fn check(
    stack: &Stack,
    api: &Resource,
    stage: &str,
    routes: &[ReadRoute],
    authorizers: &BTreeMap<String, Found>,
) -> Result<(), String> {
    let permissions = read(stack)?;
    let source = |path: &str| stack.place.arn("execute-api", &format!("{}/{path}", api.name));
    let warn = |line: usize, what: &str, function: &str, source: &str| {
        if !permissions.iter().any(|permission| permission.allows(function, source)) {
            stack.notes.warn(line, format!(
                "nothing lets API Gateway invoke {function} for {what}, which fails on AWS: add an AWS::Lambda::Permission with \
                 Action lambda:InvokeFunction, FunctionName {function}, Principal apigateway.amazonaws.com and SourceArn {source}"
            ));
        }
    };
    for route in routes.iter().filter(|route| !route.has_credentials) {
        if let Some(function) = &route.function {
            let what = format!("the route {}", route.key);
            warn(route.line, &what, function, &source(&format!("{stage}/{}", route.key)));
        }
    }
    for (id, found) in authorizers.iter().filter(|(_, found)| !found.has_credentials) {
        if routes.iter().any(|route| route.route.authorizer.as_ref() == Some(id)) {
            let what = format!("the authorizer {id}");
            warn(
                found.line,
                &what,
                &found.authorizer.function,
                &source(&format!("authorizers/{id}")),
            );
        }
    }
    Ok(())
}

struct Permission {
    function: String,
    source: Option<String>,
}

impl Permission {
    fn allows(&self, function: &str, source: &str) -> bool {
        self.function == function
            && self.source.as_ref().is_none_or(|pattern| fits(pattern, source, exact))
    }
}

/// The permissions that let API Gateway invoke a function.
fn read(stack: &Stack) -> Result<Vec<Permission>, String> {
    let mut permissions = Vec::new();
    for resource in stack.of_kind("AWS::Lambda::Permission") {
        let (action, principal, function, source) = stack.quietly(|| {
            let text = |key| stack.text(resource, key);
            Ok::<_, String>((
                text("Action")?,
                text("Principal")?,
                text("FunctionName")?,
                text("SourceArn")?,
            ))
        })?;
        let invokes = matches!(action.as_deref(), Some("lambda:InvokeFunction" | "lambda:*"));
        let to_gateway = matches!(principal.as_deref(), Some("apigateway.amazonaws.com" | "*"));
        if invokes && to_gateway {
            // A name, an ARN or part of one, each with or without a qualifier.
            let function = function.unwrap_or_default();
            let tail =
                function.rsplit_once("function:").map_or(function.as_str(), |(_, tail)| tail);
            let function = tail.split(':').next().unwrap_or_default().to_owned();
            permissions.push(Permission { function, source });
        }
    }
    Ok(permissions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_is_for_its_function_and_its_source() {
        let source = "arn:aws:execute-api:us-east-1:000000000000:Api/dev/$connect";
        let permission = |pattern: Option<&str>| Permission {
            function: "F".to_owned(),
            source: pattern.map(str::to_owned),
        };
        for pattern in
            [None, Some(source), Some("arn:aws:execute-api:*:*:Api/*"), Some("*/$connect")]
        {
            assert!(permission(pattern).allows("F", source), "{pattern:?}");
            assert!(!permission(pattern).allows("G", source), "{pattern:?}");
        }
        for pattern in
            ["", "arn:aws:execute-api:us-east-1:000000000000:Api/*/sendMessage", "arn:*:Api"]
        {
            assert!(!permission(Some(pattern)).allows("F", source), "{pattern}");
        }
    }
}
