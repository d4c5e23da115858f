//! Carrying out what a session decides.

use std::rc::Rc;

use wasm_bindgen::JsValue;

use super::super::json;
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
                let text = json::identify_text(&action.unwrap_or_default());
                self.with_link(link, |link| link.send(&text));
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
            Output::AskReconnect { close, failure } => {
                let observer = self.observer.borrow().clone();
                let wanted =
                    observer.is_none_or(|observer| observer.wants_another(&close, &failure));
                self.handle(Input::Reconnect(wanted));
            }
            Output::CloseLink(link, close) => {
                self.with_link(link, |link| link.close(&close));
            }
            Output::DropLink(link) => {
                let dropped = self.links.borrow_mut().remove(link);
                drop(dropped);
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
            let (bodies, links) = (self.bodies.borrow(), self.links.borrow());
            let (Some(outgoing), Some(socket)) = (bodies.get(message), links.get(link)) else {
                return;
            };
            socket.send_message(message, &outgoing.body, outgoing.bytes)
        };
        if taken {
            self.watch_drain();
        } else {
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

    fn has_connection_id(&self, id: String, previous: Option<String>, answer: JsValue) {
        let known = JsValue::from(id.as_str());
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
        let field = self.rooms.field.as_str();
        let entries =
            [(field, name.into()), ("connectionId", id.into()), ("ref", reference.into())];
        let text = json::control_text(action, &entries);
        self.with_link(link, |link| link.send(&text));
    }
}
