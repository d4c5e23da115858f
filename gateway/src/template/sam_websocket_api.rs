//! `AWS::Serverless::WebSocketApi`, which SAM turns into the resources of API Gateway.

use super::node::Node;
use super::stack::at;
use crate::route;

/// The properties that go to the API as they are.
const OF_API: [&str; 8] = [
    "ApiKeySelectionExpression",
    "Description",
    "DisableExecuteApiEndpoint",
    "DisableSchemaValidation",
    "IpAddressType",
    "Name",
    "RouteSelectionExpression",
    "Tags",
];
/// The properties that go to the stage as they are.
const OF_STAGE: [&str; 4] =
    ["AccessLogSettings", "DefaultRouteSettings", "RouteSettings", "StageVariables"];
const OTHERS: [&str; 5] = ["Auth", "PropagateTags", "Routes", "StageName", "Domain"];
/// SAM's stage where none is named.
const STAGE: &str = "default";

/// The resources, by logical id, that stand for one API of SAM.
///
/// # Errors
/// A sentence with the line, when SAM would refuse it.
pub(super) fn expand(name: &str, source: &Node) -> Result<Vec<(String, Node)>, String> {
    let line = source.line;
    let empty = Node::empty(line);
    let properties = source.get("Properties").unwrap_or(&empty);
    let copied = |keys: &[&str]| -> Node {
        let entries = properties.entries().iter().filter(|(key, _)| keys.contains(&key.as_str()));
        Node::map(line, entries.cloned().collect())
    };
    let mut made = Made { api: name, condition: source.get("Condition"), resources: Vec::new() };

    let mut api = copied(&OF_API);
    api.set("ProtocolType", Node::text(line, "WEBSOCKET"));
    let known =
        |key: &str| OF_API.contains(&key) || OF_STAGE.contains(&key) || OTHERS.contains(&key);
    for (key, value) in properties.entries().iter().filter(|(key, _)| !known(key)) {
        api.set(key, value.clone()); // Named in a warning where the API is read.
    }
    made.add(name.to_owned(), line, "AWS::ApiGatewayV2::Api", api, false);

    let stage = properties.get("StageName").cloned().unwrap_or_else(|| Node::text(line, STAGE));
    let mut stage_properties = copied(&OF_STAGE);
    stage_properties.set("StageName", stage.clone());
    let id = format!("{name}{}Stage", stage.as_text().unwrap_or_default());
    made.add(id, line, "AWS::ApiGatewayV2::Stage", stage_properties, true);

    let routes = properties.get("Routes").map_or(&[][..], Node::entries);
    let authorizer = properties.get("Auth").map_or(Ok(None), |auth| made.authorizer(auth))?;
    if properties.get("Auth").is_some() && routes.iter().all(|(key, _)| key != route::CONNECT) {
        return Err(at(line, format!("{name} has Auth and no $connect route, which it is for")));
    }
    for (key, node) in routes {
        made.route(key, node, authorizer.as_ref().filter(|_| key == route::CONNECT))?;
    }
    Ok(made.resources)
}

struct Made<'a> {
    api: &'a str,
    condition: Option<&'a Node>,
    resources: Vec<(String, Node)>,
}

impl Made<'_> {
    fn add(&mut self, id: String, line: usize, kind: &str, mut properties: Node, with_api: bool) {
        if with_api {
            properties.set("ApiId", Node::single(line, "Ref", Node::text(line, self.api)));
        }
        let mut resource = Node::single(line, "Type", Node::text(line, kind));
        resource.set("Properties", properties);
        if let Some(condition) = self.condition {
            resource.set("Condition", condition.clone());
        }
        self.resources.push((id, resource));
    }

    /// The properties of the `$connect` route that stand for `Auth`.
    fn authorizer(&mut self, auth: &Node) -> Result<Option<Vec<(String, Node)>>, String> {
        let line = auth.line;
        let kind = auth.get("AuthType").and_then(Node::as_text).unwrap_or_default();
        let mut route = vec![("AuthorizationType".to_owned(), Node::text(line, kind))];
        if kind == "CUSTOM" {
            let Some(function) = auth.get("AuthArn") else {
                return Err(at(line, "Auth with AuthType CUSTOM needs AuthArn"));
            };
            let id = format!("{}ConnectAuthorizer", self.api);
            let mut properties = Node::single(line, "AuthorizerType", Node::text(line, "REQUEST"));
            properties.set("AuthorizerUri", uri(function));
            for (from, to) in
                [("IdentitySource", "IdentitySource"), ("InvokeRole", "AuthorizerCredentialsArn")]
            {
                if let Some(value) = auth.get(from) {
                    properties.set(to, value.clone());
                }
            }
            self.add(id.clone(), line, "AWS::ApiGatewayV2::Authorizer", properties, true);
            self.permission(format!("{}AuthorizerPermission", self.api), function);
            route
                .push(("AuthorizerId".to_owned(), Node::single(line, "Ref", Node::text(line, id))));
        }
        Ok(Some(route))
    }

    fn route(
        &mut self,
        key: &str,
        node: &Node,
        authorizer: Option<&Vec<(String, Node)>>,
    ) -> Result<(), String> {
        let line = node.line;
        let clean = key.strip_prefix('$').filter(|_| route::check_key(key).is_ok()).unwrap_or(key);
        if clean.is_empty() || !clean.chars().all(char::is_alphanumeric) {
            return Err(at(
                line,
                format!(
                    "the route key {key:?}: SAM takes $connect, $disconnect, $default, or letters and digits"
                ),
            ));
        }
        let Some(function) = node.get("FunctionArn") else {
            return Err(at(line, format!("the route {key} has no FunctionArn")));
        };
        let base = format!("{}{}", self.api, capitalised(clean));
        let integration_id = format!("{base}Integration");
        let mut route = Node::single(line, "RouteKey", Node::text(line, key));
        for (property, value) in node.entries() {
            if !["FunctionArn", "IntegrationTimeout"].contains(&property.as_str()) {
                // What is not the route's is named in a warning where the route is read.
                route.set(property, value.clone());
            }
        }
        route.set(
            "Target",
            Node::single(
                line,
                "Fn::Sub",
                Node::text(line, format!("integrations/${{{integration_id}}}")),
            ),
        );
        for (property, value) in authorizer.into_iter().flatten() {
            route.set(property, value.clone());
        }
        self.add(format!("{base}Route"), line, "AWS::ApiGatewayV2::Route", route, true);
        let mut integration = Node::single(line, "IntegrationType", Node::text(line, "AWS_PROXY"));
        integration.set("IntegrationUri", uri(function));
        if let Some(timeout) = node.get("IntegrationTimeout") {
            integration.set("TimeoutInMillis", timeout.clone());
        }
        self.add(integration_id, line, "AWS::ApiGatewayV2::Integration", integration, true);
        self.permission(format!("{base}Permission"), function);
        Ok(())
    }

    fn permission(&mut self, id: String, function: &Node) {
        let line = function.line;
        let mut permission =
            Node::single(line, "Action", Node::text(line, "lambda:InvokeFunction"));
        permission.set("FunctionName", function.clone());
        permission.set("Principal", Node::text(line, "apigateway.amazonaws.com"));
        self.add(id, line, "AWS::Lambda::Permission", permission, false);
    }
}

/// The URI by which an integration or an authorizer names a function.
fn uri(function: &Node) -> Node {
    let line = function.line;
    let pattern = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function}/invocations";
    let variables = Node::single(line, "Function", function.clone());
    Node::single(line, "Fn::Sub", Node::list(line, vec![Node::text(line, pattern), variables]))
}

/// The first letter large, the others small, as SAM's logical ids have it.
fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    first + &chars.as_str().to_lowercase()
}
