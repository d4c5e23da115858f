//! What an entry may weigh: no more than the budget, and little more than it did when somebody last looked.

use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use super::{FOLDER, bytes, grouped, measure, name, rows};
use crate::fingerprint::write;
use crate::project;
use crate::standard_library::{self, Compiler, Library};

/// What most pages load, and what it may weigh at most: bytes after brotli.
const MUST: (&str, u64) = ("gatesocket + gatesocket/react", 32_768);

/// An entry may grow by this before somebody must look: per cent of the committed number.
const GROWTH: u64 = 2;

fn file() -> std::path::PathBuf {
    project::path(FOLDER).join("committed.json")
}

/// Fails where the package is larger than it may be, and says what to do.
pub(crate) fn check() -> Result<()> {
    let figures = measure(false)?;
    let compiler = standard_library::compiler()?;
    eprintln!(
        "  compiled by rustc {}, standard library {}",
        compiler.rustc,
        compiler.library.name()
    );
    if compiler.library == Library::Compiled {
        eprintln!(
            "  sizes are not judged: the numbers are of a package with a standard library built for size"
        );
        return Ok(());
    }
    let text = fs::read_to_string(file()).context("the committed sizes can't be read")?;
    let committed: Value =
        serde_json::from_str(&text).context("the committed sizes can't be read")?;
    let entries = rows(&figures, "entries");
    for row in entries {
        eprintln!("  {:<40} {:>7}", name(row), grouped(bytes(row, "brotli")));
    }
    let complaints = complaints(entries, &committed, &compiler.rustc);
    if complaints.is_empty() {
        return Ok(());
    }
    bail!("{}", complaints.join("\n"))
}

/// Makes the sizes of now the committed ones.
pub(super) fn accept(figures: &Value, compiler: &Compiler) -> Result<()> {
    if compiler.library == Library::Compiled {
        bail!(
            "these sizes are of a package whose standard library was not built for size: they can't be accepted"
        );
    }
    let now = rows(figures, "entries").iter().find(|row| name(row) == MUST.0);
    let now = now.map(|row| bytes(row, "brotli")).context("the entry of the budget is missing")?;
    if now > MUST.1 {
        bail!("{} is {} bytes, above its budget of {}", MUST.0, grouped(now), grouped(MUST.1));
    }
    let brotli: Map<String, Value> = rows(figures, "entries")
        .iter()
        .map(|row| (name(row).to_owned(), bytes(row, "brotli").into()))
        .collect();
    let committed = json!({ "rustc": compiler.rustc, "brotli": brotli });
    write(&file(), &format!("{committed:#}\n"))
}

/// A sentence for each entry that is too large, and for each that is not measured any more: nobody would see it grow.
fn complaints(entries: &[Value], committed: &Value, rustc: &str) -> Vec<String> {
    let mut found = Vec::new();
    for row in entries {
        let (name, now) = (name(row), bytes(row, "brotli"));
        let Some(before) = committed["brotli"][name].as_u64() else {
            found.push(format!(
                "{name} is {} bytes after brotli, and no size of it is committed. Accept it: cargo xtask size --accept",
                grouped(now)
            ));
            continue;
        };
        if now * 100 > before * (100 + GROWTH) {
            let other = match committed["rustc"].as_str() {
                Some(other) if other != rustc => {
                    format!(" (compiled by rustc {rustc}, that by {other})")
                }
                _ => String::new(),
            };
            found.push(format!(
                "{name} grew by {} bytes, to {} after brotli, which is more than {GROWTH} % above the committed {}{other}. \
                 What it is made of: cargo xtask size. If it is worth that: cargo xtask size --accept",
                grouped(now - before),
                grouped(now),
                grouped(before),
            ));
        }
        if name == MUST.0 && now > MUST.1 {
            found.push(format!(
                "{name} is {} bytes after brotli, above its budget of {}, which can't be accepted",
                grouped(now),
                grouped(MUST.1)
            ));
        }
    }
    let gone = committed["brotli"].as_object().into_iter().flat_map(Map::keys);
    for gone in gone.filter(|known| entries.iter().all(|row| name(row) != known.as_str())) {
        found.push(format!(
            "{gone} has a committed size, and the package has no such entry. If that is meant: cargo xtask size --accept"
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(name: &str, now: u64, before: Value) -> Vec<String> {
        let committed = json!({ "rustc": "1.95.0", "brotli": { name: before } });
        complaints(&[json!({ "name": name, "brotli": now })], &committed, "1.95.0")
    }

    #[test]
    fn an_entry_may_shrink_and_grow_by_two_per_cent() {
        assert!(judged("gatesocket", 800, json!(1000)).is_empty());
        assert!(judged("gatesocket", 1020, json!(1000)).is_empty());
    }

    #[test]
    fn one_that_grew_by_more_is_named_with_the_numbers_and_what_to_do() {
        let found = judged("gatesocket", 1021, json!(1000)).join("");
        assert!(found.contains("gatesocket grew by 21 bytes, to 1,021"), "{found}");
        assert!(found.contains("cargo xtask size --accept") && !found.contains("rustc"), "{found}");
    }

    #[test]
    fn another_compiler_is_named() {
        let committed = json!({ "rustc": "1.96.0", "brotli": { "gatesocket": 1000 } });
        let rows = [json!({ "name": "gatesocket", "brotli": 2000 })];
        assert!(complaints(&rows, &committed, "1.95.0").join("").contains("that by 1.96.0"));
    }

    #[test]
    fn one_that_nobody_has_accepted_fails() {
        assert!(
            judged("gatesocket/new", 10, Value::Null)
                .join("")
                .contains("no size of it is committed")
        );
    }

    #[test]
    fn one_that_is_gone_fails() {
        let committed =
            json!({ "rustc": "1.95.0", "brotli": { "gatesocket": 1000, "gatesocket/old": 10 } });
        let rows = [json!({ "name": "gatesocket", "brotli": 1000 })];
        let found = complaints(&rows, &committed, "1.95.0");
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("gatesocket/old has a committed size"), "{}", found[0]);
    }

    #[test]
    fn the_budget_can_not_be_passed() {
        let (name, must) = MUST;
        assert!(judged(name, must, json!(must)).is_empty());
        for before in [must, must + 1] {
            let found = judged(name, must + 1, json!(before)).join("");
            assert!(found.contains("above its budget of 32,768"), "{found}");
        }
    }
}
