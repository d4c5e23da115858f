//! Faults that somebody asked for, to see what a client or a backend makes of them.

use serde::Serialize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Most faults that may be waiting; ours.
pub const FAULTS: usize = 100;
/// Longest delay; ours, well above every timeout of the service.
pub const LONGEST_DELAY: Duration = Duration::from_secs(300);

/// What happens to the next invocations of an integration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// A number to tell it by.
    pub id: u64,
    /// The route whose integration it is for; any where it is `None`.
    pub route_key: Option<String>,
    /// Milliseconds before the integration is called.
    pub delay_ms: u64,
    /// Whether the integration fails instead of being called.
    pub fail: bool,
    /// Invocations that are still to come.
    pub count: u32,
}

impl Fault {
    /// What it does to an integration, after its name.
    pub fn effect(&self) -> String {
        match (self.delay_ms, self.fail) {
            (0, _) => "fails".to_owned(),
            (ms, true) => format!("fails after {ms} ms"),
            (ms, false) => format!("is delayed by {ms} ms"),
        }
    }
}

/// The faults that wait for an invocation, oldest first.
#[derive(Debug, Default)]
pub struct Faults {
    waiting: Mutex<(u64, Vec<Fault>)>,
    /// How many wait: with none, an invocation costs one load.
    armed: AtomicUsize,
}

impl Faults {
    fn lock(&self) -> MutexGuard<'_, (u64, Vec<Fault>)> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a fault and returns it with its number; `None` where [`FAULTS`] wait already.
    pub fn add(&self, mut fault: Fault) -> Option<Fault> {
        let mut waiting = self.lock();
        if waiting.1.len() == FAULTS {
            return None;
        }
        waiting.0 += 1;
        fault.id = waiting.0;
        waiting.1.push(fault.clone());
        self.armed.store(waiting.1.len(), Ordering::Release);
        Some(fault)
    }

    /// The faults that wait.
    pub fn list(&self) -> Vec<Fault> {
        self.lock().1.clone()
    }

    /// Takes all back, or the one of this number, and returns how many those were.
    pub fn clear(&self, id: Option<u64>) -> usize {
        let mut waiting = self.lock();
        let before = waiting.1.len();
        waiting.1.retain(|fault| id.is_some_and(|id| fault.id != id));
        self.armed.store(waiting.1.len(), Ordering::Release);
        before - waiting.1.len()
    }

    /// The fault of the next invocation of a route, which uses up one of its count.
    pub fn next(&self, route_key: &str) -> Option<Fault> {
        if self.armed.load(Ordering::Acquire) == 0 {
            return None;
        }
        let mut waiting = self.lock();
        let is_meant =
            |fault: &Fault| fault.route_key.as_deref().is_none_or(|key| key == route_key);
        let index = waiting.1.iter().position(is_meant)?;
        waiting.1[index].count -= 1;
        let fault = waiting.1[index].clone();
        if fault.count == 0 {
            waiting.1.remove(index);
            self.armed.store(waiting.1.len(), Ordering::Release);
        }
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(route_key: Option<&str>, count: u32) -> Fault {
        Fault { id: 0, route_key: route_key.map(str::to_owned), delay_ms: 5, fail: false, count }
    }

    #[test]
    fn a_fault_strikes_its_route_as_often_as_asked_and_no_more() {
        let faults = Faults::default();
        assert_eq!(faults.next("a"), None);
        faults.add(fault(Some("a"), 2)).unwrap();
        assert_eq!(faults.next("b"), None);
        assert!(faults.next("a").is_some() && faults.next("a").is_some());
        assert_eq!(faults.next("a"), None);
        assert_eq!(faults.list(), []);
    }

    #[test]
    fn a_fault_without_route_strikes_any_and_the_oldest_comes_first() {
        let faults = Faults::default();
        let first = faults.add(fault(None, 1)).unwrap();
        let second = faults.add(fault(Some("a"), 1)).unwrap();
        assert_eq!(faults.next("a").map(|fault| fault.id), Some(first.id));
        assert_eq!(faults.next("a").map(|fault| fault.id), Some(second.id));
    }

    #[test]
    fn faults_can_be_taken_back_and_are_bounded() {
        let faults = Faults::default();
        let first = faults.add(fault(None, 1)).unwrap();
        for _ in 1..FAULTS {
            assert!(faults.add(fault(None, 1)).is_some());
        }
        assert_eq!(faults.add(fault(None, 1)), None);
        assert_eq!(faults.clear(Some(first.id)), 1);
        assert_eq!(faults.clear(None), FAULTS - 1);
        assert_eq!(faults.next("a"), None);
    }
}
