//! What a client has come for: a WebSocket, the management API, or the console.

use crate::gateway::Gateway;
use crate::management::{self, Visitor};
use crate::request_head::{self, Progress, RequestHead};
use crate::socket::Socket;
use crate::{console, limits, upgrade};
use http_body_util::Either;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::io::AsyncReadExt;
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
        // Boxed, as all that is not for a WebSocket's whole life: its task is as large as its largest part.
        Arrival::Http => {
            Box::pin(serve_http(socket.replaying(bytes), source, gateway, alive)).await;
        }
        Arrival::Refused(status) => {
            drop(alive);
            socket.take_leave(&refused(status)).await;
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

/// A request for a WebSocket on a connection that has served other requests before.
struct LateUpgrade {
    path: String,
    query: String,
    header_lines: usize,
}

async fn serve_http(
    socket: Socket,
    source: IpAddr,
    gateway: Arc<Gateway>,
    alive: mpsc::Sender<()>,
) {
    let is_loopback = socket.is_loopback();
    let (asking, mut asks) = mpsc::channel(1);
    let visitor = Visitor { source, is_tls: socket.is_tls() };
    let service = service_fn(|request: Request<Incoming>| {
        let (gateway, asking) = (gateway.clone(), asking.clone());
        async move {
            if let Some(upgrade) = late_upgrade(&request) {
                // The connection is taken away from hyper, and with it this future.
                let _ = asking.send(upgrade).await;
                std::future::pending::<()>().await;
            }
            Ok::<_, Infallible>(match &gateway.console {
                Some(console) if console::is_meant(request.uri().path()) => {
                    let reply = console::answer(&gateway, console, request, is_loopback).await;
                    reply.into_response().map(Either::Right)
                }
                _ => management::answer(&gateway, request, visitor).await.map(Either::Left),
            })
        }
    });
    let mut connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits::KEEP_ALIVE_TIMEOUT)
        .serve_connection(TokioIo::new(socket.remembering()), service);
    // An error here is the client's going away or its bad HTTP, which hyper has answered.
    let upgrade = tokio::select! {
        _ = &mut connection => return,
        Some(upgrade) = asks.recv() => upgrade,
        () = gateway.stopped() => {
            std::pin::Pin::new(&mut connection).graceful_shutdown();
            let _ = timeout(limits::SHUTDOWN_TIMEOUT, connection).await;
            return;
        }
    };
    let parts = connection.into_parts();
    let mut socket = parts.io.into_inner();
    let rest = parts.read_buf.to_vec();
    let mut read = socket.recall();
    read.truncate(read.len().saturating_sub(rest.len()));
    match request_head::last_in(&read, |head| upgrade.is(head)) {
        Some(head) => upgrade::serve(socket, rest, head, source, gateway, alive).await,
        None => socket.take_leave(&refused("431 Request Header Fields Too Large")).await,
    }
}

fn late_upgrade(request: &Request<Incoming>) -> Option<LateUpgrade> {
    let lines = |name| request.headers().get_all(name).iter().filter_map(|line| line.to_str().ok());
    let is_upgrade = request.method() == Method::GET
        && request_head::has_token(lines(header::UPGRADE), "websocket")
        && request_head::has_token(lines(header::CONNECTION), "upgrade");
    let upgrade = || LateUpgrade {
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        header_lines: request.headers().len(),
    };
    is_upgrade.then(upgrade)
}

impl LateUpgrade {
    /// Whether this head, read anew for the case of its names, is that of the request.
    fn is(&self, head: &RequestHead) -> bool {
        (&head.path, &head.query, head.headers.len())
            == (&self.path, &self.query, self.header_lines)
    }
}

fn refused(status: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").into_bytes()
}
