"""Does what a message asks for, and answers through boto3."""
import json
import logging
import os
import sys

import boto3

logger = logging.getLogger()
logger.setLevel("INFO")
print("LOADED by", sys.executable)


def handler(event, context):
    request = event["requestContext"]
    if request["eventType"] != "MESSAGE":
        return {"statusCode": 200}
    what = event["body"]
    if what == "tell":
        print("CONTEXT", json.dumps({
            "requestId": context.aws_request_id,
            "arn": context.invoked_function_arn,
            "function": context.function_name,
            "version": context.function_version,
            "memory": context.memory_limit_in_mb,
            "logGroup": context.log_group_name,
            "logStream": context.log_stream_name,
            "remaining": context.get_remaining_time_in_millis(),
            "trace": os.environ["_X_AMZN_TRACE_ID"],
            "zone": os.environ["TZ"],
            "root": os.environ["LAMBDA_TASK_ROOT"],
            "cwd": os.getcwd(),
        }))
        logger.warning("a warning of logging")
    elif what == "raise":
        raise ValueError("raised by the handler")
    elif what == "exit":
        sys.exit(3)
    elif what == "unserialisable":
        return {"statusCode": {1, 2}}
    else:
        client = boto3.client("apigatewaymanagementapi", endpoint_url=f"https://{request['domainName']}/{request['stage']}")
        client.post_to_connection(ConnectionId=request["connectionId"], Data=json.dumps({"echo": what}).encode())
    return {"statusCode": 200}


def named(event, context):
    print("NAMED", event["requestContext"]["eventType"])
    return {"statusCode": 200}
