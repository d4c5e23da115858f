//! The world around a session: a browser that carries out its decisions, a network and a gateway, each with
//! its faults, on one clock that jumps from event to event.

use crate::action::{Action, Script};
use crate::ledger::{Entry, Fate, Ledger};
use crate::link::{Link, State};
use crate::random::Random;
use crate::seen::Seen;
use gatesocket::core::{
    Delivery, Failure, Field, GatewayFrame, Inbound, Input, LinkClose, LinkId, MessageId,
    NotAnAnswer, Output, Session, Status,
};
use health::Faults;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use std::rc::Rc;

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

/// One run.
pub struct World {
    pub(crate) now: u64,
    queue: BinaryHeap<Reverse<(u64, u64, usize)>>,
    events: Vec<Option<Event>>,
    random: Random,
    session: Session,
    links: BTreeMap<LinkId, Link>,
    /// Those that were not dropped, two at most.
    live: Vec<LinkId>,
    pub(crate) ledger: Ledger,
    script: Script,
    faults: Faults,
    hidden: bool,
    frozen: bool,
    stored: bool,
    asleep: bool,
    told_offline: bool,
    /// When the session was told that the page is hidden, while it is.
    told_hidden: Option<u64>,
    /// How far the session's clock is ahead of this world's.
    skew: u64,
    /// Since when the page has run.
    ran_since: u64,
    /// Since when it has run and been seen.
    attended_since: u64,
    /// When something last happened after which a link may be lost.
    disturbed_at: u64,
    /// When the session last held something of its user.
    busy_at: u64,
    was_busy: bool,
    status_since: u64,
    two_since: Option<u64>,
    /// After 1008: until when there is peace, by the session's clock.
    calm_until: u64,
    /// Something has happened after which the session may end.
    may_end: bool,
    wants_no_more: bool,
    /// What is told is of a link that the session has left, and leads to nothing.
    is_stale: bool,
    /// How many messages went to the user since the last news.
    deliveries: u32,
    /// How often the session was told something.
    steps: usize,
    /// Timers in a row that were due again at once.
    idle_ticks: u32,
    /// What happened, where somebody will read it.
    pub(crate) trace: Option<Vec<String>>,
    /// What the page will learn when it runs again.
    inbox: VecDeque<Event>,
    armed: Option<u64>,
    generation: u64,
    next_message: MessageId,
    attempts_per_minute: usize,
    attempts: VecDeque<u64>,
    nudges: VecDeque<u64>,
    in_hand: Option<Inbound>,
    last_id: Option<Rc<str>>,
    /// Rooms that the user is in or wants to be in.
    rooms: BTreeSet<u32>,
    were_joined: BTreeSet<u32>,
    /// Rooms of which the user waits to learn whether they were joined.
    joins: BTreeSet<u32>,
    /// What the run saw.
    pub seen: Seen,
}

/// When a run begins, in milliseconds.
const BEGINNING: u64 = 1_000_000;

type Checked = Result<(), String>;

impl World {
    /// A world for a script. Everything that the script leaves open comes from the seed.
    pub fn new(seed: u64, script: Script) -> Self {
        let mut random = Random::new(seed, 2);
        let settings = settings::settings(&mut random);
        let attempts_per_minute = settings::attempts_per_minute(&settings.reconnect);
        let session = Session::new(settings, random.next_word());
        let mut world = World {
            now: BEGINNING,
            queue: BinaryHeap::new(),
            events: Vec::new(),
            random,
            session,
            links: BTreeMap::new(),
            live: Vec::new(),
            ledger: Ledger::default(),
            script,
            faults: Faults::default(),
            hidden: false,
            frozen: false,
            stored: false,
            asleep: false,
            told_offline: false,
            told_hidden: None,
            skew: 0,
            ran_since: BEGINNING,
            attended_since: BEGINNING,
            disturbed_at: BEGINNING,
            busy_at: 0,
            was_busy: false,
            status_since: BEGINNING,
            two_since: None,
            calm_until: 0,
            may_end: false,
            wants_no_more: false,
            is_stale: false,
            deliveries: 0,
            steps: 0,
            idle_ticks: 0,
            trace: None,
            inbox: VecDeque::new(),
            armed: None,
            generation: 0,
            next_message: 0,
            attempts_per_minute,
            attempts: VecDeque::new(),
            nudges: VecDeque::new(),
            in_hand: None,
            last_id: None,
            rooms: BTreeSet::new(),
            were_joined: BTreeSet::new(),
            joins: BTreeSet::new(),
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
        // What a stall holds back arrives at its end, and may be the last that a dead link ever brings.
        self.disturbed_at = self.now.max(self.faults.stalled);
        self.heal()?;
        let healthy = self.disturbed_at;
        let bound = settings::recovery(self.session.settings());
        let mut ready_since = None;
        while self.now < healthy + bound {
            self.run_until((self.now + 1_000).min(healthy + bound))?;
            match (self.is_well(), ready_since) {
                (true, None) => ready_since = Some(self.now),
                (false, Some(_)) => ready_since = None,
                _ => {}
            }
        }
        if self.session.status() != Status::Closed {
            let Some(since) = ready_since else {
                let status = self.session.status();
                return Err(format!(
                    "{bound} ms of a healthy world, and the session is {status:?}"
                ));
            };
            self.seen.recovery = since.saturating_sub(healthy);
            self.check_rooms()?;
        }
        self.may_end = true;
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
                self.note_health();
                self.happen(event)?;
                self.note_health();
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
            Event::Drained(link, message) => self.news(Input::LinkDrained(link, message)),
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

    /// The links that the session has not dropped.
    fn live_links(&self) -> impl Iterator<Item = &Link> {
        self.live.iter().filter_map(|id| self.links.get(id))
    }
}

mod acts;
mod deadlines;
mod decisions;
mod driver;
mod health;
mod network;
mod page;
mod rules;
mod settings;
