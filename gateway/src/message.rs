//! One message of a client, from its route to its answer.

use crate::connections::Connection;
use crate::gateway::Gateway;
use crate::gateway_frame::{self, GatewayFrame};
use crate::integration::{Call, Context};
use crate::origin::Origin;
use crate::payload::Payload;
use crate::{clock, ids};
use std::sync::Arc;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// A message that has arrived.
#[derive(Debug)]
pub struct ClientMessage {
    /// Its text.
    pub body: Payload,
    /// The gateway's request that it makes, as `requestContext.requestId` tells it.
    pub request_id: String,
    connection: Arc<Connection>,
    arrived_at: u64,
}

impl ClientMessage {
    /// A message that arrives now.
    pub fn new(connection: Arc<Connection>, text: Utf8Bytes) -> Self {
        let (body, request_id) = (Payload::new(text), ids::request_id());
        Self { body, request_id, connection, arrived_at: clock::now_ms() }
    }

    /// A frame of the gateway about it.
    pub fn frame(&self, frame: GatewayFrame) -> Utf8Bytes {
        frame.text(&self.connection.facts.connection_id, &self.request_id).into()
    }

    /// Validates the message, has its route's integration answer it, and yields what the client gets of that.
    pub async fn answer(self, gateway: Arc<Gateway>, route_key: String) -> Option<Utf8Bytes> {
        let facts = &self.connection.facts;
        let plan = gateway.plans.get(&route_key)?;
        let origin = Origin::new(facts, &self.request_id);
        let message_id = ids::request_id();
        if let Some(Err(fault)) = plan.models.as_ref().map(|models| models.validate(&self.body)) {
            gateway.tell(&route_key, &format!("Bad request body: {fault}"), &origin);
            return Some(gateway_frame::bad_request_body(&facts.connection_id, &message_id).into());
        }
        let event = || {
            let text = self.body.text();
            facts.message_event(&route_key, text, &message_id, &self.request_id, self.arrived_at)
        };
        let call = Call { body: &self.body, context: Context::new(&event), origin: &origin };
        let Ok(answer) = gateway.call(&route_key, &call).await else {
            return Some(self.frame(GatewayFrame::InternalServerError));
        };
        match gateway.delivery.text(plan, answer) {
            Ok(text) => text,
            Err(sentence) => {
                gateway.tell(&route_key, &sentence, &origin);
                Some(self.frame(GatewayFrame::InternalServerError))
            }
        }
    }
}
