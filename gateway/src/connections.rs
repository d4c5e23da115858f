//! The connections that are open now, as the management API finds them.

use crate::event::{ConnectionFacts, Disconnect};
use crate::traffic::Traffic;
use crate::{clock, limits};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// One open connection, seen from outside of its task.
#[derive(Debug)]
pub struct Connection {
    /// What is known of it.
    pub facts: ConnectionFacts,
    /// What has passed.
    pub traffic: Traffic,
    last_active_at: AtomicU64,
    waiting_bytes: AtomicUsize,
    outgoing: mpsc::Sender<Utf8Bytes>,
    urgent: mpsc::UnboundedSender<Order>,
}

/// What the connection's own task receives from the others.
#[derive(Debug)]
pub struct Orders {
    /// Texts for the client, oldest first.
    pub outgoing: mpsc::Receiver<Utf8Bytes>,
    /// What comes before the texts.
    pub urgent: mpsc::UnboundedReceiver<Order>,
}

/// What is to be done with a connection at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// End it with a close frame.
    Close(Disconnect),
    /// End it without one, by a TCP reset.
    Cut,
    /// Neither read nor write for so long, and leave it open.
    Freeze(Duration),
}

/// Why a text was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendError {
    /// The connection is closing.
    Gone,
    /// Too much waits for this client already.
    BufferFull,
}

impl Connection {
    /// A connection that has just been accepted, and the receiving end for its task.
    pub fn new(facts: ConnectionFacts) -> (Arc<Self>, Orders) {
        let (outgoing, outgoing_orders) = mpsc::channel(limits::CLIENT_BUFFER_MESSAGES);
        // Without a limit: whoever orders a close takes the connection off the list first, and an order that
        // was not taken would leave it open and unlisted.
        let (urgent, urgent_orders) = mpsc::unbounded_channel();
        let last_active_at = AtomicU64::new(facts.connected_at);
        let connection = Self {
            facts,
            traffic: Traffic::default(),
            last_active_at,
            waiting_bytes: AtomicUsize::new(0),
            outgoing,
            urgent,
        };
        (Arc::new(connection), Orders { outgoing: outgoing_orders, urgent: urgent_orders })
    }

    /// Hands a text to the connection's task.
    ///
    /// # Errors
    /// [`SendError`], when the connection is closing or its buffer is full.
    pub fn send(&self, text: Utf8Bytes) -> Result<(), SendError> {
        let length = text.len();
        if self.waiting_bytes.fetch_add(length, Ordering::AcqRel) + length
            > limits::CLIENT_BUFFER_BYTES
        {
            self.sent(length);
            return Err(SendError::BufferFull);
        }
        self.outgoing.try_send(text).map_err(|error| {
            self.sent(length);
            match error {
                mpsc::error::TrySendError::Full(_) => SendError::BufferFull,
                mpsc::error::TrySendError::Closed(_) => SendError::Gone,
            }
        })
    }

    /// Notes that bytes of a text have left the buffer.
    pub fn sent(&self, bytes: usize) {
        self.waiting_bytes.fetch_sub(bytes, Ordering::AcqRel);
    }

    /// Asks the connection's task to end it. The first reason counts.
    pub fn close(&self, code: u16, reason: &str) {
        self.order(Order::Close(Disconnect { code, reason: reason.to_owned() }));
    }

    /// Asks the connection's task for something; says whether it will come to it.
    pub fn order(&self, order: Order) -> bool {
        self.urgent.send(order).is_ok()
    }

    /// Notes that data passed in either direction.
    pub fn touch(&self) {
        self.last_active_at.store(clock::now_ms(), Ordering::Relaxed);
    }

    /// When data last passed, in milliseconds since the epoch.
    pub fn last_active_at(&self) -> u64 {
        self.last_active_at.load(Ordering::Relaxed)
    }
}

/// All open connections by id.
#[derive(Debug, Default)]
pub struct Connections {
    open: Mutex<HashMap<String, Arc<Connection>>>,
}

impl Connections {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Connection>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a connection reachable.
    pub fn insert(&self, connection: Arc<Connection>) {
        self.lock().insert(connection.facts.connection_id.clone(), connection);
    }

    /// The open connection of this id.
    pub fn get(&self, id: &str) -> Option<Arc<Connection>> {
        self.lock().get(id).cloned()
    }

    /// Makes a connection unreachable and returns it if it was not already.
    pub fn remove(&self, id: &str) -> Option<Arc<Connection>> {
        self.lock().remove(id)
    }

    /// All that are open, in no order.
    pub fn all(&self) -> Vec<Arc<Connection>> {
        self.lock().values().cloned().collect()
    }

    /// How many are open.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// Takes all of them.
    pub fn drain(&self) -> Vec<Arc<Connection>> {
        self.lock().drain().map(|(_, connection)| connection).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection() -> (Arc<Connection>, Orders) {
        Connection::new(ConnectionFacts {
            connection_id: crate::ids::connection_id(),
            connected_at: 1,
            source_ip: String::new(),
            user_agent: None,
            domain_name: String::new(),
            stage: String::new(),
            api_id: String::new(),
            authorizer: None,
        })
    }

    #[test]
    fn a_client_that_does_not_read_fills_its_buffer_and_no_more() {
        let (connection, mut orders) = connection();
        let text = Utf8Bytes::from("x".repeat(limits::MESSAGE_BYTES));
        let fits = limits::CLIENT_BUFFER_BYTES / limits::MESSAGE_BYTES;
        for _ in 0..fits {
            assert_eq!(connection.send(text.clone()), Ok(()));
        }
        assert_eq!(connection.send(text.clone()), Err(SendError::BufferFull));
        connection.sent(orders.outgoing.try_recv().unwrap().len());
        assert_eq!(connection.send(text), Ok(()));
    }

    #[test]
    fn many_small_texts_fill_the_buffer_too() {
        let (connection, _orders) = connection();
        for _ in 0..limits::CLIENT_BUFFER_MESSAGES {
            assert_eq!(connection.send("x".into()), Ok(()));
        }
        assert_eq!(connection.send("x".into()), Err(SendError::BufferFull));
    }

    #[tokio::test]
    async fn a_close_is_taken_however_many_orders_wait_before_it() {
        let (connection, mut orders) = connection();
        let freeze = Order::Freeze(Duration::from_secs(1));
        for _ in 0..100 {
            assert!(connection.order(freeze.clone()));
        }
        connection.close(1000, "");
        let mut last = None;
        while let Ok(order) = orders.urgent.try_recv() {
            last = Some(order);
        }
        assert_eq!(last, Some(Order::Close(Disconnect { code: 1000, reason: String::new() })));
    }

    #[test]
    fn a_closed_connection_takes_nothing() {
        let (connection, orders) = connection();
        drop(orders);
        assert_eq!(connection.send("x".into()), Err(SendError::Gone));
    }
}
