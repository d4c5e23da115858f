//! A WebSocket client with small buffers, from many loopback addresses.

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

pub(crate) type Client = WebSocketStream<TcpStream>;

/// How long any one answer is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);

/// Source addresses 127.0.0.2 and up: each has its own 28,000 ports.
const SOURCES: u8 = 16;
static NEXT_SOURCE: AtomicU8 = AtomicU8::new(0);

/// A server on loopback.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    url: String,
}

impl Target {
    /// Reads `ws://127.0.0.1:3001/path` or the same with `http`. Other hosts than 127.0.0.1 are refused: load
    /// stays on this machine.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let host = authority.split(':').next().unwrap_or_default();
        if !["127.0.0.1", "localhost"].contains(&host) {
            bail!("{url}: only 127.0.0.1 is put under load");
        }
        let address = authority.replace("localhost", "127.0.0.1").parse();
        Ok(Self {
            address: address.with_context(|| format!("{url} has no port"))?,
            url: url.to_owned(),
        })
    }
}

/// A TCP connection that sends at once and leaves no waiting port behind.
pub(crate) async fn dial(address: SocketAddr) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    let source = 2 + NEXT_SOURCE.fetch_add(1, Ordering::Relaxed) % SOURCES;
    socket.bind(SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, source), 0).into())?;
    socket.set_nodelay(true)?;
    socket.set_zero_linger()?;
    Ok(socket.connect(address).await?)
}

/// A connection with its WebSocket handshake done.
pub(crate) async fn open(target: &Target) -> Result<Client> {
    let opening = async {
        let stream = dial(target.address).await?;
        let config = WebSocketConfig::default().read_buffer_size(2048).write_buffer_size(2048);
        let (client, _) =
            client_async_with_config(target.url.as_str(), stream, Some(config)).await?;
        Ok(client)
    };
    timeout(PATIENCE, opening).await.context("the handshake took too long")?
}

/// Many connections, so many handshakes at a time.
pub(crate) async fn open_many(
    target: &Target,
    count: usize,
    concurrency: usize,
) -> Result<Vec<Client>> {
    let mut opening = futures_util::stream::iter(std::iter::repeat_n(target, count))
        .map(open)
        .buffer_unordered(concurrency);
    let mut clients = Vec::with_capacity(count);
    while let Some(client) = opening.next().await {
        clients.push(client?);
    }
    Ok(clients)
}

/// The next text.
pub(crate) async fn next_text(client: &mut Client) -> Result<String> {
    let next = async {
        loop {
            match client.next().await.context("the server ended the connection")?? {
                Message::Text(text) => return Ok(text.as_str().to_owned()),
                Message::Close(frame) => bail!("the server closed the connection: {frame:?}"),
                _ => {}
            }
        }
    };
    timeout(PATIENCE, next).await.context("no message came")?
}

/// Asks the handler for the connection's id.
pub(crate) async fn identify(client: &mut Client) -> Result<String> {
    client.send(Message::text(r#"{"action":"ID"}"#)).await?;
    let text = next_text(client).await?;
    let answer: serde_json::Value = serde_json::from_str(&text)?;
    let id = answer["connectionId"].as_str();
    id.map(str::to_owned).filter(|_| answer["message"].is_null()).with_context(|| text.clone())
}
