//! `GET /_gateway/api`: what this gateway is.

use super::Reply;
use crate::api::{self, Integration, IntegrationKind, Runtime};
use crate::clock;
use crate::gateway::Gateway;
use hyper::StatusCode;
use serde_json::{Value, json};

/// Endpoints, stage, routes, functions and limits.
pub(super) fn reply(gateway: &Gateway) -> Reply {
    let api = &gateway.api;
    let routes: Vec<Value> = api
        .routes
        .iter()
        .map(|(key, route)| {
            json!({
                "routeKey": key,
                "integration": integration(&route.integration),
                "authorizer": route.authorizer,
                "routeResponse": route.responds,
            })
        })
        .collect();
    let functions: Vec<Value> = api
        .functions
        .values()
        .map(|function| {
            json!({
                "name": function.name,
                "runtime": runtime(&function.runtime),
                "handler": function.handler,
                "codeUri": function.code,
                "memorySize": function.memory_size,
                "timeoutMs": function.timeout.as_millis() as u64,
                "concurrency": function.concurrency,
                "role": function.role.name,
            })
        })
        .collect();
    let authorizers: Vec<Value> = api
        .authorizers
        .iter()
        .map(|(name, authorizer)| {
            json!({
                "name": name,
                "function": authorizer.function,
                "identitySources": authorizer.identity_sources,
            })
        })
        .collect();
    let limits = &gateway.limits;
    Reply::json(
        StatusCode::OK,
        &json!({
            "version": env!("CARGO_PKG_VERSION"),
            "startedAt": clock::iso(gateway.started_at),
            "now": clock::iso(clock::now_ms()),
            "endpoints": gateway.endpoints,
            "apiId": api.id,
            "stage": api.stage.name,
            "region": gateway.region,
            "account": gateway.account,
            "routes": routes,
            "functions": functions,
            "authorizers": authorizers,
            "limits": {
                "frameBytes": limits.frame_bytes,
                "messageBytes": limits.message_bytes,
                "idleTimeoutMs": limits.idle_timeout.as_millis() as u64,
                "connectionDurationMs": limits.duration.as_millis() as u64,
            },
            "connections": gateway.connections.count(),
        }),
    )
}

/// The integration's type in CloudFormation's word, and what it calls.
fn integration(integration: &Integration) -> Value {
    let (kind, calls) = match &integration.kind {
        IntegrationKind::LambdaProxy { function } => ("AWS_PROXY", json!({ "function": function })),
        IntegrationKind::Lambda { function } => ("AWS", json!({ "function": function })),
        IntegrationKind::Mock => ("MOCK", json!({})),
        IntegrationKind::HttpProxy { method, uri } => {
            ("HTTP_PROXY", json!({ "method": method, "uri": api::without_query(uri) }))
        }
        IntegrationKind::Http { method, uri } => {
            ("HTTP", json!({ "method": method, "uri": api::without_query(uri) }))
        }
    };
    let mut value = json!({ "type": kind, "timeoutMs": integration.timeout.as_millis() as u64 });
    if let (Some(value), Value::Object(calls)) = (value.as_object_mut(), calls) {
        value.extend(calls);
    }
    value
}

fn runtime(runtime: &Runtime) -> String {
    match runtime {
        Runtime::Node { .. } => "nodejs".to_owned(),
        Runtime::Python => "python".to_owned(),
        Runtime::Provided => "provided".to_owned(),
        Runtime::Command(words) => {
            let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
            words.join(" ")
        }
    }
}
