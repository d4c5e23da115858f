//! A client's socket, plain or under TLS, as one type.

use crate::limits;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

/// A TCP stream, encrypted or not.
#[derive(Debug)]
pub enum Transport {
    /// `ws:` and `http:`.
    Plain(TcpStream),
    /// `wss:` and `https:`.
    Tls(Box<TlsStream<TcpStream>>),
}

/// A transport whose first bytes have been read already and are handed out again.
#[derive(Debug)]
pub struct Socket {
    replay: Vec<u8>,
    replayed: usize,
    /// The last bytes that were read, where they are kept.
    recent: Option<Vec<u8>>,
    transport: Transport,
}

impl Socket {
    /// A socket of which nothing has been read.
    pub fn new(transport: Transport) -> Self {
        Self { replay: Vec::new(), replayed: 0, recent: None, transport }
    }

    /// The same socket, handing out these bytes before it reads on.
    pub fn replaying(self, bytes: Vec<u8>) -> Self {
        Self { replay: bytes, replayed: 0, ..self }
    }

    /// The same socket, keeping the last bytes that are read: at least as many as the longest request head has.
    pub fn remembering(self) -> Self {
        Self { recent: Some(Vec::new()), ..self }
    }

    /// The last bytes that were read; they are kept no longer.
    pub fn recall(&mut self) -> Vec<u8> {
        self.recent.take().unwrap_or_default()
    }

    fn remember(&mut self, bytes: &[u8]) {
        let Some(recent) = &mut self.recent else { return };
        recent.extend_from_slice(bytes);
        if recent.len() > 2 * limits::REQUEST_HEAD_BYTES {
            recent.drain(..recent.len() - limits::REQUEST_HEAD_BYTES);
        }
    }

    /// Writes the last bytes and ends the socket so that they arrive: to close with bytes unread would reset it, and
    /// destroy them on their way.
    pub async fn take_leave(&mut self, last: &[u8]) {
        let farewell = async {
            self.write_all(last).await?;
            self.shutdown().await?;
            // On the heap: an array would make the task of every connection so much larger.
            let mut discarded = vec![0; 4096];
            while self.read(&mut discarded).await? > 0 {}
            Ok::<_, io::Error>(())
        };
        // Who does not listen misses it.
        let _ = timeout(limits::CLOSE_TIMEOUT, farewell).await;
    }

    fn tcp(&self) -> &TcpStream {
        match &self.transport {
            Transport::Plain(stream) => stream,
            Transport::Tls(stream) => stream.get_ref().0,
        }
    }

    /// Makes the end of this socket a TCP reset instead of an orderly end (RFC 9293, section 3.10.5, ABORT).
    pub fn reset_at_drop(&self) {
        // Refused only for a socket that is gone already.
        let _ = self.tcp().set_zero_linger();
    }

    /// Whether the peer and this end both have loopback addresses, so that nobody came from another machine.
    pub fn is_loopback(&self) -> bool {
        let stream = self.tcp();
        let is_loopback = |address: io::Result<std::net::SocketAddr>| {
            address.is_ok_and(|address| address.ip().to_canonical().is_loopback())
        };
        is_loopback(stream.peer_addr()) && is_loopback(stream.local_addr())
    }

    fn poll_read_on(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let rest = &self.replay[self.replayed..];
        if !rest.is_empty() {
            let count = rest.len().min(buf.remaining());
            buf.put_slice(&rest[..count]);
            self.replayed += count;
            if self.replayed == self.replay.len() {
                self.replay = Vec::new();
                self.replayed = 0;
            }
            return Poll::Ready(Ok(()));
        }
        match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Transport::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }

    /// Whether the client came over TLS.
    pub fn is_tls(&self) -> bool {
        matches!(self.transport, Transport::Tls(_))
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = self.poll_read_on(cx, buf);
        self.remember(&buf.filled()[before..]);
        read
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Transport::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Transport::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Transport::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
