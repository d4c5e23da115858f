"""Makes calls to the management API with boto3 and prints what came of each as JSON.

The script is JSON on the standard input: {"endpoint", "calls": [[operation, {parameters}]…]}. A parameter
{"repeat": [text, count]} stands for a long text.
"""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

script = json.load(sys.stdin)
client = boto3.client(
    "apigatewaymanagementapi",
    endpoint_url=script["endpoint"],
    region_name=script.get("region", "us-east-1"),
    aws_access_key_id=script.get("key", "local"),
    aws_secret_access_key=script.get("secret", "local"),
    config=Config(retries={"total_max_attempts": 1}),
)


def value(parameter):
    if isinstance(parameter, dict):
        text, count = parameter["repeat"]
        return text * count
    return parameter


def call(operation, parameters):
    try:
        answer = getattr(client, operation)(**{name: value(parameter) for name, parameter in parameters.items()})
    except ClientError as error:
        answer = error.response | {"exception": type(error).__name__}
    metadata = answer.pop("ResponseMetadata")
    return {
        "status": metadata["HTTPStatusCode"],
        "headers": metadata["HTTPHeaders"],
        "requestId": metadata.get("RequestId"),
    } | answer


print(json.dumps([call(*one) for one in script["calls"]], default=str))
