//! The tables of `docs/size.md`, which `cargo xtask size` prints too.

use std::fmt::Write;
use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use super::wasm_parts::WasmParts;
use super::{bytes, grouped, name, rows};
use crate::standard_library::Compiler;
use crate::{fingerprint, project};

const CHAPTER: &str = "docs/size.md";

/// What stands between these lines is written by a run.
const BEGIN: &str = "<!-- written by cargo xtask size --accept -->\n";
const END: &str = "<!-- end -->";

/// How many functions and modules are listed.
const LISTED: usize = 15;

/// All tables, in Markdown.
pub(super) fn text(figures: &Value, parts: &WasmParts, compiler: &Compiler) -> String {
    let mut text = String::new();
    let mut line = |line: String| {
        // Can't fail: a String takes everything.
        let _ = writeln!(text, "{line}");
    };
    line(format!(
        "Compiled by rustc {}, standard library {}; bundled by esbuild {}.\n",
        compiler.rustc,
        compiler.library.name(),
        figures["esbuild"].as_str().unwrap_or_default()
    ));
    let head = |what: &str| format!("| {what} | raw | gzip | brotli |\n|---|---:|---:|---:|");
    let sizes =
        |row: &Value| ["raw", "gzip", "brotli"].map(|kind| grouped(bytes(row, kind))).join(" | ");
    line(head("entry, whole"));
    for row in rows(figures, "entries") {
        line(format!("| `{}` | {} |", name(row), sizes(row)));
    }
    let mut peers: Vec<&Value> = rows(figures, "peers").iter().collect();
    peers.sort_by_key(|row| bytes(row, "brotli"));
    line(format!("\n{}", head("peer")));
    for row in peers {
        let (version, what) = (&row["version"], &row["what"]);
        let words = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        line(format!("| {} {}, {} | {} |", name(row), words(version), words(what), sizes(row)));
    }
    let wasm = &figures["wasm"];
    line(format!("\n{}", head("the wasm")));
    line(format!("| by itself | {} |", sizes(&wasm["bare"])));
    line(format!("| as text in JavaScript | {} |", sizes(&wasm["inlined"])));
    let modules =
        rows(figures, "modules").iter().map(|row| (name(row).to_owned(), bytes(row, "bytes")));
    let modules: Vec<_> = modules.collect();
    let lists = [
        ("module of the package, minified", &modules, LISTED),
        ("crate, of the wasm", &parts.crates, usize::MAX),
        ("function, of the wasm", &parts.functions, LISTED),
    ];
    for (what, list, count) in lists {
        line(format!("\n| {what} | bytes |\n|---|---:|"));
        for (name, bytes) in list.iter().take(count) {
            line(format!("| `{}` | {} |", shortened(name), grouped(*bytes)));
        }
        let rest: u64 = list.iter().skip(count).map(|(_, bytes)| bytes).sum();
        if rest > 0 {
            line(format!("| {} more | {} |", list.len() - count, grouped(rest)));
        }
    }
    text
}

/// Names of closures can have a thousand letters.
fn shortened(name: &str) -> String {
    const LONGEST: usize = 90;
    let mut letters = name.chars();
    let begin: String = letters.by_ref().take(LONGEST).collect();
    if letters.next().is_some() { format!("{begin}…") } else { begin }
}

/// Puts the tables into the chapter.
pub(super) fn write(figures: &Value, parts: &WasmParts, compiler: &Compiler) -> Result<()> {
    let file = project::path(CHAPTER);
    let chapter = fs::read_to_string(&file).with_context(|| format!("{CHAPTER} can't be read"))?;
    let (before, rest) =
        chapter.split_once(BEGIN).context("the chapter has no place for tables")?;
    let (_, after) = rest.split_once(END).context("the chapter's tables have no end")?;
    let tables = text(figures, parts, compiler);
    fingerprint::write(&file, &format!("{before}{BEGIN}\n{tables}\n{END}{after}"))
}
