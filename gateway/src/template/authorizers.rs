//! `AWS::ApiGatewayV2::Authorizer`.

use super::functions::Functions;
use super::properties::{self, AUTHORIZER};
use super::stack::{Resource, Stack, at};
use super::websocket_api::{belongs, list_of_texts};
use crate::api::Authorizer;
use std::collections::BTreeMap;

/// An authorizer and what is checked of it later.
pub(super) struct Found {
    pub(super) authorizer: Authorizer,
    pub(super) line: usize,
    /// Whether a role lets API Gateway invoke the function, so that no resource policy is needed.
    pub(super) has_credentials: bool,
}

/// The authorizers of an API by logical id.
///
/// # Errors
/// A sentence with the line, when one cannot be understood.
pub(super) fn read(
    stack: &Stack,
    api: &Resource,
    functions: &Functions,
) -> Result<BTreeMap<String, Found>, String> {
    let mut found = BTreeMap::new();
    for resource in stack.of_kind(AUTHORIZER.kind) {
        if !belongs(stack, resource, api)? {
            continue;
        }
        properties::check(stack, resource, &AUTHORIZER);
        let (line, name) = (resource.line(), &resource.name);
        let kind = stack.text(resource, "AuthorizerType")?.unwrap_or_default();
        if kind != "REQUEST" {
            return Err(at(
                line,
                format!(
                    "{name} is an authorizer of type {kind:?}: WebSocket APIs have REQUEST only"
                ),
            ));
        }
        let uri = stack.text(resource, "AuthorizerUri")?.unwrap_or_default();
        let function = functions
            .by_uri(&uri)
            .map_err(|why| at(line, format!("the authorizer {name} leads nowhere: {why}")))?;
        let sources = stack.property(resource, "IdentitySource")?;
        let authorizer = Authorizer {
            function,
            identity_sources: list_of_texts(sources.as_ref(), "IdentitySource")?,
        };
        let has_credentials = stack.property(resource, "AuthorizerCredentialsArn")?.is_some();
        found.insert(name.clone(), Found { authorizer, line, has_credentials });
    }
    Ok(found)
}
