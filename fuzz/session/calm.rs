//! Whatever was told before: in a world that means well the session is ready soon and nothing waits any more,
//! and when it is closed every sender has been told what became of his message.

use super::tell::{World, close};
use gatesocket::core::{Inbound, Input, LinkId, MessageId, Output, Status};

/// Deadlines that a session may pass until it is ready and at rest.
const PATIENCE: u32 = 200;

impl World {
    /// From now on everything works at once.
    pub(super) fn calm_down(&mut self) {
        self.decide();
        self.decided.clear();
        for input in
            [Input::Restored, Input::Resumed, Input::Online, Input::Visible, Input::Connect]
        {
            self.tell(input);
        }
        let links = self.links.iter();
        let links: Vec<_> =
            links.map(|link| (link.id, link.is_refusing, link.taken.clone())).collect();
        for (link, is_refusing, taken) in links {
            self.decide();
            if is_refusing {
                // That is what a link says which is about to close.
                self.tell(Input::LinkClosed(link, close(1006)));
                continue;
            }
            self.tell(Input::LinkOpened(link));
            self.answer_question(link);
            for message in taken {
                self.answer_message(link, message);
            }
            let own: Vec<_> =
                self.own.iter().filter(|(asked, _)| *asked == link).copied().collect();
            for (link, message) in own {
                self.tell(Input::LinkReceived(link, Inbound::Answer(message), 1));
            }
        }
        for _ in 0..PATIENCE {
            self.react_to(usize::MAX);
            let has_deadline = self.status == Status::Closed || self.is_at_rest();
            if has_deadline || !self.wait_for_deadline() {
                break;
            }
        }
        let may_wait =
            self.session.next_deadline().is_some_and(|deadline| deadline > self.now + (1 << 60));
        assert!(
            self.status == Status::Closed
                || self.is_at_rest()
                // What is wished for can't be had: a wait of no time, or a very long one; names used twice.
                || !self.waits_are_real
                || may_wait
                || self.ledger.is_tangled(),
            "{:?} in a world that means well",
            self.session
        );
    }

    fn is_at_rest(&self) -> bool {
        let session = &self.session;
        self.status == Status::Ready
            && self.links.len() == 1
            && session.outbox_depth() == (0, 0)
            && session.pending_requests() == 0
            && !session.link().is_some_and(|link| session.awaits_drain(link))
    }

    /// Reacts to the oldest decisions, as many as are given, and to what those lead to.
    pub(super) fn react_to(&mut self, most: usize) {
        for _ in 0..most {
            let Some(output) = self.decided.pop_front() else { return };
            self.react(output);
        }
    }

    fn react(&mut self, output: Output) {
        match output {
            Output::OpenLink(link) => self.tell(Input::LinkOpened(link)),
            Output::Identify(link) => self.answer_question(link),
            Output::Transmit(link, message) => self.answer_message(link, message),
            Output::JoinRoom(link, _, message) | Output::LeaveRoom(link, _, message) => {
                self.tell(Input::LinkReceived(link, Inbound::Answer(message), 1));
            }
            Output::AskReconnect(_) => self.decide(),
            _ => {}
        }
    }

    fn answer_question(&mut self, link: LinkId) {
        if self.session.settings().identify.is_some() {
            let id = self.id_of(link);
            self.tell(Input::LinkReceived(link, Inbound::ConnectionId(id), 1));
        }
    }

    fn answer_message(&mut self, link: LinkId, message: MessageId) {
        self.tell(Input::LinkDrained(link, message));
        let is_request =
            |(id, entry): (MessageId, &super::ledger::Entry)| id == message && entry.is_request;
        if self.ledger.open().any(is_request) {
            self.tell(Input::LinkReceived(link, Inbound::Answer(message), 1));
        }
    }

    /// Its user ends the session, and nobody is left without word.
    pub(super) fn end(&mut self) {
        self.tell(Input::Close(close(1000)));
        assert_eq!(self.status, Status::Closed);
        for _ in 0..3 {
            self.wait_for_deadline();
        }
        assert!(self.session.is_done(), "{:?} after its end", self.session);
        let forgotten = self.ledger.open().next();
        assert!(forgotten.is_none(), "lost in silence: {forgotten:?}");
        for input in [Input::Connect, Input::Tick, Input::Online, Input::Visible, Input::Restored] {
            self.tell(input);
        }
        assert!(self.session.is_done());
    }
}
