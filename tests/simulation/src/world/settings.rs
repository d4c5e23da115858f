//! Settings as users have them, and the bounds that follow from them.

use crate::random::Random;
use gatesocket::core::{Reconnect, Settings};

/// Mostly the defaults, at times all of the switches. Times stay so long that a healthy backend, which takes
/// seven seconds at worst, can meet them.
pub(super) fn settings(random: &mut Random) -> Settings {
    let mut settings = if random.chance(8) { Settings::generic() } else { Settings::default() };
    if random.chance(20) {
        settings.hidden_close_after = Some(random.between(1_000, 600_000));
    }
    if random.chance(20) {
        settings.outbox.messages = 3;
        settings.outbox.drop_oldest = random.chance(50);
    }
    if random.chance(20) {
        settings.outbox.bytes = 20_000;
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
    if random.chance(20) {
        settings.reconnect = Reconnect {
            base: random.pick(&[200, 1_000, 5_000]),
            longest: random.pick(&[5_000, 30_000, 120_000]),
            max_attempts: None,
            min_uptime: random.pick(&[1_000, 5_000, 30_000]),
        };
    }
    if random.chance(5) {
        settings.reconnect.max_attempts = Some(random.between(1, 6) as u32);
    }
    if random.chance(20) {
        settings.heartbeat = settings.heartbeat.map(|_| random.between(20_000, 500_000));
        settings.probe_timeout = random.between(4_000, 20_000);
        settings.probe_quiet = random.between(1_000, 60_000);
    }
    if random.chance(20) {
        settings.connect_timeout = random.pick(&[3_000, 10_000, 30_000]);
        settings.request_timeout = random.pick(&[10_000, 29_000]);
        if let Some(identify) = &mut settings.identify {
            identify.timeout = random.pick(&[3_000, 5_000, 10_000]);
            identify.attempts = random.between(3, 5) as u32;
        }
    }
    settings.asks_to_reconnect = random.chance(20);
    settings
}

/// How long identifying may take.
pub(super) fn identifying(settings: &Settings) -> u64 {
    let identify = settings.identify.as_ref();
    identify.map_or(0, |identify| identify.timeout * u64::from(identify.attempts))
}

/// How long a healthy world may take until the session is ready on a link that lives: a link that fell silent a
/// moment ago is found by the heartbeat and two questions; then come the longest wait, a connection that was begun
/// before and does not open, another that does, and the questions for its id. Timers may be late.
pub(super) fn recovery(settings: &Settings) -> u64 {
    settings.heartbeat.unwrap_or_default() * 11 / 10
        + 2 * settings.probe_timeout
        + 3 * settings.reconnect.longest
        + 2 * settings.connect_timeout
        + identifying(settings)
        + LATE
}

/// How late timers may be altogether while the page is seen: one was armed while it was hidden, others fire up to
/// three seconds late.
pub(super) const LATE: u64 = 80_000;

/// How many links may be begun within a minute for no other reason than that links fail. A wait of chance can be
/// short: the sum of m waits, each up to cᵢ, is below T with a probability of at most Tᵐ / (m! · ∏ cᵢ), and this
/// is where that falls below 10⁻¹². Every link that lasts begins the row anew, and replacements that fail come
/// every ten seconds at most.
pub(super) fn attempts_per_minute(reconnect: &Reconnect) -> usize {
    let minute: f64 = 60_000.0;
    let (mut chance, mut attempts) = (1.0, 0);
    while chance > 1e-12 {
        let longest = reconnect.base.saturating_mul(1 << attempts.min(32)).min(reconnect.longest);
        attempts += 1;
        chance *= (minute / f64::from(attempts) / longest as f64).max(1e-3);
        if attempts > 10_000 {
            break;
        }
    }
    attempts as usize + (60_000 / reconnect.min_uptime.max(1_000)) as usize + 6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_on_attempts_follows_from_the_waits() {
        let of = |base, longest, min_uptime| {
            let reconnect = Reconnect { base, longest, min_uptime, ..Reconnect::default() };
            attempts_per_minute(&reconnect)
        };
        assert_eq!(of(1_000, 30_000, 5_000), 24 + 12 + 6);
        assert_eq!(of(1_000, 120_000, 5_000), 18 + 12 + 6);
        assert_eq!(of(200, 5_000, 5_000), 59 + 12 + 6);
    }
}
