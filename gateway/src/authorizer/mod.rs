//! REQUEST authorizers of `$connect` ("Control access to WebSocket APIs with AWS Lambda REQUEST authorizers").

mod answer;
mod identity_source;

pub use answer::AuthorizerContext;
pub use identity_source::IdentitySource;

use crate::api::{Api, Authorizer};
use crate::arn;
use crate::event::{ConnectionFacts, Opening};
use crate::gateway::Gateway;
use crate::gateway_frame::GatewayFrame;
use crate::lambda::InvocationError;
use crate::origin::Origin;
use crate::permission::{Context, Decision, Policies, Request};
use crate::record::Tone;
use crate::refusal::Refusal;
use crate::route::CONNECT;
use serde_json::Value;
use std::time::Instant;

/// The action that an authorizer's policy must allow on the `methodArn`.
const ACTION: &str = "execute-api:Invoke";

/// Whether the API's authorizers can be used.
///
/// # Errors
/// A sentence about the first that cannot.
pub fn check(api: &Api) -> Result<(), String> {
    for (key, route) in &api.routes {
        let Some(name) = &route.authorizer else { continue };
        if key != CONNECT {
            return Err(format!(
                "the route {key} has the authorizer {name}: only $connect may have one"
            ));
        }
        if !api.authorizers.contains_key(name) {
            return Err(format!("the route {key} names the authorizer {name}, which is not there"));
        }
    }
    for (name, authorizer) in &api.authorizers {
        if !api.functions.contains_key(&authorizer.function) {
            let function = &authorizer.function;
            return Err(format!(
                "the authorizer {name} names the function {function}, which is not there"
            ));
        }
        let sources = authorizer.identity_sources.iter();
        sources
            .map(|source| source.parse::<IdentitySource>())
            .find_map(Result::err)
            .map_or(Ok(()), |error| Err(format!("the authorizer {name}: {error}")))?;
    }
    Ok(())
}

/// Asks the authorizer of `$connect`, where there is one.
///
/// # Errors
/// The refusal of the upgrade: 401, 403 or 500.
pub async fn authorize(
    gateway: &Gateway,
    facts: &ConnectionFacts,
    opening: &Opening<'_>,
) -> Result<Option<AuthorizerContext>, Refusal> {
    let route = gateway.api.routes.get(CONNECT);
    let authorizer = route
        .and_then(|route| route.authorizer.as_ref())
        .and_then(|name| gateway.api.authorizers.get(name));
    let Some(authorizer) = authorizer else { return Ok(None) };
    let refusal = |status, frame: GatewayFrame, why: String| {
        Refusal::new(status, frame.text(&facts.connection_id, opening.request_id)).because(why)
    };
    if let Some(missing) = missing_source(authorizer, facts, opening) {
        let why = format!("the identity source {missing} is missing or empty");
        return Err(refusal(401, GatewayFrame::Unauthorized, why));
    }
    let Gateway { region, account, .. } = gateway;
    let stage = arn::of_stage(region, account, &facts.api_id, &facts.stage);
    let method_arn = format!("{stage}/{CONNECT}");
    let event = facts.authorizer_event(&method_arn, opening);
    let origin = Origin::new(facts, opening.request_id);
    let started = Instant::now();
    let limit = crate::limits::INTEGRATION_TIMEOUT;
    let invoked = gateway.functions.invoke(&authorizer.function, event, &origin, limit);
    let answer = match invoked.await {
        Ok(answer) => answer,
        Err(InvocationError::Unauthorized) => {
            let why = "the authorizer said Unauthorized".to_owned();
            return Err(refusal(401, GatewayFrame::Unauthorized, why));
        }
        Err(error) => {
            let why = format!("the authorizer failed: {error}");
            return Err(refusal(500, GatewayFrame::InternalServerError, why));
        }
    };
    let integration_latency = started.elapsed().as_millis() as u64;
    let answer = answer::read(&answer)
        .map_err(|why| refusal(500, GatewayFrame::InternalServerError, why))?;
    match decide(gateway, facts, &answer.policy, &method_arn) {
        Ok(Verdict::Allowed) => Ok(Some(AuthorizerContext {
            principal_id: answer.principal_id,
            integration_latency,
            values: answer.values,
        })),
        Ok(Verdict::Denied(why)) => Err(refusal(403, GatewayFrame::ExplicitDeny, why)),
        Ok(Verdict::NotAllowed) => {
            let why = format!("the authorizer’s policy does not allow {ACTION} on {method_arn}");
            Err(refusal(403, GatewayFrame::NotAuthorized, why))
        }
        Err(why) => Err(refusal(500, GatewayFrame::InternalServerError, why)),
    }
}

/// What an authorizer's policy says of the connection.
enum Verdict {
    Allowed,
    NotAllowed,
    Denied(String),
}

/// # Errors
/// A sentence, where the policy is none.
fn decide(
    gateway: &Gateway,
    facts: &ConnectionFacts,
    policy: &Value,
    method_arn: &str,
) -> Result<Verdict, String> {
    let mut policies = Policies::default();
    policies.add("the authorizer’s policyDocument", policy)?;
    for warning in policies.warnings() {
        gateway.output.line(Tone::Warning, warning.clone());
    }
    let context = Context {
        source_ip: facts.source_ip.parse().ok(),
        user_agent: facts.user_agent.as_deref(),
        requested_region: Some(&gateway.region),
        ..Context::default()
    };
    let request = Request { action: ACTION, resource: method_arn, context: &context };
    Ok(match policies.decide(request) {
        Decision::Allowed => Verdict::Allowed,
        Decision::NotAllowed => Verdict::NotAllowed,
        Decision::Denied(statement) => Verdict::Denied(format!("{statement} denies it")),
    })
}

fn missing_source<'a>(
    authorizer: &'a Authorizer,
    facts: &ConnectionFacts,
    opening: &Opening<'_>,
) -> Option<&'a str> {
    let context = facts.connect_context(opening);
    let is_missing = |source: &&String| {
        // Those that cannot be read have ended the start.
        source.parse::<IdentitySource>().is_ok_and(|source| !source.is_in(opening, &context))
    };
    authorizer.identity_sources.iter().find(is_missing).map(String::as_str)
}
