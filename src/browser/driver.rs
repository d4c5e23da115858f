//! The loop between a session and the browser.

mod act;
mod bodies;
mod links;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue};

use super::address::Address;
use super::callbacks::{Callbacks, Event, call};
use super::failure::to_js;
use super::json;
use super::options::{Options, SendOptions, close_arguments};
use super::settle::{Settle, promise};
use super::signals::{self, Signals};
use super::stats::stats_to_js;
use super::timeout::{Clock, Timeout};
use crate::core::{
    Failure, Input, LinkClose, LinkId, MessageId, Output, Session, Settings, Status,
};
use bodies::Bodies;
use links::Links;

/// A session and all that it owns in the browser.
///
/// While the session lives, the listeners of its links hold the driver, so that a user may drop the
/// JavaScript object and keep its callbacks. When the session ends, everything in here is dropped.
pub(crate) struct Driver {
    session: RefCell<Session>,
    clock: Clock,
    source: Source,
    protocols: Vec<String>,
    binary: bool,
    callbacks: RefCell<Callbacks>,
    links: RefCell<Links>,
    bodies: RefCell<Bodies>,
    signals: RefCell<Option<Signals>>,
    timeout: RefCell<Option<Timeout>>,
    /// Looks after what the links hold, while they hold something.
    drain: RefCell<Option<Timeout>>,
    /// Those who wait for the connectionId.
    waiting: RefCell<Vec<Settle>>,
    decisions: RefCell<VecDeque<Decision>>,
    acting: Cell<bool>,
    /// Whether [`Driver::start`] has returned, so that a failure must be told by callback.
    started: Cell<bool>,
}

/// Where the URL of a link comes from.
enum Source {
    /// Always the same one.
    Address(Address),
    /// A user's function, asked for every link, whose tokens are then always fresh.
    Function(Function),
}

/// An output of the session, with the message that was in hand when it was decided.
struct Decision {
    output: Output,
    message: JsValue,
}

impl Driver {
    /// A session to `url` that begins to connect. What can be known to be wrong is refused here.
    pub(crate) fn start(url: &JsValue, options: &JsValue) -> Result<Rc<Self>, Failure> {
        let source = match url.dyn_ref::<Function>() {
            Some(function) => Source::Function(function.clone()),
            None => Source::Address(Address::read(url)?),
        };
        let Options { settings, protocols, callbacks, binary } = Options::read(options)?;
        let seed = (js_sys::Math::random() * 9_007_199_254_740_992.0) as u64;
        let driver = Rc::new(Driver {
            session: RefCell::new(Session::new(settings, seed)),
            clock: Clock::new(),
            source,
            protocols,
            binary,
            callbacks: RefCell::new(callbacks),
            links: RefCell::default(),
            bodies: RefCell::new(Bodies::new(seed)),
            signals: RefCell::default(),
            timeout: RefCell::default(),
            drain: RefCell::default(),
            waiting: RefCell::default(),
            decisions: RefCell::default(),
            acting: Cell::new(false),
            started: Cell::new(false),
        });
        for input in signals::at_the_start() {
            driver.handle(input);
        }
        let teller = Rc::clone(&driver);
        driver.signals.replace(Some(Signals::listen(move |input| teller.handle(input))));
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

    pub(crate) fn stats(&self) -> JsValue {
        stats_to_js(&self.session.borrow())
    }

    /// The subprotocol that the server chose, empty if none.
    pub(crate) fn protocol(&self) -> String {
        let current = self.session.borrow().link();
        current.map(|id| self.links.borrow().protocol(id)).unwrap_or_default()
    }

    /// A promise of the connectionId; of nothing where the session asks for none.
    pub(crate) fn ready(&self) -> Promise {
        match self.status() {
            Status::Ready => Promise::resolve(&JsValue::from(self.connection_id())),
            Status::Closed => Promise::reject(&to_js(&self.end_cause())),
            _ => promise(|settle| self.waiting.borrow_mut().push(settle)),
        }
    }

    /// A promise that the message has left for the network.
    pub(crate) fn send(self: &Rc<Self>, value: &JsValue, options: &JsValue) -> Promise {
        let prepared = SendOptions::read(options)
            .and_then(|options| Ok((options, json::outgoing(value, self.binary)?)));
        match prepared {
            Ok((options, (body, bytes))) => promise(|settle| {
                let message = self.bodies.borrow_mut().add(body, bytes, settle);
                self.handle(Input::Send { message, bytes, retry: options.retry });
            }),
            Err(failure) => Promise::reject(&to_js(&failure)),
        }
    }

    /// A promise of the answer to a message, and the name by which it can be aborted.
    pub(crate) fn request(
        self: &Rc<Self>,
        value: &JsValue,
        options: &JsValue,
    ) -> (Promise, Option<MessageId>) {
        let (message, reference) = self.bodies.borrow_mut().reserve();
        let prepared = SendOptions::read(options)
            .and_then(|options| Ok((options, json::with_reference(value, &reference)?)));
        match prepared {
            Ok((options, (body, bytes))) => {
                let answer = promise(|settle| {
                    self.bodies.borrow_mut().add_reserved(message, body, bytes, settle);
                    let SendOptions { timeout, retry } = options;
                    self.handle(Input::Request { message, bytes, timeout, retry });
                });
                (answer, Some(message))
            }
            Err(failure) => (Promise::reject(&to_js(&failure)), None),
        }
    }

    /// Gives up on a message or a request that has not been settled.
    pub(crate) fn abort(self: &Rc<Self>, message: MessageId) {
        self.handle(Input::Abort(message));
    }

    /// A promise that the session is in a room.
    pub(crate) fn join(self: &Rc<Self>, name: String) -> Promise {
        promise(|settle| {
            let room = self.bodies.borrow_mut().join(name, settle);
            self.handle(Input::Join(room));
        })
    }

    /// Leaves a room.
    pub(crate) fn leave(self: &Rc<Self>, name: &str) {
        let room = self.bodies.borrow().room(name);
        if let Some(room) = room {
            self.handle(Input::Leave(room));
        }
    }

    /// Ends the session. Code 1000 or 3000 to 4999, reason of 123 bytes at most.
    pub(crate) fn close(self: &Rc<Self>, code: &JsValue, reason: &JsValue) -> Result<(), Failure> {
        let (code, reason) = close_arguments(code, reason)?;
        self.handle(Input::Close(LinkClose { code, reason, was_clean: true }));
        Ok(())
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
                decisions.push_back(Decision { output, message });
            }
        }
        if self.acting.replace(true) {
            return;
        }
        loop {
            let next = self.decisions.borrow_mut().pop_front();
            let Some(decision) = next else { break };
            self.act(decision);
        }
        self.acting.set(false);
        if self.status() == Status::Closed {
            self.drop_ended();
        }
        self.arm_timeout();
    }

    fn tell(&self, event: Event, value: &JsValue) {
        self.tell_two(event, value, &JsValue::UNDEFINED);
    }

    fn tell_two(&self, event: Event, value: &JsValue, more: &JsValue) {
        let function = self.callbacks.borrow().get(event);
        if let Some(function) = function {
            call(&function, value, more);
        }
    }

    fn arm_timeout(self: &Rc<Self>) {
        let deadline = self.session.borrow().next_deadline();
        let armed = self.timeout.borrow().as_ref().map(Timeout::deadline);
        if deadline != armed {
            let timeout = deadline.map(|deadline| {
                let driver = Rc::clone(self);
                Timeout::at(deadline, self.clock.now(), move || {
                    driver.timeout.replace(None);
                    driver.handle(Input::Tick);
                })
            });
            self.timeout.replace(timeout);
        }
    }

    fn end_cause(&self) -> Failure {
        self.session.borrow().end().cloned().unwrap_or(Failure::Closed)
    }

    /// What is left when a session has ended: at most a link that sends what the browser holds.
    fn drop_ended(&self) {
        self.signals.take();
        self.callbacks.take();
        let cause = self.end_cause();
        for settle in self.waiting.take() {
            settle.reject(&cause);
        }
        if self.session.borrow().is_done() {
            self.drain.take();
            self.links.take();
            self.bodies.borrow_mut().reject_all(&cause);
        }
    }

    fn settings<T>(&self, read: impl FnOnce(&Settings) -> T) -> T {
        read(self.session.borrow().settings())
    }

    /// Whether the link is there and `use_link` says so.
    fn with_link(&self, id: LinkId, use_link: impl FnOnce(&super::link::Link) -> bool) -> bool {
        self.links.borrow().get(id).is_some_and(use_link)
    }
}
