//! `functions` of a serverless.yml and their `websocket` events.

use super::super::node::Node;
use super::super::notes::Notes;
use super::super::stack::at;
use super::events::{self, Event};
use super::variables::Variables;
use super::{API, resource};

/// The framework's defaults ("AWS Lambda Functions" in its guide): seconds and MB.
const TIMEOUT: &str = "6";
const MEMORY_SIZE: &str = "1024";
const RUNTIME: &str = "nodejs22.x";

/// The websocket events of a service, and its functions.
pub(super) struct Events {
    events: Vec<Event>,
    /// Functions with all their settings, by name.
    functions: Vec<(String, Node)>,
}

impl Events {
    /// Reads all functions, and of each its websocket events.
    ///
    /// # Errors
    /// A sentence with the line, when an event cannot be understood.
    pub(super) fn read(variables: &Variables, notes: &Notes) -> Result<Self, String> {
        let section = variables.shallow_at(&["functions"])?;
        let mut found = Self { events: Vec::new(), functions: Vec::new() };
        let groups = if section.items().is_empty() {
            std::slice::from_ref(&section)
        } else {
            section.items()
        };
        for group in groups {
            let group = variables.shallow(group)?;
            for (name, function) in group.entries() {
                let shallow = variables.shallow(function)?;
                let own = shallow.get("events").map(|node| variables.resolve(node)).transpose()?;
                for event in own.as_ref().map_or(&[][..], Node::items) {
                    if let Some(event) = event.get("websocket") {
                        found.events.push(events::read(name, event, notes)?);
                    }
                }
                let line = function.line;
                found.functions.push((name.clone(), Node { line, ..shallow }));
            }
        }
        let used: Vec<bool> = found.functions.iter().map(|(name, _)| found.is_used(name)).collect();
        for ((name, function), is_used) in found.functions.iter_mut().zip(used) {
            if is_used {
                let line = function.line;
                *function = Node { line, ..variables.resolve(function)? };
                check(name, function, notes);
            } else {
                // What only other events need may have no value here.
                *function = Node::empty(function.line);
            }
        }
        Ok(found)
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// How the logical ids of what the framework makes for each function start.
    pub(super) fn logical_ids(&self) -> impl Iterator<Item = String> {
        self.functions.iter().map(|(name, _)| normalised(name))
    }

    fn is_used(&self, function: &str) -> bool {
        self.events.iter().any(|event| {
            event.function == function
                || event.authorizer.as_ref().is_some_and(|authorizer| authorizer.name == function)
        })
    }

    /// The resources that stand for functions and events. `prefix` is `service-stage`.
    ///
    /// # Errors
    /// A sentence with the line, when an event names an authorizer that is not there.
    pub(super) fn resources(
        &mut self,
        provider: &Node,
        role: &Node,
        prefix: &str,
    ) -> Result<Vec<(String, Node)>, String> {
        let mut made = Vec::new();
        for (name, function) in &self.functions {
            made.push(function_resource(name, function, provider, role, prefix));
            if self.is_used(name) {
                made.push(permission(name, function.line));
                made.push(integration(name, function.line));
            }
        }
        for event in &self.events {
            let line = event.line;
            let text = |text: &str| Node::text(line, text);
            let reference = |id: &str| Node::single(line, "Ref", text(id));
            let route_id = format!("{}WebsocketsRoute", normalised_route(&event.route));
            let mut route = vec![
                ("ApiId", reference(API)),
                ("RouteKey", text(&event.route)),
                (
                    "Target",
                    Node::single(
                        line,
                        "Fn::Sub",
                        text(&format!(
                            "integrations/${{{}WebsocketsIntegration}}",
                            normalised(&event.function)
                        )),
                    ),
                ),
            ];
            if event.responds {
                route.push(("RouteResponseSelectionExpression", text("$default")));
                made.push(resource(
                    &format!("{route_id}Response"),
                    "AWS::ApiGatewayV2::RouteResponse",
                    line,
                    vec![
                        ("ApiId", reference(API)),
                        ("RouteId", reference(&route_id)),
                        ("RouteResponseKey", text("$default")),
                    ],
                ));
            }
            if let Some(authorizer) = &event.authorizer {
                let id = format!("{}WebsocketsAuthorizer", normalised(&authorizer.name));
                let known = self.functions.iter().any(|(name, _)| *name == authorizer.name);
                let arn = match &authorizer.arn {
                    Some(arn) => arn.clone(),
                    None if known => arn_of(&authorizer.name, line),
                    None => {
                        return Err(at(
                            line,
                            format!(
                                "{} has the authorizer {}, which is no function of the service",
                                event.route, authorizer.name
                            ),
                        ));
                    }
                };
                route.push(("AuthorizationType", text("CUSTOM")));
                route.push(("AuthorizerId", reference(&id)));
                made.push(resource(
                    &id,
                    "AWS::ApiGatewayV2::Authorizer",
                    line,
                    vec![
                        ("ApiId", reference(API)),
                        ("AuthorizerType", text("REQUEST")),
                        ("AuthorizerUri", uri(arn, line)),
                        ("IdentitySource", authorizer.identity_source.clone()),
                    ],
                ));
            }
            if made.iter().any(|(id, _)| *id == route_id) {
                return Err(at(line, format!("the route {} is there twice", event.route)));
            }
            made.push(resource(&route_id, "AWS::ApiGatewayV2::Route", line, route));
        }
        Ok(made)
    }
}

/// A reference to a role by its ARN, by the logical id of a resource, or by a function of CloudFormation.
pub(super) fn role_reference(role: &Node) -> Node {
    match role.as_text() {
        Some(id) if !id.contains(':') => {
            Node::single(role.line, "Fn::GetAtt", Node::text(role.line, format!("{id}.Arn")))
        }
        _ => role.clone(),
    }
}

/// Warns of settings that are not understood.
fn check(name: &str, function: &Node, notes: &Notes) {
    const KNOWN: [&str; 33] = [
        "handler",
        "runtime",
        "environment",
        "memorySize",
        "timeout",
        "reservedConcurrency",
        "role",
        "layers",
        "events",
        "name",
        "description",
        "tags",
        "vpc",
        "package",
        "url",
        "provisionedConcurrency",
        "tracing",
        "logRetentionInDays",
        "architecture",
        "ephemeralStorageSize",
        "snapStart",
        "onError",
        "destinations",
        "maximumEventAge",
        "maximumRetryAttempts",
        "kmsKeyArn",
        "awsKmsKeyArn",
        "versionFunction",
        "disableLogs",
        "dependsOn",
        "condition",
        "image",
        "logs",
    ];
    for (key, value) in function.entries() {
        if !KNOWN.contains(&key.as_str()) {
            let sentence = format!("{key} of functions is not understood (first in {name})");
            notes.warn_once(value.line, &format!("function {key}"), sentence);
        }
    }
}

fn function_resource(
    name: &str,
    function: &Node,
    provider: &Node,
    role: &Node,
    prefix: &str,
) -> (String, Node) {
    let line = function.line;
    let text = |text: &str| Node::text(line, text);
    let own = |key: &str| function.get(key).or_else(|| provider.get(key)).cloned();
    let mut variables = provider.get("environment").cloned().unwrap_or_else(|| Node::empty(line));
    for (key, value) in function.get("environment").map_or(&[][..], Node::entries) {
        variables.set(key, value.clone());
    }
    let mut properties = vec![
        (
            "FunctionName",
            function.get("name").cloned().unwrap_or_else(|| text(&format!("{prefix}-{name}"))),
        ),
        ("Code", text(".")),
        ("Runtime", own("runtime").unwrap_or_else(|| text(RUNTIME))),
        ("Timeout", own("timeout").unwrap_or_else(|| text(TIMEOUT))),
        ("MemorySize", own("memorySize").unwrap_or_else(|| text(MEMORY_SIZE))),
        ("Role", function.get("role").map_or_else(|| role.clone(), role_reference)),
        ("Environment", Node::single(line, "Variables", variables)),
    ];
    let others = [
        ("Handler", "handler"),
        ("ReservedConcurrentExecutions", "reservedConcurrency"),
        ("Layers", "layers"),
    ];
    for (property, key) in others {
        properties.extend(own(key).map(|value| (property, value)));
    }
    if function.get("image").is_some() {
        properties.push(("PackageType", text("Image")));
    }
    resource(&function_id(name), "AWS::Lambda::Function", line, properties)
}

fn permission(name: &str, line: usize) -> (String, Node) {
    resource(
        &format!("{}LambdaPermissionWebsockets", normalised(name)),
        "AWS::Lambda::Permission",
        line,
        vec![
            ("Action", Node::text(line, "lambda:InvokeFunction")),
            ("FunctionName", arn_of(name, line)),
            ("Principal", Node::text(line, "apigateway.amazonaws.com")),
        ],
    )
}

fn integration(name: &str, line: usize) -> (String, Node) {
    resource(
        &format!("{}WebsocketsIntegration", normalised(name)),
        "AWS::ApiGatewayV2::Integration",
        line,
        vec![
            ("ApiId", Node::single(line, "Ref", Node::text(line, API))),
            ("IntegrationType", Node::text(line, "AWS_PROXY")),
            ("IntegrationUri", uri(arn_of(name, line), line)),
        ],
    )
}

fn arn_of(function: &str, line: usize) -> Node {
    Node::single(line, "Fn::GetAtt", Node::text(line, format!("{}.Arn", function_id(function))))
}

fn uri(arn: Node, line: usize) -> Node {
    let pattern = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function}/invocations";
    let variables = Node::single(line, "Function", arn);
    Node::single(line, "Fn::Sub", Node::list(line, vec![Node::text(line, pattern), variables]))
}

fn function_id(name: &str) -> String {
    format!("{}LambdaFunction", normalised(name))
}

/// A name as the framework's logical ids have it.
fn normalised(name: &str) -> String {
    let mut chars = name.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    (first + chars.as_str()).replace('-', "Dash").replace('_', "Underscore")
}

fn normalised_route(route: &str) -> String {
    [("$", "S"), ("/", "Slash"), ("-", "Dash"), ("_", "Underscore"), (".", "Period")]
        .iter()
        .fold(route.to_owned(), |route, (from, to)| route.replace(from, to))
}
