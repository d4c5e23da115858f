//! A storm: every connection of an API is cut at once, and all its clients come back to a gateway that takes so
//! many new connections per second. Our client is the session's core as it is; beside it stand the waits of
//! other libraries, in the same model.
//!
//! Times are in milliseconds. A client is as far from the gateway as its round trip says, which differs from
//! client to client and a little from message to message. An upgrade request reaches the gateway two and a half
//! round trips after its WebSocket was made (TCP, TLS, then the request). It is refused with 429, of which a
//! page sees a close with 1006, or taken; then `$connect` runs, the WebSocket opens, and the client asks for its
//! connectionId. It counts as back when the answer has arrived.

mod client;
mod gateway;
mod outcome;

pub use client::{Library, libraries};
pub use outcome::Outcome;

use crate::random::Random;
use client::{Client, Step};
use gatesocket::core::LinkId;
use gateway::Gateway;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// How many clients, and what the gateway takes.
#[derive(Clone, Copy, Debug)]
pub struct Storm {
    /// Clients that are cut at once.
    pub sessions: usize,
    /// New connections per second ("Amazon API Gateway quotas": 500).
    pub rate: u64,
    /// How many of them it takes at once after a pause. AWS names none; the rate of one second is assumed.
    pub burst: u64,
    /// All randomness.
    pub seed: u64,
}

/// When to stop looking: a client that is not back after so long has been given up.
const HORIZON: u64 = 6 * 3_600_000;
/// How long a client's round trip takes, shortest and longest.
const ROUND_TRIP: (u64, u64) = (20, 200);
/// How much longer a single message may take.
const JITTER: u64 = 30;
/// How long `$connect` takes, and the backend's answer.
const BACKEND: (u64, u64) = (20, 150);
/// How late a timer fires.
const LATE: (u64, u64) = (1, 5);

#[derive(Clone, Copy)]
enum Event {
    /// The client learns that its connection is gone.
    Cut,
    Timer(u32),
    /// An upgrade request is at the gateway.
    Asks(LinkId),
    Refused(LinkId),
    Opened(LinkId),
    /// The answer with the connectionId is at the client.
    Answered(LinkId),
}

/// A client and its way to the gateway.
struct Seat {
    client: Client,
    round_trip: u64,
    timer: u32,
    armed: Option<u64>,
    was_cut: bool,
    is_back: bool,
}

/// What happens to a client, and when. The next one is the greatest, as the heap wants it.
struct Planned {
    time: u64,
    /// Who comes first in the same millisecond is left to chance.
    order: u64,
    seat: usize,
    event: Event,
}

impl Ord for Planned {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.time, other.order).cmp(&(self.time, self.order))
    }
}

impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Planned {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Planned {}

struct World {
    random: Random,
    queue: BinaryHeap<Planned>,
    seats: Vec<Seat>,
    gateway: Gateway,
    outcome: Outcome,
}

/// Cuts everybody off who uses this library, and sees them come back.
pub fn run(storm: Storm, library: &Library) -> Outcome {
    let mut world = World {
        random: Random::new(storm.seed, 3),
        queue: BinaryHeap::new(),
        seats: Vec::with_capacity(storm.sessions),
        gateway: Gateway::new(storm.rate, storm.burst),
        outcome: Outcome::new(library, storm.sessions),
    };
    for index in 0..storm.sessions {
        let mut seat = Seat {
            client: Client::new(library, world.random.next_word()),
            round_trip: world.random.between(ROUND_TRIP.0, ROUND_TRIP.1),
            timer: 0,
            armed: None,
            was_cut: false,
            is_back: false,
        };
        seat.client.was_connected(0);
        world.seats.push(seat);
        let time = CUT + world.way(index);
        world.at(time, index, Event::Cut);
    }
    world.run();
    world.outcome
}

/// When the gateway cuts everybody: long enough after the beginning for every link to count as a good one.
const CUT: u64 = 60_000;

impl World {
    fn at(&mut self, time: u64, seat: usize, event: Event) {
        let order = self.random.next_word();
        self.queue.push(Planned { time, order, seat, event });
    }

    /// One way between a client and the gateway.
    fn way(&mut self, seat: usize) -> u64 {
        self.seats[seat].round_trip / 2 + self.random.between(0, JITTER)
    }

    fn run(&mut self) {
        while let Some(Planned { time, seat, event, .. }) = self.queue.pop() {
            if time > CUT + HORIZON || self.outcome.is_complete() {
                break;
            }
            self.happen(time, seat, event);
        }
    }

    fn happen(&mut self, now: u64, index: usize, event: Event) {
        let steps = match event {
            Event::Timer(timer) if timer != self.seats[index].timer => return,
            Event::Timer(_) => {
                self.seats[index].armed = None;
                self.seats[index].client.timer_fired(now)
            }
            Event::Cut => {
                self.seats[index].was_cut = true;
                self.seats[index].client.was_cut(now, &mut self.random)
            }
            Event::Asks(link) => return self.asks(now, index, link),
            Event::Refused(link) => {
                self.seats[index].client.was_refused(now, link, &mut self.random)
            }
            Event::Opened(link) => self.seats[index].client.has_opened(now, link),
            Event::Answered(link) => {
                let seat = &mut self.seats[index];
                if seat.was_cut && !std::mem::replace(&mut seat.is_back, true) {
                    self.outcome.back_at.push(now - CUT);
                }
                seat.client.was_answered(now, link)
            }
        };
        for step in steps {
            self.take(now, index, step);
        }
        self.arm(now, index);
    }

    fn asks(&mut self, now: u64, index: usize, link: LinkId) {
        let taken = self.gateway.takes(now);
        self.outcome.count_attempt(now - CUT, taken);
        let way = self.way(index);
        if taken {
            let connect = self.random.between(BACKEND.0, BACKEND.1);
            self.at(now + connect + way, index, Event::Opened(link));
        } else {
            self.at(now + way, index, Event::Refused(link));
        }
    }

    fn take(&mut self, now: u64, index: usize, step: Step) {
        match step {
            Step::Open(link) => {
                let way = 2 * self.seats[index].round_trip + self.way(index);
                self.at(now + way, index, Event::Asks(link));
            }
            Step::Ask(link) => {
                let way = self.way(index) + self.random.between(BACKEND.0, BACKEND.1);
                let way = way + self.way(index);
                self.at(now + way, index, Event::Answered(link));
            }
        }
    }

    fn arm(&mut self, now: u64, index: usize) {
        let deadline = self.seats[index].client.next_deadline();
        let late = self.random.between(LATE.0, LATE.1);
        let seat = &mut self.seats[index];
        if deadline == seat.armed {
            return;
        }
        seat.armed = deadline;
        seat.timer += 1;
        let timer = seat.timer;
        if let Some(deadline) = deadline {
            self.at(deadline.max(now) + late, index, Event::Timer(timer));
        }
    }
}
