//! The session as Rust front ends hold it.

use std::fmt;
use std::marker::PhantomData;
use std::rc::{Rc, Weak};

use js_sys::Array;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use super::event::Events;
use super::hub::Hub;
use super::messages::{self, Messages};
use super::options::{Options, RequestOptions, SendOptions};
use super::pending::Pending;
use super::queue::Queue;
use super::room::Room;
use super::snapshot::{Snapshot, Snapshots};
use super::{Error, Ticket, Url};
use crate::browser::{self, Driver, closing};
use crate::core::{Session, Settings, Stats, Status, TraceEntry};

/// A session with an API Gateway WebSocket API, held by its user.
///
/// A clone is another handle on the same session, cheap enough for every event handler. When the last
/// one is dropped the session is closed with code 1000: futures that still wait fail with the code
/// `closed`, and streams end. Streams, rooms and futures do not keep a session alive.
#[derive(Clone)]
pub struct Socket {
    held: Rc<Held>,
}

struct Held {
    driver: Rc<Driver>,
    hub: Weak<Hub>,
    buffer: usize,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.driver.close(browser::normal_close());
    }
}

impl Socket {
    /// Begins to connect. Fails for a URL or an option that can't be used, and where there is no
    /// `WebSocket`; everything else is told by [`ready`](Socket::ready) and [`events`](Socket::events).
    ///
    /// No message comes before the task that called this has yielded, so that a stream made directly
    /// after it misses none.
    ///
    /// ```no_run
    /// use gatesocket::{Error, Options, Settings, Socket};
    ///
    /// async fn connect() -> Result<(), Error> {
    ///     let url = "wss://abc123.execute-api.eu-west-1.amazonaws.com/production/";
    ///     let socket = Socket::connect(url, Options::default())?;
    ///     let connection_id = socket.ready().await?;
    ///
    ///     // Settings alone will do.
    ///     let other = Socket::connect(url, Settings { heartbeat: None, ..Settings::default() })?;
    ///     Ok(())
    /// }
    /// ```
    pub fn connect(url: impl Into<Url>, options: impl Into<Options>) -> Result<Self, Error> {
        let options = options.into();
        options.check()?;
        let Options { settings, ticket, protocols, binary, rooms, should_reconnect, buffer } =
            options;
        let asks_to_reconnect = settings.asks_to_reconnect || should_reconnect.is_some();
        let settings = Settings { asks_to_reconnect, ..settings };
        let source = url.into().into_source()?;
        let hub = Rc::new(Hub::new(should_reconnect));
        // From now on the driver holds it, until the session has ended.
        let weak = Rc::downgrade(&hub);
        let ticket = ticket.map(Ticket::into_source).transpose()?;
        let protocols: Array = protocols.iter().map(JsValue::from).collect();
        let options =
            browser::Options { settings, ticket, protocols: protocols.into(), binary, rooms };
        let driver = Driver::start(source, options, hub).map_err(Rc::unwrap_or_clone)?;
        Ok(Socket { held: Rc::new(Held { driver, hub: weak, buffer }) })
    }

    /// The connectionId, however many attempts that takes; empty where [`Settings::identify`]
    /// is `None`. Fails when the session ends before.
    pub fn ready(&self) -> Pending<String> {
        let driver = self.driver();
        Pending::call(|settle| driver.ready(settle), |id| Ok(id.as_string().unwrap_or_default()))
    }

    /// The connectionId while the session is ready. It changes with every link.
    pub fn connection_id(&self) -> Option<String> {
        self.driver().connection_id()
    }

    /// Where the session stands.
    pub fn status(&self) -> Status {
        self.driver().status()
    }

    /// Status, connectionId and the time to the next attempt, at once.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(self.driver())
    }

    /// The subprotocol that the server chose, empty if none.
    pub fn protocol(&self) -> String {
        self.driver().protocol().as_string().unwrap_or_default()
    }

    /// Sends a message as JSON, at once or as soon as there is a connection. It keeps its place in the
    /// order of the calls, whether or not the future is awaited.
    ///
    /// The future is done when the message has left for the network. `delivery-unknown` means that the
    /// link was lost before that: the message may have arrived. Other failures: `not-serializable`,
    /// `frame-too-large`, `outbox-full`, `expired`, `closed`.
    ///
    /// ```no_run
    /// # use gatesocket::{Error, Socket};
    /// #[derive(serde::Serialize)]
    /// #[serde(tag = "action", rename_all = "SCREAMING_SNAKE_CASE")]
    /// enum Command<'a> {
    ///     SendMessage { text: &'a str },
    /// }
    ///
    /// # async fn example(socket: Socket) -> Result<(), Error> {
    /// socket.send(&Command::SendMessage { text: "hello" }).await?; // {"action":"SEND_MESSAGE","text":"hello"}
    /// # Ok(()) }
    /// ```
    pub fn send<M: Serialize + ?Sized>(&self, message: &M) -> Pending<()> {
        self.send_with(message, SendOptions::default())
    }

    /// As [`send`](Socket::send), with options.
    pub fn send_with<M: Serialize + ?Sized>(
        &self,
        message: &M,
        options: SendOptions,
    ) -> Pending<()> {
        self.send_value(to_value(message), options)
    }

    /// Sends bytes as a binary frame, where [`Options::binary`] allows them; else fails with
    /// `binary-unsupported`.
    pub fn send_bytes(&self, bytes: &[u8], options: SendOptions) -> Pending<()> {
        self.send_value(Ok(js_sys::Uint8Array::from(bytes).into()), options)
    }

    fn send_value(&self, message: Result<JsValue, Error>, options: SendOptions) -> Pending<()> {
        let options = browser::SendOptions { retry: options.retry, ..Default::default() };
        match message {
            Ok(value) => {
                Pending::call(|settle| self.driver().send(&value, options, settle), |_| Ok(()))
            }
            Err(error) => Pending::failed(error),
        }
    }

    /// Sends a message with a `ref` of the session's own, and waits for the message that repeats it. The
    /// message must serialize to an object.
    ///
    /// Dropping the future aborts the request. It fails with `request-timeout` after
    /// [`Settings::request_timeout`], with `connection-lost` when its link is lost, with `gateway-error`
    /// when API Gateway reports an error instead, with `invalid-message` when the answer is no `T`.
    ///
    /// ```no_run
    /// # use gatesocket::{Error, Socket};
    /// #[derive(serde::Serialize)]
    /// struct History<'a> {
    ///     action: &'a str,
    ///     room: &'a str,
    ///     limit: u32,
    /// }
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Page {
    ///     messages: Vec<Said>,
    /// }
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Said {
    ///     sequence: u64,
    ///     data: String,
    /// }
    ///
    /// # async fn example(socket: Socket) -> Result<(), Error> {
    /// socket.join("lobby").await?; // The chat of `lambda/chat` answers members alone.
    /// let newest = History { action: "HISTORY", room: "lobby", limit: 10 };
    /// for Said { sequence, data } in socket.request::<Page>(&newest).await?.messages {
    ///     println!("{sequence}: {data}");
    /// }
    /// # Ok(()) }
    /// ```
    pub fn request<T: DeserializeOwned + 'static>(
        &self,
        message: &(impl Serialize + ?Sized),
    ) -> Pending<T> {
        self.request_with(message, RequestOptions::default())
    }

    /// As [`request`](Socket::request), with options.
    pub fn request_with<T: DeserializeOwned + 'static>(
        &self,
        message: &(impl Serialize + ?Sized),
        options: RequestOptions,
    ) -> Pending<T> {
        let RequestOptions { timeout, retry } = options;
        let options = browser::SendOptions { timeout, retry, raw: false };
        match to_value(message) {
            Ok(value) => {
                let call = |settle| self.driver().request(&value, options, settle);
                Pending::request(self.driver(), call, messages::read)
            }
            Err(error) => Pending::failed(error),
        }
    }

    /// Joins a room, and joins it again with every new connectionId until it is left. Sends
    /// `{"action": "JOIN_ROOM", room, connectionId, ref}`, or what [`Options::rooms`] says, and waits for
    /// the answer to it.
    pub fn join(&self, name: impl Into<String>) -> Pending<Room> {
        let name = name.into();
        if name.is_empty() {
            return Pending::failed(Error::bad_options("A room's name must not be empty."));
        }
        let driver = Rc::clone(self.driver());
        let call = |settle| self.driver().join(name.clone(), settle);
        let read_name = name.clone();
        Pending::call(call, move |answer| {
            Ok(Room { driver: Rc::clone(&driver), name: read_name.clone(), answer })
        })
    }

    /// The messages that come from now on, except gateway frames and answers to requests. There may be
    /// several streams, each of which gets every message; each value is made by its own `T`, when it is
    /// read.
    ///
    /// A stream keeps [`Options::buffer`] messages for a slow reader. Then the oldest are dropped, and
    /// [`Error::MessagesMissed`] says where and how many.
    ///
    /// ```no_run
    /// use futures_util::StreamExt; // or any other crate with a `next` for streams
    /// # use gatesocket::Socket;
    ///
    /// #[derive(serde::Deserialize)]
    /// #[serde(tag = "type", rename_all = "camelCase")]
    /// enum Message {
    ///     Said { name: String, text: String },
    ///     #[serde(other)]
    ///     SomethingElse,
    /// }
    ///
    /// fn listen(socket: &Socket, show: impl Fn(String) + 'static) {
    ///     let mut messages = socket.messages::<Message>();
    ///     wasm_bindgen_futures::spawn_local(async move {
    ///         while let Some(message) = messages.next().await {
    ///             match message {
    ///                 Ok(Message::Said { name, text }) => show(format!("{name}: {text}")),
    ///                 Ok(Message::SomethingElse) => {}
    ///                 Err(error) => show(error.to_string()),
    ///             }
    ///         }
    ///     });
    /// }
    /// ```
    pub fn messages<T: DeserializeOwned>(&self) -> Messages<T> {
        let queue = self.queue(self.held.buffer, Hub::messages);
        Messages { queue, ended: false, kind: PhantomData }
    }

    /// What happens to the session from now on, in order: status, connectionIds, gateway frames,
    /// failures, closes. Buffered as [`messages`](Socket::messages) are.
    pub fn events(&self) -> Events {
        Events { queue: self.queue(self.held.buffer, Hub::events), ended: false }
    }

    /// Where the session stands, now and after every change: what a view shows.
    ///
    /// ```no_run
    /// use futures_util::StreamExt;
    /// # use gatesocket::{Snapshot, Socket};
    ///
    /// /// `set` may write to a signal of Leptos or Dioxus, or be a callback of Yew.
    /// fn show(socket: &Socket, set: impl Fn(Snapshot) + 'static) {
    ///     let snapshots = socket.snapshots();
    ///     wasm_bindgen_futures::spawn_local(snapshots.for_each(move |snapshot| {
    ///         set(snapshot);
    ///         async {}
    ///     }));
    /// }
    /// ```
    pub fn snapshots(&self) -> Snapshots {
        let driver = Rc::clone(self.driver());
        Snapshots { driver, changes: self.queue(1, Hub::events), last: None }
    }

    /// What the session has done so far.
    pub fn stats(&self) -> Stats {
        self.driver().session(|session| session.stats().clone())
    }

    /// The last that the session was told and decided, oldest first; times in milliseconds since 1970.
    /// How much of it: [`Settings::trace`](crate::Settings::trace).
    pub fn trace(&self) -> Vec<TraceEntry> {
        let mut entries = Vec::new();
        self.driver().trace(&mut |entry, time| entries.push(TraceEntry { time, ..entry.clone() }));
        entries
    }

    /// Calls a function with every entry of the trace from now on, until the session ends; the one given
    /// before is not called any more.
    pub fn follow_trace(&self, tell: impl Fn(TraceEntry) + 'static) {
        let tell = Rc::new(tell);
        self.driver().follow_trace(Some(Box::new(move |entry, time| {
            let (tell, entry) = (Rc::clone(&tell), TraceEntry { time, ..entry.clone() });
            Box::new(move || tell(entry))
        })));
    }

    /// What waits for a link: how many messages, and how many bytes of UTF-8.
    pub fn outbox_depth(&self) -> (usize, usize) {
        self.driver().session(Session::outbox_depth)
    }

    /// How many requests wait for their answer.
    pub fn pending_requests(&self) -> usize {
        self.driver().session(Session::pending_requests)
    }

    /// Ends the session with code 1000. What waits fails with the code `closed`.
    pub fn close(&self) {
        self.driver().close(browser::normal_close());
    }

    /// Ends the session with a code of 1000, or 3000 to 4999, and a reason of at most 123 bytes of
    /// UTF-8; other arguments are `bad-options`, and the session goes on.
    pub fn close_with(&self, code: u16, reason: &str) -> Result<(), Error> {
        self.driver().close(closing(code.into(), reason.to_owned())?);
        Ok(())
    }

    fn driver(&self) -> &Rc<Driver> {
        &self.held.driver
    }

    /// A queue that the hub fills; one that has ended already where there is no hub any more.
    fn queue<T>(
        &self,
        capacity: usize,
        outlets: impl FnOnce(&Hub) -> &super::hub::Outlets<T>,
    ) -> Rc<Queue<T>> {
        let queue = Rc::new(Queue::new(capacity));
        match self.held.hub.upgrade() {
            Some(hub) => outlets(&hub).add(&queue),
            None => queue.end(),
        }
        queue
    }
}

/// As plain objects, as JSON has them: a `HashMap` is an object and `None` is `null`.
fn to_value<M: Serialize + ?Sized>(message: &M) -> Result<JsValue, Error> {
    message
        .serialize(&Serializer::json_compatible())
        .map_err(|error| Error::not_serializable(&error))
}

/// Two are equal when they hold the same session.
impl PartialEq for Socket {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.held, &other.held)
    }
}

impl Eq for Socket {}

impl fmt::Debug for Socket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Socket").field("snapshot", &self.snapshot()).finish_non_exhaustive()
    }
}

/// Connects, asks for the connectionId, closes. One attempt: for more, use [`Socket`].
///
/// ```no_run
/// # async fn example() -> Result<(), gatesocket::Error> {
/// let id = gatesocket::get_connection_id("ws://localhost:3001/production/").await?;
/// # Ok(()) }
/// ```
pub async fn get_connection_id(url: impl Into<Url>) -> Result<String, Error> {
    let mut settings = Settings::default();
    settings.reconnect.max_attempts = Some(1);
    Socket::connect(url, settings)?.ready().await
}
