//! The npm package: the core as wasm, its facade around it, and the tarball that a user installs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::fingerprint::{unless_fresh, write};
use crate::process::{Step, output_of};
use crate::wasm::Kind;
use crate::{node, project, wasm};

/// What a user imports by one name. One that imports another's file (`./index.js`, or `../index.js` from a folder)
/// finds it beside itself instead of bundling it, so that a page has one instance of the core.
struct Entry {
    /// Its file below `pkg-template/src`, with `.ts`, its types below `pkg-template/types`, with `.d.ts`, and what is
    /// made of both below `esm` and `cjs`. Modules that are this entry's alone lie in the same folder as its file.
    name: &'static str,
    /// Whether it has hooks: frameworks with server components must know that it is for the client.
    client: bool,
}

/// All of them; `exports` of `pkg-template/package.json` names them too.
const ENTRIES: [Entry; 5] = [
    Entry { name: "index", client: false },
    Entry { name: "react", client: true },
    Entry { name: "slim/index", client: false },
    Entry { name: "compat/react-use-websocket", client: true },
    Entry { name: "testing", client: false },
];

/// What is there twice: the hooks, which find beside themselves whichever entry their users have.
const COPIES: [(&str, &str); 1] = [("react", "slim/react")];

/// The entry that has the package's own name.
const MAIN: &str = "index";

/// The wasm by itself, for the entries that hold none: `slim`. It is the one of the release.
const CORE: &str = "core.wasm";

/// What TypeScript is told that an import of [`CORE`] gives. It lies below `pkg-template/types`.
const CORE_TYPES: &str = "core.wasm.d.ts";

/// All entries' files, the copies too.
fn names() -> impl Iterator<Item = &'static str> {
    ENTRIES.iter().map(|entry| entry.name).chain(COPIES.iter().map(|(_, name)| *name))
}

/// What users import an entry by, after the package's name.
fn folder_of(name: &str) -> &str {
    name.strip_suffix("/index").unwrap_or(name)
}

/// The folder that is packed.
pub(crate) fn folder() -> PathBuf {
    project::path("pkg")
}

/// Builds `pkg/`, unless it is there already and fits the sources.
pub(crate) fn build() -> Result<()> {
    node::check()?;
    node::install(
        "pkg-template",
        "which bundle the package and shrink its wasm",
        "about 15 seconds",
    )?;
    wasm::build()?;
    let facade = [
        "pkg-template",
        "src/core/sentences.txt",
        "src/browser",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "xtask/src/package.rs",
    ];
    let facade = facade.map(project::path);
    // All of it: wasm-pack, when it is run by hand, writes a package of its own to the same folder.
    unless_fresh("package", &facade, &[folder()], build_facade)
}

fn build_facade() -> Result<()> {
    let (template, out) = (project::path("pkg-template"), folder());
    let mut check = Command::new(node::bin("pkg-template").join("tsc"));
    check.current_dir(&template);
    Step::new("Checking the types of the package", "", check).run()?;

    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    for format in ["esm", "cjs"] {
        let folder = out.join(format);
        bundle(&template, format, Kind::Release, &folder)?;
        bundle(&template, format, Kind::Development, &folder.join("development"))?;
        for (from, to) in COPIES {
            copy(&folder.join(format!("{from}.js")), &folder.join(format!("{to}.js")))?;
        }
        for name in names() {
            let types = format!("{name}.d.ts");
            let copied = folder.join(&types);
            fs::create_dir_all(copied.parent().context("a file has a folder")?)?;
            copy(&template.join("types").join(&types), &copied)?;
        }
        copy(&template.join("types").join(CORE_TYPES), &folder.join(CORE_TYPES))?;
        let module = if format == "esm" { "module" } else { "commonjs" };
        // Bundlers read the nearest package.json, and look no further for what they may drop.
        let nearest = format!("{{ \"type\": \"{module}\", \"sideEffects\": false }}\n");
        write(&folder.join("package.json"), &nearest)?;
    }
    for name in names().filter(|name| *name != MAIN) {
        write(
            &out.join(folder_of(name)).join("package.json"),
            &format!("{:#}\n", by_folder(name)),
        )?;
    }
    copy(&wasm::published().0, &out.join(CORE))?;
    // TypeScript's `node10` looks for them beside the file.
    copy(&template.join("types").join(CORE_TYPES), &out.join(CORE_TYPES))?;
    for file in ["LICENSE-MIT", "LICENSE-APACHE"] {
        copy(&project::path(file), &out.join(file))?;
    }
    copy(&template.join("README.md"), &out.join("README.md"))?;
    write_manifest(&template, &out)
}

/// The user's bundler says whether it is development; esbuild would say so for it.
const UNDECIDED: &str = "--define:process.env.NODE_ENV=process.env.NODE_ENV";

fn bundle(template: &Path, format: &str, kind: Kind, out: &Path) -> Result<()> {
    for client in [false, true] {
        let is_built = |entry: &&Entry| kind == Kind::Release || !entry.name.starts_with("slim/");
        let entries = || ENTRIES.iter().filter(|entry| entry.client == client).filter(is_built);
        let mut esbuild = Command::new(node::bin("pkg-template").join("esbuild"));
        esbuild
            .args(entries().map(|entry| format!("src/{}.ts", entry.name)))
            .args(["--bundle", "--target=es2022", "--outbase=src"])
            .args(["--external:react", "--external:react-dom"])
            .args(ENTRIES.iter().flat_map(|Entry { name, .. }| {
                [format!("--external:./{name}.js"), format!("--external:../{name}.js")]
            }))
            .args(["--log-level=warning", "--legal-comments=none"])
            // What some places lack comes in where it is used.
            .arg("--inject:src/text.ts")
            // What warns here would warn whoever bundles the package.
            .arg("--log-override:duplicate-object-key=error")
            .arg(UNDECIDED)
            // Which wasm: `imports` of the template's package.json.
            .arg(format!("--conditions={}", kind.name()))
            .arg(format!("--format={format}"))
            .arg(format!("--outdir={}", out.display()))
            .current_dir(template);
        if client {
            esbuild.arg("--banner:js=\"use client\";");
        }
        let names: Vec<&str> = entries().map(|entry| entry.name).collect();
        let what = format!("Bundling {} as {format} ({})", names.join(", "), kind.name());
        Step::new(what, "", esbuild).run()?;
        for name in names {
            inline_constants(&out.join(format!("{name}.js")))?;
        }
    }
    Ok(())
}

/// Writes the numbers where a bundled module has names for them: a bundler of the user's would keep each as a variable.
fn inline_constants(script: &Path) -> Result<()> {
    let text = fs::read_to_string(script)?;
    let (constants, rest): (Vec<&str>, Vec<&str>) =
        text.split_inclusive('\n').partition(|line| constant(line).is_some());
    write(script, &rest.concat())?;
    let mut esbuild = Command::new(node::bin("pkg-template").join("esbuild"));
    esbuild
        .arg(script)
        .args(constants.into_iter().filter_map(constant).map(|(name, number)| {
            // What it does not find it takes for a global of this name, and minds scopes and texts.
            format!("--define:{name}={number}")
        }))
        .args(["--log-level=warning", "--legal-comments=none", "--target=es2022", UNDECIDED])
        .arg(format!("--outfile={}", script.display()))
        .arg("--allow-overwrite");
    Step::new(format!("Inlining the constants of {}", project::shown(script)), "", esbuild).run()
}

/// The name and the number of a line that defines a constant.
fn constant(line: &str) -> Option<(&str, &str)> {
    let (name, number) =
        line.strip_prefix("var ")?.trim_end().strip_suffix(';')?.split_once(" = ")?;
    let is_constant =
        name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    (is_constant && number.parse::<f64>().is_ok()).then_some((name, number))
}

/// The package.json of a folder with an entry's name, for tools that know nothing of `exports`: Parcel, and
/// TypeScript's `node10`, look for a file or folder of that name.
fn by_folder(name: &str) -> Value {
    let up = "../".repeat(folder_of(name).split('/').count());
    json!({
        "main": format!("{up}cjs/{name}.js"),
        "module": format!("{up}esm/{name}.js"),
        "types": format!("{up}cjs/{name}.d.ts"),
        "sideEffects": false,
    })
}

/// The published package.json: the template's without what only its build needs, and with the folders of [`by_folder`].
fn write_manifest(template: &Path, out: &Path) -> Result<()> {
    let text = fs::read_to_string(template.join("package.json"))?;
    let mut manifest: Value = serde_json::from_str(&text).context("pkg-template/package.json")?;
    if let Some(fields) = manifest.as_object_mut() {
        fields.remove("devDependencies");
        fields.remove("imports");
        let integrity = fs::read_to_string(wasm::published().1)?;
        fields.insert("integrity".to_owned(), json!({ CORE: integrity }));
    }
    if let Some(files) = manifest["files"].as_array_mut() {
        let folders = names().filter(|name| *name != MAIN).map(folder_of);
        files.extend(folders.map(|folder| Value::from(format!("{folder}/package.json"))));
        files.extend([CORE, CORE_TYPES].map(Value::from));
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

/// A command that packs a copy of the project, in its folder.
pub(crate) fn pack_copy(copy: &Path) -> Result<Command> {
    let mut pack = Command::new(std::env::current_exe()?);
    pack.arg("pack")
        // This program takes the folder above its own for the project.
        .env("CARGO_MANIFEST_DIR", copy.join("xtask"))
        .env_remove("CARGO_TARGET_DIR")
        .current_dir(copy);
    Ok(pack)
}

/// Installs the tarball with nothing beside it, and returns the folder in whose `node_modules` it is.
pub(crate) fn install_alone() -> Result<PathBuf> {
    let tarball = pack()?;
    let folder = project::target().join("installed");
    let package = folder.join("node_modules/gatesocket");
    unless_fresh(
        "installed",
        std::slice::from_ref(&tarball),
        &[package.join("package.json")],
        || {
            if folder.exists() {
                fs::remove_dir_all(&folder)?;
            }
            write(&folder.join("package.json"), "{ \"private\": true }\n")?;
            let mut install = node::npm(&folder, &["install", "--no-audit", "--no-fund"]);
            install.arg(&tarball);
            Step::new("Installing the packed package by itself", "", install).run()
        },
    )?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_with_the_name_of_a_constant_is_one() {
        assert_eq!(constant("var MOST_BYTES2 = 1e9;\n"), Some(("MOST_BYTES2", "1e9")));
        for other in [
            "var sessions = 0;\n",
            "var NAMES = [\n",
            "  var INNER = 1;\n",
            "var TIME = Symbol();\n",
        ] {
            assert_eq!(constant(other), None, "{other}");
        }
    }
}
