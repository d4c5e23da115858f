//! One open connection: messages in, texts out, and the ways in which it ends.

use crate::connections::{Connection, Order, Orders};
use crate::ending::{End, close_message};
use crate::event::Disconnect;
use crate::gateway::Gateway;
use crate::gateway_frame::GatewayFrame;
use crate::message::ClientMessage;
use crate::origin::Origin;
use crate::record::{Kind, Record, Tone};
use crate::socket::Socket;
use crate::throttle::Bucket;
use crate::{clock, ids, limits, route};
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, Sink, SinkExt, Stream, StreamExt};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

/// The reason of close code 1001, as recorded after 10 idle minutes.
pub const GOING_AWAY: &str = "Going away";

/// Bytes of one connection's read buffer: small, for many idle connections.
const READ_BUFFER_BYTES: usize = 2 * 1024;
/// Bytes that are gathered before they are written.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;

/// Serves a connection from its first frame to the end of its `$disconnect`. `_alive` tells a stopping
/// gateway that there is still something to wait for.
pub async fn serve(
    socket: Socket,
    rest: Vec<u8>,
    connection: Arc<Connection>,
    orders: Orders,
    gateway: Arc<Gateway>,
    _alive: mpsc::Sender<()>,
) {
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_frame_size(Some(gateway.limits.frame_bytes))
        .max_message_size(Some(gateway.limits.message_bytes));
    let socket =
        WebSocketStream::from_partially_read(socket, rest, Role::Server, Some(config)).await;
    let mut link = Link {
        gateway: gateway.clone(),
        connection: connection.clone(),
        socket,
        orders,
        invocations: FuturesUnordered::new(),
        later: VecDeque::new(),
        frames: VecDeque::new(),
        messages: gateway.limits.messages.map(Bucket::new),
    };
    let disconnect = link.serve().await;
    let Link { socket, orders, invocations, later, .. } = link;
    // Now, and not after the messages that wait: only this ends a connection that is cut.
    drop((socket, orders));
    Box::pin(finish(invocations, later)).await;

    let facts = &connection.facts;
    let lasted =
        Duration::from_millis(clock::now_ms().saturating_sub(facts.connected_at)).as_secs_f64();
    let line = format!(
        "disconnected {} {} {} after {lasted:.1} s",
        facts.connection_id,
        disconnect.code,
        disconnect.reason.escape_debug()
    );
    let record = Record::new(Kind::Disconnected, Tone::Plain, line);
    gateway.output.record(record.connection(&facts.connection_id));
    if gateway.routes.has(route::DISCONNECT) {
        let request_id = ids::request_id();
        let event = facts.disconnect_event(&disconnect, &request_id, clock::now_ms());
        gateway.output.observe(|| {
            let how =
                format!("DISCONNECT {} {}", disconnect.code, disconnect.reason.escape_debug());
            let record = Record::new(Kind::Event, Tone::Plain, how);
            let record = record.route(route::DISCONNECT).request(&request_id);
            record.connection(&facts.connection_id)
        });
        let origin = Origin::new(facts, &request_id);
        // Nobody is left to be told of a failure; the function's log has it.
        let _ = Box::pin(gateway.invoke(route::DISCONNECT, event, &origin)).await;
    }
}

enum Happening {
    Received(Option<Result<Message, Error>>),
    WriteFailed,
    Ordered(Order),
}

/// What becomes of one message: the text that the client gets, if any.
type Reply = BoxFuture<'static, Option<Utf8Bytes>>;

/// Deals with the messages that wait for others: each was accepted, and `$disconnect` comes after them. What
/// is under way then ends without anybody waiting for it, as API Gateway ends it for a client that has gone.
async fn finish(mut invocations: FuturesUnordered<Reply>, mut later: VecDeque<Reply>) {
    while !later.is_empty() {
        if invocations.next().await.is_none() {
            invocations.extend(later.pop_front());
        }
    }
    // All of them are begun here, before `$disconnect`.
    while let Some(Some(_)) = invocations.next().now_or_never() {}
    if !invocations.is_empty() {
        // A gateway that stops cuts them.
        tokio::spawn(async move { while invocations.next().await.is_some() {} });
    }
}

struct Link {
    gateway: Arc<Gateway>,
    connection: Arc<Connection>,
    socket: WebSocketStream<Socket>,
    orders: Orders,
    /// Messages that have not been answered; each yields what the client gets, if anything.
    invocations: FuturesUnordered<Reply>,
    /// Messages that wait for the one before them.
    later: VecDeque<Reply>,
    /// Gateway frames that wait for the socket.
    frames: VecDeque<Utf8Bytes>,
    /// How many messages the client may send.
    messages: Option<Bucket>,
}

impl Link {
    async fn serve(&mut self) -> Disconnect {
        let end = self.run().await;
        // A message that came with the end is invoked too: an invocation begins when it is polled.
        let _ = self.invocations.next().now_or_never();
        self.gateway.connections.remove(&self.connection.facts.connection_id);
        let disconnect = end.disconnect();
        if !matches!(end, End::Cut) {
            let _ = timeout(limits::CLOSE_TIMEOUT, Box::pin(self.close(end))).await;
        }
        disconnect
    }

    async fn run(&mut self) -> End {
        let limits = self.gateway.limits;
        let idle_timeout = limits.idle_timeout;
        let mut idle = std::pin::pin!(sleep(idle_timeout));
        let mut lifetime = std::pin::pin!(sleep(limits.duration));
        loop {
            let happening = tokio::select! {
                happening = poll_fn(|cx| self.poll(cx)) => happening,
                () = &mut idle => {
                    // Reset here and not with every message: that would cost each of them.
                    let quiet = Duration::from_millis(clock::now_ms().saturating_sub(self.connection.last_active_at()));
                    match idle_timeout.checked_sub(quiet).filter(|left| !left.is_zero()) {
                        Some(left) => idle.as_mut().reset(Instant::now() + left),
                        None => return End::ours(1001, GOING_AWAY),
                    }
                    continue;
                }
                () = &mut lifetime => return End::ours(1001, GOING_AWAY),
            };
            match happening {
                Happening::Received(Some(Ok(Message::Text(text)))) => {
                    if !self.messages.as_ref().is_none_or(Bucket::take) {
                        return End::ours(1008, "");
                    }
                    self.receive(text);
                }
                Happening::Received(Some(Ok(Message::Binary(_)))) => {
                    return End::ours(1003, "");
                }
                Happening::Received(Some(Ok(Message::Close(frame)))) => {
                    return End::theirs(frame);
                }
                // Control pings never reach the backend.
                Happening::Received(Some(Ok(_))) if limits.pings_keep_alive => {
                    self.connection.touch();
                }
                Happening::Received(Some(Ok(_))) => {}
                Happening::Received(Some(Err(error))) => {
                    return End::unreadable(&error, limits.frame_bytes);
                }
                Happening::Received(None) | Happening::WriteFailed => return End::Cut,
                Happening::Ordered(order) => {
                    if let Some(end) = self.obey(order).await {
                        return end;
                    }
                }
            }
        }
    }

    /// Does what was ordered; `None` where the connection goes on.
    async fn obey(&mut self, mut order: Order) -> Option<End> {
        loop {
            match order {
                Order::Close(disconnect) => return Some(End::Ours(disconnect)),
                Order::Cut => {
                    self.socket.get_mut().reset_at_drop();
                    return Some(End::Cut);
                }
                // The next order ends it, so that a frozen connection can still be closed.
                Order::Freeze(duration) => {
                    order = timeout(duration, self.orders.urgent.recv()).await.ok()??;
                }
            }
        }
    }

    /// Reads and writes at once, so that a client which only writes cannot block itself.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Happening> {
        while let Poll::Ready(Some(text)) = self.invocations.poll_next_unpin(cx) {
            self.frames.extend(text);
            self.invocations.extend(self.later.pop_front());
        }
        if self.poll_write(cx).is_err() {
            return Poll::Ready(Happening::WriteFailed);
        }
        if let Poll::Ready(Some(order)) = self.orders.urgent.poll_recv(cx) {
            return Poll::Ready(Happening::Ordered(order));
        }
        // A client that sends faster than its messages are dealt with waits.
        let under_way = self.invocations.len() + self.later.len() + self.frames.len();
        if under_way < limits::INVOCATIONS_PER_CONNECTION {
            return Pin::new(&mut self.socket).poll_next(cx).map(Happening::Received);
        }
        Poll::Pending
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Result<(), Error> {
        loop {
            match Pin::new(&mut self.socket).poll_ready(cx) {
                Poll::Ready(ready) => ready?,
                Poll::Pending => return Ok(()),
            }
            let text = match self.frames.pop_front() {
                Some(frame) => {
                    self.gateway.output.observe(|| {
                        let record = Record::new(Kind::Sent, Tone::Plain, "sent by the gateway");
                        record.connection(&self.connection.facts.connection_id).body(&frame)
                    });
                    frame
                }
                None => match self.orders.outgoing.poll_recv(cx) {
                    Poll::Ready(Some(text)) => {
                        self.connection.sent(text.len());
                        text
                    }
                    _ => break,
                },
            };
            self.connection.touch();
            self.connection.traffic.outgoing(text.len());
            Pin::new(&mut self.socket).start_send(Message::Text(text))?;
        }
        match Pin::new(&mut self.socket).poll_flush(cx) {
            Poll::Ready(flushed) => flushed,
            Poll::Pending => Ok(()),
        }
    }

    fn receive(&mut self, text: Utf8Bytes) {
        self.connection.touch();
        self.connection.traffic.incoming(text.len());
        let facts = &self.connection.facts;
        let message = ClientMessage::new(self.connection.clone(), text);
        let route_key = self.gateway.routes.for_message(&message.body);
        self.gateway.output.observe(|| {
            let mut record =
                Record::new(Kind::Message, Tone::Plain, "MESSAGE").body(message.body.text());
            record.route_key = route_key.map(str::to_owned);
            record.connection(&facts.connection_id).request(&message.request_id)
        });
        let Some(route_key) = route_key else {
            let line = format!("Forbidden: {}", self.gateway.routes.why_none());
            let record = Record::new(Kind::Gateway, Tone::Bad, line).request(&message.request_id);
            self.gateway.output.record(record.connection(&facts.connection_id));
            self.frames.push_back(message.frame(GatewayFrame::Forbidden));
            return;
        };
        if !self.gateway.throttles.admits_to_route(route_key) {
            let line = format!("throttled {} {route_key}", facts.connection_id);
            let record = Record::new(Kind::Message, Tone::Bad, line).request(&message.request_id);
            self.gateway.output.record(record.connection(&facts.connection_id));
            self.frames.push_back(message.frame(GatewayFrame::TooManyRequests));
            return;
        }
        let is_immediate = self.gateway.is_immediate(route_key);
        let mut reply: Reply = Box::pin(message.answer(self.gateway.clone(), route_key.to_owned()));
        if self.gateway.delivery.serial && !self.invocations.is_empty() {
            self.later.push_back(reply);
        } else if is_immediate && let Some(text) = reply.as_mut().now_or_never() {
            self.frames.extend(text);
        } else {
            self.invocations.push(reply);
        }
    }

    async fn close(&mut self, end: End) -> Result<(), Error> {
        match end {
            End::Theirs(_) => {
                // The answer to the client's close frame is queued already.
                self.socket.flush().await?;
            }
            End::Ours(disconnect) => {
                // What was accepted before goes out before.
                self.orders.outgoing.close();
                while let Some(text) = self.next_waiting() {
                    self.socket.send(Message::Text(text)).await?;
                }
                self.socket.send(close_message(&disconnect)).await?;
                while let Some(Ok(_)) = self.socket.next().await {}
            }
            End::Unreadable(disconnect) => {
                self.socket.send(close_message(&disconnect)).await?;
                self.socket.get_mut().take_leave(&[]).await;
            }
            End::Cut => {}
        }
        self.socket.get_mut().shutdown().await?;
        Ok(())
    }

    fn next_waiting(&mut self) -> Option<Utf8Bytes> {
        self.frames.pop_front().or_else(|| self.orders.outgoing.try_recv().ok())
    }
}
