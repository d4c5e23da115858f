//! The port: binding it, and telling TLS from plain text by the first byte.

use crate::gateway::Gateway;
use crate::socket::{Socket, Transport};
use crate::{entrance, limits};
use socket2::{SockRef, TcpKeepalive};
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// The first byte of a TLS handshake record (RFC 8446, section 5.1).
const TLS_HANDSHAKE: u8 = 0x16;

/// The gateway's sockets, bound and not yet accepting.
#[derive(Debug)]
pub struct Listener {
    sockets: Vec<TcpListener>,
    /// The port that all of them share.
    pub port: u16,
}

/// Binds the address. The IPv4 loopback address brings the IPv6 one along where the machine has it: browsers
/// and Node resolve `localhost` to either.
///
/// # Errors
/// A sentence that names the port and `--port`.
pub async fn bind(host: IpAddr, port: u16) -> Result<Listener, String> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::AddrInUse => format!(
            "port {port} is in use: stop what uses it, or choose another with --port (0 takes a free one)"
        ),
        ErrorKind::PermissionDenied => {
            format!("port {port} may not be opened by this user: choose one above 1023 with --port")
        }
        ErrorKind::AddrNotAvailable => format!("--host {host} is no address of this machine"),
        _ => {
            format!("port {port} on {host} cannot be opened: {error} (choose another with --port)")
        }
    };
    // A free port is free on IPv4; now and then something else has it on IPv6 already.
    for attempts_left in (0..8).rev() {
        let first = TcpListener::bind((host, port)).await.map_err(failed)?;
        let bound = first.local_addr().map_err(failed)?.port();
        let mut listener = Listener { sockets: vec![first], port: bound };
        if host != IpAddr::V4(Ipv4Addr::LOCALHOST) {
            return Ok(listener);
        }
        match TcpListener::bind((Ipv6Addr::LOCALHOST, bound)).await {
            Ok(second) => listener.sockets.push(second),
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                if port == 0 && attempts_left > 0 {
                    continue;
                }
                return Err(failed(error));
            }
            Err(_) => {} // No IPv6 here.
        }
        return Ok(listener);
    }
    Err(format!("no port is free on {host}"))
}

impl Listener {
    /// Accepts clients for as long as the gateway runs. `alive` is held by every connection.
    pub fn serve(self, gateway: &Arc<Gateway>, acceptor: &TlsAcceptor, alive: &mpsc::Sender<()>) {
        for socket in self.sockets {
            tokio::spawn(accept(socket, gateway.clone(), acceptor.clone(), alive.clone()));
        }
    }
}

async fn accept(
    socket: TcpListener,
    gateway: Arc<Gateway>,
    acceptor: TlsAcceptor,
    alive: mpsc::Sender<()>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = socket.accept() => accepted,
            () = gateway.stopped() => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                tokio::spawn(greet(stream, peer, gateway.clone(), acceptor.clone(), alive.clone()));
            }
            // Out of file descriptors, or the client has gone already: neither ends the gateway.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn greet(
    stream: TcpStream,
    peer: SocketAddr,
    gateway: Arc<Gateway>,
    acceptor: TlsAcceptor,
    alive: mpsc::Sender<()>,
) {
    let _ = stream.set_nodelay(true);
    // A peer that vanished without a word, such as a laptop that sleeps, would stay for ever.
    let keepalive = TcpKeepalive::new()
        .with_time(limits::PEER_SILENCE)
        .with_interval(limits::PEER_PROBE_INTERVAL)
        .with_retries(limits::PEER_PROBES);
    let _ = SockRef::from(&stream).set_tcp_keepalive(&keepalive);
    let transport = tokio::select! {
        transport = timeout(limits::REQUEST_HEAD_TIMEOUT, Box::pin(secure(stream, acceptor))) => transport,
        // A stop does not wait for who has not even said hello.
        () = gateway.stopped() => return,
    };
    let Ok(Some(transport)) = transport else { return };
    let source = peer.ip().to_canonical();
    entrance::admit(Socket::new(transport), source, gateway, alive).await;
}

/// Tells TLS from plain text and does the TLS handshake.
async fn secure(stream: TcpStream, acceptor: TlsAcceptor) -> Option<Transport> {
    let mut first = [0];
    match stream.peek(&mut first).await {
        Ok(1) if first[0] == TLS_HANDSHAKE => {
            acceptor.accept(stream).await.ok().map(|stream| Transport::Tls(Box::new(stream)))
        }
        Ok(1) => Some(Transport::Plain(stream)),
        _ => None,
    }
}
