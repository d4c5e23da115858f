//! The opening handshake: `$connect`, then 101 or a refusal.

use crate::connections::Connection;
use crate::event::{ConnectionFacts, Opening};
use crate::gateway::Gateway;
use crate::gateway_frame::GatewayFrame;
use crate::origin::Origin;
use crate::record::{Kind, Record, Tone};
use crate::refusal::Refusal;
use crate::request_head::RequestHead;
use crate::socket::Socket;
use crate::{authorizer, clock, connection, handshake, ids, redaction, route};
use std::net::IpAddr;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;

/// Headers that end at the gateway and are not part of the event.
const HOP_HEADERS: [&str; 2] = ["connection", "upgrade"];

/// Answers an upgrade and, where it succeeds, serves the connection to its end. `rest` is what the client
/// sent after its request.
pub async fn serve(
    mut socket: Socket,
    rest: Vec<u8>,
    head: RequestHead,
    source: IpAddr,
    gateway: Arc<Gateway>,
    alive: mpsc::Sender<()>,
) {
    let mut facts = ConnectionFacts {
        connection_id: ids::connection_id(),
        connected_at: clock::now_ms(),
        source_ip: source.to_string(),
        user_agent: head.header("User-Agent").map(str::to_owned),
        domain_name: gateway.domain_name(head.header("Host")),
        stage: gateway.api.stage.name.clone(),
        api_id: gateway.api.id.clone(),
        authorizer: None,
    };
    let response = match Box::pin(accept(&gateway, &mut facts, &head, socket.is_tls())).await {
        Ok(response) => response,
        Err(refusal) => {
            let (id, path) = (&facts.connection_id, head.path.escape_debug());
            let mut line = format!("refused {id} {} {path}", refusal.status);
            if !refusal.why.is_empty() {
                line = format!("{line}: {}", refusal.why);
            }
            let record = Record::new(Kind::Refused, Tone::Bad, line);
            gateway.output.record(record.connection(&facts.connection_id));
            drop(alive);
            socket.take_leave(refusal.response().as_bytes()).await;
            return;
        }
    };
    let (connection, orders) = Connection::new(facts);
    gateway.connections.insert(connection.clone());
    if *gateway.stopping.borrow() {
        connection.close(1001, connection::GOING_AWAY);
    }
    let id = &connection.facts.connection_id;
    let record = Record::new(Kind::Connected, Tone::Good, format!("connected {id} from {source}"));
    gateway.output.record(record.connection(id));
    // When the client has gone meanwhile, the connection finds that out and $disconnect follows.
    let _ = socket.write_all(response.as_bytes()).await;
    drop((head, response)); // They would be kept as long as the connection.
    connection::serve(socket, rest, connection, orders, gateway, alive).await;
}

async fn accept(
    gateway: &Gateway,
    facts: &mut ConnectionFacts,
    head: &RequestHead,
    is_tls: bool,
) -> Result<String, Refusal> {
    let accept = handshake::check(head)?;
    let path = head.path.strip_prefix('/').unwrap_or(&head.path);
    if path.strip_suffix('/').unwrap_or(path) != gateway.api.stage.name {
        let sentence = format!("the stage is at /{}/", gateway.api.stage.name);
        return Err(Refusal::message(403, "Forbidden").because(sentence));
    }
    if *gateway.stopping.borrow() {
        return Err(Refusal::new(503, ""));
    }
    if !gateway.throttles.admits_connection() {
        return Err(Refusal::message(429, "Too Many Requests")
            .because("too many new connections at a time (--connection-rate allows more)"));
    }
    let subprotocol = connect(gateway, facts, head, is_tls).await?;
    let protocol_line = subprotocol
        .map_or_else(String::new, |protocol| format!("sec-websocket-protocol: {protocol}\r\n"));
    Ok(format!(
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: {accept}\r\n{protocol_line}\r\n"
    ))
}

/// Asks the authorizer and invokes `$connect`, where there are such, and returns the subprotocol that was chosen.
async fn connect(
    gateway: &Gateway,
    facts: &mut ConnectionFacts,
    head: &RequestHead,
    is_tls: bool,
) -> Result<Option<String>, Refusal> {
    if !gateway.routes.has(route::CONNECT) {
        return Ok(None);
    }
    if !gateway.throttles.admits_to_route(route::CONNECT) {
        return Err(Refusal::message(429, "Too Many Requests")
            .because("the throttle of $connect, of the stage or of the account is exceeded"));
    }
    let request_id = ids::request_id();
    let headers = event_headers(gateway, facts, head, is_tls);
    let query = head.query_pairs();
    let opening = Opening {
        headers: &headers,
        query: &query,
        stage_variables: &gateway.api.stage.variables,
        request_id: &request_id,
    };
    facts.authorizer = authorizer::authorize(gateway, facts, &opening).await?;
    let event = facts.connect_event(&opening);
    gateway.output.observe(|| {
        let record = Record::new(Kind::Event, Tone::Plain, "CONNECT").route(route::CONNECT);
        let what = redaction::described(&headers, &query);
        record.connection(&facts.connection_id).request(&request_id).body(&what)
    });
    let origin = Origin::new(facts, &request_id);
    match gateway.invoke(route::CONNECT, event, &origin).await {
        Ok(answer) if answer.status < 300 => Ok(answer.subprotocol),
        Ok(answer) => Err(Refusal::new(answer.status, "")),
        Err(_) => Err(Refusal::new(
            502,
            GatewayFrame::InternalServerError.text(&facts.connection_id, &request_id),
        )),
    }
}

/// The client's headers with those that the service adds, sorted by name as in recorded events.
fn event_headers(
    gateway: &Gateway,
    facts: &ConnectionFacts,
    head: &RequestHead,
    is_tls: bool,
) -> Vec<(String, String)> {
    let is_kept = |name: &str| {
        !HOP_HEADERS.iter().any(|hop| name.eq_ignore_ascii_case(hop))
            && !name.eq_ignore_ascii_case("X-Forwarded-For")
    };
    let mut headers: Vec<(String, String)> =
        head.headers.iter().filter(|(name, _)| is_kept(name)).cloned().collect();
    // Several lines of a header are one list (RFC 9110, section 5.3).
    let forwarded: String =
        head.values("X-Forwarded-For").map(|before| format!("{before}, ")).collect();
    let protocol = if is_tls { "https" } else { "http" };
    for (name, value) in [
        ("X-Amzn-Trace-Id", ids::trace_id(facts.connected_at)),
        ("X-Forwarded-For", format!("{forwarded}{}", facts.source_ip)),
        ("X-Forwarded-Port", gateway.port.to_string()),
        ("X-Forwarded-Proto", protocol.to_owned()),
    ] {
        headers.push((name.to_owned(), value));
    }
    headers.sort_by_key(|(name, _)| name.to_ascii_lowercase());
    headers
}
