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
        // What a stall holds back arrives at its end, and may be the last that a dead link ever brings.
        let held_back = self.faults.stalled;
        self.heal()?;
        let healthy = self.now.max(held_back);
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
            self.seen.recovery = since.saturating_sub(healthy);
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
    settings.asks_to_reconnect = random.chance(20);
    settings
}

mod acts;
mod decisions;
mod network;
mod page;
mod rules;
