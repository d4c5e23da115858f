//! Flags for limits; defaults are those of the service.

use crate::limits;
use clap::Args;
use std::time::Duration;

/// Limits.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// Seconds until an invocation is given up and its process replaced
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(limits::INTEGRATION_TIMEOUT))]
    pub integration_timeout: Seconds,

    /// Seconds without data until a connection is closed with 1001
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(limits::IDLE_TIMEOUT))]
    pub idle_timeout: Seconds,

    /// Seconds after which every connection is closed with 1001
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(limits::CONNECTION_DURATION))]
    pub max_connection_duration: Seconds,
}

/// A positive number of seconds, fractions allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds(pub Duration);

impl std::str::FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let seconds: f64 =
            text.parse().map_err(|_| "write a number of seconds, such as 2.5".to_owned())?;
        let duration = Duration::try_from_secs_f64(seconds).ok();
        let in_range = |duration: &Duration| {
            *duration > Duration::ZERO && *duration <= Duration::from_secs(31_536_000)
        };
        duration
            .filter(in_range)
            .map(Self)
            .ok_or_else(|| "write seconds above 0 and up to a year".to_owned())
    }
}

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.as_secs_f64())
    }
}
