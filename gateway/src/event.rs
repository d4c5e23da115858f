//! The events that the Lambda receives, with their fields in the order that the service writes them.

use crate::clock;
use serde::{Serialize, Serializer};

/// Names with one value each, written as a JSON object in the order given.
type Single<'a> = Vec<(&'a str, &'a str)>;

/// What is known of a connection for as long as it lasts.
#[derive(Debug)]
pub struct ConnectionFacts {
    /// The connection's id.
    pub connection_id: String,
    /// When the upgrade arrived, in milliseconds since the epoch.
    pub connected_at: u64,
    /// The client's address without its port.
    pub source_ip: String,
    /// The client's `User-Agent`.
    pub user_agent: Option<String>,
    /// Host and port under which the Lambda reaches the management API.
    pub domain_name: String,
    /// The stage's name.
    pub stage: String,
    /// The API's id.
    pub api_id: String,
}

/// Why a connection has ended, as `$disconnect` reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disconnect {
    /// A WebSocket close code (RFC 6455, section 7.4), 1005 and 1006 included.
    pub code: u16,
    /// The reason that came with it.
    pub reason: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "single")]
    headers: Option<Single<'a>>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "multi")]
    multi_value_headers: Option<Single<'a>>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "single")]
    query_string_parameters: Option<Single<'a>>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "multi")]
    multi_value_query_string_parameters: Option<Single<'a>>,
    request_context: RequestContext<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    route_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect_status_code: Option<u16>,
    event_type: &'a str,
    extended_request_id: &'a str,
    request_time: String,
    message_direction: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect_reason: Option<&'a str>,
    stage: &'a str,
    connected_at: u64,
    request_time_epoch: u64,
    identity: Identity<'a>,
    request_id: &'a str,
    domain_name: &'a str,
    connection_id: &'a str,
    api_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
    source_ip: &'a str,
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

impl ConnectionFacts {
    fn context<'a>(
        &'a self,
        route_key: &'a str,
        event_type: &'a str,
        request_id: &'a str,
        now: u64,
    ) -> RequestContext<'a> {
        RequestContext {
            route_key,
            message_id: None,
            disconnect_status_code: None,
            event_type,
            extended_request_id: request_id,
            request_time: clock::request_time(now),
            message_direction: "IN",
            disconnect_reason: None,
            stage: &self.stage,
            connected_at: self.connected_at,
            request_time_epoch: now,
            identity: Identity {
                user_agent: self.user_agent.as_deref(),
                source_ip: &self.source_ip,
            },
            request_id,
            domain_name: &self.domain_name,
            connection_id: &self.connection_id,
            api_id: &self.api_id,
        }
    }

    /// The event of `$connect`. Headers and query are pairs in the order in which they are to appear.
    pub fn connect_event(
        &self,
        headers: &[(String, String)],
        query: &[(String, String)],
        request_id: &str,
        now: u64,
    ) -> Vec<u8> {
        let headers = borrowed(headers);
        let query = (!query.is_empty()).then(|| borrowed(query));
        encode(&Event {
            multi_value_headers: Some(headers.clone()),
            headers: Some(headers),
            multi_value_query_string_parameters: query.clone(),
            query_string_parameters: query,
            request_context: self.context(crate::route::CONNECT, "CONNECT", request_id, now),
            body: None,
            is_base64_encoded: false,
        })
    }

    /// The event of a client's message.
    pub fn message_event(
        &self,
        route_key: &str,
        body: &str,
        message_id: &str,
        request_id: &str,
        now: u64,
    ) -> Vec<u8> {
        let mut context = self.context(route_key, "MESSAGE", request_id, now);
        context.message_id = Some(message_id);
        encode(&Event {
            headers: None,
            multi_value_headers: None,
            query_string_parameters: None,
            multi_value_query_string_parameters: None,
            request_context: context,
            body: Some(body),
            is_base64_encoded: false,
        })
    }

    /// The event of `$disconnect`.
    pub fn disconnect_event(&self, disconnect: &Disconnect, request_id: &str, now: u64) -> Vec<u8> {
        let mut context = self.context(crate::route::DISCONNECT, "DISCONNECT", request_id, now);
        context.disconnect_status_code = Some(disconnect.code);
        context.disconnect_reason = Some(&disconnect.reason);
        let headers: Single<'_> = vec![
            ("Host", &self.domain_name),
            ("x-api-key", ""),
            ("X-Forwarded-For", &self.source_ip),
            ("x-restapi", ""),
        ];
        encode(&Event {
            headers: Some(headers.clone()),
            multi_value_headers: Some(headers),
            query_string_parameters: None,
            multi_value_query_string_parameters: None,
            request_context: context,
            body: None,
            is_base64_encoded: false,
        })
    }
}

fn borrowed(pairs: &[(String, String)]) -> Single<'_> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn encode(event: &Event<'_>) -> Vec<u8> {
    // Strings and integers under string keys: there is nothing in an event that JSON cannot carry.
    serde_json::to_vec(event).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_742_085_982_123;

    fn facts() -> ConnectionFacts {
        ConnectionFacts {
            connection_id: "HXT_RfBnPHcCIIg=".into(),
            connected_at: 1_742_085_982_000,
            source_ip: "127.0.0.1".into(),
            user_agent: Some("agent".into()),
            domain_name: "localhost:3001".into(),
            stage: "production".into(),
            api_id: "gatesocket".into(),
        }
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn text(event: Vec<u8>) -> String {
        String::from_utf8(event).unwrap()
    }

    const COMMON: &str = r#""stage":"production","connectedAt":1742085982000,"requestTimeEpoch":1742085982123,"identity":{"userAgent":"agent","sourceIp":"127.0.0.1"},"requestId":"HXUAmGGZvHcF33A=","domainName":"localhost:3001","connectionId":"HXT_RfBnPHcCIIg=","apiId":"gatesocket"}"#;

    #[test]
    fn a_connect_event_has_its_fields_in_the_order_of_the_service() {
        let headers = pairs(&[("Host", "h"), ("X-Two", "a"), ("X-Two", "b")]);
        let query = pairs(&[("token", "1"), ("token", "2")]);
        assert_eq!(
            text(facts().connect_event(&headers, &query, "HXUAmGGZvHcF33A=", NOW)),
            r#"{"headers":{"Host":"h","X-Two":"b"},"multiValueHeaders":{"Host":["h"],"X-Two":["a","b"]},"queryStringParameters":{"token":"2"},"multiValueQueryStringParameters":{"token":["1","2"]},"requestContext":{"routeKey":"$connect","eventType":"CONNECT","extendedRequestId":"HXUAmGGZvHcF33A=","requestTime":"16/Mar/2025:00:46:22 +0000","messageDirection":"IN","#.to_owned()
                + COMMON + r#","isBase64Encoded":false}"#
        );
    }

    #[test]
    fn an_empty_query_is_absent_and_not_null() {
        let event = text(facts().connect_event(&[], &[], "r", NOW));
        assert!(!event.to_lowercase().contains("querystring"), "{event}");
    }

    #[test]
    fn a_message_event_has_neither_headers_nor_query() {
        assert_eq!(
            text(facts().message_event("$default", "{\"a\":\"\u{e9}\"}", "HXUAmGGZvHcCIIg=", "HXUAmGGZvHcF33A=", NOW)),
            r#"{"requestContext":{"routeKey":"$default","messageId":"HXUAmGGZvHcCIIg=","eventType":"MESSAGE","extendedRequestId":"HXUAmGGZvHcF33A=","requestTime":"16/Mar/2025:00:46:22 +0000","messageDirection":"IN","#.to_owned()
                + COMMON + ",\"body\":\"{\\\"a\\\":\\\"\u{e9}\\\"}\",\"isBase64Encoded\":false}"
        );
    }

    #[test]
    fn a_disconnect_event_carries_the_code_and_the_reason() {
        let disconnect = Disconnect { code: 1001, reason: "Going away".into() };
        assert_eq!(
            text(facts().disconnect_event(&disconnect, "HXUAmGGZvHcF33A=", NOW)),
            r#"{"headers":{"Host":"localhost:3001","x-api-key":"","X-Forwarded-For":"127.0.0.1","x-restapi":""},"multiValueHeaders":{"Host":["localhost:3001"],"x-api-key":[""],"X-Forwarded-For":["127.0.0.1"],"x-restapi":[""]},"requestContext":{"routeKey":"$disconnect","disconnectStatusCode":1001,"eventType":"DISCONNECT","extendedRequestId":"HXUAmGGZvHcF33A=","requestTime":"16/Mar/2025:00:46:22 +0000","messageDirection":"IN","disconnectReason":"Going away","#.to_owned()
                + COMMON + r#","isBase64Encoded":false}"#
        );
    }

    #[test]
    fn a_client_without_user_agent_has_none_in_its_identity() {
        let mut facts = facts();
        facts.user_agent = None;
        let event = text(facts.message_event("$default", "", "m", "r", NOW));
        assert!(event.contains(r#""identity":{"sourceIp":"127.0.0.1"}"#), "{event}");
    }
}
