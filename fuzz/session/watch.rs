//! What is checked with every decision of the session, and after every fact.

use super::tell::World;
use gatesocket::core::{Inbound, Input, LinkId, MessageId, Output, Status};

/// A link that was begun and not dropped.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) id: LinkId,
    /// Whether the session was told that it is open.
    pub(super) is_open: bool,
    /// Whether the session has closed it.
    pub(super) is_closing: bool,
    /// Whether the session was told that it takes nothing any more.
    pub(super) is_refusing: bool,
    /// What it took.
    pub(super) taken: Vec<MessageId>,
}

impl Link {
    fn new(id: LinkId) -> Self {
        Link { id, is_open: false, is_closing: false, is_refusing: false, taken: Vec::new() }
    }
}

/// Set in the names of the session's own requests.
const OWN: MessageId = 1 << 31;

impl World {
    /// Tells the session a fact and checks what it decides.
    pub(super) fn tell(&mut self, input: Input) {
        match &input {
            Input::Online => self.online = true,
            Input::Offline => self.online = false,
            Input::Stored => self.stored = true,
            Input::Restored => self.stored = false,
            Input::LinkOpened(id) => {
                if let Some(link) = self.links.iter_mut().find(|link| link.id == *id) {
                    link.is_open = true;
                }
            }
            Input::NotTaken(id, message) => {
                self.ledger.not_taken(*message, *id);
                if let Some(link) = self.links.iter_mut().find(|link| link.id == *id) {
                    link.is_refusing = true;
                }
            }
            _ => {}
        }
        let most = 64 + 3 * self.steps + 16 * self.rooms.len();
        let lives = |id: LinkId| self.links.iter().any(|link| link.id == id);
        let is_news = matches!(&input, Input::LinkReceived(id, ..) if lives(*id));
        self.session.handle(self.now, input.clone());
        let mut outputs = 0;
        let mut delivered = 0;
        while let Some(output) = self.session.poll() {
            outputs += 1;
            assert!(outputs <= most, "{input:?} led to more than {most} decisions");
            delivered += usize::from(matches!(output, Output::Deliver(_) | Output::Answer(_)));
            self.decision(&output, &input);
            self.decided.push_back(output);
        }
        let is_message = matches!(&input, Input::LinkReceived(_, Inbound::Message(_), _));
        assert!(delivered <= usize::from(is_news), "{input:?} was delivered {delivered} times");
        assert!(delivered == 1 || !(is_news && is_message), "{input:?} was not delivered");
        self.check_state();
    }

    fn decision(&mut self, output: &Output, input: &Input) {
        match output {
            Output::OpenLink(id) => {
                assert!(*id > self.newest_link, "link {id} was begun twice");
                assert!(self.links.len() < 2, "a third link");
                assert!(self.online, "a link was begun while offline");
                assert!(!self.stored, "a link was begun in the back/forward cache");
                self.assert_goes_on(output);
                self.newest_link = *id;
                self.links.push(Link::new(*id));
            }
            Output::Identify(id) => {
                assert!(self.session.settings().identify.is_some(), "nobody wants a connectionId");
                self.assert_carries(*id, output);
            }
            Output::Transmit(id, message) => {
                self.assert_carries(*id, output);
                self.ledger.take(*message, *id);
                if let Some(link) = self.links.iter_mut().find(|link| link.id == *id) {
                    link.taken.push(*message);
                }
            }
            Output::JoinRoom(id, room, message) | Output::LeaveRoom(id, room, message) => {
                self.assert_carries(*id, output);
                assert!(message & OWN != 0, "{output:?} has a name of the user's");
                assert!(self.rooms.contains(room), "{output:?} is about an unknown room");
                self.own.push((*id, *message));
            }
            Output::Confirm(message) => {
                let entry = self.ledger.settle(*message);
                let is_right = entry.is_none_or(|entry| entry.was_taken() && !entry.is_request);
                assert!(is_right, "{output:?} of what no link took, or of a request");
                let causes = matches!(
                    input,
                    Input::LinkDrained(..) | Input::LinkReceived(_, Inbound::Answer(_), _)
                );
                assert!(causes, "{output:?} because of {input:?}");
            }
            Output::Answer(message) => {
                let entry = self.ledger.settle(*message);
                assert!(entry.is_none_or(|entry| entry.is_request), "{output:?} of no request");
                let causes = matches!(input, Input::LinkReceived(_, Inbound::Answer(answered), _)
                    if answered == message);
                assert!(causes, "{output:?} because of {input:?}");
            }
            Output::Reject(message, _) => {
                self.ledger.settle(*message);
            }
            Output::CloseLink(id, _) => {
                let link = self.links.iter_mut().find(|link| link.id == *id);
                let closed = link.map(|link| std::mem::replace(&mut link.is_closing, true));
                assert_eq!(closed, Some(false), "{output:?} of no link, or again");
            }
            Output::DropLink(id) => {
                let index = self.links.iter().position(|link| link.id == *id);
                assert!(index.is_some(), "{output:?} of no link, or again");
                self.links.retain(|link| link.id != *id);
                self.own.retain(|(link, _)| link != id);
            }
            Output::ConnectionId { id, previous } => {
                self.assert_goes_on(output);
                assert_eq!(*previous, self.told_id, "{output:?}");
                self.told_id = Some(id.clone());
            }
            Output::Status(status) => {
                let before = std::mem::replace(&mut self.status, *status);
                assert!(may_follow(before, *status), "{before:?} became {status:?}");
                if *status == Status::Closed {
                    self.told_id = None;
                }
            }
            Output::AskReconnect(_) => {
                assert!(self.session.settings().asks_to_reconnect && !self.is_asked);
                self.is_asked = true;
            }
            Output::Joined(room) | Output::JoinFailed(room, _) => {
                assert!(self.rooms.contains(room), "{output:?} is about an unknown room");
            }
            _ => {}
        }
    }

    /// Whether a question may be asked when the link has been silent for long.
    fn is_kept_alive(&self) -> bool {
        self.status == Status::Ready && self.session.settings().identify.is_some()
    }

    fn assert_goes_on(&self, output: &Output) {
        assert_ne!(self.status, Status::Closed, "{output:?} of a closed session");
    }

    /// The link is one that something can be written to.
    fn assert_carries(&self, id: LinkId, output: &Output) {
        self.assert_goes_on(output);
        let link = self.links.iter().find(|link| link.id == id);
        let carries = link.is_some_and(|link| link.is_open && !link.is_closing);
        assert!(carries, "{output:?} to {link:?}");
    }

    fn check_state(&self) {
        let session = &self.session;
        let traced = session.trace().iter().count();
        assert!(traced <= session.settings().trace.entries, "{traced} entries in the trace");
        if self.is_asked && self.status != Status::Closed {
            return;
        }
        assert_eq!(session.status(), self.status, "a status that nobody was told");
        assert_eq!(session.retry_at().is_some(), self.status == Status::Waiting);
        assert_eq!(
            session.connection_id().is_some(),
            self.status == Status::Ready && session.settings().identify.is_some()
        );
        let current = session.link();
        assert!(current.is_none_or(|id| self.links.iter().any(|link| link.id == id)));

        let waits =
            matches!(self.status, Status::Connecting | Status::Identifying | Status::Waiting)
                || session.pending_requests() > 0
                || self.links.len() > 1
                || (self.is_kept_alive() && session.settings().heartbeat.is_some());
        assert!(
            session.next_deadline().is_some() || !waits,
            "{session:?} waits without a deadline"
        );

        let outbox = &session.settings().outbox;
        let again = self.ledger.open().filter(|(_, entry)| entry.was_taken()).count();
        let (waiting, bytes) = session.outbox_depth();
        let pending = session.pending_requests();
        if !self.ledger.is_tangled() {
            assert!(waiting <= outbox.messages + again, "{waiting} messages wait");
            assert!(bytes <= outbox.bytes || again > 0, "{bytes} bytes wait");
            assert!(pending <= self.ledger.len() + self.rooms.len(), "{pending} requests wait");
        }
        if self.status == Status::Closed {
            assert_eq!((waiting, bytes, pending), (0, 0, 0), "something waits after the end");
            assert!(session.end().is_some());
        }
        if session.is_done() {
            assert_eq!(session.next_deadline(), None, "an ended session waits");
            assert!(self.links.is_empty(), "an ended session has a link");
        }
    }
}

fn may_follow(before: Status, after: Status) -> bool {
    use Status::*;
    match before {
        Idle => matches!(after, Connecting | Offline | Closed),
        Connecting => matches!(after, Identifying | Ready | Waiting | Offline | Idle | Closed),
        Identifying => matches!(after, Ready | Waiting | Offline | Idle | Closed),
        // A link that was to replace the lost one takes its place as it is.
        Ready => after != Ready,
        Waiting => matches!(after, Connecting | Offline | Idle | Closed),
        Offline => matches!(after, Waiting | Idle | Closed),
        Closed => false,
    }
}
