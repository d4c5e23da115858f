//! The shapes of events as JSON.

use crate::api::Variables;
use crate::authorizer::AuthorizerContext;
use serde::{Serialize, Serializer};

/// Names with one value each, written as a JSON object in the order given.
pub(super) type Single<'a> = Vec<(&'a str, &'a str)>;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event<'a> {
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "single")]
    pub(super) headers: Option<Single<'a>>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "multi")]
    pub(super) multi_value_headers: Option<Single<'a>>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "single")]
    pub(super) query_string_parameters: Option<Single<'a>>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "multi")]
    pub(super) multi_value_query_string_parameters: Option<Single<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stage_variables: Option<&'a Variables>,
    pub(super) request_context: RequestContext<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<&'a str>,
    pub(super) is_base64_encoded: bool,
}

/// The input of a REQUEST authorizer ("Control access to WebSocket APIs with AWS Lambda REQUEST authorizers"), where what
/// is empty is there as an empty object.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuthorizerEvent<'a> {
    pub(super) r#type: &'a str,
    pub(super) method_arn: &'a str,
    #[serde(serialize_with = "single")]
    pub(super) headers: Option<Single<'a>>,
    #[serde(serialize_with = "multi")]
    pub(super) multi_value_headers: Option<Single<'a>>,
    #[serde(serialize_with = "single")]
    pub(super) query_string_parameters: Option<Single<'a>>,
    #[serde(serialize_with = "multi")]
    pub(super) multi_value_query_string_parameters: Option<Single<'a>>,
    pub(super) stage_variables: &'a Variables,
    pub(super) request_context: RequestContext<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestContext<'a> {
    pub(super) route_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) disconnect_status_code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) authorizer: Option<&'a AuthorizerContext>,
    pub(super) event_type: &'a str,
    pub(super) extended_request_id: &'a str,
    pub(super) request_time: String,
    pub(super) message_direction: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) disconnect_reason: Option<&'a str>,
    pub(super) stage: &'a str,
    pub(super) connected_at: u64,
    pub(super) request_time_epoch: u64,
    pub(super) identity: Identity<'a>,
    pub(super) request_id: &'a str,
    pub(super) domain_name: &'a str,
    pub(super) connection_id: &'a str,
    pub(super) api_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Identity<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user_agent: Option<&'a str>,
    pub(super) source_ip: &'a str,
}

/// The last value of each name, as API Gateway fills its single-value maps.
fn single<S: Serializer>(pairs: &Option<Single<'_>>, serializer: S) -> Result<S::Ok, S::Error> {
    let pairs = pairs.as_deref().unwrap_or_default();
    serializer.collect_map(
        grouped(pairs).into_iter().map(|(name, values)| (name, values.last().copied())),
    )
}

fn multi<S: Serializer>(pairs: &Option<Single<'_>>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(grouped(pairs.as_deref().unwrap_or_default()))
}

/// Values by name, names in the order of their first appearance.
fn grouped<'a>(pairs: &[(&'a str, &'a str)]) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::with_capacity(pairs.len());
    for (name, value) in pairs {
        match groups.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => values.push(value),
            None => groups.push((name, vec![value])),
        }
    }
    groups
}

pub(super) fn borrowed(pairs: &[(String, String)]) -> Single<'_> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

pub(super) fn encode(event: &impl Serialize) -> Vec<u8> {
    // Strings and integers under string keys: there is nothing in an event that JSON cannot carry.
    serde_json::to_vec(event).unwrap_or_default()
}
