//! What `Ref` and `Fn::GetAtt` give for resources, as far as it can be known without a deployment.

use super::node::Node;
use super::stack::{Resource, Stack, at};

/// Types whose `Ref` is the name that a property gives, if it does.
const NAMED: [(&str, &str); 14] = [
    ("AWS::DynamoDB::Table", "TableName"),
    ("AWS::DynamoDB::GlobalTable", "TableName"),
    ("AWS::Serverless::SimpleTable", "TableName"),
    ("AWS::S3::Bucket", "BucketName"),
    ("AWS::Logs::LogGroup", "LogGroupName"),
    ("AWS::IAM::Role", "RoleName"),
    ("AWS::Events::EventBus", "Name"),
    ("AWS::SSM::Parameter", "Name"),
    ("AWS::Kinesis::Stream", "Name"),
    ("AWS::Lambda::Function", "FunctionName"),
    ("AWS::Serverless::Function", "FunctionName"),
    ("AWS::ApiGatewayV2::Stage", "StageName"),
    ("AWS::KinesisFirehose::DeliveryStream", "DeliveryStreamName"),
    ("AWS::Glue::Database", "Name"),
];

/// Tables: functions reach a stand-in for DynamoDB on this machine, where any name will do.
const TABLES: [&str; 3] =
    ["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", "AWS::Serverless::SimpleTable"];

/// Types whose logical id is as good as any id that a deployment would make up.
const OWN: [&str; 10] = [
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::Deployment",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::IntegrationResponse",
    "AWS::ApiGatewayV2::Model",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::RouteResponse",
    "AWS::Lambda::Function",
    "AWS::Serverless::Function",
];

impl Stack {
    /// What `Ref` gives for a resource: its id or name, else the logical id and a warning.
    ///
    /// # Errors
    /// A sentence with the line, when there is no such resource.
    pub(super) fn resource_reference(&self, name: &str, line: usize) -> Result<Node, String> {
        // SAM's `Ref: Function.Alias` and `Function.Version`, with AutoPublishAlias.
        if let Some((function, part @ ("Alias" | "Version"))) = name.split_once('.') {
            let resource = self.existing(function, line)?;
            let alias = self.text(resource, "AutoPublishAlias")?.unwrap_or_else(|| part.to_owned());
            let qualifier = if part == "Alias" { alias } else { "1".to_owned() };
            return Ok(Node::text(line, format!("{}:{qualifier}", self.function_arn(resource)?)));
        }
        if self.is_generated(name) {
            self.warn_unknown(line, &format!("the generated resource {name}"), name);
            return Ok(Node::text(line, name));
        }
        let resource = self.existing(name, line)?;
        let text = match resource.kind.as_str() {
            "AWS::Lambda::Alias" => {
                let alias = self.text(resource, "Name")?.unwrap_or_else(|| name.to_owned());
                format!("{}:{alias}", self.qualified_function(resource)?)
            }
            "AWS::Lambda::Version" => format!("{}:1", self.qualified_function(resource)?),
            _ => self.physical_name(resource, line)?,
        };
        Ok(Node::text(line, text))
    }

    /// What `Fn::GetAtt` gives.
    ///
    /// # Errors
    /// A sentence with the line, when there is no such resource.
    pub(super) fn attribute(
        &self,
        name: &str,
        attribute: &str,
        line: usize,
    ) -> Result<Node, String> {
        if self.is_generated(name) {
            let placeholder = format!("{name}.{attribute}");
            self.warn_unknown(line, &format!("the generated resource {name}"), &placeholder);
            return Ok(Node::text(line, placeholder));
        }
        self.deeper(line, || {
            let resource = self.existing(name, line)?;
            let named = || self.physical_name(resource, line);
            let text = match (resource.kind.as_str(), attribute) {
                ("AWS::Lambda::Function" | "AWS::Serverless::Function", "Arn") => {
                    self.function_arn(resource)?
                }
                ("AWS::Lambda::Alias", "AliasArn") => return self.resource_reference(name, line),
                ("AWS::Lambda::Version", "FunctionArn") => {
                    return self.resource_reference(name, line);
                }
                ("AWS::Lambda::Version", "Version") => "1".to_owned(),
                ("AWS::ApiGatewayV2::Api", "ApiId") | ("AWS::ApiGatewayV2::Route", "RouteId") => {
                    name.to_owned()
                }
                ("AWS::ApiGatewayV2::Api", "ApiEndpoint") => {
                    format!("wss://{}", self.place.domain(name))
                }
                ("AWS::ApiGatewayV2::Authorizer", "AuthorizerId") => name.to_owned(),
                ("AWS::DynamoDB::Table", "Arn") => {
                    self.place.arn("dynamodb", &format!("table/{}", named()?))
                }
                ("AWS::IAM::Role", "Arn") => {
                    let place = &self.place;
                    format!(
                        "arn:{}:iam::{}:role/{}",
                        place.partition(),
                        place.account,
                        self.role_name(resource)?
                    )
                }
                ("AWS::S3::Bucket", "Arn") => {
                    format!("arn:{}:s3:::{}", self.place.partition(), named()?)
                }
                ("AWS::SQS::Queue", "QueueName") => named()?,
                _ => {
                    let placeholder = format!("{name}.{attribute}");
                    self.warn_unknown(
                        line,
                        &format!("{attribute} of {name} ({})", resource.kind),
                        &placeholder,
                    );
                    placeholder
                }
            };
            Ok(Node::text(line, text))
        })
    }

    /// A function's name: `FunctionName`, else the logical id.
    ///
    /// # Errors
    /// A sentence with the line, when it cannot be computed.
    pub(super) fn function_name(&self, function: &Resource) -> Result<String, String> {
        let name = self.deeper(function.line(), || self.text(function, "FunctionName"))?;
        Ok(name.unwrap_or_else(|| function.name.clone()))
    }

    /// A function's ARN.
    ///
    /// # Errors
    /// As [`Self::function_name`].
    pub(super) fn function_arn(&self, function: &Resource) -> Result<String, String> {
        Ok(self.place.arn("lambda", &format!("function:{}", self.function_name(function)?)))
    }

    /// A role's name: `RoleName`, else the logical id.
    ///
    /// # Errors
    /// A sentence with the line, when it cannot be computed.
    pub(super) fn role_name(&self, role: &Resource) -> Result<String, String> {
        let name = self.deeper(role.line(), || self.text(role, "RoleName"))?;
        Ok(name.unwrap_or_else(|| role.name.clone()))
    }

    /// The ARN of the function that an alias or a version is of.
    fn qualified_function(&self, resource: &Resource) -> Result<String, String> {
        self.deeper(resource.line(), || {
            let function = self.text(resource, "FunctionName")?.unwrap_or_default();
            match function.starts_with("arn:") {
                true => Ok(function),
                false => Ok(self.place.arn("lambda", &format!("function:{function}"))),
            }
        })
    }

    fn physical_name(&self, resource: &Resource, line: usize) -> Result<String, String> {
        let property = NAMED.iter().find(|(kind, _)| *kind == resource.kind).map(|(_, name)| *name);
        if let Some(property) = property
            && let Some(name) = self.deeper(line, || self.text(resource, property))?
        {
            return Ok(name);
        }
        if TABLES.contains(&resource.kind.as_str()) {
            self.tell_of_table(&resource.name);
        } else if !OWN.contains(&resource.kind.as_str()) {
            let what = format!("the name of {} ({})", resource.name, resource.kind);
            self.warn_unknown(line, &what, &resource.name);
        }
        Ok(resource.name.clone())
    }

    /// Whether something is not in the template, but may be made beside what is.
    fn is_generated(&self, name: &str) -> bool {
        self.resource(name).is_none()
            && !self.is_left_out(name)
            && self.generated.iter().any(|start| name.starts_with(start))
    }

    fn existing(&self, name: &str, line: usize) -> Result<&Resource, String> {
        self.resource(name).ok_or_else(|| {
            let sentence = match self.is_left_out(name) {
                true => format!("{name} is used, but its condition is false"),
                false => format!("there is no parameter and no resource {name}"),
            };
            at(line, sentence)
        })
    }
}
