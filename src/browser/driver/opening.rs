//! From the wish for a link to its WebSocket.

use std::rc::Rc;

use wasm_bindgen::JsValue;

#[cfg(feature = "npm")]
use super::super::facade::Asked;
use super::super::link::{Link, LinkEvent};
#[cfg(feature = "tickets")]
use super::super::ticket::TicketFetch;
use super::{Driver, Source};
use crate::core::{Failure, Input, LinkId};

/// What a link waits for that has no WebSocket yet. Dropped with the link, and then nothing that comes
/// is used.
pub(super) enum Preparation {
    /// A promise of the user's.
    #[cfg(feature = "tickets")]
    Promise,
    #[cfg(feature = "tickets")]
    Fetch { _fetch: TicketFetch },
    #[cfg(feature = "npm")]
    Asked { _asked: Asked },
}

impl Driver {
    pub(super) fn open_link(self: &Rc<Self>, id: LinkId) {
        match &self.source {
            #[cfg(feature = "tickets")]
            Source::Address(address) => self.open_with_ticket(id, address.clone()),
            #[cfg(feature = "tickets")]
            Source::Function(function) => self.ask_for_url(id, function),
            #[cfg(feature = "npm")]
            Source::Facade(facade) => {
                self.links
                    .borrow_mut()
                    .prepare(id, Preparation::Asked { _asked: facade.asked(id) });
                let address = facade.address(id);
                if !address.is_undefined() {
                    self.open_prepared(id, &address);
                }
            }
        }
    }

    /// Opens a link at an address that the facade was asked for, unless it was given up meanwhile.
    #[cfg(feature = "npm")]
    pub(crate) fn open_prepared(self: &Rc<Self>, id: LinkId, address: &JsValue) {
        if self.is_prepared(id) {
            self.open_at(id, address);
        }
    }

    /// There is no address for a link.
    #[cfg(feature = "npm")]
    pub(crate) fn refuse_prepared(self: &Rc<Self>, id: LinkId, failure: Failure) {
        if self.is_prepared(id) {
            self.refuse(id, failure);
        }
    }

    /// Whether what a link waited for is still wanted; it is waited for no more.
    pub(super) fn is_prepared(&self, id: LinkId) -> bool {
        let prepared = self.links.borrow_mut().prepared(id);
        prepared.is_some()
    }

    pub(super) fn open_at(self: &Rc<Self>, id: LinkId, address: &JsValue) {
        let driver = Rc::clone(self);
        let opened = Link::open(address, &self.protocols, move |event| match event {
            LinkEvent::Opened => driver.handle(Input::LinkOpened(id)),
            LinkEvent::Received(incoming) => driver.received(id, incoming),
            LinkEvent::Closed(close) => driver.closed(id, close),
        });
        match opened {
            Ok(link) => self.links.borrow_mut().add(id, link),
            Err(failure) => self.refuse(id, failure),
        }
    }

    pub(super) fn refuse(self: &Rc<Self>, id: LinkId, failure: Failure) {
        if !self.started.get() {
            // It is thrown; a callback would tell it twice.
            self.observer.take();
        }
        self.handle(Input::LinkRefused(id, failure));
    }
}
