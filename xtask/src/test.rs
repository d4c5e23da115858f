//! `cargo xtask test`: everything that can be shown to hold, group by group.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::process::{Step, interrupted};
use crate::{
    browser_tests, browsers, cargo_tool, chat, conformance, faults, fingerprint, gateway, node,
    package, packages, page, project, rust_target, simulate, tarball,
};

/// Tests that need the same things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Group {
    /// Formatting, clippy on both targets, TypeScript
    Lint,
    /// The core, the gateway and xtask on the host; 20,000 simulated sessions, and mutants of the core
    Host,
    /// The package's facade and hooks in jsdom, with React 18 and 19; their types; the samples of the READMEs and chapters;
    /// the packed package under Jest; the package in Node.js 22 and 24, Deno, Bun and Cloudflare's workerd, and what it says
    /// in Hermes
    Unit,
    /// The gateway with the AWS SDK and with WebSocket clients that we did not write
    Gateway,
    /// The crate in headless Chromium and Firefox, by wasm-pack, against the local gateway; its examples
    Browser,
    /// The demo page, the package and the bare wasm class in Chromium, by Playwright; faults, workers and the life of
    /// a page in Firefox too; the session and the hooks in Chromium, Firefox and WebKit
    Page,
    /// The chat backend between stand-ins; its templates; pages of Chromium and Firefox in its rooms, on the local
    /// gateway, while connections break
    Chat,
    /// Apps of Vite, webpack, Next.js and esbuild and a plain page, each with the tarball, in Chromium; the README's
    /// snippets in a fresh app, with Fast Refresh in each browser
    Packages,
    /// The tarball: publint, attw, what bundlers take of it, its budget, the same bytes from two builds, and one built
    /// without the source of the standard library
    Tarball,
}

/// Runs the groups in order; goes on after a failure, and names the failures at the end.
pub(crate) fn run(groups: &[Group]) -> Result<()> {
    let all = Group::value_variants();
    let groups = if groups.is_empty() { all } else { groups };
    std::fs::remove_dir_all(failures()).ok();
    let mut rows = Vec::new();
    for group in groups {
        eprintln!("\n== {group:?} ==");
        let started = Instant::now();
        let result = group.run();
        if interrupted() {
            bail!("interrupted");
        }
        if let Err(error) = &result {
            eprintln!("error: {error:#}");
        }
        rows.push((group, result.is_ok(), started.elapsed().as_secs()));
    }
    eprintln!();
    repeat_failures();
    for (group, passed, seconds) in &rows {
        eprintln!("{} {group:?} ({seconds} s)", if *passed { "ok    " } else { "FAILED" });
    }
    let failed = rows.iter().filter(|(_, passed, _)| !passed).count();
    println!("groups: {} passed, {failed} failed", rows.len() - failed);
    if failed > 0 {
        bail!("{failed} of {} groups of tests failed", rows.len());
    }
    Ok(())
}

impl Group {
    fn run(self) -> Result<()> {
        match self {
            Group::Lint => lint(),
            Group::Host => host(),
            Group::Unit => unit(),
            Group::Gateway => gateway_tests(),
            Group::Browser => browser_tests::run(),
            Group::Page => page_tests(),
            Group::Chat => chat::test(),
            Group::Packages => packages_tests(),
            Group::Tarball => tarball::run(),
        }
    }
}

fn lint() -> Result<()> {
    rust_target::ensure_component("rustfmt", "cargo-fmt")?;
    rust_target::ensure_component("clippy", "cargo-clippy")?;
    Step::new("Checking the format of Rust", "", project::cargo(&["fmt", "--all", "--check"]))
        .run()?;
    let host = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    Step::new("Clippy for this machine", "about 1 minute at first", project::cargo(&host)).run()?;
    let toolchain = rust_target::ensure()?;
    let mut wasm = project::cargo(&[
        "clippy",
        "--target",
        "wasm32-unknown-unknown",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]);
    toolchain.apply(&mut wasm, &[]);
    Step::new("Clippy for wasm", "about 30 seconds at first", wasm).run()?;
    for feature in ["javascript", "npm", "typed", "development"] {
        let mut alone = project::cargo(&["clippy", "--target", rust_target::TARGET, "--lib"]);
        alone.args(["--no-default-features", "--features", feature, "--", "-D", "warnings"]);
        toolchain.apply(&mut alone, &[]);
        Step::new(format!("Clippy for wasm with the feature {feature} alone"), "", alone).run()?;
    }
    let mut documentation = project::cargo(&["doc", "--no-deps", "--target", rust_target::TARGET]);
    toolchain.apply(&mut documentation, &[]);
    documentation.env("RUSTDOCFLAGS", "-D warnings");
    Step::new("The documentation of the crate", "", documentation).run()?;
    // Checks the types of the package's sources; the page's are checked with its build.
    package::build()
}

fn host() -> Result<()> {
    let tests = project::cargo(&["test", "--workspace", "--quiet"]);
    Step::new("Tests on this machine", "about 1 minute at first", tests).run_shown()?;
    simulate::Simulation { seeds: Some(20_000), seed: None, json: false }.run()?;
    simulate::run_mutants(false)
}

fn unit() -> Result<()> {
    package::build()?;
    page::install_drivers()?; // Its folder has the backend that the tests talk to.
    node::install("tests/unit", "Vitest, Testing Library, schemas", "about 10 seconds")?;
    install_older_react()?;
    let mut vitest = Command::new(node::bin("tests/unit").join("vitest"));
    vitest.arg("run").current_dir(project::path("tests/unit"));
    Step::new("Tests of tests/unit", "", vitest).run_shown()?;
    jest()?;
    engine_tests()
}

fn engine_tests() -> Result<()> {
    let tarball = package::pack()?;
    gateway::install_handlers()?;
    let why =
        "Node.js 22 and 24, Deno, Bun, workerd and Hermes where they are made for this machine";
    node::install("tests/engines", why, "about 1 minute, 400 MB")?;
    node_tests(&["tests/engines"], &[("GATESOCKET_TARBALL", tarball)], 1)
}

/// The packed package in a project with Jest, which takes its CommonJS, and whose jsdom lacks much that browsers have.
fn jest() -> Result<()> {
    const FOLDER: &str = "tests/jest";
    let tarball = package::pack()?;
    node::install(FOLDER, "Jest and its jsdom", "about 20 seconds")?;
    node::install_tarball(&project::path(FOLDER), &tarball)?;
    let mut jest = Command::new(node::bin(FOLDER).join("jest"));
    jest.current_dir(project::path(FOLDER));
    Step::new("Tests of tests/jest", "", jest).run_shown()
}

/// Installs React 18, with which the hooks are tested too.
fn install_older_react() -> Result<()> {
    node::install("tests/unit/react18", "the older React", "about 5 seconds")
}

fn gateway_tests() -> Result<()> {
    let mut clients = conformance::clients()?.to_vec();
    clients.push(("GATESOCKET_RUST_HANDLER", gateway::build_rust_handler()?));
    // They wait more than they work, each on gateways and in folders of its own.
    node_tests(&["tests/gateway", "tests/gateway/conformance"], &clients, 3)
}

/// Installs the clients with which the gateway is tested.
pub(crate) fn install_gateway_clients() -> Result<()> {
    node::install("tests/gateway", "the AWS SDK and WebSocket clients", "about 10 seconds")
}

/// Where `tests/failures.mjs` writes what failed, a file for each run of Node's tests.
fn failures() -> PathBuf {
    project::target().join("xtask/failures")
}

/// Says what failed once more: a run is long, and where it failed is far above.
fn repeat_failures() {
    let files = std::fs::read_dir(failures()).into_iter().flatten().flatten();
    for file in files.map(|file| file.path()) {
        if let Ok(text) = std::fs::read_to_string(file) {
            eprint!("{text}");
        }
    }
}

/// The files that take the longest begin first, so that none of them is left alone at the end.
const FIRST: [&str; 3] = ["vanished.test.mjs", "churn.test.mjs", "flood.test.mjs"];

/// Runs the `*.test.mjs` of these folders with Node's own test runner, this many files at once.
pub(crate) fn node_tests(
    folders: &[&str],
    environment: &[(&str, PathBuf)],
    at_once: usize,
) -> Result<()> {
    let mut files = Vec::new();
    for folder in folders {
        let entries = std::fs::read_dir(project::path(folder))?.flatten();
        let paths = entries.map(|entry| entry.path());
        files.extend(paths.filter(|path| path.to_string_lossy().ends_with(".test.mjs")));
    }
    files.sort_by_key(|file| {
        let place = FIRST.iter().position(|name| file.ends_with(name));
        (place.unwrap_or(FIRST.len()), file.clone())
    });
    let failures = failures().join(folders[0].replace('/', "-"));
    std::fs::create_dir_all(self::failures())?;
    let mut command = Command::new("node");
    command
        // For a whole file, some of which take minutes on a quiet machine: one that hangs fails by its name instead of
        // holding up the run.
        .args(["--test", "--test-timeout=1800000"])
        .args(["--test-reporter=spec", "--test-reporter-destination=stdout"])
        .arg(format!("--test-reporter={}", project::path("tests/failures.mjs").display()))
        .arg(format!("--test-reporter-destination={}", failures.display()))
        .arg(format!("--test-concurrency={at_once}"))
        .args(files)
        .current_dir(project::root())
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .env("GATESOCKET_GATEWAY", gateway::build()?);
    Step::new(format!("Tests of {}", folders[0]), "", command).run_shown()
}

/// The crate as `wasm-pack build --target web` makes it for those who use no npm package.
fn build_web() -> Result<()> {
    let toolchain = rust_target::ensure()?;
    let tools = [
        cargo_tool::wasm_bindgen()?.ensure()?,
        cargo_tool::wasm_pack().ensure()?,
        node::bin("pkg-template"),
    ];
    let out = project::target().join("web");
    let inputs = ["Cargo.toml", "Cargo.lock", "src"].map(project::path);
    fingerprint::unless_fresh("web", &inputs, std::slice::from_ref(&out), || {
        let mut command = Command::new(tools[1].join("wasm-pack"));
        command
            .args(["build", "--target", "web", "--out-dir"])
            .arg(&out)
            .current_dir(project::root())
            .env("CARGO_TARGET_DIR", project::target());
        toolchain.apply(&mut command, &tools);
        Step::new("Building the bare module with wasm-pack", "about 30 seconds", command).run()
    })
}

fn page_tests() -> Result<()> {
    let mut environment = browsers::ensure()?;
    page::build()?;
    build_web()?;
    gateway::install_handlers()?;
    chat::install_handler()?;
    page::install_drivers()?;
    install_older_react()?;
    let web = project::target().join("web");
    environment.extend([("GATESOCKET_WEB", web), faults::proxy()?]);
    // They wait more than they work, each on servers and in browsers of its own.
    node_tests(&["tests/page"], &environment, 3)
}

fn packages_tests() -> Result<()> {
    let environment = packages::prepare(&packages::chosen(false, &[])?)?;
    node_tests(&["tests/packages"], &environment, 1)
}
