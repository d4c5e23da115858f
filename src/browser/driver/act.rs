//! Carrying out what a session decides.

use std::rc::Rc;

use wasm_bindgen::JsValue;

use super::super::observer::Event;
use super::super::timing::measured;
use super::{Decision, Driver};
use crate::core::{Delivery, Input, LinkId, MessageId, Output, RoomId, Status};

impl Driver {
    pub(super) fn act(self: &Rc<Self>, Decision { output, message }: Decision) {
        match output {
            Output::OpenLink(link) => self.open_link(link),
            Output::Identify(link) => {
                let action = self.settings(|settings| {
                    settings.identify.as_ref().map(|identify| identify.action.clone())
                });
                let nothing = JsValue::UNDEFINED;
                self.links.say(link, &action.unwrap_or_default(), None, None, None, &nothing);
            }
            Output::Took { step, link, since, until, ok } => {
                let [start, end] = [since, until].map(|at| self.clock.performance(at));
                measured(step.as_str(), link, start, end, ok);
            }
            Output::Transmit(link, message) => self.transmit(link, message),
            Output::Confirm(message) => {
                if let Some(outgoing) = self.take_body(message) {
                    outgoing.settle.resolve(&JsValue::UNDEFINED);
                }
            }
            Output::Answer(request) => {
                if let Some(outgoing) = self.take_body(request) {
                    outgoing.settle.resolve(&message);
                }
            }
            Output::Reject(message, failure) => {
                if let Some(outgoing) = self.take_body(message) {
                    outgoing.settle.reject(&failure);
                }
            }
            Output::Deliver(Delivery::Message) => self.tell(Event::Message(&message)),
            Output::Deliver(Delivery::GatewayFrame) => self.tell(Event::GatewayFrame(&message)),
            Output::ConnectionId { id, previous } => self.has_connection_id(id, previous, message),
            Output::Status(status) => self.has_status(status),
            Output::Failed(failure) => self.tell(Event::Failed(&failure)),
            Output::Closed(close) => self.tell(Event::Closed(&close)),
            Output::AskReconnect(failure) => {
                let observer = self.observer.borrow().clone();
                let wanted = observer
                    .is_none_or(|observer| observer.wants_another(failure.close(), &failure));
                self.handle(Input::Reconnect(wanted));
            }
            Output::CloseLink(link, close) => {
                self.links.close(link, close.code, &close.reason);
            }
            Output::DropLink(link) => {
                let prepared = self.prepared(link);
                self.links.drop_link(link);
                drop(prepared);
            }
            Output::JoinRoom(link, room, request) => {
                self.ask_room(link, &self.rooms.join, room, request);
            }
            Output::LeaveRoom(link, room, request) => {
                self.ask_room(link, &self.rooms.leave, room, request);
            }
            Output::Joined(room) => {
                let waiting = self.bodies.borrow_mut().take_waiting(room);
                for settle in waiting {
                    settle.resolve(&message);
                }
            }
            Output::JoinFailed(room, failure) => {
                let waiting = self.bodies.borrow_mut().take_waiting(room);
                if waiting.is_empty() {
                    // A room that was joined before: nobody waits, and somebody must know.
                    self.tell(Event::Failed(&failure));
                }
                for settle in waiting {
                    settle.reject(&failure);
                }
            }
        }
    }

    /// Hands a message to a link. One that closes takes nothing any more.
    fn transmit(self: &Rc<Self>, link: LinkId, message: MessageId) {
        let taken = {
            // Only read: a WebSocket of a test's own may answer before its `send` returns.
            let bodies = self.bodies.borrow();
            let Some(outgoing) = bodies.get(message) else { return };
            self.links.send(link, &outgoing.body, outgoing.bytes, message)
        };
        if !taken {
            self.handle(Input::NotTaken(link, message));
        }
    }

    fn take_body(&self, message: MessageId) -> Option<super::bodies::Outgoing> {
        self.bodies.borrow_mut().take(message)
    }

    fn has_status(&self, status: Status) {
        self.tell(Event::Status(status));
        let asks = self.settings(|settings| settings.identify.is_some());
        if status == Status::Ready && !asks {
            for settle in self.waiting.take() {
                settle.resolve(&JsValue::UNDEFINED);
            }
        }
    }

    fn has_connection_id(&self, id: Rc<str>, previous: Option<Rc<str>>, answer: JsValue) {
        let known = JsValue::from(&*id);
        for settle in self.waiting.take() {
            settle.resolve(&known);
        }
        self.tell(Event::ConnectionId { id: &id, previous: previous.as_deref(), answer: &answer });
    }

    fn ask_room(&self, link: LinkId, action: &str, room: RoomId, request: MessageId) {
        let (name, reference) = {
            let bodies = self.bodies.borrow();
            (bodies.room_name(room), bodies.reference(request))
        };
        let id = self.session.borrow().connection_id_of(link).map(str::to_owned);
        let field = Some(self.rooms.field.as_str());
        self.links.say(link, action, field, Some(&name), id.as_deref(), &reference);
    }
}
