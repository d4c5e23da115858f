//! The loop between a session and the browser.

mod act;
mod bodies;
mod happened;
mod opening;
#[cfg(feature = "tickets")]
mod preparing;
mod tracing;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use wasm_bindgen::JsValue;

use super::clock::{Clock, random};
use super::json;
use super::links::{Links, Tell, wire_size};
use super::observer::{Event, Observer};
use super::page::Page;
use super::settle::Settle;
#[cfg(feature = "tickets")]
use super::ticket::Ticket;
use crate::core::{
    Failure, Fifo, Input, LinkClose, LinkId, MessageId, Output, RoomNames, Session, Settings,
    Status,
};
use bodies::Bodies;
use opening::Preparing;
#[cfg(feature = "javascript")]
pub(crate) use tracing::Follow;
use tracing::Follower;

/// A session and all that it owns in the browser.
///
/// A driver holds itself while its session lives, so that a user may drop the object and keep its callbacks.
pub(crate) struct Driver {
    session: RefCell<Session>,
    clock: Clock,
    /// Until the session has ended: its functions may hold the object whose collection frees this one.
    source: RefCell<Option<Rc<Source>>>,
    #[cfg(feature = "tickets")]
    ticket: Option<Ticket>,
    protocols: JsValue,
    binary: bool,
    rooms: RoomNames,
    /// Until the session has ended.
    observer: RefCell<Option<Rc<dyn Observer>>>,
    /// Links that have no WebSocket yet.
    preparing: RefCell<Preparing>,
    links: Links,
    page: Page,
    /// What `links` and `page` call.
    _tell: Tell,
    /// When `page` is to call, in milliseconds.
    armed: Cell<Option<u64>>,
    bodies: RefCell<Bodies>,
    follower: RefCell<Option<Follower>>,
    /// Those who wait for the connectionId.
    waiting: RefCell<Vec<Settle>>,
    decisions: RefCell<Fifo<Decision>>,
    acting: Cell<bool>,
    /// Whether something was handled while a decision was carried out.
    interrupted: Cell<bool>,
    /// Whether [`Driver::start`] has returned, so that a failure must be told by callback.
    started: Cell<bool>,
    itself: RefCell<Option<Rc<Driver>>>,
}

/// Where the URL of a link comes from.
pub(crate) enum Source {
    /// Always the same one.
    #[cfg(feature = "tickets")]
    Address(super::address::Address),
    /// A user's function, asked for every link, whose tokens are then always fresh. A promise of all
    /// that it may do, so that nothing fails before the session is returned.
    #[cfg(feature = "tickets")]
    Function(Box<dyn Fn() -> js_sys::Promise>),
}

/// What a user may say about a session, checked.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) settings: Settings,
    /// Where each link's ticket comes from, if it needs one.
    #[cfg(feature = "tickets")]
    pub(crate) ticket: Option<Ticket>,
    /// WebSocket subprotocols: an array of strings, or `undefined`.
    pub(crate) protocols: JsValue,
    /// Whether bytes may be sent.
    pub(crate) binary: bool,
    pub(crate) rooms: RoomNames,
}

/// How a single message is to be sent.
#[derive(Clone, Copy, Default)]
pub(crate) struct SendOptions {
    /// How long a request waits for its answer, in milliseconds.
    pub(crate) timeout: Option<u64>,
    /// Whether it may go out again when nobody knows whether it arrived.
    pub(crate) retry: bool,
    /// Whether the message is a text that goes out as it is, and not a value to be written as JSON.
    pub(crate) raw: bool,
}

/// An output of the session, with the message that was in hand when it was decided.
struct Decision {
    output: Output,
    message: JsValue,
}

impl Driver {
    /// A session that begins to connect. What the browser refuses at once is refused here.
    pub(crate) fn start(
        source: Source,
        options: Options,
        observer: Rc<dyn Observer>,
    ) -> Result<Rc<Self>, Rc<Failure>> {
        let Options { settings, protocols, binary, rooms, .. } = options;
        let seed = (random() * 9_007_199_254_740_992.0) as u64;
        let driver = Rc::new_cyclic(|driver: &Weak<Driver>| {
            let driver = driver.clone();
            let tell = Tell::new(move |event, link, value, number| {
                if let Some(driver) = driver.upgrade() {
                    driver.happened(event, link, value, number);
                }
            });
            Driver {
                session: RefCell::new(Session::new(settings, seed)),
                clock: Clock::new(),
                source: RefCell::new(Some(Rc::new(source))),
                #[cfg(feature = "tickets")]
                ticket: options.ticket,
                protocols,
                binary,
                rooms,
                observer: RefCell::new(Some(observer)),
                preparing: RefCell::default(),
                links: Links::new(tell.as_ref()),
                page: Page::new(tell.as_ref()),
                _tell: tell,
                armed: Cell::default(),
                bodies: RefCell::new(Bodies::new(seed)),
                follower: RefCell::default(),
                waiting: RefCell::default(),
                decisions: RefCell::default(),
                acting: Cell::new(false),
                interrupted: Cell::new(false),
                started: Cell::new(false),
                itself: RefCell::default(),
            }
        });
        driver.itself.replace(Some(Rc::clone(&driver)));
        driver.page.watch();
        driver.handle(Input::Connect);
        driver.started.set(true);
        let refused = driver.session.borrow().end().cloned();
        refused.map_or(Ok(driver), Err)
    }

    pub(crate) fn status(&self) -> Status {
        self.session.borrow().status()
    }

    pub(crate) fn connection_id(&self) -> Option<String> {
        self.session.borrow().connection_id().map(str::to_owned)
    }

    /// Milliseconds until the next attempt, while the session waits for one.
    pub(crate) fn retry_in(&self) -> Option<u64> {
        let now = self.clock.now();
        self.session.borrow().retry_at().map(|at| at.saturating_sub(now))
    }

    /// Reads from the session.
    pub(crate) fn session<T>(&self, read: impl FnOnce(&Session) -> T) -> T {
        read(&self.session.borrow())
    }

    /// The subprotocol that the server chose, empty if none.
    pub(crate) fn protocol(&self) -> JsValue {
        let current = self.session.borrow().link();
        current.map(|id| self.links.protocol(id)).unwrap_or_default()
    }

    /// Settles with the connectionId; with nothing where the session asks for none.
    pub(crate) fn ready(&self, settle: Settle) {
        match self.status() {
            Status::Ready => settle.resolve(&JsValue::from(self.connection_id())),
            Status::Closed => settle.reject(&self.end_cause()),
            _ => self.waiting.borrow_mut().push(settle),
        }
    }

    /// Settles when the message has left for the network.
    pub(crate) fn send(self: &Rc<Self>, value: &JsValue, options: SendOptions, settle: Settle) {
        let outgoing = if options.raw {
            Ok((value.clone(), wire_size(value) as usize))
        } else {
            json::outgoing(value, self.binary, &JsValue::UNDEFINED)
        };
        match outgoing {
            Ok((body, bytes)) => {
                let message = self.bodies.borrow_mut().add(body, bytes, settle);
                self.handle(Input::Send { message, bytes, retry: options.retry });
            }
            Err(failure) => settle.reject(&failure),
        }
    }

    /// Settles with the answer to a message. Returns the name by which it can be aborted.
    pub(crate) fn request(
        self: &Rc<Self>,
        value: &JsValue,
        options: SendOptions,
        settle: Settle,
    ) -> Option<MessageId> {
        let (message, reference) = self.bodies.borrow_mut().reserve();
        match json::outgoing(value, false, &reference) {
            Ok((body, bytes)) => {
                self.bodies.borrow_mut().add_reserved(message, body, bytes, settle);
                let SendOptions { timeout, retry, .. } = options;
                self.handle(Input::Request { message, bytes, timeout, retry });
                Some(message)
            }
            Err(failure) => {
                settle.reject(&failure);
                None
            }
        }
    }

    /// Gives up on a message or a request that has not been settled.
    pub(crate) fn abort(self: &Rc<Self>, message: MessageId) {
        self.handle(Input::Abort(message));
    }

    /// Settles with the answer once the session is in a room.
    pub(crate) fn join(self: &Rc<Self>, name: String, settle: Settle) {
        let room = {
            let session = self.session.borrow();
            // What is yet to be carried out may name any of them.
            let known = |room| self.acting.get() || session.knows_room(room);
            self.bodies.borrow_mut().join(name, settle, known)
        };
        self.handle(Input::Join(room));
    }

    /// Leaves a room.
    pub(crate) fn leave(self: &Rc<Self>, name: &str) {
        let room = self.bodies.borrow().room(name);
        if let Some(room) = room {
            self.handle(Input::Leave(room));
        }
    }

    /// Ends the session.
    pub(crate) fn close(self: &Rc<Self>, close: LinkClose) {
        self.handle(Input::Close(close));
    }

    fn handle(self: &Rc<Self>, input: Input) {
        self.handle_with(input, JsValue::UNDEFINED);
    }

    /// One turn of the loop that [`Session`] describes. No borrow is held while a decision is carried
    /// out, because a user's callback may come back here; what it leads to waits for its turn.
    fn handle_with(self: &Rc<Self>, input: Input, mut message: JsValue) {
        {
            let mut session = self.session.borrow_mut();
            session.handle(self.clock.now(), input);
            let mut decisions = self.decisions.borrow_mut();
            while let Some(output) = session.poll() {
                // One output at most is about the message, and it is moved there.
                let message = match output {
                    Output::Deliver(_)
                    | Output::ConnectionId { .. }
                    | Output::Answer(_)
                    | Output::Joined(_) => std::mem::take(&mut message),
                    _ => JsValue::UNDEFINED,
                };
                decisions.push(Decision { output, message });
            }
        }
        if self.acting.replace(true) {
            self.interrupted.set(true);
            return;
        }
        self.act_on_all();
    }

    /// Takes a message that nothing waits for to the user, without the detour over what the session
    /// decides; whether it could. What the user's callback leads to waits for its return, as always.
    fn pass_on(self: &Rc<Self>, link: LinkId, message: &JsValue, length: usize) -> bool {
        let now = self.clock.about_now();
        if self.acting.get() || !self.session.borrow_mut().takes_message(now, link, length) {
            return false;
        }
        self.acting.set(true);
        self.interrupted.set(false);
        self.tell(Event::Message(message));
        if self.interrupted.get() {
            self.act_on_all();
        } else {
            self.acting.set(false);
        }
        true
    }

    fn act_on_all(self: &Rc<Self>) {
        loop {
            self.tell_trace();
            let next = self.decisions.borrow_mut().pop();
            let Some(decision) = next else { break };
            self.act(decision);
        }
        self.acting.set(false);
        if self.status() == Status::Closed {
            self.drop_ended();
        }
        self.arm_timeout();
    }

    fn tell(&self, event: Event<'_>) {
        let observer = self.observer.borrow().clone();
        if let Some(observer) = observer {
            observer.tell(event);
        }
    }

    fn arm_timeout(self: &Rc<Self>) {
        let deadline = self.session.borrow().next_deadline();
        if deadline != self.armed.replace(deadline) {
            self.page.wake(deadline.map_or(-1.0, |deadline| pause(self.clock.now(), deadline)));
        }
    }

    fn end_cause(&self) -> Rc<Failure> {
        self.session.borrow().end().cloned().unwrap_or_else(|| Rc::new(Failure::Closed))
    }

    /// What is left when a session has ended: at most a link that sends what the browser holds.
    fn drop_ended(&self) {
        self.page.unwatch();
        self.observer.take();
        self.follower.take();
        let cause = self.end_cause();
        for settle in self.waiting.take() {
            settle.reject(&cause);
        }
        if self.session.borrow().is_done() {
            let preparing = self.preparing.take();
            drop(preparing);
            self.links.end();
            self.bodies.borrow_mut().reject_all(&cause);
            self.source.take();
            self.itself.take();
        }
    }

    fn settings<T>(&self, read: impl FnOnce(&Settings) -> T) -> T {
        read(self.session.borrow().settings())
    }
}

/// The longest pause that is given to a timer, in milliseconds. In most browsers it counts only while the machine is
/// awake, so that a deadline that passed during sleep would be noticed by what is left of the pause later. Whoever is
/// called too early asks for another one.
const LONGEST_PAUSE: u64 = 60_000;

/// How long to wait for a deadline. The clock rounds down; the extra millisecond keeps the timer from firing before.
fn pause(now: u64, deadline: u64) -> f64 {
    (deadline.saturating_sub(now) + 1).min(LONGEST_PAUSE) as f64
}
