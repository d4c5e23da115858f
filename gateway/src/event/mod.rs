//! The events that the Lambda receives, with their fields in the order that the service writes them.

mod shape;

use crate::api::Variables;
use crate::authorizer::AuthorizerContext;
use crate::{clock, route};
use shape::{AuthorizerEvent, Event, Identity, RequestContext, Single, borrowed, encode};

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
    /// What the authorizer of `$connect` said of the client.
    pub authorizer: Option<AuthorizerContext>,
}

/// The client's opening handshake, as `$connect` and its authorizer see it.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// Headers in the order in which they are to appear.
    pub headers: &'a [(String, String)],
    /// The query's names and values, decoded, in the client's order.
    pub query: &'a [(String, String)],
    /// The stage's variables.
    pub stage_variables: &'a Variables,
    /// The request's id.
    pub request_id: &'a str,
}

/// Why a connection has ended, as `$disconnect` reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disconnect {
    /// A WebSocket close code (RFC 6455, section 7.4), 1005 and 1006 included.
    pub code: u16,
    /// The reason that came with it.
    pub reason: String,
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
            authorizer: self.authorizer.as_ref(),
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

    /// The event of `$connect`.
    pub fn connect_event(&self, opening: &Opening<'_>) -> Vec<u8> {
        let headers = borrowed(opening.headers);
        let query = (!opening.query.is_empty()).then(|| borrowed(opening.query));
        let variables = opening.stage_variables;
        encode(&Event {
            multi_value_headers: Some(headers.clone()),
            headers: Some(headers),
            multi_value_query_string_parameters: query.clone(),
            query_string_parameters: query,
            stage_variables: (!variables.is_empty()).then_some(variables),
            request_context: self.opening_context(opening),
            body: None,
            is_base64_encoded: false,
        })
    }

    /// The event of the authorizer of `$connect`. It has three headers that the event of `$connect` has not.
    pub fn authorizer_event(&self, method_arn: &str, opening: &Opening<'_>) -> Vec<u8> {
        let mut headers = borrowed(opening.headers);
        headers.extend([
            ("Connection", "upgrade"),
            ("content-length", "0"),
            ("Upgrade", "websocket"),
        ]);
        headers.sort_by_key(|(name, _)| name.to_ascii_lowercase());
        let query = borrowed(opening.query);
        encode(&AuthorizerEvent {
            r#type: "REQUEST",
            method_arn,
            multi_value_headers: Some(headers.clone()),
            headers: Some(headers),
            multi_value_query_string_parameters: Some(query.clone()),
            query_string_parameters: Some(query),
            stage_variables: opening.stage_variables,
            request_context: self.opening_context(opening),
        })
    }

    /// `requestContext` of `$connect` as a value, for identity sources.
    pub fn connect_context(&self, opening: &Opening<'_>) -> serde_json::Value {
        serde_json::to_value(self.opening_context(opening)).unwrap_or_default()
    }

    fn opening_context<'a>(&'a self, opening: &Opening<'a>) -> RequestContext<'a> {
        self.context(route::CONNECT, "CONNECT", opening.request_id, self.connected_at)
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
            stage_variables: None,
            request_context: context,
            body: Some(body),
            is_base64_encoded: false,
        })
    }

    /// The event of `$disconnect`.
    pub fn disconnect_event(&self, disconnect: &Disconnect, request_id: &str, now: u64) -> Vec<u8> {
        let mut context = self.context(route::DISCONNECT, "DISCONNECT", request_id, now);
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
            stage_variables: None,
            request_context: context,
            body: None,
            is_base64_encoded: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_742_085_982_123;

    fn facts() -> ConnectionFacts {
        ConnectionFacts {
            connection_id: "HXT_RfBnPHcCIIg=".into(),
            connected_at: NOW,
            source_ip: "127.0.0.1".into(),
            user_agent: Some("agent".into()),
            domain_name: "localhost:3001".into(),
            stage: "production".into(),
            api_id: "gatesocket".into(),
            authorizer: None,
        }
    }

    fn opening<'a>(
        headers: &'a [(String, String)],
        query: &'a [(String, String)],
        stage_variables: &'a Variables,
    ) -> Opening<'a> {
        Opening { headers, query, stage_variables, request_id: "HXUAmGGZvHcF33A=" }
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn text(event: Vec<u8>) -> String {
        String::from_utf8(event).unwrap()
    }

    const COMMON: &str = r#""stage":"production","connectedAt":1742085982123,"requestTimeEpoch":1742085982123,"identity":{"userAgent":"agent","sourceIp":"127.0.0.1"},"requestId":"HXUAmGGZvHcF33A=","domainName":"localhost:3001","connectionId":"HXT_RfBnPHcCIIg=","apiId":"gatesocket"}"#;

    #[test]
    fn a_connect_event_has_its_fields_in_the_order_of_the_service() {
        let headers = pairs(&[("Host", "h"), ("X-Two", "a"), ("X-Two", "b")]);
        let query = pairs(&[("token", "1"), ("token", "2")]);
        let variables = Variables::from([("color".into(), "red".into())]);
        assert_eq!(
            text(facts().connect_event(&opening(&headers, &query, &variables))),
            r#"{"headers":{"Host":"h","X-Two":"b"},"multiValueHeaders":{"Host":["h"],"X-Two":["a","b"]},"queryStringParameters":{"token":"2"},"multiValueQueryStringParameters":{"token":["1","2"]},"stageVariables":{"color":"red"},"requestContext":{"routeKey":"$connect","eventType":"CONNECT","extendedRequestId":"HXUAmGGZvHcF33A=","requestTime":"16/Mar/2025:00:46:22 +0000","messageDirection":"IN","#.to_owned()
                + COMMON + r#","isBase64Encoded":false}"#
        );
    }

    #[test]
    fn an_empty_query_and_no_stage_variables_are_absent_and_not_null() {
        let event = text(facts().connect_event(&opening(&[], &[], &Variables::new())));
        assert!(!event.to_lowercase().contains("querystring"), "{event}");
        assert!(!event.contains("stageVariables"), "{event}");
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

    #[test]
    fn an_authorizer_gets_the_method_arn_and_empty_objects_for_what_is_not_there() {
        let headers = pairs(&[("Auth", "x"), ("Host", "h")]);
        assert_eq!(
            text(facts().authorizer_event("arn:x/$connect", &opening(&headers, &[], &Variables::new()))),
            r#"{"type":"REQUEST","methodArn":"arn:x/$connect","headers":{"Auth":"x","Connection":"upgrade","content-length":"0","Host":"h","Upgrade":"websocket"},"multiValueHeaders":{"Auth":["x"],"Connection":["upgrade"],"content-length":["0"],"Host":["h"],"Upgrade":["websocket"]},"queryStringParameters":{},"multiValueQueryStringParameters":{},"stageVariables":{},"requestContext":{"routeKey":"$connect","eventType":"CONNECT","extendedRequestId":"HXUAmGGZvHcF33A=","requestTime":"16/Mar/2025:00:46:22 +0000","messageDirection":"IN","#.to_owned()
                + COMMON + "}"
        );
    }

    #[test]
    fn what_an_authorizer_said_stands_before_the_event_type_in_every_event() {
        let mut facts = facts();
        facts.authorizer = Some(AuthorizerContext {
            principal_id: "user".into(),
            integration_latency: 7,
            values: vec![("team".into(), "red".into())],
        });
        let authorizer = r#""authorizer":{"principalId":"user","integrationLatency":7,"team":"red"},"eventType":"#;
        let gone = Disconnect { code: 1001, reason: String::new() };
        for (event, before) in [
            (
                facts.connect_event(&opening(&[], &[], &Variables::new())),
                r#""routeKey":"$connect","#,
            ),
            (facts.message_event("a", "", "m", "r", NOW), r#""messageId":"m","#),
            (facts.disconnect_event(&gone, "r", NOW), r#""disconnectStatusCode":1001,"#),
        ] {
            let event = text(event);
            assert!(event.contains(&format!("{before}{authorizer}")), "{event}");
        }
    }
}
