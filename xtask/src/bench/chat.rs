//! `cargo xtask bench chat`: the chat backend on the local gateway, and its fan-out beside one post after the other.

use std::fmt::Write;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::machine;
use crate::process::output_of_step;
use crate::{chat, gateway, page, project, test};

/// Measures and prints a table.
pub(super) fn run(json: bool, rounds: u8) -> Result<()> {
    chat::install_handler()?;
    test::install_gateway_clients()?;
    page::install_drivers()?; // Which the setting of the chat's tests imports.
    let mut command = Command::new("node");
    command
        .arg(project::path("bench/chat/bench.mjs"))
        .arg(rounds.to_string())
        .current_dir(project::root())
        .env("GATESOCKET_GATEWAY", gateway::build()?);
    let what = format!("The chat backend on the local gateway, {rounds} rounds");
    let printed = output_of_step(&what, command)?;
    let figures: Value = serde_json::from_str(&printed).context("the figures can't be read")?;
    let machine = machine::describe()?;
    print!("{}", table(&figures));
    println!("{machine}");
    if json {
        println!("{}", json!({ "machine": machine, "figures": figures }));
    }
    Ok(())
}

fn table(figures: &Value) -> String {
    let names = ["all", "own", "database", "management", "queries", "posts"];
    let mut text = format!("{:<14}", "median (p95)");
    for name in names {
        let _ = write!(text, "{name:>18}");
    }
    text.push('\n');
    for (action, times) in figures["actions"].as_object().into_iter().flatten() {
        let _ = write!(text, "{action:<14}");
        for name in names {
            let cell = format!("{} ({})", times[name]["median"], times[name]["p95"]);
            let _ = write!(text, "{cell:>18}");
        }
        text.push('\n');
    }
    let cold = &figures["cold_start"];
    for (name, what) in [("init", "start and import"), ("first", "first invocation")] {
        let of = &cold[name];
        let _ = writeln!(text, "cold, {what}: {} ms ({})", of["median"], of["p95"]);
    }
    for of in figures["fan_out"].as_array().into_iter().flatten() {
        let _ = writeln!(
            text,
            "a message to {} members, round trip of a post + {} ms: {} ms; one after the other {} ms; {}×",
            of["members"],
            of["round_trip_ms"],
            of["ours"]["median"],
            of["naive"]["median"],
            of["ratio"]
        );
    }
    text
}
