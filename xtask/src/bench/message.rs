//! `cargo xtask bench message` and `cargo xtask bench heap`: a session of the packed npm package in headless
//! Chromium, beside the hand-written code and its peers.

use std::fmt::Write;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{machine, page};

/// Where the contestants are.
const FOLDER: &str = "bench/message";

/// What the project has set itself, as ratios to the hand-written code.
struct Budget {
    /// The figure's place in what the benchmark prints, from the outside in.
    path: [&'static str; 2],
    must: f64,
    goal: f64,
}

const BUDGETS: [Budget; 6] = [
    Budget { path: ["script_time_us", "100"], must: 1.4, goal: 1.2 },
    Budget { path: ["script_time_us", "1024"], must: 1.15, goal: 1.05 },
    Budget { path: ["connect_ms", "first_in_browser"], must: 1.25, goal: 1.05 },
    Budget { path: ["connect_ms", "first_in_page"], must: 1.25, goal: 1.05 },
    Budget { path: ["connect_ms", "first_in_page_far"], must: 1.25, goal: 1.05 },
    Budget { path: ["connect_ms", "warm"], must: 1.25, goal: 1.05 },
];

/// The cost of a message and the time to the connectionId.
pub(super) fn cost(json: bool, rounds: u8) -> Result<()> {
    let what = format!("Cost per message and time to the connectionId, {rounds} rounds");
    let figures = page::measure(&what, FOLDER, "bench.mjs", &[rounds.to_string()])?;
    print!("{}", table(&figures));
    let budgets: Vec<Value> = BUDGETS.iter().map(|budget| budget.judge(&figures)).collect();
    for budget in &budgets {
        println!("{budget}");
    }
    let machine = machine::describe()?;
    println!("{machine}");
    if json {
        println!("{}", json!({ "machine": machine, "budgets": budgets, "figures": figures }));
    }
    Ok(())
}

/// What a page holds before and after many messages.
pub(super) fn heap(json: bool, messages: u32) -> Result<()> {
    let what = format!("{messages} messages to a page and as many from it");
    let figures = page::measure(&what, FOLDER, "heap.mjs", &[messages.to_string()])?;
    for (name, before) in figures["before"].as_object().context("what was held before")? {
        println!("{name:>20} {before:>12} {:>12}", figures["after"][name]);
    }
    let machine = machine::describe()?;
    println!("{} s; {machine}", figures["seconds"]);
    if json {
        println!("{}", json!({ "machine": machine, "figures": figures }));
    }
    Ok(())
}

impl Budget {
    fn judge(&self, figures: &Value) -> Value {
        let [group, name] = self.path;
        let ratio = figures[group][name]["gatesocket"]["ratio"]["median"].as_f64();
        json!({
            "figure": self.path.join("."),
            "ratio": ratio,
            "must": self.must,
            "must_met": ratio.is_some_and(|ratio| ratio <= self.must),
            "goal": self.goal,
            "goal_met": ratio.is_some_and(|ratio| ratio <= self.goal),
        })
    }
}

/// Medians, and the ratio to the hand-written code with its quartiles.
fn table(figures: &Value) -> String {
    let mut text = String::new();
    for (group, what) in [
        ("script_time_us", "script time per message over a real WebSocket, µs, by bytes"),
        ("dispatch_us", "time of dispatchEvent per message without a network, µs, by bytes"),
        ("connect_ms", "from connect to the connectionId, ms"),
    ] {
        let _ = writeln!(text, "{what}");
        for (name, sides) in figures[group].as_object().into_iter().flatten() {
            for (side, figure) in sides.as_object().into_iter().flatten() {
                let ratio = &figure["ratio"];
                let _ = writeln!(
                    text,
                    "  {name:>20}  {side:<20} {:>8}  {:>6}× ({}–{})",
                    figure["median"].to_string(),
                    ratio["median"].to_string(),
                    ratio["quartiles"][0],
                    ratio["quartiles"][1],
                );
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_met_at_its_own_figure_and_never_without_one() {
        let figures = |ratio: f64| json!({ "connect_ms": { "warm": { "gatesocket": { "ratio": { "median": ratio } } } } });
        let budget = Budget { path: ["connect_ms", "warm"], must: 1.25, goal: 1.05 };
        assert_eq!(budget.judge(&figures(1.25))["must_met"], true);
        assert_eq!(budget.judge(&figures(1.25))["goal_met"], false);
        assert_eq!(budget.judge(&figures(1.26))["must_met"], false);
        assert_eq!(budget.judge(&json!({}))["must_met"], false);
    }
}
