//! A serverless.yml as the CloudFormation resources that the Serverless Framework makes of it.

mod events;
mod functions;
mod syntax;
mod variables;

use super::Options;
use super::node::{Node, Value};
use super::notes::Notes;
use super::stack::at;
use functions::Events;
use variables::Variables;

/// The logical ids of the framework, which `resources` may refer to.
const API: &str = "WebsocketsApi";
const STAGE: &str = "WebsocketsDeploymentStage";
const ROLE: &str = "IamRoleLambdaExecution";

/// A service as a template.
pub(super) struct Service {
    /// The template with its `Resources`.
    pub(super) template: Node,
    /// `AWS::Region`.
    pub(super) region: String,
    /// `AWS::StackName`.
    pub(super) stack_name: String,
    /// How the logical ids of what else the framework makes may start.
    pub(super) generated: Vec<String>,
}

/// Whether a file is a serverless.yml: it has a service and a provider and no resources of its own.
pub(super) fn is_service(file: &Node) -> bool {
    file.get("service").is_some()
        && file.get("provider").is_some()
        && file.get("Resources").is_none()
}

/// Writes a service out as CloudFormation resources.
///
/// # Errors
/// A sentence with the line, when something of the API cannot be understood.
pub(super) fn expand(file: &Node, options: &Options, notes: &Notes) -> Result<Service, String> {
    let variables = Variables::new(file, options, notes);
    check_sections(file, &variables, notes)?;
    let (stage, region) = (variables.stage()?, variables.region()?);
    let service = variables.at(&["service"])?.unwrap_or_else(|| Node::text(0, "service"));
    let service =
        service.as_text().or(service.get("name").and_then(Node::as_text)).unwrap_or("service");
    let prefix = format!("{service}-{stage}");
    let provider = provider(&variables, notes)?;
    let mut events = Events::read(&variables, notes)?;
    let mut resources = Vec::new();
    if events.is_empty() {
        return Err("none of its functions has a websocket event".to_owned());
    }
    let line = provider.line;
    let text = |text: &str| Node::text(line, text);
    let expression = provider.get("websocketsApiRouteSelectionExpression").cloned();
    resources.push(resource(
        API,
        "AWS::ApiGatewayV2::Api",
        line,
        vec![
            ("ProtocolType", text("WEBSOCKET")),
            (
                "RouteSelectionExpression",
                expression.unwrap_or_else(|| text("$request.body.action")),
            ),
        ],
    ));
    resources.push(resource(
        STAGE,
        "AWS::ApiGatewayV2::Stage",
        line,
        vec![("ApiId", Node::single(line, "Ref", text(API))), ("StageName", text(&stage))],
    ));
    let role = match own_role(&provider) {
        Some(role) => role,
        None => {
            resources.push(default_role(&provider, &format!("{prefix}-{region}-lambdaRole")));
            Node::single(line, "Fn::GetAtt", text(&format!("{ROLE}.Arn")))
        }
    };
    resources.append(&mut events.resources(&provider, &role, &prefix)?);
    let mut all = Node::map(line, resources);
    add_resources(&mut all, &variables)?;
    let stack_name =
        provider.get("stackName").and_then(Node::as_text).unwrap_or(&prefix).to_owned();
    let mut template = Node::single(line, "Resources", all);
    for section in ["Conditions", "Mappings", "Parameters"] {
        if let Some(node) = variables.at(&["resources", section])? {
            template.set(section, node);
        }
    }
    let generated =
        ["ServerlessDeploymentBucket", "ApiGateway", "HttpApi", "Websockets", "IamRole"];
    let mut generated: Vec<String> = generated.map(str::to_owned).into();
    generated.extend(events.logical_ids());
    Ok(Service { template, region, stack_name, generated })
}

/// A resource with its logical id.
fn resource(id: &str, kind: &str, line: usize, properties: Vec<(&str, Node)>) -> (String, Node) {
    let properties = properties.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let mut resource = Node::single(line, "Type", Node::text(line, kind));
    resource.set("Properties", Node::map(line, properties));
    (id.to_owned(), resource)
}

/// `provider`, of which only what shapes the API is resolved.
fn provider(variables: &Variables, notes: &Notes) -> Result<Node, String> {
    const USED: [&str; 13] = [
        "name",
        "runtime",
        "environment",
        "memorySize",
        "timeout",
        "stackName",
        "iam",
        "iamRoleStatements",
        "iamManagedPolicies",
        "role",
        "websocketsApiRouteSelectionExpression",
        "layers",
        "apiGateway",
    ];
    const HARMLESS: [&str; 25] = [
        "stage",
        "region",
        "websocketsApiName",
        "websocketsDescription",
        "websocket",
        "logs",
        "tags",
        "stackTags",
        "stackPolicy",
        "profile",
        "deploymentBucket",
        "deploymentPrefix",
        "deploymentMethod",
        "lambdaHashingVersion",
        "versionFunctions",
        "architecture",
        "tracing",
        "vpc",
        "httpApi",
        "logRetentionInDays",
        "endpointType",
        "rolePermissionsBoundary",
        "disableRollback",
        "notificationArns",
        "ecr",
    ];
    let raw = variables.shallow_at(&["provider"])?;
    let mut provider = Node::empty(raw.line);
    for (key, value) in raw.entries() {
        if USED.contains(&key.as_str()) {
            let mut resolved = variables.resolve(value)?;
            resolved.line = value.line;
            provider.set(key, resolved);
        } else if !HARMLESS.contains(&key.as_str()) {
            notes.warn(value.line, format!("provider.{key} is not understood"));
        }
    }
    if provider.get("name").and_then(Node::as_text).is_some_and(|name| name != "aws") {
        return Err(at(raw.line, "the provider is not aws"));
    }
    if let Some(id) = provider.at(&["apiGateway", "websocketApiId"]) {
        notes.warn(id.line, "provider.apiGateway.websocketApiId names an API that exists elsewhere: here the routes have one of their own");
    }
    Ok(provider)
}

/// The role that the provider names in place of the framework's own.
fn own_role(provider: &Node) -> Option<Node> {
    let role = provider.get("role").or_else(|| provider.at(&["iam", "role"]))?;
    let is_settings =
        ["statements", "managedPolicies", "name", "path", "permissionsBoundary", "tags", "mode"]
            .iter()
            .any(|key| role.get(key).is_some());
    (!is_settings).then(|| functions::role_reference(role))
}

/// The framework's role: what the provider says, and permission to post to connections, which the framework adds to
/// every service with a websocket event (its source, `events/websockets/lib/api.js`).
fn default_role(provider: &Node, name: &str) -> (String, Node) {
    let line = provider.line;
    let settings = provider.at(&["iam", "role"]);
    let of = |key: &str, old: &str| {
        let found = settings.and_then(|settings| settings.get(key)).or_else(|| provider.get(old));
        found.map_or(Vec::new(), |node| node.one_or_many().to_vec())
    };
    let mut statements = of("statements", "iamRoleStatements");
    let text = |text: &str| Node::text(line, text);
    let resource_arn = text("arn:${AWS::Partition}:execute-api:*:*:*/@connections/*");
    statements.push(Node::map(
        line,
        vec![
            ("Effect".to_owned(), text("Allow")),
            ("Action".to_owned(), text("execute-api:ManageConnections")),
            ("Resource".to_owned(), Node::single(line, "Fn::Sub", resource_arn)),
        ],
    ));
    let mut document = Node::single(line, "Statement", Node::list(line, statements));
    document.set("Version", text("2012-10-17"));
    let policy = Node::single(line, "PolicyDocument", document);
    let own_name = settings.and_then(|settings| settings.get("name")).cloned();
    resource(
        ROLE,
        "AWS::IAM::Role",
        line,
        vec![
            ("RoleName", own_name.unwrap_or_else(|| text(name))),
            ("ManagedPolicyArns", Node::list(line, of("managedPolicies", "iamManagedPolicies"))),
            ("Policies", Node::list(line, vec![policy])),
        ],
    )
}

/// `resources`, one map or a list of them: CloudFormation that wins over what the framework makes.
fn add_resources(all: &mut Node, variables: &Variables) -> Result<(), String> {
    let Some(sections) = variables.at(&["resources"])? else { return Ok(()) };
    for section in sections.one_or_many() {
        let own = section.get("Resources").map_or(&[][..], Node::entries);
        let extensions = section.get("extensions").map_or(&[][..], Node::entries);
        for (name, node) in own.iter().chain(extensions) {
            let merged = all.get(name).map_or_else(|| node.clone(), |made| merge(made, node));
            all.set(name, merged);
        }
    }
    Ok(())
}

fn merge(made: &Node, own: &Node) -> Node {
    let (Value::Map(_), Value::Map(entries)) = (&made.value, &own.value) else {
        return own.clone();
    };
    let mut merged = made.clone();
    for (key, value) in entries {
        let both = made.get(key).map_or_else(|| value.clone(), |made| merge(made, value));
        merged.set(key, both);
    }
    merged
}

/// Warns of sections that are not understood.
fn check_sections(file: &Node, variables: &Variables, notes: &Notes) -> Result<(), String> {
    const KNOWN: [&str; 20] = [
        "service",
        "frameworkVersion",
        "provider",
        "functions",
        "resources",
        "custom",
        "params",
        "stages",
        "package",
        "org",
        "app",
        "configValidationMode",
        "variablesResolutionMode",
        "deprecationNotificationMode",
        "disabledDeprecations",
        "outputs",
        "state",
        "tenant",
        "licenseKey",
        "layers",
    ];
    for (section, node) in file.entries() {
        match section.as_str() {
            "plugins" => {
                let plugins = variables.at(&["plugins"])?;
                let plugins = plugins.as_ref().map_or(&[][..], |plugins| {
                    plugins.get("modules").unwrap_or(plugins).one_or_many()
                });
                let names: Vec<&str> = plugins.iter().filter_map(Node::as_text).collect();
                let others: Vec<&str> =
                    names.into_iter().filter(|name| *name != "serverless-offline").collect();
                if !others.is_empty() {
                    let sentence = format!(
                        "plugins are not run, and their part of custom is not read: {}",
                        others.join(", ")
                    );
                    notes.warn(node.line, sentence);
                }
            }
            "useDotenv" if node.as_bool() == Some(true) => {
                notes.warn(
                    node.line,
                    "useDotenv: .env files are not read; set the variables in the environment",
                );
            }
            "build" => notes.warn(
                node.line,
                "build is not run: handlers must be JavaScript or Python files as they are",
            ),
            "useDotenv" => {}
            known if KNOWN.contains(&known) => {}
            other => notes.warn(node.line, format!("the section {other} is not understood")),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::read_with;
    use super::super::{Options, Template};

    fn service(more: &str) -> String {
        format!(
            "service: s\nprovider: {{name: aws, runtime: python3.12, stage: \"${{opt:stage, 'dev'}}\"}}\n{more}"
        )
    }

    fn read(more: &str, change: impl FnOnce(&mut Options<'_>)) -> Result<Template, String> {
        read_with(&service(more), |options| {
            std::fs::write(options.base.join("h.py"), "").unwrap();
            std::fs::write(options.base.join("deep.yml"), "a: [{b: '${sls:stage}-x'}]").unwrap();
            change(options);
        })
    }

    const EVENT: &str = "functions: {f: {handler: h.handler, events: [{websocket: $default}]}}\n";

    #[test]
    fn a_websocket_event_becomes_a_route_to_a_function_that_may_post() {
        let api = read(EVENT, |_| ()).unwrap().api;
        assert_eq!((api.id.as_str(), api.stage.name.as_str()), ("WebsocketsApi", "dev"));
        let function = &api.functions["s-dev-f"];
        assert_eq!((function.timeout.as_secs(), function.memory_size), (6, 1024));
        assert_eq!(function.role.name, "s-dev-us-east-1-lambdaRole");
        let policy = &function.role.policies.as_ref().unwrap()[0];
        assert_eq!(policy["Statement"][0]["Action"], "execute-api:ManageConnections");
        assert_eq!(policy["Statement"][0]["Resource"], "arn:aws:execute-api:*:*:*/@connections/*");
    }

    #[test]
    fn variables_come_from_options_files_and_other_variables() {
        let functions = "custom: {t: {dev: one, live: two}, again: '${self:custom.t}'}
functions: {f: {handler: h.handler, events: [{websocket: $default}], environment: {
  A: '${self:custom.again.${sls:stage}}', B: '${file(deep.yml):a.0.b}', C: '${opt:c, ${param:d, self:service}}',
  D: '${file(none.yml):x, 5}-${strToBool(TRUE)}', E: 'x${AWS::Region}', F: '${env:PATH_THAT_IS_NOT_SET, \"q, r\"}'}}}\n";
        let environment = |change: fn(&mut Options<'_>)| {
            let api = read(functions, change).unwrap().api;
            let function = api.functions.into_values().next().unwrap();
            function.environment.into_values().collect::<Vec<_>>()
        };
        assert_eq!(environment(|_| ()), ["one", "dev-x", "s", "5-true", "x${AWS::Region}", "q, r"]);
        let live = environment(|options| {
            options.stage = Some("live".to_owned());
            options.parameters.insert("c".to_owned(), "given".to_owned());
        });
        assert_eq!(live[..3], ["two", "live-x", "given"]);
    }

    #[test]
    fn what_has_no_value_is_warned_of_and_what_cannot_be_is_refused() {
        let with = |name: &str, value: &str| {
            let text = EVENT.replace("events:", &format!("environment: {{A: {value}}}, events:"));
            read(&format!("{text}{name}"), |_| ())
        };
        let warnings = with("plugins: [p]\n", "'${ssm:/x}${opt:y}'").unwrap().notes.warnings;
        assert_eq!(warnings.len(), 3, "{warnings:?}");
        assert!(
            warnings[0].contains("${ssm:/x} is known to a deployed service only"),
            "{warnings:?}"
        );
        assert!(warnings[1].contains("${opt:y} has no value"), "{warnings:?}");
        for (more, value, part) in [
            ("custom: {a: '${self:custom.a}'}\n", "'${self:custom.a}'", "lead back to themselves"),
            ("custom: {a: {b: 1}}\n", "'x${self:custom.a}'", "is a list or a map"),
        ] {
            let error = with(more, value).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
        assert!(
            read("functions: {f: {handler: h.handler}}\n", |_| ())
                .unwrap_err()
                .contains("websocket event")
        );
        let twice = EVENT.replace("$default}", "$default}, {websocket: {route: $default}}");
        assert!(read(&twice, |_| ()).unwrap_err().contains("the route $default is there twice"));
        let lost = EVENT
            .replace("websocket: $default", "websocket: {route: $connect, authorizer: nobody}");
        assert!(
            read(&lost, |_| ())
                .unwrap_err()
                .contains("the authorizer nobody, which is no function")
        );
    }
}
