//! Short names for what the wasm and the JavaScript around it know each other by.
//!
//! wasm-bindgen gives each function that crosses the border a name of some thirty characters, with a hash that no
//! compression makes smaller, and it stands in both files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::node;
use crate::process::Step;

/// Names that wasm-bindgen made up, as an expression of esbuild's, and the one of them that `guard.ts` knows.
const MADE_UP: &str = "^(__wbg_|__wbindgen_|__externref_|wasm_bindgen_)";
const KNOWN: &str = "^__wbindgen_externrefs$";

/// Renames in both files, and writes the wasm as text, which is returned, for the tools that come after.
pub(crate) fn shorten(glue: &Path, wasm: &Path, features: &[&str]) -> Result<String> {
    let cache = glue.with_extension("names.json");
    fs::write(&cache, "{}")?;
    let mut rename = Command::new(node::bin("pkg-template").join("esbuild"));
    rename
        .arg(glue)
        .arg(format!("--mangle-props={MADE_UP}"))
        .arg(format!("--reserve-props={KNOWN}"))
        .arg(format!("--mangle-cache={}", cache.display()))
        .arg(format!("--outfile={}", glue.display()))
        .args(["--allow-overwrite", "--log-level=warning"]);
    Step::new("Shortening the names of the JavaScript around the wasm", "", rename).run()?;
    let names = serde_json::from_slice(&fs::read(&cache)?).context("esbuild's table of names")?;
    fs::remove_file(&cache)?;

    let text = wasm.with_extension("wat");
    let mut disassemble = Command::new(node::bin("pkg-template").join("wasm-dis"));
    disassemble.args(features).arg(wasm).arg("-o").arg(&text);
    Step::new("Writing the wasm as text", "", disassemble).run()?;
    let renamed = renamed(&fs::read_to_string(&text)?, &names);
    fs::remove_file(&text)?;
    Ok(renamed)
}

/// Imports from the glue and exports, of which each has a line, under their new names.
fn renamed(text: &str, names: &BTreeMap<String, String>) -> String {
    let mut lines = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let place = if trimmed.starts_with("(import \"./gatesocket_bg.js\" ") {
            3
        } else if trimmed.starts_with("(export ") {
            1
        } else {
            lines.push_str(line);
            continue;
        };
        // What stands between quotation marks has the odd places.
        let parts: Vec<&str> = line.split('"').collect();
        let name = parts.get(place).and_then(|name| names.get(*name));
        let renamed = parts.iter().enumerate().map(|(at, part)| match name {
            Some(name) if at == place => name,
            _ => *part,
        });
        lines.push_str(&renamed.collect::<Vec<_>>().join("\""));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_from_the_glue_and_exports_get_the_names_of_the_table() {
        let names = [("__wbg_a_1", "x"), ("core_b", "y")];
        let names = names.map(|(from, to)| (from.to_owned(), to.to_owned())).into();
        let text = r#"(module
 (import "./gatesocket_bg.js" "__wbg_a_1" (func $0 (result i32)))
 (import "./gatesocket_bg.js" "other" (func $1))
 (import "./snippets/x.js" "__wbg_a_1" (func $2))
 (data $0 (i32.const 1) "core_b")
 (export "core_b" (func $3))
 (export "memory" (memory $0))
)
"#;
        let short = r#"(module
 (import "./gatesocket_bg.js" "x" (func $0 (result i32)))
 (import "./gatesocket_bg.js" "other" (func $1))
 (import "./snippets/x.js" "__wbg_a_1" (func $2))
 (data $0 (i32.const 1) "core_b")
 (export "y" (func $3))
 (export "memory" (memory $0))
)
"#;
        assert_eq!(renamed(text, &names), short);
    }
}
