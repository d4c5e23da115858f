//! The state machine of a session: from what it is told to what it decides.

mod attempt;
mod identify;
mod messages;
mod noting;
mod rooms;
mod rotate;
mod surroundings;
mod vigil;

use std::rc::Rc;

use super::failure::{Failure, LinkClose};
use super::fifo::Fifo;
use super::inbound::{Delivery, Inbound};
use super::input::Input;
use super::link::{Link, LinkId, NO_LINK, Stage};
use super::outbox::{MessageId, Outbox};
use super::output::{Output, Step};
use super::page::Page;
use super::random::Random;
use super::requests::Requests;
use super::rooms::{RoomId, Rooms};
use super::settings::Settings;
use super::stats::{Cause, Stats};
use super::status::Status;
use super::timer::{Timer, TimerTable, after};
use super::trace::{Trace, TraceEvent};
use attempt::Loss;

/// One logical connection, which outlives its links.
///
/// The contract of the loop, which is the driver's whole duty:
///
/// 1. Tell the session a fact with [`handle`](Session::handle).
/// 2. Carry out what [`poll`](Session::poll) returns, in order, until it returns `None`. What comes
///    up meanwhile (a callback that calls `close`, say) is a fact for `handle` like any other; what it
///    leads to is polled after what was decided before.
/// 3. Arm one timer for [`next_deadline`](Session::next_deadline), and feed [`Input::Tick`] when it
///    fires, however late: a session sees from the time that the machine slept.
/// 4. When [`is_done`](Session::is_done), drop everything.
///
/// Time is a number of milliseconds from any fixed point. It must not run backwards, and it must go on
/// while the machine sleeps.
#[derive(Debug)]
pub struct Session {
    settings: Settings,
    random: Random,
    /// When the session was told something last.
    now: u64,
    status: Status,
    page: Page,
    /// The current link, or the one that is to become it.
    link: Option<Box<Link>>,
    /// The link that is to replace a current one that is still good.
    next: Option<Box<Link>>,
    /// A link that was replaced or closed and has something under way still.
    old: Option<Box<Link>>,
    /// The connectionId that the user was told last.
    known_id: Option<Rc<str>>,
    links_made: LinkId,
    requests_made: MessageId,
    /// Attempts in a row that led to no link that lasted.
    failures: u32,
    /// The other side has asked for peace until then.
    not_before: u64,
    /// A loss about which the user is being asked.
    asked: Option<Loss>,
    /// Whether the probe timer follows a heartbeat, whose silence is worth a question more.
    is_probed: bool,
    timers: TimerTable,
    outbox: Outbox,
    requests: Requests,
    rooms: Rooms,
    stats: Stats,
    trace: Trace,
    /// Why the session ended.
    end: Option<Rc<Failure>>,
    outputs: Fifo<Output>,
}

/// Which of a session's links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Current,
    Next,
    Old,
}

impl Slot {
    const ALL: [Slot; 3] = [Slot::Current, Slot::Next, Slot::Old];
}

impl Session {
    /// A session that waits for [`Input::Connect`]. All its randomness comes from `seed`.
    pub fn new(settings: Settings, seed: u64) -> Self {
        Session {
            trace: Trace::new(settings.trace.clone()),
            settings,
            random: Random::new(seed),
            now: 0,
            status: Status::Idle,
            page: Page::default(),
            link: None,
            next: None,
            old: None,
            known_id: None,
            links_made: 0,
            requests_made: 0,
            failures: 0,
            not_before: 0,
            asked: None,
            is_probed: false,
            timers: TimerTable::default(),
            outbox: Outbox::default(),
            requests: Requests::default(),
            rooms: Rooms::default(),
            stats: Stats::default(),
            end: None,
            outputs: Fifo::default(),
        }
    }

    /// Where the session stands.
    pub fn status(&self) -> Status {
        self.status
    }

    /// The connectionId while the session is ready.
    pub fn connection_id(&self) -> Option<&str> {
        let link = self.link.as_ref().filter(|link| link.stage == Stage::Ready)?;
        link.connection_id.as_deref()
    }

    /// The connectionId of any of the session's links.
    pub fn connection_id_of(&self, id: LinkId) -> Option<&str> {
        let link = self.slot(id).and_then(|slot| self.get(slot))?;
        link.connection_id.as_deref()
    }

    /// The current link, or the one that is to become it.
    pub fn link(&self) -> Option<LinkId> {
        self.link.as_ref().map(|link| link.id)
    }

    /// When the next attempt comes, while the status is [`Status::Waiting`].
    pub fn retry_at(&self) -> Option<u64> {
        self.timers.get(Timer::Retry)
    }

    /// Why the session ended, once its status is [`Status::Closed`].
    pub fn end(&self) -> Option<&Rc<Failure>> {
        self.end.as_ref()
    }

    /// Whether the session has ended and no link of it has anything under way.
    pub fn is_done(&self) -> bool {
        self.status == Status::Closed && self.old.is_none()
    }

    /// The settings that the session was made with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What it has done so far.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// What it was told and what it decided, the last of it.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// How many messages wait for a link, and their bytes together.
    pub fn outbox_depth(&self) -> (usize, usize) {
        (self.outbox.len(), self.outbox.bytes())
    }

    /// How many requests wait for an answer.
    pub fn pending_requests(&self) -> usize {
        self.requests.len()
    }

    /// How many messages, requests and rooms it holds, and decisions that were not polled: its memory beside the
    /// trace, bounded by what its user has under way.
    pub fn held(&self) -> usize {
        let links = Slot::ALL.into_iter().filter_map(|slot| self.get(slot));
        let flights: usize = links.map(|link| link.flights.len()).sum();
        let asked = self.requests.len() + self.rooms.0.len();
        flights + self.outbox.len() + asked + self.outputs.len()
    }

    /// Whether a link waits for a connectionId, so that the driver has to look for one.
    pub fn awaits_connection_id(&self, id: LinkId) -> bool {
        let slot = self.slot(id).and_then(|slot| self.get(slot));
        slot.is_some_and(|link| link.stage == Stage::Identifying || link.unanswered > 0)
    }

    /// Whether any request waits, so that the driver has to look for its `ref`.
    pub fn awaits_answer(&self) -> bool {
        self.requests.len() > 0
    }

    /// Whether a room is wanted, or yet to be left, so that the driver has to keep its name.
    pub fn knows_room(&self, id: RoomId) -> bool {
        self.rooms.0.iter().any(|room| room.id == id)
    }

    /// Whether a link has taken something that may not have reached the network yet.
    pub fn awaits_drain(&self, id: LinkId) -> bool {
        let link = self.slot(id).and_then(|slot| self.get(slot));
        link.is_some_and(|link| !link.flights.is_empty())
    }

    /// When the session wants an [`Input::Tick`], in milliseconds, if it waits for anything.
    pub fn next_deadline(&self) -> Option<u64> {
        self.timers.next_deadline()
    }

    /// The next decision, or `None` when all have been taken.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop()
    }

    /// Takes in a fact at time `now`. News of a link that the session has left is ignored.
    pub fn handle(&mut self, now: u64, input: Input) {
        self.now = now;
        self.note_input(&input);
        match input {
            Input::Connect => self.connect(),
            Input::LinkRefused(link, failure) => self.link_refused(link, failure),
            Input::LinkOpened(link) => self.link_opened(link),
            Input::LinkReceived(link, inbound, length) => self.received(link, inbound, length),
            Input::LinkDrained(link, message) => self.drained(link, message),
            Input::NotTaken(link, message) => self.not_taken(link, message),
            Input::LinkClosed(link, close) => self.link_closed(link, close),
            Input::Reconnect(wanted) => self.reconnect_decided(wanted),
            Input::Send { message, bytes, retry } => self.send(message, bytes, retry),
            Input::Request { message, bytes, timeout, retry } => {
                self.request(message, bytes, timeout, retry);
            }
            Input::Abort(message) => self.abort(message),
            Input::Join(room) => self.join(room),
            Input::Leave(room) => self.leave(room),
            Input::Close(close) => self.close(close),
            Input::Tick => self.tick(),
            Input::Online => self.went_online(),
            Input::Offline => self.went_offline(),
            Input::Visible => self.became_visible(),
            Input::Hidden => self.became_hidden(),
            Input::Frozen => self.page.frozen = true,
            Input::Resumed => self.resumed(),
            Input::Stored => self.stored(),
            Input::Restored => self.restored(),
        }
    }

    /// Takes in the most frequent fact in the fewest steps: a message that nothing waits for, which is
    /// an object without `connectionId` and answers no request. True where all that
    /// [`handle`](Session::handle) would decide is to deliver it, and where nothing is left to poll and
    /// no deadline has come nearer; otherwise nothing has happened, and `handle` is to be called.
    pub fn takes_message(&mut self, now: u64, id: LinkId, length: usize) -> bool {
        if self.outputs.len() > 0 || self.settings.trace.messages {
            return false;
        }
        let current = self.link.as_mut().filter(|link| link.id == id && link.stage == Stage::Ready);
        let Some(link) = current else { return false };
        link.heard_at = now;
        self.timers.stop(Timer::Probe);
        self.stats.messages_received += 1;
        self.stats.characters_received += length as u64;
        true
    }

    fn output(&mut self, output: Output) {
        self.outputs.push(output);
    }

    fn drop_link(&mut self, id: LinkId) {
        self.output(Output::DropLink(id));
    }

    /// Counts that the current link is lost. Called while it is still known.
    fn count_loss(&mut self, cause: Cause) {
        self.stats.losses.count(cause);
        self.note_word(self.link_or_none(), TraceEvent::Lost, cause.as_str());
        let Some(link) = &self.link else { return };
        let step = match link.stage {
            Stage::Opening => Step::Connect,
            Stage::Identifying => Step::Identify,
            Stage::Joining | Stage::Ready => return,
        };
        let (link, since) = (link.id, link.opened_at);
        self.took(step, link, since, false);
    }

    /// Tells how long a step took that ends now.
    fn took(&mut self, step: Step, link: LinkId, since: u64, ok: bool) {
        if self.settings.user_timing {
            self.output(Output::Took { step, link, since, until: self.now, ok });
        }
    }

    fn set_status(&mut self, status: Status) {
        if self.status != status {
            self.status = status;
            self.note_word(NO_LINK, TraceEvent::Status, status.as_str());
            self.output(Output::Status(status));
        }
    }

    /// Sets a timer that fires when so many milliseconds have passed.
    fn arm(&mut self, timer: Timer, delay: u64) {
        self.timers.set(timer, after(self.now, delay));
    }

    fn link_or_none(&self) -> LinkId {
        self.link().unwrap_or(NO_LINK)
    }

    fn slot(&self, id: LinkId) -> Option<Slot> {
        Slot::ALL.iter().copied().find(|slot| self.get(*slot).is_some_and(|link| link.id == id))
    }

    fn get(&self, slot: Slot) -> Option<&Link> {
        match slot {
            Slot::Current => self.link.as_deref(),
            Slot::Next => self.next.as_deref(),
            Slot::Old => self.old.as_deref(),
        }
    }

    fn place(&mut self, slot: Slot) -> &mut Option<Box<Link>> {
        match slot {
            Slot::Current => &mut self.link,
            Slot::Next => &mut self.next,
            Slot::Old => &mut self.old,
        }
    }

    fn get_mut(&mut self, slot: Slot) -> Option<&mut Link> {
        self.place(slot).as_deref_mut()
    }

    fn received(&mut self, id: LinkId, inbound: Inbound, length: usize) {
        let Some(slot) = self.slot(id) else { return };
        if slot == Slot::Current {
            self.timers.stop(Timer::Probe);
        }
        let now = self.now;
        let Some(link) = self.get_mut(slot) else { return };
        link.heard_at = now;
        let before = self.stats.messages_received;
        match inbound {
            Inbound::ConnectionId(text) => self.received_id(slot, text),
            Inbound::Answer(message) => self.answered(id, message),
            Inbound::GatewayFrame(frame) => self.received_frame(slot, frame),
            Inbound::Message(other) => {
                self.came_instead(slot, super::failure::Instead::Message(other));
                self.deliver(Delivery::Message);
            }
        }
        if self.stats.messages_received > before {
            self.stats.characters_received += length as u64;
        }
    }

    fn deliver(&mut self, delivery: Delivery) {
        self.stats.messages_received += u64::from(delivery == Delivery::Message);
        self.output(Output::Deliver(delivery));
    }

    /// Tells of a failure that is not a message's or a room's.
    fn tell_failure(&mut self, failure: &Rc<Failure>) {
        self.note_word(NO_LINK, TraceEvent::Failed, failure.code());
        self.output(Output::Failed(Rc::clone(failure)));
    }

    /// Ends the session by its user's wish.
    fn close(&mut self, close: LinkClose) {
        if self.status == Status::Closed {
            return;
        }
        let failure = Rc::new(Failure::Closed);
        for &slot in &[Slot::Next, Slot::Old] {
            let Some(mut link) = self.place(slot).take() else { continue };
            self.close_link(link.id, close.clone());
            self.drop_link(link.id);
            // Nobody will know whether it has arrived.
            while let Some(flight) = link.flights.pop() {
                if !flight.is_request {
                    self.reject(flight.message, &failure);
                }
            }
        }
        if let Some(link) = self.link.take() {
            self.close_link(link.id, close.clone());
            if link.flights.is_empty() {
                self.drop_link(link.id);
            } else {
                // The browser sends what it holds before its close frame.
                self.old = Some(link);
            }
        }
        self.finish(failure);
        self.output(Output::Closed(close));
    }

    /// Leaves nothing waiting: no timer, no message, no connectionId.
    fn finish(&mut self, failure: Rc<Failure>) {
        self.timers.stop_all();
        self.known_id = None;
        self.asked = None;
        self.set_status(Status::Closed);
        while let Some(flight) = self.outbox.pop() {
            self.give_up(flight.message, &failure);
        }
        while let Some(message) = self.requests.first() {
            self.requests.take(message);
            if self.rooms.of_request(message).is_none() {
                self.reject(message, &failure);
            }
        }
        for room in std::mem::take(&mut self.rooms.0) {
            if room.is_awaited {
                self.join_failed(room.id, &failure);
            }
        }
        if self.old.is_some() {
            self.arm(Timer::Drain, CLOSING);
        }
        self.end = Some(failure);
    }
}

/// How long a link that its user closed may take to send what the browser holds, in milliseconds.
const CLOSING: u64 = 3_000;

#[cfg(test)]
mod tests;
