//! `cargo xtask simulate storm`: the table of all libraries.

use clap::Args;
use gatesocket::core::Reconnect;
use gatesocket_simulation::storm::{self, Library, Outcome, Storm, libraries};
use std::process::ExitCode;
use std::time::Instant;

/// A storm.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Clients that are cut at once
    #[arg(long, default_value_t = 100_000)]
    sessions: usize,
    /// New connections that the gateway takes per second
    #[arg(long, default_value_t = 500)]
    rate: u64,
    /// How many of them at once after a pause [default: those of one second]
    #[arg(long)]
    burst: Option<u64>,
    /// The seed of all randomness
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Add rows of our client with other settings
    #[arg(long)]
    settings: bool,
    /// Print one JSON object on the last line
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let Arguments { sessions, rate, seed, .. } = *arguments;
    let cut = Storm { sessions, rate, burst: arguments.burst.unwrap_or(rate), seed };
    let started = Instant::now();
    let mut rows = libraries();
    if arguments.settings {
        rows.extend(other_settings());
    }
    println!("{}", Outcome::HEADER);
    let mut outcomes = Vec::new();
    for library in &rows {
        let outcome = storm::run(cut, library);
        println!("{}", outcome.to_row());
        outcomes.push(outcome.to_json());
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{sessions} clients, {rate} new connections per second, {} at once: not before {:.0} s; simulated in {seconds:.1} s",
        cut.burst,
        sessions.saturating_sub(cut.burst as usize) as f64 / rate as f64,
    );
    if arguments.json {
        let object = serde_json::json!({
            "sessions": sessions,
            "ratePerSecond": rate,
            "burst": cut.burst,
            "seed": seed,
            "seconds": seconds,
            "libraries": outcomes,
        });
        println!("{object}");
    }
    ExitCode::SUCCESS
}

/// What other bounds of the wait would do.
fn other_settings() -> Vec<Library> {
    let bounds = [(1, 10), (1, 60), (1, 120), (5, 30), (10, 30), (30, 30), (60, 60)];
    let named = |(base, longest): (u64, u64)| {
        let reconnect =
            Reconnect { base: base * 1_000, longest: longest * 1_000, ..Reconnect::default() };
        Library::session(&format!("gatesocket, {base} s to {longest} s"), reconnect)
    };
    bounds.into_iter().map(named).collect()
}
