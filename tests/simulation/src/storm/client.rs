//! Who comes back: our session, and the formulas by which other libraries wait.

use crate::random::Random;
use gatesocket::core::{
    Inbound, Input, LinkClose, LinkId, Output, Reconnect, Session, Settings, TraceSettings,
};

/// How a library waits before it connects again.
pub struct Library {
    /// Its name and version.
    pub name: String,
    pub(super) way: Way,
}

pub(super) enum Way {
    /// Our core with these settings.
    Session(Reconnect),
    /// How long to wait, in milliseconds, after so many failed attempts since the last connection; `None`:
    /// no more attempts.
    Formula(fn(u32, &mut Random) -> Option<u64>),
}

impl Library {
    /// Our session, with waits of its own.
    pub fn session(name: &str, reconnect: Reconnect) -> Self {
        Library { name: name.to_owned(), way: Way::Session(reconnect) }
    }
}

/// Ours, and the formulas of the others with their defaults, as read in their npm packages.
pub fn libraries() -> Vec<Library> {
    let peer = |name: &str, formula| Library { name: name.to_owned(), way: Way::Formula(formula) };
    vec![
        Library::session("gatesocket", Reconnect::default()),
        // lib/attach-listener.js, lib/constants.js; where `shouldReconnect` says so.
        peer("react-use-websocket 4.13.0", |failures, _| (failures < 20).then_some(5_000)),
        // ws.js, `_getNextDelay`.
        peer("partysocket 1.3.0", |failures, _| {
            Some((3_000.0 * 1.3f64.powi(failures.min(20) as i32)).min(10_000.0) as u64)
        }),
        // contrib/backo2.js with manager.js's defaults; as with `transports: ["websocket"]`.
        peer("socket.io-client 4.8.4", |failures, random| {
            let whole = 1_000.0 * 2f64.powi(failures.min(20) as i32);
            let chance = random.between(0, 999_999) as f64 / 1e6;
            let deviation = chance * 0.5 * whole;
            let is_less = ((chance * 10.0) as u32).is_multiple_of(2);
            Some((if is_less { whole - deviation } else { whole + deviation }).min(5_000.0) as u64)
        }),
        // phoenix/socket.js, `reconnectAfterMs`.
        peer("phoenix 1.8.16", |failures, _| {
            let table = [10, 50, 100, 150, 200, 250, 500, 1_000, 2_000];
            Some(table.get(failures as usize).copied().unwrap_or(5_000))
        }),
    ]
}

/// What a client does.
pub(super) enum Step {
    Open(LinkId),
    Ask(LinkId),
}

pub(super) enum Client {
    Session(Box<Session>),
    Formula {
        formula: fn(u32, &mut Random) -> Option<u64>,
        failures: u32,
        link: LinkId,
        retry_at: Option<u64>,
    },
}

impl Client {
    pub(super) fn new(library: &Library, seed: u64) -> Self {
        match &library.way {
            Way::Session(reconnect) => {
                // A hundred thousand traces that nobody reads would fill the memory.
                let trace = TraceSettings { entries: 0, messages: false };
                let settings =
                    Settings { reconnect: reconnect.clone(), trace, ..Settings::default() };
                Client::Session(Box::new(Session::new(settings, seed)))
            }
            Way::Formula(formula) => {
                Client::Formula { formula: *formula, failures: 0, link: 1, retry_at: None }
            }
        }
    }

    /// Lets it have a connection, so that there is something to cut.
    pub(super) fn was_connected(&mut self, now: u64) {
        self.tell(now, Input::Connect);
        self.has_opened(now, 1);
        self.was_answered(now, 1);
    }

    pub(super) fn next_deadline(&self) -> Option<u64> {
        match self {
            Client::Session(session) => session.next_deadline(),
            Client::Formula { retry_at, .. } => *retry_at,
        }
    }

    pub(super) fn timer_fired(&mut self, now: u64) -> Vec<Step> {
        match self {
            Client::Session(_) => self.tell(now, Input::Tick),
            Client::Formula { link, retry_at, .. } => {
                *retry_at = None;
                *link += 1;
                vec![Step::Open(*link)]
            }
        }
    }

    pub(super) fn was_cut(&mut self, now: u64, random: &mut Random) -> Vec<Step> {
        self.lost(now, 1, 1001, random)
    }

    pub(super) fn was_refused(&mut self, now: u64, id: LinkId, random: &mut Random) -> Vec<Step> {
        if let Client::Formula { failures, .. } = self {
            *failures += 1;
        }
        self.lost(now, id, 1006, random)
    }

    fn lost(&mut self, now: u64, id: LinkId, code: u16, random: &mut Random) -> Vec<Step> {
        if let Client::Formula { formula, failures, retry_at, .. } = self {
            *retry_at = formula(*failures, random).map(|delay| now + delay);
            return Vec::new();
        }
        let close = LinkClose { code, reason: String::new(), was_clean: code != 1006 };
        self.tell(now, Input::LinkClosed(id, close))
    }

    pub(super) fn has_opened(&mut self, now: u64, id: LinkId) -> Vec<Step> {
        match self {
            Client::Session(_) => self.tell(now, Input::LinkOpened(id)),
            // Whoever needs the connectionId asks for it, with whatever library.
            Client::Formula { .. } => vec![Step::Ask(id)],
        }
    }

    pub(super) fn was_answered(&mut self, now: u64, id: LinkId) -> Vec<Step> {
        self.tell(now, Input::LinkReceived(id, Inbound::ConnectionId(format!("{id}=")), 10))
    }

    fn tell(&mut self, now: u64, input: Input) -> Vec<Step> {
        let Client::Session(session) = self else { return Vec::new() };
        session.handle(now, input);
        let outputs = std::iter::from_fn(|| session.poll());
        outputs
            .filter_map(|output| match output {
                Output::OpenLink(id) => Some(Step::Open(id)),
                Output::Identify(id) => Some(Step::Ask(id)),
                _ => None,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The waits of a library after no, one, two… failed attempts: the shortest and the longest of many.
    fn waits(name: &str, failures: u32) -> Option<(u64, u64)> {
        let all = libraries();
        let library = all.iter().find(|library| library.name.starts_with(name))?;
        let Way::Formula(formula) = library.way else { return None };
        let mut random = Random::new(1, 1);
        let waits = (0..10_000).map(|_| formula(failures, &mut random));
        let waits: Option<Vec<u64>> = waits.collect();
        waits.and_then(|waits| Some((*waits.iter().min()?, *waits.iter().max()?)))
    }

    #[test]
    fn the_others_wait_as_their_sources_say() {
        for failures in [0, 19] {
            assert_eq!(waits("react-use-websocket", failures), Some((5_000, 5_000)));
        }
        assert_eq!(waits("react-use-websocket", 20), None);
        for (failures, wait) in [(0, 3_000), (1, 3_900), (2, 5_070), (9, 10_000), (999, 10_000)] {
            assert_eq!(waits("partysocket", failures), Some((wait, wait)));
        }
        for (failures, wait) in [(0, 10), (5, 250), (8, 2_000), (9, 5_000), (999, 5_000)] {
            assert_eq!(waits("phoenix", failures), Some((wait, wait)));
        }
        // Half of it more or less, then never more than 5 s: from the fifth on there is no chance in it.
        let near = |failures, shortest: u64, longest: u64| {
            let (low, high) = waits("socket.io-client", failures).expect("it never stops");
            assert!(low >= shortest && low < shortest + 20, "{failures}: {low}");
            assert!(high <= longest && high + 20 > longest, "{failures}: {high}");
        };
        near(0, 550, 1_500);
        near(1, 1_100, 3_000);
        near(3, 4_400, 5_000);
        near(4, 5_000, 5_000);
    }
}
