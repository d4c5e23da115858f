//! What a link needs before it can be opened: its URL, the headers for its ticket, the ticket.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::JsValue;

use super::super::address::Address;
use super::super::promised::when_settled;
use super::super::ticket::{TicketHeaders, headers_of};
use super::Driver;
use super::opening::Preparation;
use crate::core::{Failure, LinkId, sentences::sentence};

impl Driver {
    pub(super) fn ask_for_url(self: &Rc<Self>, id: LinkId, function: &dyn Fn() -> Promise) {
        self.ask(id, function, move |driver, url| match url.map(|url| Address::read(&url)) {
            Some(Ok(address)) => driver.open_with_ticket(id, address),
            Some(Err(failure)) => driver.refuse(id, failure),
            None => driver.refuse(id, unavailable("the function that makes it")),
        });
    }

    pub(super) fn open_with_ticket(self: &Rc<Self>, id: LinkId, address: Address) {
        match self.ticket.as_ref().map(|ticket| &ticket.headers) {
            None => self.open_at(id, &address.to_js()),
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
        self.prepare(id, Preparation::Promise);
        let driver = Rc::downgrade(self);
        let fetch = ticket.fetch(headers, move |answer| {
            let Some(driver) = driver.upgrade() else { return };
            if !driver.is_prepared(id) {
                return;
            }
            match (answer, &driver.ticket) {
                (Ok(text), Some(ticket)) => {
                    let address = address.with_parameter(&ticket.parameter, &text);
                    driver.open_at(id, &address.to_js());
                }
                (Err(failure), _) => driver.refuse(id, failure),
                _ => {}
            }
        });
        // Not if a `fetch` of the page's own has closed the session.
        if self.is_prepared(id) {
            self.prepare(id, Preparation::Fetch { _fetch: fetch });
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
        self.prepare(id, Preparation::Promise);
        let answer = function();
        let driver = Rc::downgrade(self);
        when_settled(&answer, move |value| {
            let Some(driver) = driver.upgrade() else { return };
            // A link that was given up meanwhile is not asked for any more.
            if driver.is_prepared(id) {
                go_on(&driver, value);
            }
        });
    }
}

/// What a user's function threw may hold a token, so it is not repeated.
fn unavailable(function: &str) -> Failure {
    Failure::UrlRejected {
        why: sentence("url, function", &[("function", &function)]),
        transient: true,
        status: None,
    }
}
