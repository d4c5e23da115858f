//! `cargo xtask simulate`: many runs, and what they saw.

mod storm;

use clap::{Parser, Subcommand};
use gatesocket_simulation::run::run;
use gatesocket_simulation::seen::Seen;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

/// Runs the session's core under simulated faults.
#[derive(Parser)]
#[command(bin_name = "cargo xtask simulate", args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// How many seeds to run
    #[arg(long, default_value_t = 20_000)]
    seeds: u64,
    /// Run this seed alone, or begin with it where --seeds is given too
    #[arg(long)]
    seed: Option<u64>,
    /// Print one JSON object on the last line
    #[arg(long)]
    json: bool,
}

/// How many lines of a trace are printed, the last ones.
const TRACE: usize = 60;

#[derive(Subcommand)]
enum Command {
    /// Cuts all clients of an API at once, and sees how they come back
    Storm(storm::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(Command::Storm(arguments)) = arguments.command {
        return storm::run(&arguments);
    }
    let first = arguments.seed.unwrap_or(0);
    let explicit = std::env::args().any(|argument| argument.starts_with("--seeds"));
    let count = if arguments.seed.is_some() && !explicit { 1 } else { arguments.seeds };
    // A panic of the core is reported as a broken rule.
    std::panic::set_hook(Box::new(|_| {}));
    let started = Instant::now();
    let next = AtomicU64::new(first);
    let failed = AtomicBool::new(false);
    let total = Mutex::new((Seen::default(), Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut seen = Seen::default();
                let mut broken = Vec::new();
                while !failed.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        break;
                    }
                    match run(seed) {
                        Ok(run) => seen.add(&run),
                        Err(error) => {
                            failed.store(true, Ordering::Relaxed);
                            broken.push(error);
                        }
                    }
                }
                if let Ok(mut total) = total.lock() {
                    total.0.add(&seen);
                    total.1.append(&mut broken);
                }
            });
        }
    });
    let Ok((seen, broken)) = total.into_inner() else { return ExitCode::FAILURE };
    let seconds = started.elapsed().as_secs_f64();
    for broken in &broken {
        println!("seed {}: {}", broken.seed, broken.rule);
        for (pause, action) in &broken.script {
            println!("  after {pause} ms: {action:?}");
        }
        let hidden = broken.trace.len().saturating_sub(TRACE);
        println!(
            "  what the session was told and decided, by its time in ms ({hidden} lines left out):"
        );
        for line in &broken.trace[hidden..] {
            println!("  {line}");
        }
        println!("again: cargo xtask simulate --seed {}", broken.seed);
    }
    println!(
        "{count} runs in {seconds:.1} s: {} events, {} actions, {} links, {} rotations, {} questions, slowest recovery {:.1} s",
        seen.events,
        seen.actions,
        seen.links,
        seen.rotations,
        seen.questions,
        seen.recovery as f64 / 1000.0
    );
    if arguments.json {
        let object = serde_json::json!({
            "ok": broken.is_empty(),
            "seeds": count,
            "first": first,
            "seconds": seconds,
            "events": seen.events,
            "actions": seen.actions,
            "links": seen.links,
            "rotations": seen.rotations,
            "questions": seen.questions,
            "fates": seen.fates,
            "slowestRecoveryMs": seen.recovery,
            "broken": broken.first().map(|broken| serde_json::json!({
                "seed": broken.seed, "rule": broken.rule,
            })),
        });
        println!("{object}");
    }
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
