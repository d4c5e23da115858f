//! Medians of all rounds, side by side.

use super::Measurement;
use super::server::Side;
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// What the project has set itself: must, and goal (messages and connections per second, against the peer).
const MUST: f64 = 5.0;
const GOAL: f64 = 20.0;
/// The measurements that the budgets are about.
const BUDGETED: [&str; 3] = ["connections", "messages_sdk", "messages_return"];

/// All that was measured.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

struct Row {
    name: &'static str,
    what: &'static str,
    figure: &'static str,
    more_is_better: bool,
    gateway: Vec<Value>,
    peer: Vec<Value>,
}

impl Report {
    /// Keeps one run's figures.
    pub(crate) fn add(&mut self, measurement: &Measurement, side: Side, figures: Value) {
        let index = self.rows.iter().position(|row| row.name == measurement.name);
        let index = index.unwrap_or_else(|| {
            let &Measurement { name, what, figure, more_is_better, .. } = measurement;
            self.rows.push(Row {
                name,
                what,
                figure,
                more_is_better,
                gateway: Vec::new(),
                peer: Vec::new(),
            });
            self.rows.len() - 1
        });
        let row = &mut self.rows[index];
        let runs = if side == Side::Gateway { &mut row.gateway } else { &mut row.peer };
        runs.push(figures);
    }

    /// A table for people.
    pub(crate) fn table(&self, machine: &Value) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "{:>12} {:>12} {:>7}  ", "gateway", "peer", "ratio");
        for row in &self.rows {
            let shown = |runs: &[Value], key| median(runs, key).map_or("–".to_owned(), short);
            let ratio = row.ratio().map_or("–".to_owned(), |ratio| format!("{ratio:.1}×"));
            let (gateway, peer) = (shown(&row.gateway, row.figure), shown(&row.peer, row.figure));
            let _ = writeln!(
                text,
                "{gateway:>12} {peer:>12} {ratio:>7}  {} ({})",
                row.what,
                unit(row.figure)
            );
            if row.figure == "per_second" {
                for key in ["p50_ms", "p99_ms"] {
                    let (gateway, peer) = (shown(&row.gateway, key), shown(&row.peer, key));
                    let _ = writeln!(text, "{gateway:>12} {peer:>12} {:>7}    {}", "", unit(key));
                }
            }
        }
        let _ =
            writeln!(text, "peer: serverless-offline; a ratio above 1 is in favour of the gateway");
        let _ = writeln!(text, "{machine}");
        text
    }

    /// The same for programs, with every single run.
    pub(crate) fn json(&self, machine: &Value, rounds: u8) -> Value {
        let measurements: Map<_, _> =
            self.rows.iter().map(|row| (row.name.to_owned(), row.json())).collect();
        json!({ "machine": machine, "rounds": rounds, "peer": "serverless-offline", "measurements": measurements })
    }
}

impl Row {
    /// How many times better the gateway is; `None` without a peer.
    fn ratio(&self) -> Option<f64> {
        let (gateway, peer) =
            (median(&self.gateway, self.figure)?, median(&self.peer, self.figure)?);
        Some(if self.more_is_better { gateway / peer } else { peer / gateway })
    }

    fn json(&self) -> Value {
        let side = |runs: &[Value]| {
            let keys = runs.first().and_then(Value::as_object).into_iter().flat_map(Map::keys);
            let medians: Map<_, _> =
                keys.filter_map(|key| Some((key.clone(), json!(median(runs, key)?)))).collect();
            json!({ "medians": medians, "runs": runs })
        };
        let ratio = self.ratio();
        let mut row = json!({ "what": self.what, "figure": self.figure, "ratio": ratio });
        row["gateway"] = side(&self.gateway);
        if !self.peer.is_empty() {
            row["peer"] = side(&self.peer);
        }
        if BUDGETED.contains(&self.name) {
            let ratio = ratio.unwrap_or(0.0);
            row["budget"] = json!({ "must": MUST, "must_met": ratio >= MUST, "goal": GOAL, "goal_met": ratio >= GOAL });
        }
        row
    }
}

/// The middle one of a figure's values; of an even number of them the lower.
fn median(runs: &[Value], key: &str) -> Option<f64> {
    let mut values: Vec<f64> = runs.iter().filter_map(|run| run[key].as_f64()).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len().checked_sub(1)? / 2).copied()
}

fn short(value: f64) -> String {
    if value < 100.0 { format!("{value:.2}") } else { format!("{value:.0}") }
}

fn unit(figure: &str) -> &'static str {
    match figure {
        "per_second" => "per second",
        "p50_ms" => "median, ms",
        "p99_ms" => "99th percentile, ms",
        _ => "bytes",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_passes_over_runs_without_the_figure() {
        let runs = [json!({ "x": 3 }), json!({ "x": 1.5 }), json!({}), json!({ "x": 9 })];
        assert_eq!(median(&runs, "x"), Some(3.0));
        assert_eq!(median(&runs, "y"), None);
    }

    #[test]
    fn a_ratio_is_above_one_where_the_gateway_is_better() {
        let row = |figure, more_is_better| Row {
            name: "",
            what: "",
            figure,
            more_is_better,
            gateway: vec![json!({ "per_second": 20, "p50_ms": 2 })],
            peer: vec![json!({ "per_second": 5, "p50_ms": 8 })],
        };
        assert_eq!(row("per_second", true).ratio(), Some(4.0));
        assert_eq!(row("p50_ms", false).ratio(), Some(4.0));
    }
}
