//! The WebSockets of a session, and what they tell.

use std::rc::Rc;

use wasm_bindgen::JsValue;

use super::super::incoming::{Incoming, Kind};
use super::super::json::{self, Wanted};
use super::super::link::Link;
use super::Driver;
use super::opening::Preparation;
use crate::core::{Input, LinkClose, LinkId};

/// The links of a session, two of them while it rotates.
#[derive(Default)]
pub(super) struct Links {
    open: Vec<(LinkId, Link)>,
    /// Those that have no WebSocket yet.
    preparing: Vec<(LinkId, Preparation)>,
}

impl Links {
    pub(super) fn get(&self, id: LinkId) -> Option<&Link> {
        self.open.iter().find(|(open, _)| *open == id).map(|(_, link)| link)
    }

    /// Those that have a WebSocket.
    pub(super) fn ids(&self) -> Vec<LinkId> {
        self.open.iter().map(|(id, _)| *id).collect()
    }

    pub(super) fn protocol(&self, id: LinkId) -> JsValue {
        self.get(id).map(Link::protocol).unwrap_or_default()
    }

    pub(super) fn add(&mut self, id: LinkId, link: Link) {
        self.open.push((id, link));
    }

    /// Notes that something is waited for before a link can be opened.
    pub(super) fn prepare(&mut self, id: LinkId, preparation: Preparation) {
        self.preparing.push((id, preparation));
    }

    /// What was waited for has come; nothing if the link was given up meanwhile.
    pub(super) fn prepared(&mut self, id: LinkId) -> Option<Preparation> {
        let index = self.preparing.iter().position(|(preparing, _)| *preparing == id)?;
        Some(self.preparing.remove(index).1)
    }

    /// All that belongs to a link, for its caller to drop: that may run a function of the page, which
    /// may come back here.
    pub(super) fn remove(&mut self, id: LinkId) -> (Option<Link>, Option<Preparation>) {
        let index = self.open.iter().position(|(open, _)| *open == id);
        (index.map(|index| self.open.remove(index).1), self.prepared(id))
    }
}

impl Driver {
    pub(super) fn received(self: &Rc<Self>, id: LinkId, incoming: Incoming) {
        if self.watches_drain() {
            // Whatever held back a timer has not held back this.
            self.look_at_all();
        }
        let wanted = {
            let session = self.session.borrow();
            Wanted {
                connection_id: session.awaits_connection_id(id),
                reference: session.awaits_answer(),
            }
        };
        if incoming.kind == Kind::Object
            && !wanted.reference
            && self.pass_on(id, &incoming.value, incoming.length)
        {
            return;
        }
        let inbound = json::inbound(&incoming, &wanted, |text| self.bodies.borrow().message(text));
        self.handle_with(Input::LinkReceived(id, inbound, incoming.length), incoming.value);
    }

    pub(super) fn closed(self: &Rc<Self>, id: LinkId, close: LinkClose) {
        // A closed WebSocket still tells what it could not send.
        self.look_at(id);
        self.handle(Input::LinkClosed(id, close));
    }
}
