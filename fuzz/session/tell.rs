//! Telling the session what a plan says, with the names that it knows.

use super::ledger::Ledger;
use super::plan::{Message, News, Plan, Step, Which, not_an_answer, reported};
use super::watch::Link;
use gatesocket::core::{
    Failure, GatewayFrame, Inbound, Input, LinkClose, LinkId, MessageId, Output, RoomId, Session,
    Status,
};
use std::collections::{BTreeSet, VecDeque};

/// The user's names of messages have 31 bits.
const NAMES: MessageId = u32::MAX >> 1;
/// Where the clock stops, far beyond any browser's.
const LAST: u64 = 1 << 60;
/// Decisions that are reacted to in one step: reactions lead to more of them.
const AT_ONCE: usize = 64;

/// A session, a driver that tells it whatever the plan says, and what it has decided so far.
pub(super) struct World {
    pub(super) session: Session,
    pub(super) now: u64,
    /// Whether every time in the settings is one at which something can be waited for.
    pub(super) waits_are_real: bool,
    next_message: MessageId,
    pub(super) ledger: Ledger,
    /// How many steps were taken, each of which gives the session one message at most.
    pub(super) steps: usize,
    pub(super) status: Status,
    /// Links that were begun and not dropped.
    pub(super) links: Vec<Link>,
    pub(super) newest_link: LinkId,
    /// The session's own requests to rooms.
    pub(super) own: Vec<(LinkId, MessageId)>,
    pub(super) rooms: BTreeSet<RoomId>,
    pub(super) told_id: Option<std::rc::Rc<str>>,
    /// Whether the user is being asked about a loss.
    pub(super) is_asked: bool,
    pub(super) online: bool,
    pub(super) stored: bool,
    /// What a world that means well has yet to react to.
    pub(super) decided: VecDeque<Output>,
}

impl World {
    pub(super) fn new(plan: &Plan) -> Self {
        let settings = plan.wishes.settings();
        World {
            waits_are_real: super::plan::waits_are_real(&settings),
            session: Session::new(settings, plan.seed),
            now: plan.clock.milliseconds() & (LAST - 1),
            next_message: plan.first_message & NAMES,
            ledger: Ledger::default(),
            steps: 0,
            status: Status::Idle,
            links: Vec::new(),
            newest_link: 0,
            own: Vec::new(),
            rooms: BTreeSet::new(),
            told_id: None,
            is_asked: false,
            online: true,
            stored: false,
            decided: VecDeque::new(),
        }
    }

    pub(super) fn take(&mut self, step: Step) {
        if !step.is_of_the_user() {
            self.decide();
        }
        self.steps += 1;
        match step {
            Step::Wait(time) => self.now = self.later(time.milliseconds()),
            Step::SetBack(time) => self.now = self.now.saturating_sub(time.milliseconds()),
            Step::Timer => {
                self.wait_for_deadline();
            }
            Step::Tick => self.tick(),
            Step::React { all } => self.react_to(if all { AT_ONCE } else { 1 }),
            Step::Send { size, retry } => {
                let message = self.name();
                self.ledger.give(message, false, retry);
                self.tell(Input::Send { message, bytes: size.bytes(), retry });
            }
            Step::Request { size, timeout, retry } => {
                let message = self.name();
                let timeout = timeout.map(super::plan::Time::milliseconds);
                self.waits_are_real &= timeout != Some(0);
                self.ledger.give(message, true, retry);
                self.tell(Input::Request { message, bytes: size.bytes(), timeout, retry });
            }
            Step::Again { is_request } => {
                let message = self.next_message.wrapping_sub(1) & NAMES;
                self.ledger.give(message, is_request, false);
                self.tell(if is_request {
                    Input::Request { message, bytes: 1, timeout: None, retry: false }
                } else {
                    Input::Send { message, bytes: 1, retry: false }
                });
            }
            Step::Abort(message) => {
                // A user does not know the names of the session's own requests.
                let message = self.message(message) & NAMES;
                self.tell(Input::Abort(message));
            }
            Step::Join(room) => {
                self.rooms.insert(room.into());
                self.tell(Input::Join(room.into()));
            }
            Step::Leave(room) => self.tell(Input::Leave(room.into())),
            Step::Close => self.tell(Input::Close(close(1000))),
            Step::Connect => self.tell(Input::Connect),
            Step::Online => self.tell(Input::Online),
            Step::Offline => self.tell(Input::Offline),
            Step::Visible => self.tell(Input::Visible),
            Step::Hidden => self.tell(Input::Hidden),
            Step::Frozen => self.tell(Input::Frozen),
            Step::Resumed => self.tell(Input::Resumed),
            Step::Stored => self.tell(Input::Stored),
            Step::Restored => self.tell(Input::Restored),
            Step::Opened(link) => {
                let link = self.link(link);
                self.tell(Input::LinkOpened(link));
            }
            Step::Refused(link, why) => {
                let link = self.link(link);
                self.tell(Input::LinkRefused(link, refusal(why)));
            }
            Step::Closed(link, code) => {
                let link = self.link(link);
                self.tell(Input::LinkClosed(link, close(code)));
            }
            Step::Reconnect(wanted) => {
                self.is_asked = false;
                self.tell(Input::Reconnect(wanted));
            }
            Step::Received(link, news, size) => {
                let link = self.link(link);
                let inbound = self.inbound(link, news);
                self.tell(Input::LinkReceived(link, inbound, size.bytes()));
            }
            Step::Drained(link, message) => {
                let (link, message) = (self.link(link), self.message(message));
                self.tell(Input::LinkDrained(link, message));
            }
            Step::NotTaken(link, message) => {
                let (link, message) = (self.link(link), self.message(message));
                self.tell(Input::NotTaken(link, message));
            }
        }
    }

    /// The user who is being asked wants another link; only the user's own calls come before that.
    pub(super) fn decide(&mut self) {
        if std::mem::take(&mut self.is_asked) {
            self.tell(Input::Reconnect(true));
        }
    }

    fn later(&self, time: u64) -> u64 {
        self.now.saturating_add(time).min(LAST)
    }

    /// Lets the time come that the session waits for. Returns whether there is one before the end of time.
    pub(super) fn wait_for_deadline(&mut self) -> bool {
        let Some(deadline) = self.session.next_deadline().filter(|deadline| *deadline < 2 * LAST)
        else {
            return false;
        };
        self.now = self.now.max(deadline);
        self.tick();
        true
    }

    /// The timer fires, and again for what is due at once.
    pub(super) fn tick(&mut self) {
        for _ in 0..20 {
            self.tell(Input::Tick);
            self.decide();
            let is_due = self.session.next_deadline().is_some_and(|deadline| deadline <= self.now);
            if !is_due || !self.waits_are_real {
                return;
            }
        }
        panic!("the session wants to be called again and again at one time");
    }

    fn name(&mut self) -> MessageId {
        let message = self.next_message;
        self.next_message = message.wrapping_add(1) & NAMES;
        message
    }

    fn link(&self, which: Which) -> LinkId {
        match which {
            Which::Newest => self.newest_link,
            Which::Before(back) => self.newest_link.wrapping_sub(back.into()),
            Which::Named(link) => link,
        }
    }

    fn message(&self, which: Message) -> MessageId {
        let newest = self.next_message.wrapping_sub(1);
        match which {
            Message::Newest => newest & NAMES,
            Message::Before(back) => newest.wrapping_sub(back.into()) & NAMES,
            Message::Own(back) => {
                let own = self.own.iter().rev().nth(back.into());
                own.map_or(u32::MAX, |(_, message)| *message)
            }
            Message::Named(message) => message,
        }
    }

    fn inbound(&self, link: LinkId, news: News) -> Inbound {
        let own = self.id_of(link);
        match news {
            News::ConnectionId { is_own: true } => Inbound::ConnectionId(own),
            News::ConnectionId { is_own: false } => Inbound::ConnectionId("another=".to_owned()),
            News::GatewayFrame { text, connection } => {
                let message = match GatewayFrame::KNOWN.get(usize::from(text)) {
                    Some(known) => (*known).to_owned(),
                    None => "hello".to_owned(),
                };
                let connection_id = reported(connection, &own);
                Inbound::GatewayFrame(GatewayFrame { message, connection_id })
            }
            News::Answer(message) => Inbound::Answer(self.message(message)),
            News::Other(kind) => Inbound::Message(not_an_answer(kind)),
        }
    }

    /// The connectionId that a link has or will have.
    pub(super) fn id_of(&self, link: LinkId) -> String {
        let known = self.session.connection_id_of(link).map(str::to_owned);
        known.unwrap_or_else(|| format!("{link}="))
    }
}

pub(super) fn close(code: u16) -> LinkClose {
    LinkClose { code, reason: String::new(), was_clean: code != 1006 }
}

fn refusal(why: u8) -> Failure {
    match why % 4 {
        0 => Failure::Unsupported,
        1 => Failure::UrlRejected { why: String::new(), transient: false, status: None },
        _ => Failure::UrlRejected { why: String::new(), transient: true, status: Some(503) },
    }
}
