//! `cargo xtask bench react`: the hooks of the packed npm package in headless Chromium, beside react-use-websocket and a
//! hand-written component.

use std::fmt::Write;

use anyhow::Result;
use serde_json::{Value, json};

use super::{machine, page};
use crate::project;

/// Where the sides are.
const FOLDER: &str = "bench/react";
/// The chart that the chapter shows.
const CHART: &str = "docs/benchmarks-react.svg";

/// The measurement that the project has set itself a budget for, and the budget: script time as a part of
/// react-use-websocket's.
const BUDGETED: &str = "5000/s × 10";
const MUST: f64 = 1.0 / 8.0;
const GOAL: f64 = 1.0 / 13.0;

/// Measures, prints a table, and draws the chart anew.
pub(super) fn run(json: bool, rounds: u8) -> Result<()> {
    let what = format!("Messages that arrive in React components, {rounds} rounds");
    let chart = project::path(CHART);
    let arguments = [rounds.to_string(), chart.display().to_string()];
    let figures = page::measure(&what, FOLDER, "bench.mjs", &arguments)?;
    print!("{}", table(&figures));
    let budget = judge(&figures);
    let machine = machine::describe()?;
    println!("{budget}\n{machine}\n{CHART}");
    if json {
        println!("{}", json!({ "machine": machine, "budget": budget, "figures": figures }));
    }
    Ok(())
}

/// Whether the budget is met: the script time, and that every component saw every message.
fn judge(figures: &Value) -> Value {
    let side = &figures["bursts"][BUDGETED]["sides"]["gatesocket"];
    let ratio = side["script_ms"]["ratio"]["median"].as_f64();
    let nothing_lost = side["seen"]["quartiles"][0].as_f64() == Some(1.0);
    let met = |limit| nothing_lost && ratio.is_some_and(|ratio| ratio <= limit);
    json!({
        "figure": BUDGETED,
        "ratio": ratio,
        "nothing_lost": nothing_lost,
        "must": MUST,
        "must_met": met(MUST),
        "goal": GOAL,
        "goal_met": met(GOAL),
    })
}

/// Medians; of the script time also the ratio to react-use-websocket's, with its quartiles.
fn table(figures: &Value) -> String {
    let mut text = format!(
        "{:<22}{:>10}  {:<22}{:>9}{:>10}{:>8}{:>9}{:>9}\n",
        "", "script ms", "ratio (quartiles)", "task ms", "renders", "seen", "late ms", "long ms"
    );
    let bursts = figures["bursts"].as_object().into_iter().flatten();
    let bursts = bursts.map(|(name, burst)| (name.clone(), burst));
    let table = &figures["table"];
    let rows = format!("{} rows, {}/s for one", table["subscribers"], table["rate"]);
    for (name, group) in bursts.chain([(rows, table)]) {
        let _ = writeln!(text, "{name}");
        for (side, figure) in group["sides"].as_object().into_iter().flatten() {
            let median = |name: &str| figure[name]["median"].as_f64().unwrap_or(f64::NAN);
            let script = &figure["script_ms"];
            let ratio = format!(
                "{}× ({}–{})",
                script["ratio"]["median"],
                script["ratio"]["quartiles"][0],
                script["ratio"]["quartiles"][1]
            );
            let _ = writeln!(
                text,
                "  {side:<20}{:>10.0}  {ratio:<22}{:>9.0}{:>10.0}{:>7.1}%{:>9.0}{:>9.0}",
                median("script_ms"),
                median("task_ms"),
                median("renders"),
                100.0 * median("seen"),
                median("late_ms"),
                median("long_tasks_ms"),
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(ratio: f64, fewest: f64) -> Value {
        let side = json!({
            "script_ms": { "median": 100, "ratio": { "median": ratio, "quartiles": [ratio, ratio] } },
            "seen": { "median": 1.0, "quartiles": [fewest, 1.0] },
        });
        json!({ "bursts": { BUDGETED: { "sides": { "gatesocket": side } } } })
    }

    #[test]
    fn a_budget_is_met_at_its_own_figure_and_only_when_nothing_is_lost() {
        assert_eq!(judge(&figures(0.125, 1.0))["must_met"], true);
        assert_eq!(judge(&figures(0.125, 1.0))["goal_met"], false);
        assert_eq!(judge(&figures(0.13, 1.0))["must_met"], false);
        assert_eq!(judge(&figures(0.01, 0.9))["must_met"], false);
        assert_eq!(judge(&json!({}))["must_met"], false);
    }

    #[test]
    fn the_table_has_a_line_for_each_side() {
        let text = table(&figures(0.1, 1.0));
        let line = text.lines().find(|line| line.trim_start().starts_with("gatesocket"));
        let line = line.expect("a line of the side");
        assert!(line.contains("0.1× (0.1–0.1)") && line.contains("100.0%"), "{line}");
    }
}
