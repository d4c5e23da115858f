//! Every command of the project. `cargo xtask --help` lists them.

mod bench;
mod browser_tests;
mod browsers;
mod cargo_tool;
mod chat;
mod chromium;
mod churn;
mod conformance;
mod debian;
mod demo;
mod doctor;
mod dynamodb;
mod faults;
mod fingerprint;
mod firefox;
mod fuzz;
mod gateway;
mod inlined;
mod node;
mod package;
mod packages;
mod page;
mod process;
mod project;
mod python;
mod rust_target;
mod simulate;
mod size;
mod standard_library;
mod tarball;
mod test;
mod wasm;
mod webkit;
mod without_source;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Every command of the project. Each sets up what it needs and says what it installs.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Shows a React page that gets its connectionId from a real Lambda handler on this machine
    Demo {
        /// Open the page in headless Chromium, wait for the connectionId, print one JSON line, stop
        #[arg(long)]
        check: bool,
        /// With --check: also send one message and keep a picture of the page (PNG)
        #[arg(long, value_name = "FILE", requires = "check")]
        screenshot: Option<PathBuf>,
    },
    /// Runs all tests, or those of the named groups
    Test {
        /// Which groups; all of them if none is named
        #[arg(value_enum)]
        groups: Vec<test::Group>,
    },
    /// Builds the npm package into pkg/
    Build,
    /// Builds the npm package and packs it into the tarball that a user would install
    Pack,
    /// Builds and opens apps of every framework and bundler with the packed package, and writes docs/frameworks.md
    Packages {
        /// Also those that the tests leave out because they take long
        #[arg(long, conflicts_with = "names")]
        full: bool,
        /// Which; without any, those that the tests run
        names: Vec<String>,
    },
    /// Says how many bytes a page loads for each entry of the package and for its peers, and what they are
    Size {
        /// Print the sizes as one JSON object on the last line too
        #[arg(long)]
        json: bool,
        /// Make these sizes the ones that tests compare with, and write the tables of docs/size.md
        #[arg(long)]
        accept: bool,
    },
    /// Runs the local API Gateway: cargo xtask gateway -- --handler path/to/index.mjs
    Gateway {
        /// Arguments of the gateway; -- --help lists them
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Measures, and says what with
    Bench {
        #[command(subcommand)]
        bench: bench::Bench,
    },
    /// Lets connections of the local gateway come and go in every way, and counts what is left over (Linux)
    Churn {
        /// How long
        #[arg(long, default_value_t = 10.0)]
        minutes: f64,
    },
    /// Runs every row of API Gateway's behaviour against the local gateway and serverless-offline, and writes
    /// docs/gateway/conformance.md
    Conformance {
        /// Print the results as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Breaks the connections of a page in a real browser in every way, and accounts for every message it sent
    Faults {
        /// How many faults
        #[arg(long, default_value_t = 2000)]
        faults: u32,
        /// Decides which faults, and what the page sends
        #[arg(long, default_value_t = 1)]
        seed: u32,
        /// Where the page is
        #[arg(long, value_enum, default_value_t = faults::Browser::Chromium)]
        browser: faults::Browser,
        /// Print the results as one JSON object on the last line
        #[arg(long)]
        json: bool,
    },
    /// Runs the session's core in models of API Gateway, a network and a browser under random faults
    #[command(args_conflicts_with_subcommands = true)]
    Simulate {
        #[command(subcommand)]
        storm: Option<simulate::Storm>,
        /// How many seeds, each of which makes one run [default: 20000]
        #[arg(long)]
        seeds: Option<u64>,
        /// Run this seed alone, or begin with it where --seeds is given too
        #[arg(long)]
        seed: Option<u64>,
        /// Print the results as one JSON object on the last line
        #[arg(long)]
        json: bool,
        /// Break the core in every way that is listed, and see that the simulation notices
        #[arg(long, conflicts_with_all = ["seeds", "seed"])]
        mutants: bool,
    },
    /// Fuzzes the session's core and the gateway with cargo-fuzz, which needs a nightly Rust compiler
    Fuzz {
        /// Which target; all of them, one after the other, if none is named
        #[arg(value_enum)]
        target: Option<fuzz::Target>,
        /// How long each runs
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// Make the fewest inputs that reach as much as all that was found the corpus in the project
        #[arg(long)]
        keep: bool,
    },
    /// Says what is there, what is missing, and which command will install it
    Doctor {
        /// Print one JSON object instead
        #[arg(long)]
        json: bool,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    process::catch_interrupts()?;
    match task {
        Task::Gateway { arguments } => gateway::run(&arguments),
        Task::Demo { check, screenshot } => demo::run(check, screenshot.as_deref()),
        Task::Test { groups } => test::run(&groups),
        Task::Build => {
            package::build()?;
            println!("{}", project::shown(&package::folder()));
            Ok(())
        }
        Task::Pack => {
            let tarball = package::pack()?;
            println!("{}", project::shown(&tarball));
            Ok(())
        }
        Task::Packages { full, names } => packages::run(full, &names),
        Task::Size { json, accept } => size::run(json, accept),
        Task::Churn { minutes } => churn::run(minutes),
        Task::Bench { bench } => bench::run(bench),
        Task::Conformance { json } => conformance::run(json),
        Task::Faults { faults, seed, browser, json } => faults::run(faults, seed, browser, json),
        Task::Simulate { storm: Some(storm), .. } => simulate::run_storm(&storm),
        Task::Simulate { json, mutants: true, .. } => simulate::run_mutants(json),
        Task::Simulate { seeds, seed, json, .. } => {
            simulate::Simulation { seeds, seed, json }.run()
        }
        Task::Fuzz { target, seconds, keep } => fuzz::Fuzzing { target, seconds, keep }.run(),
        Task::Doctor { json } => doctor::run(json),
    }
}
