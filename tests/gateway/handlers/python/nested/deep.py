"""AWS's own examples call the function `lambda_handler`."""


def lambda_handler(event, context):
    print("DEEP", event["requestContext"]["eventType"])
    return {"statusCode": 200}
