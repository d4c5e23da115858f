//! Short names for what the wasm and the JavaScript around it know each other by.
//!
//! wasm-bindgen gives each function that crosses the border a name of some thirty characters, and each file of ours a path,
//! with hashes that no compression makes smaller, and they stand in both files.

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
    let short = with_short_files(&fs::read_to_string(glue)?);
    fs::write(glue, &short)?;
    let renamed = renamed(&fs::read_to_string(&text)?, &names, &short);
    fs::remove_file(&text)?;
    Ok(renamed)
}

/// What the wasm calls a file that it imports from.
fn file(path: &str) -> &str {
    match path {
        GLUE => "g",
        path => path.rsplit('/').next().unwrap_or(path),
    }
}

const GLUE: &str = "./gatesocket_bg.js";

/// The glue's table of files, each of which has a line, under their new names.
fn with_short_files(glue: &str) -> String {
    let short = |line: &str| match line
        .trim_start()
        .strip_prefix('"')
        .and_then(|rest| rest.split_once("\": "))
    {
        Some((path, rest)) if path.starts_with("./") => format!("\"{}\": {rest}", file(path)),
        _ => line.to_owned(),
    };
    glue.split_inclusive('\n').map(short).collect()
}

/// Imports and exports, of which each has a line, under their new names, but for the exports that the glue does not know.
fn renamed(text: &str, names: &BTreeMap<String, String>, glue: &str) -> String {
    let mut lines = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        // What stands between quotation marks has the odd places.
        let parts: Vec<&str> = line.split('"').collect();
        let new = |name: &str| names.get(name).map_or(name, String::as_str).to_owned();
        if let (true, [before, path, between, name, rest @ ..]) =
            (trimmed.starts_with("(import \""), &parts[..])
        {
            let name = if *path == GLUE { new(name) } else { (*name).to_owned() };
            let parts = [before, file(path), between, &name, &rest.join("\"")];
            lines.push_str(&parts.join("\""));
        } else if let (true, [before, name, rest @ ..]) =
            (trimmed.starts_with("(export \""), &parts[..])
        {
            let name = new(name);
            if glue.contains(&format!("wasm.{name}")) {
                lines.push_str(&[before, &*name, &rest.join("\"")].join("\""));
            }
        } else {
            lines.push_str(line);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_and_exports_get_short_names_and_exports_that_nobody_knows_go() {
        let names = [("__wbg_a_1", "x"), ("core_b", "y"), ("core_c", "z")];
        let names = names.map(|(from, to)| (from.to_owned(), to.to_owned())).into();
        let text = r#"(module
 (import "./gatesocket_bg.js" "__wbg_a_1" (func $0 (result i32)))
 (import "./gatesocket_bg.js" "other" (func $1))
 (import "./snippets/x.js" "__wbg_a_1" (func $2))
 (data $0 (i32.const 1) "core_b")
 (export "core_b" (func $3))
 (export "core_c" (func $4))
 (export "memory" (memory $0))
)
"#;
        let short = r#"(module
 (import "g" "x" (func $0 (result i32)))
 (import "g" "other" (func $1))
 (import "x.js" "__wbg_a_1" (func $2))
 (data $0 (i32.const 1) "core_b")
 (export "y" (func $3))
 (export "memory" (memory $0))
)
"#;
        assert_eq!(renamed(text, &names, "wasm.y(wasm.memory)"), short);
    }

    #[test]
    fn files_have_their_short_names_in_the_glue_too_where_it_does_not_import_them() {
        let glue = r#"import { a } from "./snippets/h/x.js";
    "./gatesocket_bg.js": import0
    "./snippets/h/x.js": { a }
"#;
        let short = r#"import { a } from "./snippets/h/x.js";
"g": import0
"x.js": { a }
"#;
        assert_eq!(with_short_files(glue), short);
    }
}
