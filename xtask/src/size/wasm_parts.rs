//! What the bytes of the wasm are: functions and crates, as twiggy counts them.

use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::process::output_of_step;
use crate::{cargo_tool, wasm};

/// Bytes of the wasm, the largest first.
pub(super) struct WasmParts {
    pub(super) functions: Vec<(String, u64)>,
    pub(super) crates: Vec<(String, u64)>,
}

impl WasmParts {
    /// Reads a release that has kept the names of its functions; its code is that of the package.
    pub(super) fn measure() -> Result<Self> {
        let named = wasm::release_with_names()?;
        let mut twiggy = Command::new(cargo_tool::twiggy().ensure()?.join("twiggy"));
        twiggy.args(["top", "-f", "json", "-n", "1000000"]).arg(named);
        let text = output_of_step("Counting the bytes of the wasm's functions", twiggy)?;
        let items: Vec<Value> =
            serde_json::from_str(&text).context("what twiggy printed can't be read")?;
        let parts = items.iter().filter_map(|item| {
            Some((item["name"].as_str()?.to_owned(), item["shallow_size"].as_u64()?))
        });
        Ok(Self::of(parts.collect()))
    }

    fn of(items: Vec<(String, u64)>) -> Self {
        let mut crates: Vec<(String, u64)> = Vec::new();
        let mut functions = Vec::new();
        for (item, bytes) in items {
            // A release has neither names nor other sections for tools.
            if item == NAMES || item.starts_with("custom section") {
                continue;
            }
            let krate = crate_of(&item);
            match crates.iter_mut().find(|(known, _)| *known == krate) {
                Some((_, sum)) => *sum += bytes,
                None => crates.push((krate, bytes)),
            }
            functions.push((without_hashes(&item), bytes));
        }
        for list in [&mut crates, &mut functions] {
            list.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
        }
        WasmParts { functions, crates }
    }

    pub(super) fn to_json(&self) -> Value {
        let list = |list: &[(String, u64)]| -> Vec<Value> {
            list.iter().map(|(name, bytes)| json!({ "name": name, "bytes": bytes })).collect()
        };
        json!({ "crates": list(&self.crates), "functions": list(&self.functions) })
    }
}

/// The functions of `src/npm.rs` that JavaScript calls, which have no other names.
const EXPORTS: [&str; 7] = ["start", "free", "room", "takes", "handle", "read", "version"];

const NAMES: &str = "\"function names\" subsection";

/// Rust's symbols have sixteen digits in brackets after the name of a crate.
const HASH: usize = "[0123456789abcdef]".len();

/// The crate that an item's name has first: of a method its type's, of a generic one that which wrote it.
fn crate_of(item: &str) -> String {
    if let Some((krate, _)) = first_crate(item) {
        return krate.to_owned();
    }
    let kind = if item.starts_with("data segment") {
        "data: texts and tables"
    } else if EXPORTS.contains(&item) {
        // With what was inlined into them.
        "gatesocket"
    } else {
        "wasm itself: types, imports, exports"
    };
    kind.to_owned()
}

/// A crate's name, and where its hash begins.
fn first_crate(item: &str) -> Option<(&str, usize)> {
    let hash = item.match_indices('[').find_map(|(place, _)| {
        let hash = item.get(place..place + HASH)?;
        let digits = hash.strip_prefix('[')?.strip_suffix(']')?;
        digits.chars().all(|digit| digit.is_ascii_hexdigit()).then_some(place)
    })?;
    let begin =
        item[..hash].rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |place| place + 1);
    Some((&item[begin..hash], hash))
}

fn without_hashes(item: &str) -> String {
    let mut text = item.to_owned();
    while let Some((_, hash)) = first_crate(&text) {
        text.replace_range(hash..hash + HASH, "");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_counted_by_the_crate_that_is_named_first() {
        let parts = WasmParts::of(vec![
            ("<gatesocket[0123456789abcdef]::core::Session>::handle".into(), 10),
            (
                "<alloc[0123456789abcdef]::vec::Vec<u8> as core[fedcba9876543210]::Drop>::drop"
                    .into(),
                7,
            ),
            ("handle".into(), 5),
            ("data segment \".rodata\"".into(), 3),
            ("import js::number".into(), 2),
            (NAMES.into(), 1000),
        ]);
        let crates: Vec<_> =
            parts.crates.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
        assert_eq!(
            crates,
            [
                ("gatesocket", 15),
                ("alloc", 7),
                ("data: texts and tables", 3),
                ("wasm itself: types, imports, exports", 2)
            ]
        );
        assert_eq!(parts.functions[0].0, "<gatesocket::core::Session>::handle");
        assert_eq!(parts.functions[1].0, "<alloc::vec::Vec<u8> as core::Drop>::drop");
    }
}
