//! Load on a local gateway, from one thread and over loopback: each command makes one measurement, bounded in
//! time, and prints one JSON object.

mod client;
mod connect;
mod fanout;
mod figures;
mod idle;
mod messages;
mod posts;
mod process;

use anyhow::Result;
use clap::{Parser, Subcommand};
use client::Target;
use serde_json::Value;
use std::process::ExitCode;
use std::time::Duration;

/// Load on a local gateway: each command makes one measurement and prints one JSON object.
#[derive(Parser)]
#[command(name = "gateway-load")]
struct Arguments {
    #[command(subcommand)]
    measurement: Measurement,
}

#[derive(Subcommand)]
enum Measurement {
    /// Opens connections as fast as it can and holds them; they are cut at the end
    Connect {
        /// The WebSocket's URL, ws://…
        #[arg(long)]
        url: String,
        /// Handshakes under way at a time
        #[arg(long, default_value_t = 32)]
        concurrency: usize,
        /// Connections at most
        #[arg(long, default_value_t = 5_000)]
        max: usize,
        /// Seconds at most
        #[arg(long, default_value_t = 3.0)]
        seconds: f64,
    },
    /// Sends a message on each connection, waits for one back, and begins again
    Messages {
        /// The WebSocket's URL, ws://…
        #[arg(long)]
        url: String,
        /// Connections, each with one message under way
        #[arg(long, default_value_t = 20)]
        connections: usize,
        /// Seconds of measurement
        #[arg(long, default_value_t = 3.0)]
        seconds: f64,
        /// Seconds before it
        #[arg(long, default_value_t = 1.0)]
        warm_up: f64,
        /// The message
        #[arg(long)]
        text: String,
    },
    /// Posts to connections through the management API, with a plain HTTP/1.1 client that keeps its connections
    Posts {
        /// The WebSocket's URL, ws://…
        #[arg(long)]
        url: String,
        /// What stands before /@connections, http://…
        #[arg(long)]
        management: String,
        /// HTTP connections, each with one post under way, and as many WebSockets
        #[arg(long, default_value_t = 16)]
        connections: usize,
        /// Seconds of measurement
        #[arg(long, default_value_t = 3.0)]
        seconds: f64,
    },
    /// Opens one connection, prints its id, and reads from it until standard input ends
    Listen {
        /// The WebSocket's URL, ws://…
        #[arg(long)]
        url: String,
    },
    /// One message to many connections: the time until the last has it
    Fanout {
        /// The WebSocket's URL, ws://…
        #[arg(long)]
        url: String,
        /// What stands before /@connections, http://…; without it a handler is told to post to them
        #[arg(long)]
        management: Option<String>,
        /// Connections
        #[arg(long, default_value_t = 1_000)]
        connections: usize,
        /// Times
        #[arg(long, default_value_t = 5)]
        rounds: usize,
    },
    /// Opens connections that stay silent, and reads how the server's memory grows (Linux)
    Idle {
        /// The WebSocket's URL, ws://…
        #[arg(long)]
        url: String,
        /// The server's process
        #[arg(long)]
        process: u32,
        /// Connections wanted
        #[arg(long, default_value_t = 20_000)]
        connections: usize,
    },
}

fn main() -> ExitCode {
    process::raise_file_limit();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let result =
        runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(measure()));
    match result {
        Ok(figures) => {
            println!("{figures}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn measure() -> Result<Value> {
    match Arguments::parse().measurement {
        Measurement::Connect { url, concurrency, max, seconds } => {
            connect::run(&Target::parse(&url)?, concurrency, max, duration(seconds)).await
        }
        Measurement::Messages { url, connections, seconds, warm_up, text } => {
            let (seconds, warm_up) = (duration(seconds), duration(warm_up));
            messages::run(&Target::parse(&url)?, connections, warm_up, seconds, &text).await
        }
        Measurement::Posts { url, management, connections, seconds } => {
            posts::run(&Target::parse(&url)?, &management, connections, duration(seconds)).await
        }
        Measurement::Listen { url } => posts::listen(&Target::parse(&url)?).await,
        Measurement::Fanout { url, management, connections, rounds } => {
            fanout::run(&Target::parse(&url)?, management.as_deref(), connections, rounds).await
        }
        Measurement::Idle { url, process, connections } => {
            idle::run(&Target::parse(&url)?, process, connections).await
        }
    }
}

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::from_secs(1))
}
