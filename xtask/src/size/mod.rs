//! `cargo xtask size`: how many bytes a page loads for each entry of the package, for its peers, and for what.

mod budget;
mod chapter;
mod wasm_parts;

use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

pub(crate) use budget::check;
use wasm_parts::WasmParts;

use crate::process::output_of_step;
use crate::standard_library::{self, Compiler};
use crate::{node, package, project};

const FOLDER: &str = "bench/size";

/// Prints the sizes; with `accept`, also makes them the ones that tests compare with, and writes the chapter's tables.
pub(crate) fn run(as_json: bool, accept: bool) -> Result<()> {
    node::install(FOLDER, "the peers, to measure beside", "about 20 seconds")?;
    let figures = measure(true)?;
    let parts = WasmParts::measure()?;
    let compiler = standard_library::compiler()?;
    print!("{}", chapter::text(&figures, &parts, &compiler));
    if accept {
        budget::accept(&figures, &compiler)?;
        chapter::write(&figures, &parts, &compiler)?;
    }
    if as_json {
        println!("{}", object(figures, parts.to_json(), &compiler));
    }
    Ok(())
}

/// All that was measured, for programs.
fn object(figures: Value, parts: Value, compiler: &Compiler) -> Value {
    let mut object = json!({ "ok": true, "compiler": compiler.rustc, "standardLibrary": compiler.library.name() });
    if let (Some(object), Value::Object(figures)) = (object.as_object_mut(), figures) {
        object.extend(figures);
        object.insert("wasmParts".into(), parts);
    }
    object
}

/// What `bench/size/measure.mjs` prints.
fn measure(peers: bool) -> Result<Value> {
    let installed = package::install_alone()?;
    let mut command = Command::new("node");
    command
        .arg(project::path(FOLDER).join("measure.mjs"))
        .arg(installed)
        .args(peers.then_some("--peers"))
        .current_dir(project::root());
    let printed = output_of_step("Bundling every entry as a page would", command)?;
    serde_json::from_str(&printed).context("the sizes can't be read")
}

/// A list of figures by its name.
fn rows<'a>(figures: &'a Value, name: &str) -> &'a [Value] {
    figures[name].as_array().map_or(&[], Vec::as_slice)
}

fn name(row: &Value) -> &str {
    row["name"].as_str().unwrap_or_default()
}

fn bytes(row: &Value, kind: &str) -> u64 {
    row[kind].as_u64().unwrap_or_default()
}

/// 12345 as "12,345".
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{grouped, object};
    use crate::standard_library::{Compiler, Library};

    #[test]
    fn a_program_gets_one_object_on_one_line() {
        let compiler = Compiler { rustc: "1.96.0".to_owned(), library: Library::Smallest };
        let figures = json!({ "entries": [{ "name": "a\nb", "brotli": 1 }], "peers": [] });
        let line = object(figures, json!({ "core": 2 }), &compiler).to_string();
        assert_eq!(line.lines().count(), 1);
        let read: Value = serde_json::from_str(&line).expect("it is JSON");
        assert_eq!(read["ok"], true);
        assert_eq!(read["compiler"], "1.96.0");
        assert_eq!(read["entries"][0]["brotli"], 1);
        assert_eq!(read["wasmParts"]["core"], 2);
    }

    #[test]
    fn digits_are_grouped_by_three() {
        let written = [0, 999, 1000, 32_768, 1_234_567].map(grouped);
        assert_eq!(written, ["0", "999", "1,000", "32,768", "1,234,567"]);
    }
}
