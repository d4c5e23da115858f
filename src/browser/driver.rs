//! The loop between a session and the browser.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Function, JsString, Promise};
use wasm_bindgen::JsValue;

use super::address::Address;
use super::callbacks::{Callbacks, Event, call};
use super::failure::{close_to_js, object, to_js};
use super::json;
use super::link::{Link, LinkEvent};
use super::options::{Options, close_arguments};
use super::timeout::{Timeout, now};
use crate::core::{
    Delivery, FRAME_LIMIT, Failure, Input, LinkClose, LinkId, MessageId, Output, Session, Status,
};

/// A session and all that it owns in the browser.
///
/// While the session lives, the listeners of its link hold the driver, so that a user may drop the
/// JavaScript object and keep its callbacks. When the session ends, everything in here is dropped.
pub(crate) struct Driver {
    session: RefCell<Session>,
    address: Address,
    protocols: Vec<String>,
    callbacks: RefCell<Callbacks>,
    link: RefCell<Option<(LinkId, Link)>>,
    timeout: RefCell<Option<Timeout>>,
    /// Messages that the session has accepted and not yet transmitted, in order.
    outbox: RefCell<VecDeque<Outgoing>>,
    next_message: Cell<MessageId>,
    /// Those who wait for the connectionId.
    waiting: RefCell<Vec<Settle>>,
    decisions: RefCell<VecDeque<Decision>>,
    acting: Cell<bool>,
    /// Whether [`Driver::start`] has returned, so that a failure must be told by callback.
    started: Cell<bool>,
}

/// A message on its way out, and its sender's promise.
struct Outgoing {
    id: MessageId,
    text: JsString,
    settle: Settle,
}

/// The two ends of a promise.
struct Settle {
    resolve: Function,
    reject: Function,
}

impl Settle {
    fn resolve(&self, value: &JsValue) {
        // The functions of a promise do not throw.
        let _ = self.resolve.call1(&JsValue::UNDEFINED, value);
    }

    fn reject(&self, failure: &Failure) {
        let _ = self.reject.call1(&JsValue::UNDEFINED, &to_js(failure));
    }
}

/// An output of the session, with the message that was in hand when it was decided.
struct Decision {
    output: Output,
    message: JsValue,
}

impl Driver {
    /// A session to `url` that begins to connect. What can be known to be wrong is refused here.
    pub(crate) fn start(url: &JsValue, options: &JsValue) -> Result<Rc<Self>, Failure> {
        let address = Address::read(url)?;
        let Options { settings, protocols, callbacks } = Options::read(options)?;
        let driver = Rc::new(Driver {
            session: RefCell::new(Session::new(settings)),
            address,
            protocols,
            callbacks: RefCell::new(callbacks),
            link: RefCell::default(),
            timeout: RefCell::default(),
            outbox: RefCell::default(),
            next_message: Cell::new(0),
            waiting: RefCell::default(),
            decisions: RefCell::default(),
            acting: Cell::new(false),
            started: Cell::new(false),
        });
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

    /// The subprotocol that the server chose, empty if none.
    pub(crate) fn protocol(&self) -> String {
        self.link.borrow().as_ref().map(|(_, link)| link.protocol()).unwrap_or_default()
    }

    /// A promise of the connectionId.
    pub(crate) fn ready(&self) -> Promise {
        if let Some(id) = self.connection_id() {
            return Promise::resolve(&JsValue::from(id));
        }
        if self.status() == Status::Closed {
            return Promise::reject(&to_js(&self.end_cause()));
        }
        promise(|settle| self.waiting.borrow_mut().push(settle))
    }

    /// A promise that the message was handed to the browser for a link that was ready.
    pub(crate) fn send(self: &Rc<Self>, value: &JsValue) -> Promise {
        match outgoing_text(value) {
            Ok((text, bytes)) => promise(|settle| {
                let id = self.next_message.get();
                self.next_message.set(id.wrapping_add(1));
                self.outbox.borrow_mut().push_back(Outgoing { id, text, settle });
                self.handle(Input::Send(id, bytes));
            }),
            Err(failure) => Promise::reject(&to_js(&failure)),
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
            session.handle(now(), input);
            let mut decisions = self.decisions.borrow_mut();
            while let Some(output) = session.poll() {
                // One output at most is about the message, and it is moved there.
                let message = match output {
                    Output::Deliver(_) | Output::ConnectionId(_) => std::mem::take(&mut message),
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
        if self.status() == Status::Closed { self.drop_all() } else { self.arm_timeout() }
    }

    fn act(self: &Rc<Self>, Decision { output, message }: Decision) {
        match output {
            Output::OpenLink(link) => self.open_link(link),
            Output::Identify(link) => {
                let session = self.session.borrow();
                let text = json::identify_text(&session.settings().identify_action);
                drop(session);
                self.with_link(link, |link| link.send(&text));
            }
            Output::Transmit(link, message) => {
                // A link that closes takes nothing any more. The message then stays, and is rejected
                // with the cause when the close event comes.
                if self.with_link(link, Link::is_open)
                    && let Some(outgoing) = self.take_outgoing(message)
                {
                    self.with_link(link, |link| link.send(&outgoing.text));
                    outgoing.settle.resolve(&JsValue::UNDEFINED);
                }
            }
            Output::Reject(message, failure) => {
                if let Some(outgoing) = self.take_outgoing(message) {
                    outgoing.settle.reject(&failure);
                }
            }
            Output::Deliver(Delivery::Message) => self.tell(Event::Message, &message),
            Output::Deliver(Delivery::GatewayFrame) => self.tell(Event::GatewayFrame, &message),
            Output::ConnectionId(id) => {
                let id = JsValue::from(id);
                for settle in self.waiting.take() {
                    settle.resolve(&id);
                }
                let event = object(&[("connectionId", id.clone()), ("answer", message)]);
                self.tell_two(Event::ConnectionId, &id, &event);
            }
            Output::Status(status) => self.tell(Event::Status, &status.as_str().into()),
            Output::Failed(failure) => {
                self.tell(Event::Error, &to_js(&failure));
            }
            Output::Closed(close) => self.tell(Event::Close, &close_to_js(&close)),
            Output::CloseLink(link, close) => {
                if let Some((_, link)) = self.link.borrow_mut().take_if(|(id, _)| *id == link) {
                    link.close(&close);
                }
            }
        }
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

    fn open_link(self: &Rc<Self>, id: LinkId) {
        let driver = Rc::clone(self);
        let opened = Link::open(&self.address, &self.protocols, move |event| match event {
            LinkEvent::Opened => driver.handle(Input::LinkOpened(id)),
            LinkEvent::Received(data) => {
                let identifying = driver.status() == Status::Identifying;
                let (value, inbound) = json::read(data, identifying);
                driver.handle_with(Input::LinkReceived(id, inbound), value);
            }
            LinkEvent::Closed(close) => driver.handle(Input::LinkClosed(id, close)),
        });
        match opened {
            Ok(link) => *self.link.borrow_mut() = Some((id, link)),
            Err(failure) => {
                if !self.started.get() {
                    // The constructor throws it; a callback would tell it twice.
                    self.callbacks.take();
                }
                self.handle(Input::LinkRefused(id, failure));
            }
        }
    }

    /// Messages leave in the order in which they came, but for one that the full outbox refuses.
    fn take_outgoing(&self, id: MessageId) -> Option<Outgoing> {
        let mut outbox = self.outbox.borrow_mut();
        let index = outbox.iter().position(|outgoing| outgoing.id == id)?;
        outbox.remove(index)
    }

    /// Whether the link is there and `use_link` says so.
    fn with_link(&self, id: LinkId, use_link: impl FnOnce(&Link) -> bool) -> bool {
        let link = self.link.borrow();
        link.as_ref().is_some_and(|(current, link)| *current == id && use_link(link))
    }

    fn arm_timeout(self: &Rc<Self>) {
        let deadline = self.session.borrow().next_deadline();
        let armed = self.timeout.borrow().as_ref().map(Timeout::deadline);
        if deadline != armed {
            let driver = Rc::clone(self);
            let timeout = deadline.map(|deadline| {
                Timeout::at(deadline, move || {
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

    /// What is left when a session has ended: nothing that could be called.
    fn drop_all(&self) {
        self.link.take();
        self.timeout.take();
        self.callbacks.take();
        let cause = self.end_cause();
        for settle in self.waiting.take() {
            settle.reject(&cause);
        }
        for outgoing in self.outbox.take() {
            outgoing.settle.reject(&cause);
        }
    }
}

/// A promise whose two ends go to `start`.
fn promise(start: impl FnOnce(Settle)) -> Promise {
    let mut start = Some(start);
    Promise::new(&mut |resolve, reject| {
        if let Some(start) = start.take() {
            start(Settle { resolve, reject });
        }
    })
}

/// The text of a user's message and its size in bytes, if a link may carry it.
fn outgoing_text(value: &JsValue) -> Result<(JsString, usize), Failure> {
    if json::is_binary(value) {
        return Err(Failure::BinaryUnsupported);
    }
    let text = json::write(value).map_err(|why| Failure::NotSerializable { why })?;
    let bytes = json::byte_length(&text);
    if bytes > FRAME_LIMIT {
        return Err(Failure::FrameTooLarge { bytes, limit: FRAME_LIMIT });
    }
    Ok((text, bytes))
}
