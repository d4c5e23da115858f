//! `cargo xtask bench …`: both sides of every comparison in the same run.

mod chat;
mod load;
mod machine;
mod message;
mod page;
mod react;
mod report;
mod server;

use anyhow::Result;
use clap::Subcommand;
use load::Load;
use report::Report;
use serde_json::Value;
use server::{Server, Side};

/// What can be measured.
#[derive(Subcommand)]
pub(crate) enum Bench {
    /// The local gateway beside serverless-offline: connections, messages, posts, fan-out and memory, in about 4 minutes
    Gateway {
        /// Also print one JSON object, on the last line
        #[arg(long)]
        json: bool,
        /// How often each side is started and measured, in alternation; the medians count
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=9))]
        rounds: u8,
    },
    /// A session in Chromium beside the hand-written code, partysocket and react-use-websocket: cost per message, and
    /// time from connect to the connectionId, in about 5 minutes
    Message {
        /// Also print one JSON object, on the last line
        #[arg(long)]
        json: bool,
        /// How often everyone is measured, in alternation; the medians count
        #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u8).range(3..=101))]
        rounds: u8,
    },
    /// Messages that arrive in React components in Chromium, beside react-use-websocket and useState: script time, renders,
    /// messages seen, lateness; draws the chart of the chapter; about 2 minutes a round
    React {
        /// Also print one JSON object, on the last line
        #[arg(long)]
        json: bool,
        /// How often everyone is measured, in alternation; the medians count
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=25))]
        rounds: u8,
    },
    /// The chat backend on the local gateway: each action, a cold start, and a message to 1,000 members beside one post after
    /// the other, in about 3 minutes
    Chat {
        /// Also print one JSON object, on the last line
        #[arg(long)]
        json: bool,
        /// How often a message goes to all members, by each side in turn; the medians count
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=51))]
        rounds: u8,
    },
    /// What a page in Chromium holds before and after a million messages both ways, in about 3 minutes
    Heap {
        /// Also print one JSON object, on the last line
        #[arg(long)]
        json: bool,
        /// How many messages each way
        #[arg(long, default_value_t = 1_000_000)]
        messages: u32,
    },
    /// What a message of the chat backend costs in rooms of 10, 1,000 and 100,000 members, in calls, units, dollars and
    /// time: the handlers counted between stand-ins, and a model; about 1 minute
    Scale {
        /// Also print one JSON object, on the last line
        #[arg(long)]
        json: bool,
        /// Also put the tables into docs/chat-scale.md
        #[arg(long)]
        write: bool,
    },
}

/// Runs a benchmark.
pub(crate) fn run(bench: Bench) -> Result<()> {
    match bench {
        Bench::Gateway { json, rounds } => gateway(json, rounds),
        Bench::Message { json, rounds } => message::cost(json, rounds),
        Bench::React { json, rounds } => react::run(json, rounds),
        Bench::Chat { json, rounds } => chat::run(json, rounds),
        Bench::Heap { json, messages } => message::heap(json, messages),
        Bench::Scale { json, write } => crate::chat::scale(json, write),
    }
}

fn gateway(json: bool, rounds: u8) -> Result<()> {
    server::install()?;
    let load = Load::build()?;
    let mut report = Report::default();
    for round in 1..=rounds {
        for side in [Side::ServerlessOffline, Side::Gateway] {
            eprintln!("• Round {round} of {rounds}: {side}");
            let server = Server::start(side)?;
            for measurement in MEASUREMENTS {
                if measurement.applies_to(side) {
                    report.add(measurement, side, (measurement.take)(&load, &server)?);
                }
            }
        }
    }
    for side in [Side::ServerlessOffline, Side::Gateway] {
        eprintln!("• Silent connections: {side}");
        let server = Server::start(side)?;
        report.add(&IDLE, side, load.idle(&server)?);
    }
    let machine = machine::describe()?;
    print!("{}", report.table(&machine));
    if json {
        println!("{}", report.json(&machine, rounds));
    }
    Ok(())
}

/// One figure of both sides.
pub(crate) struct Measurement {
    name: &'static str,
    /// What is done, for the table.
    what: &'static str,
    /// The key of the figure that the ratio is made of.
    figure: &'static str,
    /// Whether more is better, as with a rate, or less, as with a time.
    more_is_better: bool,
    /// Sides that have it; where serverless-offline lacks something, the gateway alone is measured.
    gateway_only: bool,
    take: fn(&Load, &Server) -> Result<Value>,
}

impl Measurement {
    fn applies_to(&self, side: Side) -> bool {
        !self.gateway_only || side == Side::Gateway
    }
}

const RATE: Measurement = Measurement {
    name: "",
    what: "",
    figure: "per_second",
    more_is_better: true,
    gateway_only: false,
    take: |_, _| Ok(Value::Null),
};
const TIME: Measurement = Measurement { figure: "p50_ms", more_is_better: false, ..RATE };

/// Starts after this many connections find a warm server: serverless-offline starts a thread for each invocation
/// that waits.
const WARM_UP_CONNECTIONS: usize = 200;

const MEASUREMENTS: &[Measurement] = &[
    Measurement {
        name: "connections",
        what: "connections opened, each through a $connect handler, 32 at a time",
        take: |load, server| {
            load.connect(&server.ws, WARM_UP_CONNECTIONS)?;
            load.connect(&server.ws, 5_000)
        },
        ..RATE
    },
    Measurement {
        name: "connections_without_handler",
        what: "connections opened where there is no $connect route",
        gateway_only: true,
        take: |load, _| load.connect(&Server::start_without_connect_route()?.ws, 10_000),
        ..RATE
    },
    Measurement {
        name: "messages_sdk",
        what: "messages, 20 clients in a closed loop; the handler answers by a post of the AWS SDK over http",
        take: |load, server| load.messages(server, "ECHO"),
        ..RATE
    },
    Measurement {
        name: "messages_sdk_https",
        what: "the same over https, which the domain name of the event leads to",
        gateway_only: true,
        take: |load, _| load.messages(&Server::start_with_https_endpoint()?, "ECHO"),
        ..RATE
    },
    Measurement {
        name: "messages_return",
        what: "messages as above, and what the handler returns is the route's response",
        take: |load, server| load.messages(server, "RETURN"),
        ..RATE
    },
    Measurement {
        name: "messages_mock",
        what: "messages as above, answered by a MOCK integration",
        gateway_only: true,
        take: |load, server| load.messages(server, "MOCK"),
        ..RATE
    },
    Measurement {
        name: "posts",
        what: "posts to the management API, 16 kept HTTP connections",
        take: |load, server| load.posts(server),
        ..RATE
    },
    Measurement {
        name: "posts_sdk",
        what: "posts by the AWS SDK, one Node process, 8 at a time",
        take: |load, server| load.sdk_posts(server),
        ..RATE
    },
    Measurement {
        name: "fanout",
        what: "one message to 1,000 connections, by 16 kept HTTP connections: until the last has it",
        take: |load, server| load.fanout(server, true),
        ..TIME
    },
    Measurement {
        name: "fanout_handler",
        what: "the same by the handler, with the AWS SDK",
        take: |load, server| load.fanout(server, false),
        ..TIME
    },
];

/// Memory of a silent connection.
const IDLE: Measurement = Measurement {
    name: "idle_memory",
    what: "memory of a silent connection",
    figure: "bytes_per_connection",
    more_is_better: false,
    ..RATE
};
