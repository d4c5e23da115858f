//! `AWS::ApiGatewayV2::Integration` and `IntegrationResponse`.

use super::Options;
use super::functions::Functions;
use super::properties::{self, INTEGRATION, INTEGRATION_RESPONSE};
use super::stack::{Resource, Stack, at};
use crate::api::{Integration, IntegrationKind, IntegrationResponse};
use std::collections::BTreeMap;
use std::time::Duration;

/// What a route leads to.
pub(super) struct Target {
    pub(super) integration: Integration,
    /// Whether a role lets API Gateway invoke the function, so that no resource policy is needed.
    pub(super) has_credentials: bool,
}

/// An integration; `None`, with a warning, where it calls a service of AWS that is not here.
///
/// # Errors
/// A sentence with the line, when it cannot be understood or leads nowhere.
pub(super) fn read(
    stack: &Stack,
    resource: &Resource,
    options: &Options,
    functions: &Functions,
) -> Result<Option<Target>, String> {
    properties::check(stack, resource, &INTEGRATION);
    let (line, name) = (resource.line(), &resource.name);
    let uri = stack.text(resource, "IntegrationUri")?.unwrap_or_default();
    let kind = stack.text(resource, "IntegrationType")?.unwrap_or_default();
    let is_lambda = uri.is_empty() || uri.contains(":lambda:");
    let function = || {
        functions
            .by_uri(&uri)
            .map_err(|why| at(line, format!("the integration {name} leads nowhere: {why}")))
    };
    let web = || {
        let method =
            stack.text(resource, "IntegrationMethod")?.unwrap_or_else(|| "POST".to_owned());
        if uri.is_empty() {
            return Err(at(line, format!("the integration {name} has no IntegrationUri")));
        }
        Ok((method, uri.clone()))
    };
    let kind = match kind.as_str() {
        "AWS_PROXY" => IntegrationKind::LambdaProxy { function: function()? },
        "AWS" if is_lambda => IntegrationKind::Lambda { function: function()? },
        "AWS" => {
            stack.notes.warn(
                line,
                format!("{name} calls {uri}, which is not emulated: its routes are not served"),
            );
            return Ok(None);
        }
        "MOCK" => IntegrationKind::Mock,
        "HTTP" => web().map(|(method, uri)| IntegrationKind::Http { method, uri })?,
        "HTTP_PROXY" => web().map(|(method, uri)| IntegrationKind::HttpProxy { method, uri })?,
        other => {
            return Err(at(
                line,
                format!(
                    "the integration {name} has the IntegrationType {other:?}: use AWS_PROXY, AWS, MOCK, HTTP or HTTP_PROXY"
                ),
            ));
        }
    };
    for (property, usual) in
        [("ContentHandlingStrategy", "CONVERT_TO_TEXT"), ("PassthroughBehavior", "WHEN_NO_MATCH")]
    {
        if stack.text(resource, property)?.is_some_and(|value| value != usual) {
            stack.notes.warn_once(
                line,
                property,
                format!("{property} of {name} is not emulated: {usual} is what happens"),
            );
        }
    }
    let timeout = stack
        .number(resource, "TimeoutInMillis")?
        .map_or(options.integration_timeout, Duration::from_millis);
    let integration = Integration {
        kind,
        timeout: timeout.min(options.integration_timeout),
        request_templates: stack.texts(resource, "RequestTemplates")?,
        request_parameters: stack.texts(resource, "RequestParameters")?,
        template_selection_expression: stack.text(resource, "TemplateSelectionExpression")?,
        responses: responses(stack, resource)?,
    };
    let has_credentials = stack.property(resource, "CredentialsArn")?.is_some();
    Ok(Some(Target { integration, has_credentials }))
}

fn responses(
    stack: &Stack,
    integration: &Resource,
) -> Result<BTreeMap<String, IntegrationResponse>, String> {
    let mut responses = BTreeMap::new();
    for resource in stack.of_kind(INTEGRATION_RESPONSE.kind) {
        if stack.text(resource, "IntegrationId")?.as_deref() != Some(integration.name.as_str()) {
            continue;
        }
        properties::check(stack, resource, &INTEGRATION_RESPONSE);
        let key = stack.text(resource, "IntegrationResponseKey")?;
        let response = IntegrationResponse {
            templates: stack.texts(resource, "ResponseTemplates")?,
            template_selection_expression: stack.text(resource, "TemplateSelectionExpression")?,
        };
        responses.insert(key.unwrap_or_else(|| "$default".to_owned()), response);
    }
    Ok(responses)
}
