//! Which properties are understood, so that all others can be named.

use super::stack::{Resource, Stack};

/// What is done with a type's properties.
pub(super) struct Known {
    /// The type.
    pub(super) kind: &'static str,
    /// Those that shape the local API, or that a warning of its own speaks of.
    pub(super) used: &'static [&'static str],
    /// Those that mean nothing on one machine, such as tags and logging.
    pub(super) harmless: &'static [&'static str],
}

pub(super) const API: Known = Known {
    kind: "AWS::ApiGatewayV2::Api",
    used: &["ProtocolType", "RouteSelectionExpression", "ApiKeySelectionExpression"],
    harmless: &[
        "Name",
        "Description",
        "Tags",
        "Version",
        "IpAddressType",
        "DisableSchemaValidation",
        "FailOnWarnings",
    ],
};
pub(super) const ROUTE: Known = Known {
    kind: "AWS::ApiGatewayV2::Route",
    used: &[
        "ApiId",
        "RouteKey",
        "Target",
        "AuthorizationType",
        "AuthorizerId",
        "ApiKeyRequired",
        "RequestModels",
        "RouteResponseSelectionExpression",
        "ModelSelectionExpression",
    ],
    harmless: &["OperationName"],
};
pub(super) const INTEGRATION: Known = Known {
    kind: "AWS::ApiGatewayV2::Integration",
    used: &[
        "ApiId",
        "IntegrationType",
        "IntegrationUri",
        "IntegrationMethod",
        "TimeoutInMillis",
        "RequestTemplates",
        "RequestParameters",
        "TemplateSelectionExpression",
        "CredentialsArn",
        "ContentHandlingStrategy",
        "PassthroughBehavior",
    ],
    harmless: &["Description", "PayloadFormatVersion"],
};
pub(super) const INTEGRATION_RESPONSE: Known = Known {
    kind: "AWS::ApiGatewayV2::IntegrationResponse",
    used: &[
        "ApiId",
        "IntegrationId",
        "IntegrationResponseKey",
        "ResponseTemplates",
        "TemplateSelectionExpression",
    ],
    harmless: &[],
};
pub(super) const ROUTE_RESPONSE: Known = Known {
    kind: "AWS::ApiGatewayV2::RouteResponse",
    used: &["ApiId", "RouteId", "RouteResponseKey"],
    harmless: &[],
};
pub(super) const AUTHORIZER: Known = Known {
    kind: "AWS::ApiGatewayV2::Authorizer",
    used: &[
        "ApiId",
        "AuthorizerType",
        "AuthorizerUri",
        "IdentitySource",
        "AuthorizerCredentialsArn",
    ],
    harmless: &["Name", "AuthorizerResultTtlInSeconds"],
};
pub(super) const MODEL: Known = Known {
    kind: "AWS::ApiGatewayV2::Model",
    used: &["ApiId", "Name", "Schema"],
    harmless: &["ContentType", "Description"],
};
pub(super) const STAGE: Known = Known {
    kind: "AWS::ApiGatewayV2::Stage",
    used: &["ApiId", "StageName", "StageVariables", "DefaultRouteSettings", "RouteSettings"],
    harmless: &[
        "AutoDeploy",
        "DeploymentId",
        "Description",
        "Tags",
        "AccessLogSettings",
        "ClientCertificateId",
    ],
};
pub(super) const FUNCTION: Known = Known {
    kind: "AWS::Serverless::Function",
    used: &[
        "FunctionName",
        "CodeUri",
        "Code",
        "InlineCode",
        "Handler",
        "Runtime",
        "Environment",
        "MemorySize",
        "Timeout",
        "ReservedConcurrentExecutions",
        "Role",
        "PackageType",
        "ImageUri",
        "ImageConfig",
        "AutoPublishAlias",
        "Layers",
    ],
    harmless: &[
        "Architectures",
        "AssumeRolePolicyDocument",
        "AutoPublishAliasAllProperties",
        "AutoPublishCodeSha256",
        "CodeSigningConfigArn",
        "DeadLetterConfig",
        "DeadLetterQueue",
        "DeploymentPreference",
        "Description",
        "EphemeralStorage",
        "EventInvokeConfig",
        "Events",
        "FunctionUrlConfig",
        "KmsKeyArn",
        "LoggingConfig",
        "PermissionsBoundary",
        "Policies",
        "PropagateTags",
        "ProvisionedConcurrencyConfig",
        "PublishToLatestPublished",
        "RecursiveLoop",
        "RolePath",
        "RuntimeManagementConfig",
        "SnapStart",
        "SourceKMSKeyArn",
        "Tags",
        "Tracing",
        "TracingConfig",
        "VersionDescription",
        "VersionDeletionPolicy",
        "VpcConfig",
    ],
};

/// Types that are read somewhere, beside functions.
pub(super) fn is_read(kind: &str) -> bool {
    let read = [
        API.kind,
        ROUTE.kind,
        INTEGRATION.kind,
        INTEGRATION_RESPONSE.kind,
        ROUTE_RESPONSE.kind,
        AUTHORIZER.kind,
        MODEL.kind,
        STAGE.kind,
        "AWS::ApiGatewayV2::Deployment",
        "AWS::Lambda::Permission",
        "AWS::Lambda::Alias",
        "AWS::Lambda::Version",
        "AWS::IAM::Role",
        "AWS::IAM::Policy",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::RolePolicy",
    ];
    read.contains(&kind)
}

/// Warns of every property that is not understood, one warning for each type and property.
pub(super) fn check(stack: &Stack, resource: &Resource, known: &Known) {
    for (property, value) in resource.properties() {
        if !known.used.contains(&property.as_str()) && !known.harmless.contains(&property.as_str())
        {
            let (kind, name) = (&resource.kind, &resource.name);
            stack.notes.warn_once(
                value.line,
                &format!("{kind}.{property}"),
                format!("{property} of {kind} is not emulated (first in {name})"),
            );
        }
    }
}
