//! One WebSocket API as its owner described it, by flags or by a template: plain data, checked where it is made.
//!
//! Names follow CloudFormation's `AWS::ApiGatewayV2::*` and `AWS::Lambda::Function`.

use crate::route::SelectionExpression;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Text by name, such as environment or stage variables.
pub type Variables = BTreeMap<String, String>;

/// A WebSocket API with one stage and the functions behind its routes.
#[derive(Clone, Debug)]
pub struct Api {
    /// The API's id, as `requestContext.apiId` and ARNs carry it.
    pub id: String,
    /// The stage that is served.
    pub stage: Stage,
    /// Where a message names its route.
    pub route_selection_expression: SelectionExpression,
    /// The routes by route key.
    pub routes: BTreeMap<String, Route>,
    /// REQUEST authorizers by name.
    pub authorizers: BTreeMap<String, Authorizer>,
    /// Lambda functions by name.
    pub functions: BTreeMap<String, FunctionDefinition>,
}

/// A stage (`AWS::ApiGatewayV2::Stage`).
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// The first part of every path.
    pub name: String,
    /// `stageVariables` of the `$connect` event, and `${stageVariables.name}` in integrations.
    pub variables: Variables,
    /// The limit on messages to any one route; `None` where only the account's applies.
    pub throttle: Option<Throttle>,
    /// Limits of single routes, by route key.
    pub route_throttles: BTreeMap<String, Throttle>,
}

/// A token bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Throttle {
    /// Requests per second in the long run.
    pub rate: f64,
    /// Requests that may come at once.
    pub burst: u32,
}

/// A route (`AWS::ApiGatewayV2::Route`).
#[derive(Clone, Debug)]
pub struct Route {
    /// What answers.
    pub integration: Integration,
    /// Whether the integration's answer is sent to the client: the route has a route response.
    pub responds: bool,
    /// The authorizer's name; `$connect` only.
    pub authorizer: Option<String>,
    /// JSON schemas that a message's body must meet, by the value of `model_selection_expression`.
    pub request_models: BTreeMap<String, Value>,
    /// Which of `request_models` counts; without it none does, `$default` counts where no key matches.
    pub model_selection_expression: Option<String>,
}

/// An integration (`AWS::ApiGatewayV2::Integration`).
#[derive(Clone, Debug)]
pub struct Integration {
    /// What is called.
    pub kind: IntegrationKind,
    /// How long it may take; the service's most is 29 s.
    pub timeout: Duration,
    /// `RequestTemplates`.
    pub request_templates: Variables,
    /// `RequestParameters`: `integration.request.header.name` to an expression.
    pub request_parameters: Variables,
    /// `TemplateSelectionExpression`.
    pub template_selection_expression: Option<String>,
    /// `AWS::ApiGatewayV2::IntegrationResponse` by `IntegrationResponseKey`, such as `$default` or `/400/`.
    pub responses: BTreeMap<String, IntegrationResponse>,
}

/// How an integration is reached (`IntegrationType`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntegrationKind {
    /// `AWS_PROXY`: the event goes to a function, which answers `{ statusCode, body }`.
    LambdaProxy {
        /// The function's name.
        function: String,
    },
    /// `AWS`: the templates make the function's input, and its whole answer is the body.
    Lambda {
        /// The function's name.
        function: String,
    },
    /// `MOCK`: nothing is called; the request template gives a status code, the response template a body.
    Mock,
    /// `HTTP_PROXY`: the body goes to a web server as it is.
    HttpProxy {
        /// `IntegrationMethod`.
        method: String,
        /// `IntegrationUri`, in which `${stageVariables.name}` may stand.
        uri: String,
    },
    /// `HTTP`: as above, with templates.
    Http {
        /// `IntegrationMethod`.
        method: String,
        /// `IntegrationUri`.
        uri: String,
    },
}

/// How an integration's answer becomes a message (`AWS::ApiGatewayV2::IntegrationResponse`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntegrationResponse {
    /// `ResponseTemplates`.
    pub templates: Variables,
    /// `TemplateSelectionExpression`.
    pub template_selection_expression: Option<String>,
}

/// A REQUEST authorizer (`AWS::ApiGatewayV2::Authorizer`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorizer {
    /// The function's name.
    pub function: String,
    /// `IdentitySource`, such as `route.request.header.Auth`: one that is missing or empty is answered 401.
    pub identity_sources: Vec<String>,
}

/// A Lambda function (`AWS::Lambda::Function`).
#[derive(Clone, Debug)]
pub struct FunctionDefinition {
    /// The function's name.
    pub name: String,
    /// What runs it.
    pub runtime: Runtime,
    /// `Handler`, such as `index.handler`.
    pub handler: String,
    /// `CodeUri`: the folder with the code, which is the working directory and `LAMBDA_TASK_ROOT`.
    pub code: PathBuf,
    /// `Environment.Variables`.
    pub environment: Variables,
    /// `MemorySize`, in MB.
    pub memory_size: u32,
    /// `Timeout` of an invocation.
    pub timeout: Duration,
    /// Most processes at a time.
    pub concurrency: usize,
    /// What it runs as.
    pub role: Role,
}

/// A function's runtime (`Runtime`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runtime {
    /// `nodejs…`: Node from the PATH with the gateway's bootstrap.
    Node {
        /// The module, where it is not the one that `handler` names in the code's folder.
        module: Option<PathBuf>,
    },
    /// `python…`: Python from the PATH with `awslambdaric`.
    Python,
    /// `provided…`: the file `bootstrap` of the code's folder.
    Provided,
    /// Any program and its arguments that speak the Lambda Runtime API.
    Command(Vec<OsString>),
}

/// A function's execution role.
#[derive(Clone, Debug, PartialEq)]
pub struct Role {
    /// The role's name, as it stands in `arn:aws:sts::…:assumed-role/{role}/{function}`.
    pub name: String,
    /// The IAM policy documents attached to it; `None` where they are not known and nothing is refused.
    pub policies: Option<Vec<Value>>,
}

/// The address of an integration for people: what follows its path may be secret.
pub fn without_query(uri: &str) -> &str {
    uri.split('?').next().unwrap_or_default()
}

impl Route {
    /// A route to a function by Lambda proxy integration, without a route response.
    pub fn to_function(function: &str, timeout: Duration) -> Self {
        Self {
            integration: Integration {
                kind: IntegrationKind::LambdaProxy { function: function.to_owned() },
                timeout,
                request_templates: Variables::new(),
                request_parameters: Variables::new(),
                template_selection_expression: None,
                responses: BTreeMap::new(),
            },
            responds: false,
            authorizer: None,
            request_models: BTreeMap::new(),
            model_selection_expression: None,
        }
    }
}
