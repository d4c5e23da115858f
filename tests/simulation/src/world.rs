//! The world around a session: a browser that carries out its decisions, a network and a gateway, each with
//! its faults, on one clock that jumps from event to event.

use crate::action::{Action, Script};
use crate::ledger::{Entry, Fate, Ledger};
use crate::link::{Link, State};
use crate::random::Random;
use gatesocket::core::{
    Failure, Field, GatewayFrame, Inbound, Input, LinkClose, LinkId, MessageId, NotAnAnswer,
    Output, Session, Settings, Status,
};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};

/// How long a healthy world may take until the session is ready on a link that lives, in milliseconds: a dead
/// link that fell silent a moment ago is found by the heartbeat and two questions; then come the longest wait,
/// a connection and the questions for its id.
pub const RECOVERY: u64 = 8 * 60_000 * 11 / 10 + 2 * 5_000 + 60_000 + 10_000 + 3 * 5_000 + 5_000;

/// Most links begun within a minute, without counting those that news from the browser caused.
const ATTEMPTS_PER_MINUTE: usize = 30;

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// The question for the connectionId.
    Question,
    /// A message or a request of the user.
    Message(MessageId),
    /// A request of the session's own.
    Join(u32, MessageId),
    /// The session leaves a room.
    Leave(u32, MessageId),
}

#[derive(Debug)]
enum Event {
    Act(usize),
    Timer(u64),
    Page(Input),
    Leaves(LinkId),
    Arrives(LinkId, Frame),
    Check(LinkId),
    Closing(LinkId),
    Drained(LinkId, MessageId),
    Thaw,
    Restore,
    Wake { breaks: bool },
}

/// Faults that last, each to a point in time.
#[derive(Debug, Default)]
struct Faults {
    stalled: u64,
    refusing: u64,
    slow: u64,
    silent: u64,
    failing: u64,
    no_url: u64,
    cut_off: bool,
}

/// What a run saw, to show that it went where it should.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Events handled.
    pub events: u64,
    /// Faults and user actions carried out.
    pub actions: u64,
    /// Messages and requests settled, by how.
    pub fates: BTreeMap<&'static str, u64>,
    /// Links opened.
    pub links: u64,
    /// Links replaced while good.
    pub rotations: u64,
    /// Questions sent as probes and heartbeats.
    pub questions: u64,
    /// Links given up because they answered nothing.
    pub silent: u64,
    /// Time from a healthy world to a ready session, in milliseconds.
    pub recovery: u64,
}

/// One run.
pub struct World {
    pub(crate) now: u64,
    queue: BinaryHeap<Reverse<(u64, u64, usize)>>,
    events: Vec<Option<Event>>,
    random: Random,
    session: Session,
    links: BTreeMap<LinkId, Link>,
    pub(crate) ledger: Ledger,
    script: Script,
    faults: Faults,
    hidden: bool,
    frozen: bool,
    stored: bool,
    asleep: bool,
    told_offline: bool,
    /// What the page will learn when it runs again.
    inbox: VecDeque<Event>,
    armed: Option<u64>,
    generation: u64,
    next_message: MessageId,
    attempts: VecDeque<u64>,
    nudges: VecDeque<u64>,
    in_hand: Option<Inbound>,
    last_id: Option<String>,
    /// Rooms that the user is in or wants to be in.
    rooms: BTreeSet<u32>,
    were_joined: BTreeSet<u32>,
    /// What the run saw.
    pub seen: Seen,
}

type Checked = Result<(), String>;

impl World {
    /// A world for a script. Everything that the script leaves open comes from the seed.
    pub fn new(seed: u64, script: Script) -> Self {
        let mut random = Random::new(seed, 2);
        let session = Session::new(settings(&mut random), random.next_word());
        let mut world = World {
            now: 1_000_000,
            queue: BinaryHeap::new(),
            events: Vec::new(),
            random,
            session,
            links: BTreeMap::new(),
            ledger: Ledger::default(),
            script,
            faults: Faults::default(),
            hidden: false,
            frozen: false,
            stored: false,
            asleep: false,
            told_offline: false,
            inbox: VecDeque::new(),
            armed: None,
            generation: 0,
            next_message: 0,
            attempts: VecDeque::new(),
            nudges: VecDeque::new(),
            in_hand: None,
            last_id: None,
            rooms: BTreeSet::new(),
            were_joined: BTreeSet::new(),
            seen: Seen::default(),
        };
        let mut at = world.now;
        for index in 0..world.script.len() {
            at += world.script[index].0;
            world.at(at, Event::Act(index));
        }
        world
    }

    /// Runs the script, then a healthy world, then the end of the session.
    ///
    /// # Errors
    /// The rule that was broken, in one sentence.
    pub fn run(&mut self) -> Checked {
        self.tell(Input::Connect)?;
        let end = self.now + self.script.iter().map(|(pause, _)| pause).sum::<u64>();
        self.run_until(end)?;
        self.heal()?;
        let healthy = self.now;
        let mut ready_since = None;
        while self.now < healthy + RECOVERY {
            self.run_until((self.now + 1_000).min(healthy + RECOVERY))?;
            match (self.is_well(), ready_since) {
                (true, None) => ready_since = Some(self.now),
                (false, Some(_)) => ready_since = None,
                _ => {}
            }
        }
        if self.session.status() != Status::Closed {
            let Some(since) = ready_since else {
                return Err(format!(
                    "{RECOVERY} ms after the world was healthy the session is {:?}",
                    self.session.status()
                ));
            };
            self.seen.recovery = since - healthy;
            self.check_rooms()?;
        }
        self.tell(Input::Close(LinkClose { code: 1000, reason: String::new(), was_clean: true }))?;
        self.run_until(self.now + 60_000)?;
        let stats = self.session.stats();
        self.seen.rotations = stats.rotations;
        self.seen.silent = stats.losses.silent;
        self.check_end()
    }

    fn at(&mut self, time: u64, event: Event) {
        self.events.push(Some(event));
        let index = self.events.len() - 1;
        self.queue.push(Reverse((time.max(self.now), index as u64, index)));
    }

    fn after(&mut self, time: u64, event: Event) {
        self.at(self.now + time, event);
    }

    fn run_until(&mut self, end: u64) -> Checked {
        while let Some(Reverse((time, _, index))) = self.queue.peek().copied() {
            if time > end {
                break;
            }
            self.queue.pop();
            self.now = time;
            if let Some(event) = self.events[index].take() {
                self.seen.events += 1;
                self.happen(event)?;
            }
        }
        self.now = end;
        Ok(())
    }

    fn runs(&self) -> bool {
        !self.frozen && !self.stored && !self.asleep
    }

    fn happen(&mut self, event: Event) -> Checked {
        match event {
            Event::Act(index) => self.act(index),
            Event::Timer(generation) if generation != self.generation => Ok(()),
            Event::Timer(_) | Event::Page(_) | Event::Drained(..) if !self.runs() => {
                self.inbox.push_back(event);
                Ok(())
            }
            Event::Timer(_) => {
                self.armed = None;
                self.tell(Input::Tick)
            }
            Event::Page(input) => self.news(input),
            Event::Drained(link, message) => {
                if self.links.get(&link).is_some_and(|link| !link.dropped) {
                    self.tell(Input::LinkDrained(link, message))?;
                }
                Ok(())
            }
            Event::Leaves(link) => {
                self.frame_leaves(link);
                Ok(())
            }
            Event::Arrives(link, frame) => self.frame_arrives(link, frame),
            Event::Check(link) => {
                self.check_limits(link);
                Ok(())
            }
            Event::Closing(link) => {
                if let Some(link) = self.links.get_mut(&link) {
                    link.server_is_closing = true;
                }
                Ok(())
            }
            Event::Thaw => {
                if std::mem::take(&mut self.frozen) {
                    self.catch_up(Input::Resumed)?;
                }
                Ok(())
            }
            Event::Restore => {
                if std::mem::take(&mut self.stored) {
                    self.catch_up(Input::Restored)?;
                }
                Ok(())
            }
            Event::Wake { breaks } => {
                if std::mem::take(&mut self.asleep) {
                    if breaks {
                        self.break_links();
                    }
                    self.catch_up_now()?;
                }
                Ok(())
            }
        }
    }

    /// News from a link that was dropped meanwhile do not arrive: its listeners are gone.
    fn news(&mut self, input: Input) -> Checked {
        let link = match &input {
            Input::LinkOpened(link)
            | Input::LinkReceived(link, _)
            | Input::LinkRefused(link, _)
            | Input::LinkClosed { link, .. } => Some(*link),
            _ => None,
        };
        if link.is_some_and(|link| self.links.get(&link).is_none_or(|link| link.dropped)) {
            return Ok(());
        }
        if let Input::LinkOpened(link) = &input
            && let Some(link) = self.links.get_mut(link)
        {
            link.page_state = State::Open;
        }
        if let Input::LinkClosed { link: id, .. } = &input
            && let Some(link) = self.links.get_mut(id)
        {
            link.page_state = State::Closed;
            // A closed WebSocket still tells what it could not send, so the driver looks once more.
            if let Some(message) = link.last_left {
                let id = *id;
                self.tell(Input::LinkDrained(id, message))?;
            }
        }
        match &input {
            Input::Offline => self.told_offline = true,
            Input::Online => self.told_offline = false,
            _ => {}
        }
        self.in_hand = match &input {
            Input::LinkReceived(_, inbound) => Some(inbound.clone()),
            _ => None,
        };
        self.tell(input)?;
        self.in_hand = None;
        Ok(())
    }

    /// The page runs again and learns of all that happened meanwhile.
    fn catch_up(&mut self, first: Input) -> Checked {
        if self.runs() {
            self.tell(first)?;
        } else {
            self.inbox.push_back(Event::Page(first));
        }
        self.catch_up_now()
    }

    fn catch_up_now(&mut self) -> Checked {
        if self.random.chance(50) {
            // The timer's task stands before the others.
            let timer = self.inbox.iter().position(|event| matches!(event, Event::Timer(_)));
            if let Some(timer) = timer.and_then(|index| self.inbox.remove(index)) {
                self.inbox.push_front(timer);
            }
        }
        while self.runs() {
            let Some(event) = self.inbox.pop_front() else { break };
            self.happen(event)?;
        }
        Ok(())
    }

    /// Tells the session a fact and carries out what it decides.
    fn tell(&mut self, input: Input) -> Checked {
        self.nudge(&input);
        let shown = format!("{input:?}");
        self.session.handle(self.now, input);
        let mut outputs = 0;
        while let Some(output) = self.session.poll() {
            outputs += 1;
            if outputs > 10_000 {
                return Err(format!("{shown} led to more than 10,000 decisions"));
            }
            self.carry_out(output)?;
        }
        self.check_state().map_err(|broken| format!("after {shown}: {broken}"))?;
        self.arm();
        Ok(())
    }

    /// Notes what makes a session try again out of turn.
    fn nudge(&mut self, input: &Input) {
        if matches!(
            input,
            Input::Online
                | Input::Visible
                | Input::Resumed
                | Input::Restored
                | Input::Send { .. }
                | Input::Request { .. }
                | Input::Join(_)
        ) {
            self.nudges.push_back(self.now);
        }
    }

    fn arm(&mut self) {
        let deadline = self.session.next_deadline();
        if deadline == self.armed && deadline.is_some() {
            return;
        }
        self.generation += 1;
        self.inbox.retain(|event| !matches!(event, Event::Timer(_)));
        self.armed = deadline;
        if let Some(deadline) = deadline {
            let late = if self.random.chance(95) {
                self.random.between(1, 20)
            } else {
                self.random.between(0, 3_000)
            };
            let mut time = deadline.max(self.now) + late;
            if self.hidden {
                // Chrome fires the timers of a hidden page once a minute.
                time = time.div_ceil(60_000) * 60_000;
            }
            let generation = self.generation;
            self.at(time, Event::Timer(generation));
        }
    }

    fn carry_out(&mut self, output: Output) -> Checked {
        match output {
            Output::OpenLink(id) => self.open_link(id),
            Output::Identify(id) => {
                self.seen.questions += 1;
                self.write(id, Frame::Question)
            }
            Output::Transmit(id, message)
                if self.links.get(&id).is_some_and(Link::takes_nothing) =>
            {
                self.session.handle(self.now, Input::NotTaken(id, message));
                Ok(())
            }
            Output::Transmit(id, message) => {
                self.ledger.transmit(message, id)?;
                self.write(id, Frame::Message(message))
            }
            Output::JoinRoom(id, room, message) => self.write(id, Frame::Join(room, message)),
            Output::LeaveRoom(id, room, message) => self.write(id, Frame::Leave(room, message)),
            Output::Confirm(message) => self.settle(message, Fate::Confirmed),
            Output::Reject(message, failure) => {
                self.settle(message, Fate::Rejected(failure.code()))
            }
            Output::Answer(message) => {
                if self.in_hand != Some(Inbound::Answer(message)) {
                    return Err(format!("request {message} was answered by {:?}", self.in_hand));
                }
                self.settle(message, Fate::Answered)
            }
            Output::ConnectionId { id, previous } => {
                if previous != self.last_id {
                    return Err(format!("{id} replaces {previous:?}, not {:?}", self.last_id));
                }
                if self.last_id.as_ref() == Some(&id) {
                    return Err(format!("{id} was announced twice"));
                }
                self.last_id = Some(id);
                Ok(())
            }
            Output::CloseLink(id, close) => {
                self.close_link(id, &close);
                Ok(())
            }
            Output::DropLink(id) => self.drop_link(id),
            Output::Status(Status::Closed) => {
                self.last_id = None;
                Ok(())
            }
            Output::Joined(room) => {
                self.were_joined.insert(room);
                Ok(())
            }
            Output::JoinFailed(room, _) => {
                // A first wish ends with its failure; a room that was joined is tried again.
                if !self.were_joined.contains(&room) {
                    self.rooms.remove(&room);
                }
                Ok(())
            }
            Output::Deliver(_) | Output::Status(_) | Output::Failed(_) | Output::Closed(_) => {
                Ok(())
            }
        }
    }

    fn settle(&mut self, message: MessageId, fate: Fate) -> Checked {
        let name = match &fate {
            Fate::Confirmed => "confirmed",
            Fate::Answered => "answered",
            Fate::Rejected(code) => code,
        };
        *self.seen.fates.entry(name).or_default() += 1;
        self.ledger.settle(message, fate)
    }

    fn check_state(&mut self) -> Checked {
        let session = &self.session;
        let live = self.links.values().filter(|link| !link.dropped).count();
        if live > 2 {
            return Err(format!("{live} links live at once"));
        }
        let (messages, _) = session.outbox_depth();
        let retried = self
            .ledger
            .entries
            .values()
            .filter(|entry| entry.retry && entry.fate.is_none())
            .count();
        if messages > session.settings().outbox.messages + retried {
            return Err(format!("{messages} messages wait"));
        }
        let forgotten = self.ledger.unsettled().find(|(_, entry)| {
            let link = entry.link.and_then(|link| self.links.get(&link));
            entry.is_request && !entry.retry && link.is_some_and(|link| link.dropped)
        });
        if let Some((request, _)) = forgotten {
            return Err(format!("request {request} waits for an answer on a link that is gone"));
        }
        let waits =
            matches!(session.status(), Status::Connecting | Status::Identifying | Status::Waiting)
                || session.pending_requests() > 0
                || live > 1;
        if waits && session.next_deadline().is_none() {
            return Err(format!("{:?} waits without a deadline", session.status()));
        }
        if session.status() == Status::Waiting && session.retry_at().is_none() {
            return Err("waiting without a time".to_owned());
        }
        if session.status() == Status::Ready && session.next_deadline().is_none() {
            return Err("ready without a heartbeat".to_owned());
        }
        if session.status() == Status::Closed && session.is_done() && live > 0 {
            return Err("done with a link that lives".to_owned());
        }
        Ok(())
    }

    fn is_well(&self) -> bool {
        let link = self.session.link().and_then(|id| self.links.get(&id));
        self.session.status() == Status::Ready
            && link.is_some_and(|link| {
                link.server_open
                    && !link.dead
                    && self.session.connection_id() == Some(&link.connection_id)
            })
    }

    fn check_rooms(&self) -> Checked {
        let Some(link) = self.session.link().and_then(|id| self.links.get(&id)) else {
            return Ok(());
        };
        if self.rooms == link.rooms {
            return Ok(());
        }
        Err(format!(
            "{} is in the rooms {:?} and should be in {:?}",
            link.connection_id, link.rooms, self.rooms
        ))
    }

    fn check_end(&self) -> Checked {
        if let Some((message, entry)) = self.ledger.unsettled().next() {
            return Err(format!("message {message} was lost in silence: {entry:?}"));
        }
        if !self.session.is_done() {
            return Err("the session has not ended a minute after close".to_owned());
        }
        if let Some(deadline) = self.session.next_deadline() {
            return Err(format!("an ended session waits for {deadline}"));
        }
        match self.links.iter().find(|(_, link)| !link.dropped) {
            Some((id, _)) => Err(format!("link {id} was never dropped")),
            None => Ok(()),
        }
    }
}

/// Settings as users have them: mostly the defaults, at times all of the switches.
fn settings(random: &mut Random) -> Settings {
    let mut settings = Settings::default();
    if random.chance(20) {
        settings.hidden_close_after = Some(random.between(1_000, 600_000));
    }
    if random.chance(20) {
        settings.outbox.messages = 3;
        settings.outbox.drop_oldest = random.chance(50);
    }
    if random.chance(20) {
        settings.outbox.time_to_live = Some(random.between(1_000, 60_000));
    }
    if random.chance(30)
        && let Some(rotation) = &mut settings.rotation
    {
        // Shorter, so that rotation meets more of the faults.
        rotation.age = random.between(20_000, 600_000);
        rotation.spread = rotation.age / 20;
    }
    settings
}

mod acts;
mod network;
