"""A Python handler for awslambdaric: answers through boto3, as a backend on AWS does."""

import json

import boto3


def handler(event, context):
    context_of_request = event["requestContext"]
    if context_of_request["eventType"] == "MESSAGE":
        endpoint = f"https://{context_of_request['domainName']}/{context_of_request['stage']}"
        client = boto3.client("apigatewaymanagementapi", endpoint_url=endpoint)
        text = json.dumps({"from": "python", "function": context.function_name})
        client.post_to_connection(ConnectionId=context_of_request["connectionId"], Data=text)
    return {"statusCode": 200}
