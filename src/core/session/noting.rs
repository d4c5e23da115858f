//! What the session writes into its trace.

use std::rc::Rc;

use super::super::input::Input;
use super::super::link::{LinkId, NO_LINK};
use super::super::outbox::MessageId;
use super::super::trace::{NONE, TraceEvent};
use super::Session;

impl Session {
    /// Notes an event with its facts: two numbers and a word, [`NONE`] and empty where it has not so many.
    pub(super) fn note(
        &mut self,
        link: LinkId,
        event: TraceEvent,
        one: u64,
        two: u64,
        word: &'static str,
    ) {
        self.trace.add(self.now, link, event, [one, two], word, None);
    }

    /// Notes an event whose only fact is a word, if it has any.
    pub(super) fn note_word(&mut self, link: LinkId, event: TraceEvent, word: &'static str) {
        self.note(link, event, NONE, NONE, word);
    }

    pub(super) fn note_id(&mut self, id: &Rc<str>) {
        let (link, id) = (self.link_or_none(), Some(Rc::clone(id)));
        self.trace.add(self.now, link, TraceEvent::ConnectionId, [NONE; 2], "", id);
    }

    /// Notes what happens to a message, if that is asked for.
    pub(super) fn note_message(&mut self, link: LinkId, event: TraceEvent, message: MessageId) {
        if self.trace.settings.messages {
            self.note(link, event, message.into(), NONE, "");
        }
    }

    pub(super) fn note_rejected(&mut self, message: MessageId, code: &'static str) {
        if self.trace.settings.messages {
            self.note(NO_LINK, TraceEvent::Rejected, message.into(), 1, code);
        } else if !self.trace.counts_rejected(code) {
            self.note(NO_LINK, TraceEvent::Rejected, NONE, 1, code);
        }
    }

    /// Notes a fact, if it is worth an entry.
    pub(super) fn note_input(&mut self, input: &Input) {
        let signal = signal(input);
        if !signal.is_empty() {
            return self.note_word(NO_LINK, TraceEvent::Page, signal);
        }
        let messages = self.trace.settings.messages;
        match input {
            Input::LinkRefused(link, failure) => {
                self.note_word(*link, TraceEvent::Refused, failure.code());
            }
            Input::LinkOpened(link) => self.note(*link, TraceEvent::Open, NONE, NONE, ""),
            // Not the reason, which is a text of the other side.
            Input::LinkClosed(link, close) => {
                let (was_clean, code) = (close.was_clean.into(), close.code.into());
                self.note(*link, TraceEvent::Close, was_clean, code, "");
            }
            Input::Send { message, bytes, .. } if messages => {
                let (bytes, message) = (*bytes as u64, *message);
                self.note(NO_LINK, TraceEvent::Send, bytes, message.into(), "");
            }
            Input::Request { message, bytes, .. } if messages => {
                let (bytes, message) = (*bytes as u64, *message);
                self.note(NO_LINK, TraceEvent::Request, bytes, message.into(), "");
            }
            Input::NotTaken(link, message) => {
                self.note_message(*link, TraceEvent::NotTaken, *message);
            }
            Input::LinkReceived(link, _, length) if messages => {
                self.note(*link, TraceEvent::Received, *length as u64, NONE, "");
            }
            _ => {}
        }
    }
}

/// What the page or the network does, in a word; empty for other facts.
fn signal(input: &Input) -> &'static str {
    match input {
        Input::Online => "online",
        Input::Offline => "offline",
        Input::Visible => "visible",
        Input::Hidden => "hidden",
        Input::Frozen => "frozen",
        Input::Resumed => "resumed",
        Input::Stored => "stored",
        Input::Restored => "restored",
        _ => "",
    }
}
