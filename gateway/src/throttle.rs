//! Throttles: how many requests may come in how much time ("Protect your WebSocket APIs in API Gateway": a token
//! bucket, where a token counts for a request).

use crate::api::{Stage, Throttle};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// A token bucket that many tasks take from.
#[derive(Debug)]
pub struct Bucket {
    throttle: Throttle,
    level: Mutex<Level>,
}

#[derive(Debug)]
struct Level {
    tokens: f64,
    /// When `tokens` was counted.
    at: Instant,
}

impl Bucket {
    /// A full bucket.
    pub fn new(throttle: Throttle) -> Self {
        Self::full_at(throttle, Instant::now())
    }

    fn full_at(throttle: Throttle, now: Instant) -> Self {
        Self { throttle, level: Mutex::new(Level { tokens: f64::from(throttle.burst), at: now }) }
    }

    /// Takes a token; `false` when there is none, and the request is one too many.
    pub fn take(&self) -> bool {
        self.take_at(Instant::now())
    }

    /// The same at a given moment. A moment before an earlier one adds nothing.
    pub fn take_at(&self, now: Instant) -> bool {
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.saturating_duration_since(level.at).as_secs_f64();
        level.at = level.at.max(now);
        level.tokens =
            (level.tokens + passed * self.throttle.rate).min(f64::from(self.throttle.burst));
        let is_free = level.tokens >= 1.0;
        if is_free {
            level.tokens -= 1.0;
        }
        is_free
    }
}

/// The throttles of the account and of the stage.
#[derive(Debug, Default)]
pub struct Throttles {
    /// New connections; `None` where they are not limited.
    connections: Option<Bucket>,
    /// Requests of all kinds; `None` where they are not limited.
    requests: Option<Bucket>,
    /// Requests to one route, by route key.
    routes: BTreeMap<String, Bucket>,
}

impl Throttles {
    /// The account's two throttles, and those that the stage has for these route keys: each route's own, or else one
    /// bucket per route as `DefaultRouteSettings` says.
    pub fn new<'a>(
        connections: Option<Throttle>,
        requests: Option<Throttle>,
        stage: &Stage,
        route_keys: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let of_route = |key: &str| stage.route_throttles.get(key).copied().or(stage.throttle);
        let bucket =
            |key: &str| of_route(key).map(|throttle| (key.to_owned(), Bucket::new(throttle)));
        Self {
            connections: connections.map(Bucket::new),
            requests: requests.map(Bucket::new),
            routes: route_keys.into_iter().filter_map(bucket).collect(),
        }
    }

    /// Whether one more connection may be opened now.
    pub fn admits_connection(&self) -> bool {
        self.connections.as_ref().is_none_or(Bucket::take)
    }

    /// Whether one more request of the account may be made now, to whatever it goes.
    pub fn admits_request(&self) -> bool {
        self.requests.as_ref().is_none_or(Bucket::take)
    }

    /// Whether one more request may go to a route now. The route's limit is looked at before the account's, as on AWS,
    /// so that what a route refuses costs the others nothing.
    pub fn admits_to_route(&self, route_key: &str) -> bool {
        self.routes.get(route_key).is_none_or(Bucket::take) && self.admits_request()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const TWO_AT_ONCE: Throttle = Throttle { rate: 4.0, burst: 2 };

    fn taken(bucket: &Bucket, now: Instant) -> usize {
        (0..1000).take_while(|_| bucket.take_at(now)).count()
    }

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let start = Instant::now();
        let bucket = Bucket::full_at(TWO_AT_ONCE, start);
        assert_eq!(taken(&bucket, start), 2);
        assert_eq!(taken(&bucket, start + Duration::from_millis(249)), 0);
        assert_eq!(taken(&bucket, start + Duration::from_millis(250)), 1);
        let total: usize = (1..=100)
            .map(|step| taken(&bucket, start + Duration::from_millis(250 + step * 100)))
            .sum();
        assert_eq!(total, 40, "4 a second for 10 seconds");
    }

    #[test]
    fn a_bucket_never_holds_more_than_its_burst() {
        let start = Instant::now();
        let bucket = Bucket::full_at(TWO_AT_ONCE, start);
        assert_eq!(taken(&bucket, start + Duration::from_secs(3600)), 2);
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing_for_free() {
        let start = Instant::now();
        let later = start + Duration::from_secs(1);
        let bucket = Bucket::full_at(TWO_AT_ONCE, start);
        assert_eq!(taken(&bucket, later), 2);
        assert_eq!(taken(&bucket, start), 0);
        assert_eq!(taken(&bucket, later), 0);
    }

    #[test]
    fn a_rate_of_zero_gives_its_burst_once() {
        let start = Instant::now();
        let bucket = Bucket::full_at(Throttle { rate: 0.0, burst: 3 }, start);
        assert_eq!(taken(&bucket, start), 3);
        assert_eq!(taken(&bucket, start + Duration::from_secs(3600)), 0);
    }

    #[test]
    fn each_route_has_its_own_bucket_and_one_that_is_full_costs_the_account_nothing() {
        let once = Throttle { rate: 0.0, burst: 1 };
        let stage = Stage {
            name: "production".into(),
            variables: BTreeMap::new(),
            throttle: Some(once),
            route_throttles: BTreeMap::from([("busy".into(), Throttle { burst: 2, ..once })]),
        };
        let account = Throttle { rate: 0.0, burst: 5 };
        let throttles = Throttles::new(None, Some(account), &stage, ["a", "b", "busy"]);
        let admitted = |key| (0..10).filter(|_| throttles.admits_to_route(key)).count();
        assert_eq!((admitted("a"), admitted("b"), admitted("busy")), (1, 1, 2));
        assert!(throttles.admits_request(), "four of five are used");
        assert!(!throttles.admits_request());
        assert!(throttles.admits_connection(), "there is no limit to connections here");
    }
}
