//! `websocket` events of functions.

use super::super::node::Node;
use super::super::notes::Notes;
use super::super::stack::at;

/// The framework's default identity source of an authorizer.
const IDENTITY_SOURCE: &str = "route.request.header.Auth";

/// A `websocket` event.
pub(super) struct Event {
    pub(super) line: usize,
    pub(super) function: String,
    pub(super) route: String,
    pub(super) responds: bool,
    pub(super) authorizer: Option<Authorizer>,
}

/// The authorizer of an event.
pub(super) struct Authorizer {
    pub(super) name: String,
    pub(super) arn: Option<Node>,
    pub(super) identity_source: Node,
}

/// Reads the event of a function.
///
/// # Errors
/// A sentence with the line, when it has no route.
pub(super) fn read(function: &str, event: &Node, notes: &Notes) -> Result<Event, String> {
    let line = event.line;
    let route = event.as_text().or(event.get("route").and_then(Node::as_text));
    let Some(route) = route else {
        return Err(at(line, format!("a websocket event of {function} has no route")));
    };
    for (key, value) in event.entries() {
        if !["route", "authorizer", "routeResponseSelectionExpression"].contains(&key.as_str()) {
            notes.warn(
                value.line,
                format!("{key} of a websocket event is not understood ({function})"),
            );
        }
    }
    let authorizer = event.get("authorizer").map(|node| {
        let arn = node
            .get("arn")
            .cloned()
            .or_else(|| node.as_text().filter(|text| text.contains(':')).map(|_| node.clone()));
        let named = node.get("name").and_then(Node::as_text).or(node.as_text());
        // The framework names an authorizer by the last part of its ARN.
        let of_arn = arn.as_ref().and_then(Node::as_text).and_then(|arn| arn.rsplit(':').next());
        let name = of_arn.or(named).unwrap_or("authorizer").to_owned();
        let source = node.get("identitySource").cloned();
        let identity_source = source.unwrap_or_else(|| Node::text(line, IDENTITY_SOURCE));
        Authorizer { name, arn, identity_source }
    });
    Ok(Event {
        line,
        function: function.to_owned(),
        route: route.to_owned(),
        responds: event.get("routeResponseSelectionExpression").is_some(),
        authorizer,
    })
}
