//! Flags for limits; defaults are those of the service.

use super::throttle::{RouteThrottle, Throttle};
use crate::limits::{self, ConnectionLimits};
use clap::Args;
use std::time::Duration;

/// Limits.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// Seconds that an integration may take; then the client gets the error frame
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(limits::INTEGRATION_TIMEOUT))]
    pub integration_timeout: Seconds,

    /// Seconds without data until a connection is closed with 1001
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(limits::IDLE_TIMEOUT))]
    pub idle_timeout: Seconds,

    /// Seconds after which every connection is closed with 1001
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(limits::CONNECTION_DURATION))]
    pub max_connection_duration: Seconds,

    /// Divide idle timeout and lifetime by this, for tests: --speed 60 cuts idle connections after 10 s
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = speed)]
    pub speed: f64,

    /// Let control pings of a client put the idle timeout off, as data does
    #[arg(long)]
    pub pings_keep_alive: bool,

    /// Largest frame of a client, in bytes; one that is larger closes the connection with 1009
    #[arg(long, value_name = "BYTES", default_value_t = limits::FRAME_BYTES as u32, value_parser = bytes())]
    pub max_frame_bytes: u32,

    /// Largest message either way, in bytes; one that is larger closes the connection with 1009
    #[arg(long, value_name = "BYTES", default_value_t = limits::MESSAGE_BYTES as u32, value_parser = bytes())]
    pub max_message_bytes: u32,

    /// New connections per second, as RATE:BURST or off; one too many is refused with 429
    #[arg(long, value_name = "RATE", default_value_t = Throttle(Some(limits::CONNECTION_RATE)))]
    pub connection_rate: Throttle,

    /// Requests per second of all kinds, as RATE:BURST or off; a message too many is answered with an error
    #[arg(long, value_name = "RATE", default_value_t = Throttle(Some(limits::REQUEST_RATE)))]
    pub request_rate: Throttle,

    /// Messages per second of one client, as RATE:BURST or off; one too many closes it with 1008
    #[arg(long, value_name = "RATE", default_value_t = Throttle(None))]
    pub message_rate: Throttle,

    /// The stage's limit of requests per second to each route, as RATE:BURST
    #[arg(long, value_name = "RATE")]
    pub stage_throttle: Option<Throttle>,

    /// The limit of requests per second to one route, as KEY=RATE:BURST (repeatable)
    #[arg(long, value_name = "KEY=RATE")]
    pub route_throttle: Vec<RouteThrottle>,
}

impl LimitArgs {
    /// The limits of one connection, with the times shortened by `--speed`.
    pub fn of_connection(&self) -> ConnectionLimits {
        let shortened = |time: Seconds| time.0.div_f64(self.speed).max(Duration::from_millis(1));
        ConnectionLimits {
            frame_bytes: self.max_frame_bytes as usize,
            message_bytes: self.max_message_bytes as usize,
            idle_timeout: shortened(self.idle_timeout),
            duration: shortened(self.max_connection_duration),
            pings_keep_alive: self.pings_keep_alive,
            messages: self.message_rate.0,
        }
    }
}

/// Up to 64 MB, so that a client cannot make the gateway hold more.
fn bytes() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=64 * 1024 * 1024)
}

fn speed(text: &str) -> Result<f64, String> {
    let factor = text.parse().ok().filter(|factor| (1.0..=100_000.0).contains(factor));
    factor.ok_or_else(|| "write a factor from 1 to 100000, such as 60".to_owned())
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
