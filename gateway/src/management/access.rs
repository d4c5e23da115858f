//! Whether a request may do what it asks for: its signature, where that is verified, and its caller's policies.

use super::answer::{self, Answer};
use super::denial::Denial;
use super::{Route, Visitor};
use crate::arn;
use crate::caller::Caller;
use crate::clock;
use crate::gateway::Gateway;
use crate::permission::{Context, Decision, Request};
use crate::record::{Kind, Record, Tone};
use crate::signature::{self, SignedRequest};
use hyper::header::{AUTHORIZATION, HeaderMap, USER_AGENT};

/// What stands for the id in the ARN that the service names.
const ANY_CONNECTION: &str = "{connectionId}";

/// Whether a request carries a signature, or something in its place.
pub(super) fn is_signed(headers: &HeaderMap, query: &str) -> bool {
    headers.contains_key(AUTHORIZATION) || query.contains("X-Amz-Signature=")
}

/// The answer to a request that may not pass.
pub(super) fn refusal(
    gateway: &Gateway,
    request: SignedRequest<'_>,
    route: &Route<'_>,
    visitor: Visitor,
) -> Option<Answer> {
    let verified = gateway.callers.verifies.then(|| {
        let find = |id: &str| gateway.callers.keys(id);
        signature::verify(request, &gateway.region, clock::now_ms(), find).map(str::to_owned)
    });
    let key = match verified.transpose() {
        // Only of the key that was verified is it known whose it is: a header may name several.
        Ok(Some(key)) => Some(key),
        Ok(None) => signature::access_key_id(request.headers, request.query),
        Err(error) => {
            // Its sentence may repeat what was sent, which has no place in a log.
            let line = format!("{} was refused: {}", request.method, error.kind);
            gateway.output.line(Tone::Bad, line);
            return Some(answer::not_signed(&error));
        }
    };
    // Nothing is known of the policies of anybody else.
    let caller = gateway.callers.find(key.as_deref(), request.headers)?;
    denial(gateway, caller, request, route, visitor)
}

fn denial(
    gateway: &Gateway,
    caller: &Caller,
    request: SignedRequest<'_>,
    route: &Route<'_>,
    visitor: Visitor,
) -> Option<Answer> {
    let policies = caller.policies.as_ref()?;
    let Gateway { region, account, api, .. } = gateway;
    let context = Context {
        source_ip: Some(visitor.source),
        secure_transport: Some(visitor.is_tls),
        user_agent: request.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()),
        requested_region: Some(region),
        principal_account: Some(account),
        principal_arn: Some(&caller.role_arn),
        source_function_arn: Some(&caller.function_arn),
    };
    let stage = arn::of_stage(region, account, &api.id, &api.stage.name);
    let arn = |path: &str| format!("{stage}/{}/{path}", request.method);
    let decide = |action: &'static str, resource: &str| {
        policies.decide(Request { action, resource, context: &context })
    };
    let (action, named, decision) = match route {
        Route::Connection { id } => {
            // The service names {connectionId}, literally, and does not tell which ids a policy may name. So a policy
            // counts when it holds for both, and one that passes here passes there.
            let action = "execute-api:ManageConnections";
            let named = arn(&format!("@connections/{ANY_CONNECTION}"));
            let decision = match decide(action, &named) {
                Decision::Allowed => decide(action, &arn(&format!("@connections/{id}"))),
                refused => refused,
            };
            (action, named, decision)
        }
        Route::None { path } => {
            let named = arn(path);
            let decision = decide("execute-api:Invoke", &named);
            ("execute-api:Invoke", named, decision)
        }
    };
    if decision == Decision::Allowed {
        return None;
    }
    let denial = Denial { caller, action, resource: &named, decision };
    if caller.is_first_refusal(&format!("{action} {}", request.method)) {
        let record = Record::new(Kind::Gateway, Tone::Bad, denial.advice());
        gateway.output.record(record.function(&caller.function));
    }
    Some(answer::denied(&denial.sentence()))
}
