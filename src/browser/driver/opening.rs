//! From the wish for a link to its WebSocket: its URL, the headers for its ticket, the ticket.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::JsValue;

use super::super::address::Address;
use super::super::link::{Link, LinkEvent};
use super::super::promised::when_settled;
use super::super::ticket::{TicketFetch, TicketHeaders, headers_of};
use super::{Driver, Source};
use crate::core::{Failure, Input, LinkId};

/// What a link waits for that has no WebSocket yet. Dropped with the link, and then nothing that comes
/// is used.
#[derive(Default)]
pub(super) struct Preparation {
    _fetch: Option<TicketFetch>,
}

impl Driver {
    pub(super) fn open_link(self: &Rc<Self>, id: LinkId) {
        match &self.source {
            Source::Address(address) => self.open_with_ticket(id, address.clone()),
            Source::Function(function) => self.ask(id, function, move |driver, url| {
                match url.map(|url| Address::read(&url)) {
                    Some(Ok(address)) => driver.open_with_ticket(id, address),
                    Some(Err(failure)) => driver.refuse(id, failure),
                    None => driver.refuse(id, unavailable("the function that makes it")),
                }
            }),
        }
    }

    fn open_with_ticket(self: &Rc<Self>, id: LinkId, address: Address) {
        match self.ticket.as_ref().map(|ticket| &ticket.headers) {
            None => self.open_at(id, &address),
            Some(TicketHeaders::Fixed(headers)) => self.fetch_ticket(id, address, headers.clone()),
            Some(TicketHeaders::Function(function)) => {
                self.ask(id, function, move |driver, value| {
                    match value.and_then(|value| headers_of(&value)) {
                        Some(headers) => driver.fetch_ticket(id, address, headers),
                        None => driver.refuse(id, unavailable("the function of ticket.headers")),
                    }
                })
            }
        }
    }

    fn fetch_ticket(self: &Rc<Self>, id: LinkId, address: Address, headers: web_sys::Headers) {
        let Some(ticket) = &self.ticket else { return };
        self.links.borrow_mut().prepare(id, Preparation::default());
        let driver = Rc::downgrade(self);
        let fetch = ticket.fetch(headers, move |answer| {
            let Some(driver) = driver.upgrade() else { return };
            let Some(prepared) = driver.links.borrow_mut().prepared(id) else { return };
            drop(prepared);
            match (answer, &driver.ticket) {
                (Ok(text), Some(ticket)) => {
                    driver.open_at(id, &address.with_parameter(&ticket.parameter, &text));
                }
                (Err(failure), _) => driver.refuse(id, failure),
                _ => {}
            }
        });
        let mut links = self.links.borrow_mut();
        let prepared = links.prepared(id);
        if prepared.is_some() {
            links.prepare(id, Preparation { _fetch: Some(fetch) });
        } else {
            // A `fetch` of the page's own has closed the session.
            drop(links);
            drop(fetch);
        }
    }

    /// Calls a user's function and goes on with what it returns or promises; with nothing if it throws.
    ///
    /// Nothing comes before this returns, so that no failure is told before the user has the session.
    fn ask(
        self: &Rc<Self>,
        id: LinkId,
        function: &dyn Fn() -> Promise,
        go_on: impl FnOnce(&Rc<Self>, Option<JsValue>) + 'static,
    ) {
        self.links.borrow_mut().prepare(id, Preparation::default());
        let answer = function();
        let driver = Rc::downgrade(self);
        when_settled(&answer, move |value| {
            let Some(driver) = driver.upgrade() else { return };
            // A link that was given up meanwhile is not asked for any more.
            let prepared = driver.links.borrow_mut().prepared(id);
            if prepared.is_some() {
                go_on(&driver, value);
            }
        });
    }

    fn open_at(self: &Rc<Self>, id: LinkId, address: &Address) {
        let driver = Rc::clone(self);
        let opened = Link::open(address.as_str(), &self.protocols, move |event| match event {
            LinkEvent::Opened => driver.handle(Input::LinkOpened(id)),
            LinkEvent::Received(incoming) => driver.received(id, incoming),
            LinkEvent::Closed(close) => driver.closed(id, close),
        });
        match opened {
            Ok(link) => self.links.borrow_mut().add(id, link),
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
}

/// What a user's function threw may hold a token, so it is not repeated.
fn unavailable(function: &str) -> Failure {
    Failure::UrlRejected {
        why: format!("{function} threw, its promise was rejected, or what it gave can't be used."),
        transient: true,
        status: None,
    }
}
