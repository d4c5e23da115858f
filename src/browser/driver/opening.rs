//! From the wish for a link to its WebSocket.

use std::rc::Rc;

use wasm_bindgen::JsValue;

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
}

/// Links that have no WebSocket yet, and what they wait for.
pub(super) type Preparing = Vec<(LinkId, Preparation)>;

impl Driver {
    /// Notes that something is waited for before a link can be opened.
    pub(super) fn prepare(&self, id: LinkId, preparation: Preparation) {
        self.preparing.borrow_mut().push((id, preparation));
    }

    /// What was waited for has come; nothing if the link was given up meanwhile. For its caller to drop: that may run
    /// a function of the page, which may come back here.
    pub(super) fn prepared(&self, id: LinkId) -> Option<Preparation> {
        let mut preparing = self.preparing.borrow_mut();
        let index = preparing.iter().position(|(preparing, _)| *preparing == id)?;
        Some(preparing.remove(index).1)
    }

    pub(super) fn open_link(self: &Rc<Self>, id: LinkId) {
        let source = self.source.borrow().clone();
        let Some(source) = source else { return };
        match &*source {
            #[cfg(feature = "tickets")]
            Source::Address(address) => self.open_with_ticket(id, address.clone()),
            #[cfg(feature = "tickets")]
            Source::Function(function) => self.ask_for_url(id, function),
        }
    }

    /// Whether what a link waited for is still wanted; it is waited for no more.
    pub(super) fn is_prepared(&self, id: LinkId) -> bool {
        self.prepared(id).is_some()
    }

    pub(super) fn open_at(self: &Rc<Self>, id: LinkId, address: &JsValue) {
        if let Err(failure) = self.links.open(id, address, &self.protocols) {
            self.refuse(id, failure);
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
