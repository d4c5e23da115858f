//! Takes what the driver tells to every stream that is there.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use wasm_bindgen::JsValue;

use super::event::Event;
use super::options::ShouldReconnect;
use super::queue::Queue;
use crate::browser::{self, Observer};
use crate::core::{ControlFields, Failure, Field, Inbound, LinkClose};

/// Held by the driver until its session has ended. Its drop ends the streams.
pub(super) struct Hub {
    messages: Outlets<JsValue>,
    events: Outlets<Event>,
    should_reconnect: Option<Box<ShouldReconnect>>,
}

impl Hub {
    pub(super) fn new(should_reconnect: Option<Box<ShouldReconnect>>) -> Self {
        Hub { messages: Outlets::default(), events: Outlets::default(), should_reconnect }
    }

    pub(super) fn messages(&self) -> &Outlets<JsValue> {
        &self.messages
    }

    pub(super) fn events(&self) -> &Outlets<Event> {
        &self.events
    }
}

impl Observer for Hub {
    fn tell(&self, event: browser::Event<'_>) {
        let event = match event {
            browser::Event::Message(message) => return self.messages.push(message),
            browser::Event::Status(status) => Event::Status(status),
            browser::Event::ConnectionId { id, previous, .. } => {
                Event::ConnectionId { id: id.to_owned(), previous: previous.map(str::to_owned) }
            }
            browser::Event::GatewayFrame(frame) => match gateway_frame(frame) {
                Some(event) => event,
                None => return,
            },
            browser::Event::Failed(failure) => Event::Failed(failure.clone().into()),
            browser::Event::Closed(close) => Event::Closed(close.clone()),
        };
        self.events.push(&event);
    }

    fn wants_another(&self, close: &LinkClose, failure: &Failure) -> bool {
        let asked = self.should_reconnect.as_ref();
        asked.is_none_or(|asked| asked(close, &failure.clone().into()))
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.messages.end();
        self.events.end();
    }
}

/// The frame as the core reads it; `None` could only be for a value that the core took for no frame.
fn gateway_frame(frame: &JsValue) -> Option<Event> {
    let fields: ControlFields = serde_wasm_bindgen::from_value(frame.clone()).ok()?;
    let request_id = [&fields.request_id, &fields.message_id].into_iter().find_map(|id| match id {
        Field::Text(id) => Some(id.clone()),
        _ => None,
    });
    match Inbound::from(fields) {
        Inbound::GatewayFrame(frame) => Some(Event::GatewayFrame { frame, request_id }),
        _ => None,
    }
}

/// The queues of all streams of one kind. A stream that is dropped takes its queue with it.
pub(super) struct Outlets<T>(RefCell<Vec<Weak<Queue<T>>>>);

impl<T> Default for Outlets<T> {
    fn default() -> Self {
        Outlets(RefCell::default())
    }
}

impl<T> Outlets<T> {
    pub(super) fn add(&self, queue: &Rc<Queue<T>>) {
        let mut queues = self.0.borrow_mut();
        // Here too: a session may be silent for hours while streams come and go.
        queues.retain(|queue| queue.strong_count() > 0);
        queues.push(Rc::downgrade(queue));
    }

    fn push(&self, item: &T)
    where
        T: Clone,
    {
        for queue in self.live() {
            queue.push(item.clone());
        }
    }

    fn end(&self) {
        for queue in self.live() {
            queue.end();
        }
    }

    /// Held apart from the list: a reader that is woken may add a stream.
    fn live(&self) -> Vec<Rc<Queue<T>>> {
        let mut queues = self.0.borrow_mut();
        queues.retain(|queue| queue.strong_count() > 0);
        queues.iter().filter_map(Weak::upgrade).collect()
    }
}
