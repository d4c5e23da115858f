//! Answers in the way that the `$connect` query or a message asks for, and prints what Lambda tells it.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(handle)).await
}

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let LambdaEvent { payload, context } = event;
    let request = &payload["requestContext"];
    println!(
        "RUST {} {}",
        request["eventType"].as_str().unwrap_or_default(),
        json!({
            "requestId": context.request_id,
            "arn": context.invoked_function_arn,
            "traceId": context.xray_trace_id,
            "deadline": context.deadline,
            "function": context.env_config.function_name,
            "version": context.env_config.version,
            "memory": context.env_config.memory,
            "logGroup": context.env_config.log_group,
            "logStream": context.env_config.log_stream,
        })
    );
    if let Some(status) = payload["queryStringParameters"]["status"].as_str() {
        return Ok(json!({ "statusCode": status.parse::<u16>()? }));
    }
    match payload["body"].as_str() {
        Some("fail") => Err("failed as asked".into()),
        Some("panic") => panic!("panicked as asked"),
        Some("exit") => std::process::exit(5),
        Some(body) => {
            println!(
                "RUST was told {body} by {}",
                request["connectionId"].as_str().unwrap_or_default()
            );
            Ok(json!({ "statusCode": 200, "body": body }))
        }
        None => Ok(json!({ "statusCode": 200 })),
    }
}
