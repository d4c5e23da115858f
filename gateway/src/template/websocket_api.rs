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

#[cfg(test)]
mod tests {
    use super::super::testing::{BASE, read_base_and, read_with, refuse_base_and};
    use crate::api::{IntegrationKind, Throttle};
    use serde_json::json;
    use std::time::Duration;

    #[test]
    fn integrations_of_all_kinds_become_routes() {
        let read = read_base_and("
  Http: {Type: 'AWS::ApiGatewayV2::Integration', Properties: {ApiId: !Ref Api, IntegrationType: HTTP_PROXY, IntegrationMethod: PUT, IntegrationUri: 'http://localhost/${stageVariables.x}', TimeoutInMillis: 500}}
  Mock: {Type: 'AWS::ApiGatewayV2::Integration', Properties: {ApiId: !Ref Api, IntegrationType: MOCK, RequestTemplates: {'200': '{\"statusCode\":200}'}, TemplateSelectionExpression: '200'}}
  MockAnswer: {Type: 'AWS::ApiGatewayV2::IntegrationResponse', Properties: {ApiId: !Ref Api, IntegrationId: !Ref Mock, IntegrationResponseKey: /200/, ResponseTemplates: {$default: pong}}}
  ToF: {Type: 'AWS::ApiGatewayV2::Integration', Properties: {ApiId: !Ref Api, IntegrationType: AWS, TimeoutInMillis: 60000, IntegrationUri: !Sub 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:F:live/invocations'}}
  RHttp: {Type: 'AWS::ApiGatewayV2::Route', Properties: {ApiId: !Ref Api, RouteKey: http, Target: integrations/Http}}
  RMock: {Type: 'AWS::ApiGatewayV2::Route', Properties: {ApiId: !Ref Api, RouteKey: mock, Target: integrations/Mock, RouteResponseSelectionExpression: $default}}
  RMockResponse: {Type: 'AWS::ApiGatewayV2::RouteResponse', Properties: {ApiId: !Ref Api, RouteId: !Ref RMock, RouteResponseKey: $default}}
  RToF: {Type: 'AWS::ApiGatewayV2::Route', Properties: {ApiId: !Ref Api, RouteKey: f, Target: integrations/ToF, ModelSelectionExpression: $request.body.action, RequestModels: {f: Shape}}}
  Model: {Type: 'AWS::ApiGatewayV2::Model', Properties: {ApiId: !Ref Api, Name: Shape, ContentType: application/json, Schema: {type: object, required: [a]}}}
");
        let routes = &read.api.routes;
        let kind = |key: &str| routes[key].integration.kind.clone();
        let uri = "http://localhost/${stageVariables.x}".to_owned();
        assert_eq!(kind("http"), IntegrationKind::HttpProxy { method: "PUT".to_owned(), uri });
        assert_eq!(kind("mock"), IntegrationKind::Mock);
        assert_eq!(kind("f"), IntegrationKind::Lambda { function: "F".to_owned() });
        assert_eq!(kind("$default"), IntegrationKind::LambdaProxy { function: "F".to_owned() });
        assert_eq!(routes["http"].integration.timeout, Duration::from_millis(500));
        assert_eq!(routes["f"].integration.timeout, Duration::from_secs(29));
        assert_eq!(routes["mock"].integration.responses["/200/"].templates["$default"], "pong");
        assert_eq!(routes["mock"].integration.request_templates["200"], "{\"statusCode\":200}");
        assert_eq!((routes["mock"].responds, routes["f"].responds), (true, false));
        assert_eq!(routes["f"].request_models["f"], json!({"type": "object", "required": ["a"]}));
        assert_eq!(read.notes.warnings, Vec::<String>::new());
    }

    #[test]
    fn a_stage_has_variables_and_throttles_and_is_chosen_by_name() {
        let template = BASE.replace("StageName: dev", "StageName: dev, StageVariables: {a: b}, \
            DefaultRouteSettings: {ThrottlingRateLimit: 5, ThrottlingBurstLimit: 2}, RouteSettings: {x: {ThrottlingRateLimit: 1.5}, y: {LoggingLevel: INFO}}");
        let more = "  Live: {Type: 'AWS::ApiGatewayV2::Stage', Properties: {ApiId: !Ref Api, StageName: live}}\n";
        let stage = |name: Option<&str>| {
            read_with(&format!("{template}{more}"), |options| {
                options.stage = name.map(str::to_owned)
            })
        };
        let dev = stage(None).unwrap().api.stage;
        assert_eq!((dev.name.as_str(), dev.variables["a"].as_str()), ("dev", "b"));
        assert_eq!(dev.throttle, Some(Throttle { rate: 5.0, burst: 2 }));
        assert_eq!(dev.route_throttles["x"], Throttle { rate: 1.5, burst: 5000 });
        assert_eq!(dev.route_throttles.len(), 1);
        assert_eq!(stage(Some("live")).unwrap().api.stage.name, "live");
        assert!(stage(Some("beta")).unwrap_err().contains("it has dev, live"));
        assert_eq!(
            stage(None).unwrap().notes.remarks[0],
            "the stage dev is served; --stage chooses among dev, live"
        );
    }

    #[test]
    fn what_is_not_emulated_is_named_once_with_its_line() {
        let read = read_base_and("
  R2: {Type: 'AWS::ApiGatewayV2::Route', Properties: {ApiId: !Ref Api, RouteKey: a, Target: integrations/I, ApiKeyRequired: true, RouteResponseSelectionExpression: $default, RequestParameters: {x: {Required: true}}}}
  R3: {Type: 'AWS::ApiGatewayV2::Route', Properties: {ApiId: !Ref Api, RouteKey: $connect, Target: integrations/I, AuthorizationType: AWS_IAM, RequestParameters: {x: {Required: true}}}}
  Java: {Type: 'AWS::Lambda::Function', Properties: {Runtime: java21, Handler: x, Code: ., Role: r}}
  IJava: {Type: 'AWS::ApiGatewayV2::Integration', Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !Sub 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${Java.Arn}/invocations'}}
  RJava: {Type: 'AWS::ApiGatewayV2::Route', Properties: {ApiId: !Ref Api, RouteKey: java, Target: integrations/IJava}}
  Bucket: {Type: 'AWS::S3::Bucket'}
  New: {Type: 'AWS::ApiGatewayV2::Invention'}
");
        assert!(!read.api.routes.contains_key("java"));
        let warnings = read.notes.warnings.join("\n");
        for part in [
            "line 10: a requires an API key",
            "line 10: R2 sends no answer to the client: that needs an AWS::ApiGatewayV2::RouteResponse as well",
            "line 10: RequestParameters of AWS::ApiGatewayV2::Route is not emulated (first in R2)",
            "line 11: $connect asks for AWS_IAM",
            "line 14: java is not served: Java has the runtime java21",
            "line 16: AWS::ApiGatewayV2::Invention is not understood",
        ] {
            assert!(warnings.contains(part), "{part}\n{warnings}");
        }
        assert_eq!(read.notes.warnings.len(), 6, "{warnings}");
        assert!(!read.api.routes["a"].responds);
        assert!(read.notes.remarks.contains(&"not emulated: Bucket (AWS::S3::Bucket)".to_owned()));
        assert!(read.notes.remarks.iter().any(|remark| remark.starts_with("Java is not started")));
    }

    #[test]
    fn a_function_has_its_settings_with_lambdas_defaults() {
        let plain = read_base_and("").api.functions["F"].clone();
        assert_eq!(
            (plain.timeout, plain.memory_size, plain.concurrency),
            (Duration::from_secs(3), 128, 8)
        );
        let settings = "Timeout: 7, MemorySize: 512, ReservedConcurrentExecutions: 2, FunctionName: named, Environment: {Variables: {A: 1, B: !Ref Api, C: x}}, InlineCode:";
        let template = BASE.replace("InlineCode:", settings);
        let read = read_with(&template, |options| {
            options.environment.insert("C".to_owned(), "flag".to_owned());
        });
        let read = read.unwrap();
        let function = &read.api.functions["named"];
        assert_eq!(
            (function.timeout, function.memory_size, function.concurrency),
            (Duration::from_secs(7), 512, 2)
        );
        let variables: Vec<_> =
            function.environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(variables, ["A=1", "B=Api", "C=flag"]);
        assert_eq!(read.notes.warnings, Vec::<String>::new());
    }

    #[test]
    fn what_sam_makes_beside_may_be_referred_to() {
        let settings = "Environment: {Variables: {URL: !Sub 'https://${ServerlessRestApi}.x', V: !GetAtt FVersion.Arn}}, InlineCode:";
        let read = read_with(&BASE.replace("InlineCode:", settings), |_| ()).unwrap();
        let environment = &read.api.functions["F"].environment;
        assert_eq!(environment["URL"], "https://ServerlessRestApi.x");
        assert_eq!(environment["V"], "FVersion.Arn");
        assert_eq!(read.notes.warnings.len(), 2, "{:?}", read.notes.warnings);
    }

    #[test]
    fn an_api_that_cannot_be_served_is_refused_with_the_line() {
        for (resources, part) in [
            (
                "  R2: {Type: 'AWS::ApiGatewayV2::Route', Properties: {ApiId: !Ref Api, RouteKey: $default, Target: integrations/I}}\n",
                "line 9: the route key $default is there twice",
            ),
            (
                "  R2: {Type: 'AWS::ApiGatewayV2::Route', Properties: {ApiId: !Ref Api, RouteKey: $nope, Target: integrations/I}}\n",
                "line 9: R2: \"$nope\" is no route key",
            ),
            (
                "  R2: {Type: 'AWS::ApiGatewayV2::Route', Properties: {ApiId: !Ref Api, RouteKey: a, Target: integrations/I, AuthorizationType: CUSTOM, AuthorizerId: x}}\n",
                "authorizer: WebSocket APIs have one on $connect only",
            ),
            (
                "  R2: {Type: 'AWS::ApiGatewayV2::Route', Properties: {ApiId: !Ref Api, RouteKey: $connect, Target: integrations/I, AuthorizationType: CUSTOM, AuthorizerId: x}}\n",
                "the authorizer \"x\", which the template does not describe",
            ),
            (
                "  A2: {Type: 'AWS::ApiGatewayV2::Authorizer', Properties: {ApiId: !Ref Api, AuthorizerType: JWT}}\n",
                "of type \"JWT\"",
            ),
        ] {
            let error = refuse_base_and(resources);
            assert!(error.contains(part), "{error}");
        }
    }
}
