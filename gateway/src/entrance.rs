//! What a client has come for: a WebSocket, or the management API.

use crate::gateway::Gateway;
use crate::request_head::{self, Progress};
use crate::socket::Socket;
use crate::{limits, management, upgrade};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// What the first bytes turned out to be.
enum Arrival {
    Upgrade(request_head::RequestHead, usize),
    Http,
    Refused(&'static str),
    Gone,
}

/// Reads a client's first request as far as needed and passes the client on.
pub async fn admit(
    mut socket: Socket,
    source: IpAddr,
    gateway: Arc<Gateway>,
    alive: mpsc::Sender<()>,
) {
    let mut bytes = Vec::with_capacity(1024);
    let arrival = tokio::select! {
        arrival = timeout(limits::REQUEST_HEAD_TIMEOUT, read_head(&mut socket, &mut bytes)) => arrival,
        () = gateway.stopped() => return,
    };
    match arrival.unwrap_or(Arrival::Gone) {
        Arrival::Upgrade(head, length) => {
            bytes.drain(..length);
            upgrade::serve(socket, bytes, head, source, gateway, alive).await;
        }
        Arrival::Http => serve_http(socket.replaying(bytes), gateway).await,
        Arrival::Refused(status) => {
            let response =
                format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
            let _ = socket.write_all(response.as_bytes()).await;
            let _ = socket.shutdown().await;
        }
        Arrival::Gone => {}
    }
}

async fn read_head(socket: &mut Socket, bytes: &mut Vec<u8>) -> Arrival {
    loop {
        match socket.read_buf(bytes).await {
            Ok(0) | Err(_) => return Arrival::Gone,
            Ok(_) => {}
        }
        // Only a GET can be an upgrade; everything else need not be looked at here.
        let length = bytes.len().min(4);
        if bytes[..length] != b"GET "[..length] {
            return Arrival::Http;
        }
        match request_head::parse(bytes) {
            Progress::Complete(head, length) if head.asks_for_websocket() => {
                return Arrival::Upgrade(head, length);
            }
            Progress::Complete(..) => return Arrival::Http,
            Progress::Partial if bytes.len() < limits::REQUEST_HEAD_BYTES => {}
            Progress::Partial => return Arrival::Refused("431 Request Header Fields Too Large"),
            Progress::Invalid => return Arrival::Refused("400 Bad Request"),
        }
    }
}

async fn serve_http(socket: Socket, gateway: Arc<Gateway>) {
    let service = service_fn(|request| {
        let gateway = gateway.clone();
        async move { Ok::<_, Infallible>(management::answer(&gateway, request).await) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(std::time::Duration::from_secs(60))
        .serve_connection(TokioIo::new(socket), service);
    let mut connection = std::pin::pin!(connection);
    // An error here is the client's going away or its bad HTTP, which hyper has answered.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = gateway.stopped() => {
            connection.as_mut().graceful_shutdown();
            let _ = timeout(limits::SHUTDOWN_TIMEOUT, connection).await;
        }
    }
}
