//! `AWS::ApiGatewayV2::Route`, `RouteResponse` and `Model`.

use super::Options;
use super::authorizers::Found;
use super::functions::Functions;
use super::integrations::{self, Target};
use super::properties::{self, MODEL, ROUTE, ROUTE_RESPONSE};
use super::stack::{Resource, Stack, at};
use super::websocket_api::belongs;
use crate::api::{IntegrationKind, Route};
use crate::route;
use serde_json::Value;
use std::collections::BTreeMap;

/// A route and what is checked of it later.
pub(super) struct ReadRoute {
    pub(super) key: String,
    pub(super) line: usize,
    pub(super) route: Route,
    /// The function that it leads to.
    pub(super) function: Option<String>,
    /// Whether a role lets API Gateway invoke it.
    pub(super) has_credentials: bool,
}

/// The routes of an API.
///
/// # Errors
/// A sentence with the line, when one cannot be understood or leads nowhere.
pub(super) fn read(
    stack: &Stack,
    api: &Resource,
    options: &Options,
    functions: &Functions,
    authorizers: &BTreeMap<String, Found>,
) -> Result<Vec<ReadRoute>, String> {
    let models = models(stack, api)?;
    let mut routes: Vec<ReadRoute> = Vec::new();
    for resource in stack.of_kind(ROUTE.kind) {
        if !belongs(stack, resource, api)? {
            continue;
        }
        properties::check(stack, resource, &ROUTE);
        let line = resource.line();
        let key = stack.text(resource, "RouteKey")?.unwrap_or_default();
        route::check_key(&key).map_err(|error| at(line, format!("{}: {error}", resource.name)))?;
        if routes.iter().any(|route| route.key == key) {
            return Err(at(line, format!("the route key {key} is there twice")));
        }
        let Some(target) = target(stack, resource, options, functions)? else { continue };
        let function = match &target.integration.kind {
            IntegrationKind::LambdaProxy { function } | IntegrationKind::Lambda { function } => {
                Some(function.clone())
            }
            _ => None,
        };
        if let Some(name) = &function
            && let Some(reason) = functions.unsupported(name)?
        {
            stack.notes.warn(line, format!("{key} is not served: {name} {reason}"));
            continue;
        }
        let route = Route {
            integration: target.integration,
            responds: responds(stack, resource)?,
            authorizer: authorizer(stack, resource, &key, authorizers)?,
            request_models: request_models(stack, resource, &models)?,
            model_selection_expression: stack.text(resource, "ModelSelectionExpression")?,
        };
        if stack.text(resource, "ApiKeyRequired")?.as_deref() == Some("true") {
            stack.notes.warn(line, format!("{key} requires an API key, which is not checked"));
        }
        routes.push(ReadRoute {
            key,
            line,
            route,
            function,
            has_credentials: target.has_credentials,
        });
    }
    if routes.is_empty() {
        return Err(at(api.line(), format!("{} has no route that can be served", api.name)));
    }
    Ok(routes)
}

fn target(
    stack: &Stack,
    route: &Resource,
    options: &Options,
    functions: &Functions,
) -> Result<Option<Target>, String> {
    let line = route.line();
    let target = stack.text(route, "Target")?;
    let Some(target) = target else {
        return Err(at(
            line,
            format!("the route {} has no Target: write integrations/INTEGRATION_ID", route.name),
        ));
    };
    let id = target.strip_prefix("integrations/").unwrap_or(&target);
    let integration =
        stack.resource(id).filter(|resource| resource.kind == "AWS::ApiGatewayV2::Integration");
    let Some(integration) = integration else {
        return Err(at(
            line,
            format!(
                "the route {} leads to {target:?}, which is no integration of the template",
                route.name
            ),
        ));
    };
    integrations::read(stack, integration, options, functions)
}

/// AWS answers a client where the route has both: the selection expression and a route response ("Set up route
/// responses for WebSocket APIs").
fn responds(stack: &Stack, route: &Resource) -> Result<bool, String> {
    let mut has_response = false;
    for response in stack.of_kind(ROUTE_RESPONSE.kind) {
        if stack.text(response, "RouteId")?.as_deref() == Some(route.name.as_str()) {
            properties::check(stack, response, &ROUTE_RESPONSE);
            has_response = true;
        }
    }
    let selects = stack.text(route, "RouteResponseSelectionExpression")?.is_some();
    if has_response != selects {
        let missing = if selects {
            "an AWS::ApiGatewayV2::RouteResponse"
        } else {
            "RouteResponseSelectionExpression: $default"
        };
        stack.notes.warn(
            route.line(),
            format!("{} sends no answer to the client: that needs {missing} as well", route.name),
        );
    }
    Ok(has_response && selects)
}

fn authorizer(
    stack: &Stack,
    route: &Resource,
    key: &str,
    authorizers: &BTreeMap<String, Found>,
) -> Result<Option<String>, String> {
    let line = route.line();
    let kind = stack.text(route, "AuthorizationType")?.unwrap_or_else(|| "NONE".to_owned());
    match kind.as_str() {
        "NONE" => Ok(None),
        "AWS_IAM" => {
            stack.notes.warn(
                line,
                format!("{key} asks for AWS_IAM, which is not checked: everybody may connect here"),
            );
            Ok(None)
        }
        "CUSTOM" if key != route::CONNECT => Err(at(
            line,
            format!("{key} has an authorizer: WebSocket APIs have one on $connect only"),
        )),
        "CUSTOM" => {
            let id = stack.text(route, "AuthorizerId")?.unwrap_or_default();
            let error = || {
                at(
                    line,
                    format!(
                        "{key} has the authorizer {id:?}, which the template does not describe"
                    ),
                )
            };
            authorizers.contains_key(&id).then_some(Some(id.clone())).ok_or_else(error)
        }
        other => Err(at(
            line,
            format!("{key} has the AuthorizationType {other:?}: use NONE, CUSTOM or AWS_IAM"),
        )),
    }
}

fn request_models(
    stack: &Stack,
    route: &Resource,
    models: &BTreeMap<String, Value>,
) -> Result<BTreeMap<String, Value>, String> {
    let named = stack.texts(route, "RequestModels")?;
    let schema = |(selected, name): (String, String)| {
        let error = || {
            at(
                route.line(),
                format!(
                    "{} has the model {name:?}, which the template does not describe",
                    route.name
                ),
            )
        };
        models.get(&name).cloned().map(|schema| (selected, schema)).ok_or_else(error)
    };
    named.into_iter().map(schema).collect()
}

/// Schemas by the model's name and by its logical id, which `Ref` gives here.
fn models(stack: &Stack, api: &Resource) -> Result<BTreeMap<String, Value>, String> {
    let mut models = BTreeMap::new();
    for resource in stack.of_kind(MODEL.kind) {
        if !belongs(stack, resource, api)? {
            continue;
        }
        properties::check(stack, resource, &MODEL);
        let schema = stack.property(resource, "Schema")?;
        let error =
            || at(resource.line(), format!("Schema of {} must be a JSON schema", resource.name));
        let schema = match schema.as_ref().map(|schema| (schema.as_text(), schema)) {
            Some((Some(text), _)) => serde_json::from_str(text).map_err(|_| error())?,
            Some((None, node)) => node.to_json(),
            None => return Err(error()),
        };
        if let Some(name) = stack.text(resource, "Name")? {
            models.insert(name, schema.clone());
        }
        models.insert(resource.name.clone(), schema);
    }
    Ok(models)
}
