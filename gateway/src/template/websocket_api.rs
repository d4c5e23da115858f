//! The WebSocket API of a stack: `AWS::ApiGatewayV2::*` resources become an [`Api`].

use super::Options;
use super::functions::Functions;
use super::node::Node;
use super::properties::{self, API};
use super::stack::{Resource, Stack, at};
use super::{authorizers, permissions, routes, stages};
use crate::api::Api;
use std::collections::BTreeMap;

/// Builds the API that the options choose.
///
/// # Errors
/// A sentence, when there is none, or several and none is chosen, or something that it needs cannot be understood.
pub(super) fn build(stack: &Stack, options: &Options) -> Result<Api, String> {
    let resource = choose(stack, options.api.as_deref())?;
    properties::check(stack, resource, &API);
    if stack.property(resource, "ApiKeySelectionExpression")?.is_some() {
        stack.notes.warn(resource.line(), "API keys are not checked (ApiKeySelectionExpression)");
    }
    let expression = stack.text(resource, "RouteSelectionExpression")?;
    let Some(expression) = expression else {
        return Err(at(
            resource.line(),
            format!(
                "{} has no RouteSelectionExpression, such as $request.body.action",
                resource.name
            ),
        ));
    };
    let line = resource.raw("RouteSelectionExpression").map_or(0, |node| node.line);
    let stage = stages::choose(stack, resource, options)?;
    let functions = Functions::new(stack, options, &stage.variables);
    let authorizers = authorizers::read(stack, resource, &functions)?;
    let read = routes::read(stack, resource, options, &functions, &authorizers)?;
    permissions::check(stack, resource, &stage.name, &read, &authorizers)?;
    let used =
        |name: &String| read.iter().any(|route| route.route.authorizer.as_ref() == Some(name));
    let authorizers: BTreeMap<_, _> = authorizers
        .into_iter()
        .filter(|(name, _)| used(name))
        .map(|(name, found)| (name, found.authorizer))
        .collect();
    let functions = functions.start(
        read.iter()
            .filter_map(|route| route.function.as_deref())
            .chain(authorizers.values().map(|authorizer| authorizer.function.as_str())),
    )?;
    remark_others(stack, resource, &functions);
    Ok(Api {
        id: resource.name.clone(),
        stage,
        route_selection_expression: expression.parse().map_err(|error| at(line, error))?,
        routes: read.into_iter().map(|route| (route.key, route.route)).collect(),
        authorizers,
        functions,
    })
}

fn choose<'a>(stack: &'a Stack, wanted: Option<&str>) -> Result<&'a Resource, String> {
    let mut found = Vec::new();
    for resource in stack.of_kind("AWS::ApiGatewayV2::Api") {
        if stack.text(resource, "ProtocolType")?.as_deref() == Some("WEBSOCKET") {
            found.push(resource);
        }
    }
    let names = || found.iter().map(|api| api.name.as_str()).collect::<Vec<_>>().join(", ");
    match (&found[..], wanted) {
        ([], _) => Err(format!(
            "it has no WebSocket API: no AWS::Serverless::WebSocketApi and no AWS::ApiGatewayV2::Api with ProtocolType WEBSOCKET. It has {}",
            kinds(stack)
        )),
        ([only], None) => Ok(only),
        (_, None) => {
            Err(format!("it has several WebSocket APIs: choose one of {} with --api", names()))
        }
        (_, Some(wanted)) => {
            let chosen = found.iter().find(|api| api.name == wanted);
            let error = || {
                format!(
                    "--api {wanted}: the template has no such WebSocket API; it has {}",
                    names()
                )
            };
            chosen.copied().ok_or_else(error)
        }
    }
}

/// The types of all resources with their number, ten of them at most.
fn kinds(stack: &Stack) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for resource in stack.resources() {
        *counts.entry(&resource.kind).or_default() += 1;
    }
    let total = counts.len();
    let shown: Vec<String> =
        counts.into_iter().take(10).map(|(kind, count)| format!("{count} of {kind}")).collect();
    match total {
        0 => "no resources".to_owned(),
        1..=10 => shown.join(", "),
        _ => format!("{} and others", shown.join(", ")),
    }
}

/// Whether a resource belongs to an API by its `ApiId`.
///
/// # Errors
/// A sentence with the line, when the id cannot be computed.
pub(super) fn belongs(stack: &Stack, resource: &Resource, api: &Resource) -> Result<bool, String> {
    Ok(stack.text(resource, "ApiId")?.as_deref() == Some(api.name.as_str()))
}

/// Names what the template has and the local API has not.
fn remark_others(
    stack: &Stack,
    api: &Resource,
    functions: &BTreeMap<String, crate::api::FunctionDefinition>,
) {
    for resource in stack.resources() {
        let (kind, name) = (resource.kind.as_str(), resource.name.as_str());
        match kind {
            "AWS::ApiGatewayV2::Api" if name != api.name => stack.notes.not_emulated(kind, name),
            "AWS::Serverless::Function" | "AWS::Lambda::Function" => {
                let known = stack.quietly(|| stack.function_name(resource));
                if known.is_ok_and(|known| !functions.contains_key(&known)) {
                    stack.notes.remark(format!(
                        "{name} is not started: no route of {} leads to it",
                        api.name
                    ));
                }
            }
            _ if properties::is_read(kind) => {}
            _ if kind.starts_with("AWS::ApiGatewayV2::")
                && !["ApiMapping", "DomainName", "VpcLink"]
                    .iter()
                    .any(|known| kind.ends_with(known))
                || kind == "AWS::Serverless::Connector"
                || kind == "AWS::CloudFormation::Stack"
                || kind == "AWS::Serverless::Application" =>
            {
                stack.notes.warn_once(
                    resource.line(),
                    kind,
                    format!("{kind} is not understood ({name})"),
                );
            }
            _ => stack.notes.not_emulated(kind, name),
        }
    }
}

/// A list of texts.
///
/// # Errors
/// A sentence with the line, when an item is something else.
pub(super) fn list_of_texts(node: Option<&Node>, what: &str) -> Result<Vec<String>, String> {
    let items = node.map_or(&[][..], Node::one_or_many).iter();
    let text = |item: &Node| {
        item.as_text()
            .map(str::to_owned)
            .ok_or_else(|| at(item.line, format!("{what} must be a list of texts")))
    };
    items.map(text).collect()
}
