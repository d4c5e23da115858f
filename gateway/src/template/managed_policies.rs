//! Policies that AWS manages, as far as they speak of `execute-api` ("AWS Managed Policy Reference Guide").

use serde_json::{Value, json};

/// Policies that functions often have and that allow nothing of `execute-api`.
const OF_OTHER_SERVICES: [&str; 32] = [
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaBasicDurableExecutionRolePolicy",
    "AWSLambdaDynamoDBExecutionRole",
    "AWSLambdaENIManagementAccess",
    "AWSLambdaExecute",
    "AWSLambdaInvocation-DynamoDB",
    "AWSLambdaKinesisExecutionRole",
    "AWSLambdaMSKExecutionRole",
    "AWSLambdaRole",
    "AWSLambdaSQSQueueExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AWSLambda_FullAccess",
    "AWSLambda_ReadOnlyAccess",
    "AWSStepFunctionsFullAccess",
    "AWSXRayDaemonWriteAccess",
    "AWSXrayWriteOnlyAccess",
    "AmazonAPIGatewayAdministrator",
    "AmazonAPIGatewayPushToCloudWatchLogs",
    "AmazonBedrockFullAccess",
    "AmazonCognitoPowerUser",
    "AmazonCognitoReadOnly",
    "AmazonDynamoDBFullAccess",
    "AmazonDynamoDBReadOnlyAccess",
    "AmazonRDSDataFullAccess",
    "AmazonS3FullAccess",
    "AmazonS3ReadOnlyAccess",
    "AmazonSNSFullAccess",
    "AmazonSQSFullAccess",
    "AmazonSSMReadOnlyAccess",
    "CloudWatchLambdaInsightsExecutionRolePolicy",
    "CloudWatchLogsFullAccess",
    "SecretsManagerReadWrite",
];

/// The document of a managed policy by its name; `None` where it is not known.
pub(super) fn document(name: &str) -> Option<Value> {
    let statement = match name {
        "AmazonAPIGatewayInvokeFullAccess" => json!([{
            "Effect": "Allow",
            "Action": ["execute-api:Invoke", "execute-api:ManageConnections"],
            "Resource": "arn:aws:execute-api:*:*:*",
        }]),
        "AdministratorAccess" => json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" }]),
        "PowerUserAccess" => json!([{
            "Effect": "Allow",
            "NotAction": ["iam:*", "organizations:*", "account:*"],
            "Resource": "*",
        }]),
        _ if OF_OTHER_SERVICES.contains(&name) => json!([]),
        _ => return None,
    };
    Some(json!({ "Version": "2012-10-17", "Statement": statement }))
}
