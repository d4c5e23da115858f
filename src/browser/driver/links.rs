//! The WebSockets of a session: asking for their URL, opening them, and watching what they hold.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::{JsCast, prelude::*};

use super::super::address::Address;
use super::super::incoming::{Incoming, Kind};
use super::super::json::{self, Wanted};
use super::super::link::{Link, LinkEvent};
use super::super::timeout::Timeout;
use super::{Driver, Source};
use crate::core::{Failure, Input, LinkClose, LinkId};

/// How long to wait before looking again whether a link has sent what it holds, in milliseconds: at
/// first, and at most.
const LOOK: (u64, u64) = (1, 64);

/// The links of a session, two of them while it rotates.
#[derive(Default)]
pub(super) struct Links {
    open: Vec<(LinkId, Link)>,
    /// A URL that is waited for.
    asked: Vec<(LinkId, Asked)>,
    /// How long the last look for drained links was put off, in milliseconds.
    pause: u64,
}

/// The two functions that a promise of a URL calls, one of them.
struct Asked {
    _fulfilled: Closure<dyn FnMut(JsValue)>,
    _rejected: Closure<dyn FnMut(JsValue)>,
}

impl Links {
    pub(super) fn get(&self, id: LinkId) -> Option<&Link> {
        self.open.iter().find(|(open, _)| *open == id).map(|(_, link)| link)
    }

    pub(super) fn protocol(&self, id: LinkId) -> String {
        self.get(id).map(Link::protocol).unwrap_or_default()
    }

    pub(super) fn remove(&mut self, id: LinkId) -> Option<Link> {
        self.asked.retain(|(asked, _)| *asked != id);
        let index = self.open.iter().position(|(open, _)| *open == id)?;
        Some(self.open.remove(index).1)
    }
}

#[wasm_bindgen]
extern "C" {
    /// Anything with a `then`.
    type Thenable;

    /// With both handlers; js-sys wants closures of its own types.
    #[wasm_bindgen(method)]
    fn then(this: &Thenable, fulfilled: &JsValue, rejected: &JsValue) -> Promise;
}

impl Driver {
    pub(super) fn open_link(self: &Rc<Self>, id: LinkId) {
        match &self.source {
            Source::Address(address) => self.open_at(id, address.as_str()),
            Source::Function(function) => self.open_when_known(id, &function()),
        }
    }

    /// Opens a link when the user's promise of a URL is kept.
    fn open_when_known(self: &Rc<Self>, id: LinkId, url: &Promise) {
        let (keeper, refuser) = (Rc::clone(self), Rc::clone(self));
        let fulfilled = Closure::new(move |url: JsValue| keeper.url_came(id, Some(&url)));
        let rejected = Closure::new(move |_: JsValue| refuser.url_came(id, None));
        let url: &Thenable = url.unchecked_ref();
        let _ = url.then(fulfilled.as_ref(), rejected.as_ref());
        let asked = Asked { _fulfilled: fulfilled, _rejected: rejected };
        self.links.borrow_mut().asked.push((id, asked));
    }

    fn url_came(self: &Rc<Self>, id: LinkId, url: Option<&JsValue>) {
        let asked = {
            let asked = &mut self.links.borrow_mut().asked;
            let index = asked.iter().position(|(asked, _)| *asked == id);
            index.map(|index| asked.remove(index))
        };
        // A link that was given up meanwhile is not asked for any more.
        if asked.is_none() {
            return;
        }
        match url {
            Some(url) => self.open_at_url(id, url),
            None => self.refuse(id, unavailable()),
        }
        // Its closures live until here: one of them is running.
        drop(asked);
    }

    fn open_at_url(self: &Rc<Self>, id: LinkId, url: &JsValue) {
        match Address::read(url) {
            Ok(address) => self.open_at(id, address.as_str()),
            Err(failure) => self.refuse(id, failure),
        }
    }

    fn open_at(self: &Rc<Self>, id: LinkId, address: &str) {
        let driver = Rc::clone(self);
        let opened = Link::open(address, &self.protocols, move |event| match event {
            LinkEvent::Opened => driver.handle(Input::LinkOpened(id)),
            LinkEvent::Received(incoming) => driver.received(id, incoming),
            LinkEvent::Closed(close) => driver.closed(id, close),
        });
        match opened {
            Ok(link) => self.links.borrow_mut().open.push((id, link)),
            Err(failure) => self.refuse(id, failure),
        }
    }

    fn refuse(self: &Rc<Self>, id: LinkId, failure: Failure) {
        if !self.started.get() {
            // It is thrown; a callback would tell it twice.
            self.observer.take();
        }
        self.handle(Input::LinkRefused(id, failure));
    }

    fn received(self: &Rc<Self>, id: LinkId, incoming: Incoming) {
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

    fn closed(self: &Rc<Self>, id: LinkId, close: LinkClose) {
        // A closed WebSocket still tells what it could not send.
        self.look_whether_drained(id);
        self.handle(Input::LinkClosed(id, close));
    }

    /// Tells the session what a link has sent since the last look.
    fn look_whether_drained(self: &Rc<Self>, id: LinkId) -> bool {
        let sent = self.links.borrow().get(id).map(Link::sent);
        let message = sent.and_then(|sent| self.bodies.borrow().last_within(id, sent));
        if let Some(message) = message {
            self.handle(Input::LinkDrained(id, message));
        }
        message.is_some()
    }

    /// Looks soon, and again while a link holds something; never otherwise.
    pub(super) fn watch_drain(self: &Rc<Self>) {
        if self.drain.borrow().is_none() {
            self.look_after(LOOK.0);
        }
    }

    fn look_after(self: &Rc<Self>, pause: u64) {
        self.links.borrow_mut().pause = pause;
        let now = self.clock.now();
        let driver = Rc::clone(self);
        // `Timeout` adds a millisecond.
        let timeout = Timeout::at(now + pause - 1, now, move || driver.look_at_all());
        self.drain.replace(Some(timeout));
    }

    fn look_at_all(self: &Rc<Self>) {
        let looked = self.drain.take();
        let ids: Vec<LinkId> = self.links.borrow().open.iter().map(|(id, _)| *id).collect();
        let mut progress = false;
        for id in &ids {
            progress |= self.look_whether_drained(*id);
        }
        let holds = ids.iter().any(|id| self.session.borrow().awaits_drain(*id));
        if holds {
            let pause = self.links.borrow().pause;
            self.look_after(if progress { LOOK.0 } else { (pause * 2).min(LOOK.1) });
        }
        // Its closure is running.
        drop(looked);
    }
}

/// What a user's function threw may hold a token, so it is not repeated.
fn unavailable() -> Failure {
    Failure::UrlRejected {
        why: "the function that makes it threw, or its promise was rejected.".to_owned(),
        transient: true,
        status: None,
    }
}
