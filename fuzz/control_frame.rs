//! What must hold of the control frames' reader for any text, and of a session that is told what was read. The
//! fuzz target and a test on stable Rust share it.

use gatesocket::core::{
    ControlFields, Delivery, Failure, Field, GatewayFrame, Inbound, Input, NotAnAnswer, Output,
    Session, Settings, Status,
};
use serde_json::Value;

/// Panics where it does not hold.
pub(crate) fn hold(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let fields = serde_json::from_str::<ControlFields>(text);
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        // Another reader of JSON, for which `__proto__`, repeated names and lists are nothing special.
        let expected = value.as_object().map(|object| ControlFields {
            connection_id: field(object.get("connectionId")),
            message: field(object.get("message")),
            request_id: field(object.get("requestId")),
            message_id: field(object.get("messageId")),
        });
        assert_eq!(fields.as_ref().ok(), expected.as_ref());
    }
    let inbound = fields.map_or(Inbound::Message(NotAnAnswer::NotJson), |fields| {
        let reports = fields.request_id != Field::Absent || fields.message_id != Field::Absent;
        let has_message = matches!(fields.message, Field::Text(_));
        let connection_id = fields.connection_id.clone();
        let inbound = Inbound::from(fields);
        match &inbound {
            Inbound::ConnectionId(id) => {
                assert!(!id.is_empty() && connection_id == Field::Text(id.clone()));
                assert!(!(reports && has_message), "a report was taken for an answer");
            }
            Inbound::GatewayFrame(_) => assert!(reports && has_message),
            Inbound::Answer(_) => panic!("nobody reads a ref here"),
            Inbound::Message(_) => {}
        }
        inbound
    });
    while_identifying(&inbound);
    while_a_request_waits(&inbound);
}

fn field(value: Option<&Value>) -> Field {
    match value {
        None => Field::Absent,
        Some(Value::String(text)) => Field::Text(text.clone()),
        Some(_) => Field::Other,
    }
}

const OWN_ID: &str = "abc=";
const REQUEST: u32 = 7;

/// A session with an open link that has been asked for its connectionId.
fn identifying() -> Session {
    let mut session = Session::new(Settings::default(), 1);
    told(&mut session, Input::Connect);
    told(&mut session, Input::LinkOpened(1));
    session
}

fn told(session: &mut Session, input: Input) -> Vec<Output> {
    session.handle(1_000, input);
    std::iter::from_fn(|| session.poll()).collect()
}

fn while_identifying(inbound: &Inbound) {
    let mut session = identifying();
    let outputs = told(&mut session, Input::LinkReceived(1, inbound.clone(), 9));
    match inbound {
        Inbound::ConnectionId(id) => {
            assert_eq!(session.connection_id(), Some(id.as_str()));
            let known = Output::ConnectionId { id: id.as_str().into(), previous: None };
            assert!(outputs.contains(&known), "{outputs:?}");
        }
        Inbound::GatewayFrame(GatewayFrame { message, .. }) => {
            assert_eq!(session.connection_id(), None);
            assert!(outputs.contains(&Output::Deliver(Delivery::GatewayFrame)), "{outputs:?}");
            assert_eq!(session.status() == Status::Closed, message == "Forbidden", "{outputs:?}");
        }
        _ => {
            assert_eq!(session.status(), Status::Identifying);
            assert_eq!(outputs, [Output::Deliver(Delivery::Message)]);
        }
    }
}

fn while_a_request_waits(inbound: &Inbound) {
    let mut session = identifying();
    let id = Inbound::ConnectionId(OWN_ID.to_owned());
    told(&mut session, Input::LinkReceived(1, id, 9));
    told(&mut session, Input::Request { message: REQUEST, bytes: 9, timeout: None, retry: false });
    let outputs = told(&mut session, Input::LinkReceived(1, inbound.clone(), 9));
    match inbound {
        Inbound::GatewayFrame(frame) if frame.is_certain(OWN_ID) => {
            let failure = Failure::GatewayReported { frame: frame.clone() };
            assert_eq!(outputs, [Output::Reject(REQUEST, failure.into())]);
        }
        // The user's own message, whatever it looks like: the session asked for no id.
        _ => assert_eq!(outputs, [Output::Deliver(Delivery::Message)]),
    }
    assert_eq!(session.connection_id(), Some(OWN_ID));
}
