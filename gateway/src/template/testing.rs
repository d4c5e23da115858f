//! Templates for unit tests, read from text.

use super::node::Node;
use super::notes::Notes;
use super::parameters::Parameters;
use super::stack::{Place, Stack};
use super::{Options, Template, from_node, yaml};
use crate::api::Variables;
use crate::private_folder::PrivateFolder;
use std::time::Duration;

/// An API with the id `Api`, a stage `dev` and a function `F` in Node, to which other resources can be added.
pub(super) const BASE: &str = "
Resources:
  Api: {Type: 'AWS::ApiGatewayV2::Api', Properties: {ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}}
  Stage: {Type: 'AWS::ApiGatewayV2::Stage', Properties: {ApiId: !Ref Api, StageName: dev}}
  F: {Type: 'AWS::Serverless::Function', Properties: {Runtime: nodejs22.x, Handler: index.handler, InlineCode: 'exports.handler = 1'}}
  P: {Type: 'AWS::Lambda::Permission', Properties: {Action: lambda:InvokeFunction, FunctionName: !Ref F, Principal: apigateway.amazonaws.com}}
  I: {Type: 'AWS::ApiGatewayV2::Integration', Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !Sub 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations'}}
  R: {Type: 'AWS::ApiGatewayV2::Route', Properties: {ApiId: !Ref Api, RouteKey: $default, Target: !Sub 'integrations/${I}'}}
";

/// Reads a template with the options of a plain command line, changed by `change`.
pub(super) fn read_with(
    text: &str,
    change: impl FnOnce(&mut Options<'_>),
) -> Result<Template, String> {
    let folder = PrivateFolder::create().unwrap();
    let mut options = Options {
        base: folder.path().to_owned(),
        parameters: Variables::new(),
        api: None,
        stage: None,
        environment: Variables::new(),
        concurrency: 8,
        integration_timeout: Duration::from_secs(29),
        asked_region: None,
        region: "us-east-1".to_owned(),
        account: "000000000000".to_owned(),
        folder: &folder,
    };
    change(&mut options);
    from_node(yaml::read(text)?, &options)
}

/// Reads [`BASE`] with more resources.
pub(super) fn read_base_and(resources: &str) -> Template {
    read_with(&format!("{BASE}{resources}"), |_| ()).unwrap()
}

/// The error of [`BASE`] with more resources.
pub(super) fn refuse_base_and(resources: &str) -> String {
    read_with(&format!("{BASE}{resources}"), |_| ()).unwrap_err()
}

/// A stack of a template, with values of its parameters.
pub(super) fn stack(text: &str, parameters: &[(&str, &str)]) -> Stack {
    let template: Node = yaml::read(text).unwrap();
    let given = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let parameters = Parameters::new(template.get("Parameters"), &given.collect()).unwrap();
    let place = Place {
        region: "us-east-1".to_owned(),
        account: "000000000000".to_owned(),
        stack_name: "local".to_owned(),
    };
    Stack::new(&template, parameters, place, Notes::default()).unwrap()
}
