//! The npm package: the core as wasm, its facade around it, and the tarball that a user installs.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::fingerprint::{unless_fresh, write};
use crate::process::{Step, output_of};
use crate::{cargo_tool, inlined, node, project, rust_target};

/// The features that today's browsers have. `--all-features` writes an encoding that they refuse.
const WASM_FEATURES: [&str; 6] = [
    "--enable-reference-types",
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-multivalue",
];

/// The wasm that reads the text which [`inlined`] writes.
const UNPACK: &str = "pkg-template/src/unpack.wat";

/// What a user imports by one name.
struct Entry {
    /// Its file below `pkg-template/src`, with `.ts`, its types below `pkg-template/types`, with `.d.ts`, and what is
    /// made of both below `esm` and `cjs`. Modules that are this entry's alone lie in the same folder as its file.
    name: &'static str,
    /// The entries that it imports instead of bundling them, so that a page has one instance of the core.
    beside: &'static [&'static str],
    /// Whether it has hooks: frameworks with server components must know that it is for the client.
    client: bool,
}

/// All of them; `exports` of `pkg-template/package.json` names them too.
const ENTRIES: [Entry; 2] = [
    Entry { name: "index", beside: &[], client: false },
    Entry { name: "react", beside: &["index"], client: true },
];

impl Entry {
    /// What esbuild must be told of it.
    fn flags(&self) -> Vec<String> {
        // As the entry's own source writes it: "./index.js", "../index.js" from a folder.
        let up = match self.name.matches('/').count() {
            0 => "./".to_owned(),
            folders => "../".repeat(folders),
        };
        let mut flags: Vec<String> =
            self.beside.iter().map(|entry| format!("--external:{up}{entry}.js")).collect();
        if self.client {
            flags.push("--banner:js=\"use client\";".to_owned());
            // The user's bundler says whether it is development; esbuild would say so for it.
            flags.push("--define:process.env.NODE_ENV=process.env.NODE_ENV".to_owned());
        }
        flags
    }
}

/// The folder that is packed.
pub(crate) fn folder() -> PathBuf {
    project::path("pkg")
}

/// Where the wasm and its glue are put, among the sources of the facade.
fn wasm_folder() -> PathBuf {
    project::path("pkg-template/src/wasm")
}

/// Builds `pkg/`, unless it is there already and fits the sources.
pub(crate) fn build() -> Result<()> {
    node::check()?;
    node::install(
        "pkg-template",
        "which bundle the package and shrink its wasm",
        "about 15 seconds",
    )?;
    // With this file, which holds the flags.
    let core =
        ["Cargo.toml", "Cargo.lock", "src", "xtask/src/package.rs", "xtask/src/inlined.rs", UNPACK];
    let core = core.map(project::path);
    let made = [
        "gatesocket.js",
        "gatesocket.d.ts",
        "gatesocket_bg.wasm",
        "gatesocket_bg.txt",
        "unpack.txt",
        "snippets",
    ];
    let made = made.map(|name| wasm_folder().join(name));
    unless_fresh("wasm", &core, &made, build_wasm)?;
    let facade = ["pkg-template", "LICENSE-MIT", "LICENSE-APACHE", "xtask/src/package.rs"];
    let facade = facade.map(project::path);
    // All of it: wasm-pack, when it is run by hand, writes a package of its own to the same folder.
    unless_fresh("package", &facade, &[folder()], build_facade)
}

fn build_wasm() -> Result<()> {
    let toolchain = rust_target::ensure()?;
    let bindgen = cargo_tool::wasm_bindgen()?.ensure()?;
    let mut cargo = project::cargo(&[
        "build",
        "--lib",
        "--profile",
        "wasm",
        "--target",
        "wasm32-unknown-unknown",
        "--no-default-features",
        "--features",
        "javascript",
    ]);
    toolchain.apply(&mut cargo, &[]);
    Step::new("Compiling the core to WebAssembly", "about 30 seconds at first", cargo).run()?;

    let compiled = project::target().join("wasm32-unknown-unknown/wasm/gatesocket.wasm");
    let mut glue = Command::new(bindgen.join("wasm-bindgen"));
    glue.args(["--target", "web", "--omit-default-module-path", "--out-dir"])
        .arg(wasm_folder())
        .arg(&compiled);
    Step::new("Writing the JavaScript around the wasm", "", glue).run()?;

    let glue = wasm_folder().join("gatesocket.js");
    write(&glue, &with_each_file_once(&fs::read_to_string(&glue)?))?;

    // It describes the file's exports; the facade imports the file's bytes.
    fs::remove_file(wasm_folder().join("gatesocket_bg.wasm.d.ts"))?;

    let wasm = wasm_folder().join("gatesocket_bg.wasm");
    let mut shrink = Command::new(node::bin("pkg-template").join("wasm-opt"));
    shrink.arg("-Oz").args(WASM_FEATURES).arg(&wasm).arg("-o").arg(&wasm);
    Step::new("Shrinking the wasm", "", shrink).run()?;
    write(&wasm.with_extension("txt"), &inlined::text(&fs::read(&wasm)?))?;

    let unpack = wasm_folder().join("unpack.wasm");
    let mut assemble = Command::new(node::bin("pkg-template").join("wasm-as"));
    assemble.arg(project::path(UNPACK)).arg("-o").arg(&unpack);
    Step::new("Assembling the wasm that unpacks it", "", assemble).run()?;
    write(&unpack.with_extension("txt"), &inlined::hexadecimal(&fs::read(&unpack)?))
}

/// wasm-bindgen names a file of ours once for each of its functions that wasm calls without glue, as repeated
/// keys of one object, of which bundlers warn their users. All stand for the same module: the first will do.
fn with_each_file_once(glue: &str) -> String {
    let mut seen = HashSet::new();
    let is_new = |line: &&str| {
        let Some((before, after)) = line.split_once("\"./snippets/") else { return true };
        let is_import = before.starts_with("import ");
        // The file, up to the quotation mark.
        after.split_once('"').is_none_or(|(file, _)| seen.insert((is_import, file.to_owned())))
    };
    glue.split_inclusive('\n').filter(is_new).collect()
}

fn build_facade() -> Result<()> {
    let (template, out) = (project::path("pkg-template"), folder());
    let mut check = Command::new(node::bin("pkg-template").join("tsc"));
    check.current_dir(&template);
    Step::new("Checking the types of the package", "", check).run()?;

    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    for (format, module) in [("esm", "module"), ("cjs", "commonjs")] {
        let folder = out.join(format);
        for entry in &ENTRIES {
            bundle(&template, entry, format, &folder)?;
            let types = format!("{}.d.ts", entry.name);
            let copied = folder.join(&types);
            fs::create_dir_all(copied.parent().context("a file has a folder")?)?;
            copy(&template.join("types").join(&types), &copied)?;
        }
        write(&folder.join("package.json"), &format!("{{ \"type\": \"{module}\" }}\n"))?;
    }
    for file in ["LICENSE-MIT", "LICENSE-APACHE"] {
        copy(&project::path(file), &out.join(file))?;
    }
    copy(&template.join("README.md"), &out.join("README.md"))?;
    write_manifest(&template, &out)
}

fn bundle(template: &Path, entry: &Entry, format: &str, out: &Path) -> Result<()> {
    let source = format!("src/{}.ts", entry.name);
    let mut esbuild = Command::new(node::bin("pkg-template").join("esbuild"));
    esbuild
        .arg(&source)
        .args(["--bundle", "--target=es2022", "--external:react", "--outbase=src"])
        .args(["--log-level=warning", "--legal-comments=none"])
        // What warns here would warn whoever bundles the package.
        .arg("--log-override:duplicate-object-key=error")
        .arg(format!("--format={format}"))
        .arg(format!("--outdir={}", out.display()))
        .args(entry.flags())
        .current_dir(template);
    Step::new(format!("Bundling {source} as {format}"), "", esbuild).run()
}

/// The published package.json: the template's without what only its build needs.
fn write_manifest(template: &Path, out: &Path) -> Result<()> {
    let text = fs::read_to_string(template.join("package.json"))?;
    let mut manifest: Value = serde_json::from_str(&text).context("pkg-template/package.json")?;
    if let Some(fields) = manifest.as_object_mut() {
        fields.remove("devDependencies");
    }
    write(&out.join("package.json"), &format!("{manifest:#}\n"))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("{} can't be copied", project::shown(from)))?;
    Ok(())
}

/// Makes the tarball and returns its path.
pub(crate) fn pack() -> Result<PathBuf> {
    build()?;
    let out = project::target().join("npm");
    let version = output_of(
        Command::new("node")
            .args(["-p", "require('./package.json').version"])
            .current_dir(folder()),
    )
    .context("the version of the package can't be read")?;
    let tarball = out.join(format!("gatesocket-{version}.tgz"));
    unless_fresh("tarball", &[folder()], std::slice::from_ref(&tarball), || {
        fs::create_dir_all(&out)?;
        let mut pack = node::npm(&folder(), &["pack", "--pack-destination"]);
        pack.arg(&out);
        Step::new("Packing the npm package", "", pack).run()
    })?;
    Ok(tarball)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_imported_once_and_named_once() {
        let glue = r#"import { measured } from './snippets/x/timing.js';
import * as import1 from "./snippets/x/incoming.js"
import * as import2 from "./snippets/x/incoming.js"
import * as import3 from "./snippets/x/other.js"
    return {
        "./gatesocket_bg.js": import0,
        "./snippets/x/incoming.js": import1,
        "./snippets/x/incoming.js": import2,
        "./snippets/x/other.js": import3,
    };
"#;
        let kept: String =
            glue.split_inclusive('\n').filter(|line| !line.contains("import2")).collect();
        assert_eq!(with_each_file_once(glue), kept);
    }
}
