//! What settings may be, wherever they come from.

use super::failure::Failure;
use super::settings::Settings;

/// The longest time, in milliseconds: the largest delay that a browser's timer keeps, 2^31 - 1.
pub const LONGEST_TIME: u64 = 2_147_483_647;
/// How often the question for the connectionId may be asked.
pub const MOST_QUESTIONS: u32 = 100;
/// How many attempts may be asked for in a row.
pub const MOST_ATTEMPTS: u32 = 1_000_000_000;
/// How many messages may be let wait.
pub const MOST_MESSAGES: usize = 1_000_000;
/// How many bytes may be let wait.
pub const MOST_BYTES: usize = 1_000_000_000;
/// How many entries of a trace may be kept.
pub const MOST_ENTRIES: usize = 100_000;

impl Settings {
    /// Whether all values are within their limits; else `bad-options` with the name of the field.
    pub fn check(&self) -> Result<(), Failure> {
        let time = |name: &str, least: u64, value: u64| within(name, value, least, LONGEST_TIME);
        time("connect_timeout", 1, self.connect_timeout)?;
        time("heartbeat", 1, self.heartbeat.unwrap_or(1))?;
        time("probe_timeout", 1, self.probe_timeout)?;
        time("probe_quiet", 0, self.probe_quiet)?;
        time("hidden_close_after", 1, self.hidden_close_after.unwrap_or(1))?;
        time("request_timeout", 1, self.request_timeout)?;
        within("frame_limit", self.frame_limit.unwrap_or(1) as u64, 1, LONGEST_TIME)?;
        if let Some(identify) = &self.identify {
            if identify.action.is_empty() {
                let why = "Settings::identify.action must have text.".to_owned();
                return Err(Failure::BadOptions { why });
            }
            time("identify.timeout", 1, identify.timeout)?;
            within("identify.attempts", identify.attempts.into(), 1, MOST_QUESTIONS.into())?;
        }
        let reconnect = &self.reconnect;
        time("reconnect.base", 1, reconnect.base)?;
        time("reconnect.longest", 1, reconnect.longest)?;
        time("reconnect.min_uptime", 0, reconnect.min_uptime)?;
        let attempts = reconnect.max_attempts.unwrap_or(1);
        within("reconnect.max_attempts", attempts.into(), 1, MOST_ATTEMPTS.into())?;
        if let Some(rotation) = &self.rotation {
            time("rotation.age", 1, rotation.age)?;
            time("rotation.spread", 0, rotation.spread)?;
            time("rotation.drain", 0, rotation.drain)?;
            time("rotation.lifetime", 1, rotation.lifetime)?;
        }
        within("trace.entries", self.trace.entries as u64, 0, MOST_ENTRIES as u64)?;
        let outbox = &self.outbox;
        within("outbox.messages", outbox.messages as u64, 1, MOST_MESSAGES as u64)?;
        within("outbox.bytes", outbox.bytes as u64, 1, MOST_BYTES as u64)?;
        time("outbox.time_to_live", 1, outbox.time_to_live.unwrap_or(1))
    }
}

fn within(name: &str, value: u64, least: u64, most: u64) -> Result<(), Failure> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Failure::BadOptions {
        why: format!("Settings::{name} must be from {least} to {most}; it is {value}."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{Identification, OutboxSettings, Reconnect, Rotation, TraceSettings};

    fn refused(settings: Settings) -> String {
        let failure = settings.check().expect_err("out of its limits");
        assert_eq!(failure.code(), "bad-options");
        failure.sentence()
    }

    #[test]
    fn both_profiles_are_within_their_limits() {
        assert_eq!(Settings::default().check(), Ok(()));
        assert_eq!(Settings::generic().check(), Ok(()));
    }

    #[test]
    fn a_value_out_of_its_limits_is_refused_by_the_name_of_its_field() {
        let settings = Settings::default;
        let zero = refused(Settings { connect_timeout: 0, ..settings() });
        assert_eq!(zero, "Settings::connect_timeout must be from 1 to 2147483647; it is 0.");
        let identify = |action: &str, attempts| {
            let action = action.to_owned();
            Some(Identification { action, attempts, ..Identification::default() })
        };
        for (settings, name) in [
            (Settings { heartbeat: Some(0), ..settings() }, "heartbeat"),
            (Settings { request_timeout: u64::MAX, ..settings() }, "request_timeout"),
            (Settings { identify: identify("", 1), ..settings() }, "identify.action"),
            (Settings { identify: identify("WHO", 101), ..settings() }, "identify.attempts"),
            (
                Settings { reconnect: Reconnect { base: 0, ..Reconnect::default() }, ..settings() },
                "reconnect.base",
            ),
            (
                Settings {
                    rotation: Some(Rotation { age: 0, ..Rotation::default() }),
                    ..settings()
                },
                "rotation.age",
            ),
            (
                Settings {
                    outbox: OutboxSettings { messages: 0, ..OutboxSettings::default() },
                    ..settings()
                },
                "outbox.messages",
            ),
            (
                Settings {
                    trace: TraceSettings { entries: 100_001, messages: false },
                    ..settings()
                },
                "trace.entries",
            ),
        ] {
            assert!(refused(settings).starts_with(&format!("Settings::{name} must ")), "{name}");
        }
        let quiet = Settings { probe_quiet: 0, ..settings() };
        assert_eq!(quiet.check(), Ok(()), "zero is a time where it means something");
    }
}
