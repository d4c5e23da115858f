//! `cargo xtask faults`: a page that sends without end, behind a network that breaks without end.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use clap::ValueEnum;

use crate::process::Step;
use crate::{chromium, firefox, gateway, node, page, project, webkit};

/// Where the page is.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Browser {
    /// Chromium, by the DevTools protocol
    Chromium,
    /// Firefox, by WebDriver BiDi
    Firefox,
    /// WebKitGTK, by WebDriver
    #[value(name = "webkit")]
    WebKit,
}

/// Runs the program that the tests run for half a minute for as many faults as it is told.
pub(crate) fn run(faults: u32, seed: u32, browser: Browser, json: bool) -> Result<()> {
    node::check()?;
    let (name, programs) = match browser {
        Browser::Chromium => ("chromium", vec![("CHROMIUM", chromium::ensure_browser()?)]),
        Browser::Firefox => ("firefox", vec![("FIREFOX", firefox::ensure_browser()?)]),
        Browser::WebKit => ("webkit", webkit::ensure()?.environment().to_vec()),
    };
    page::build()?;
    page::install_drivers()?;
    let mut command = Command::new("node");
    command
        .arg(project::path("tests/page/faults/run.mjs"))
        .args(["--faults", &faults.to_string(), "--seed", &seed.to_string(), "--browser", name])
        .args(json.then_some("--json"))
        .envs(programs)
        .envs([("GATESOCKET_GATEWAY", gateway::build()?), proxy()?]);
    Step::new(format!("{faults} faults between a page in {name} and the gateway"), "", command)
        .run_shown()
}

/// Compiles the proxy that breaks connections; returns the variable by which tests find it.
pub(crate) fn proxy() -> Result<(&'static str, PathBuf)> {
    let package = "gatesocket-fault-proxy";
    let cargo = project::cargo(&["build", "--release", "--package", package]);
    Step::new("Compiling the fault proxy", "about 15 seconds at first", cargo).run()?;
    Ok(("GATESOCKET_FAULT_PROXY", project::target().join("release").join(package)))
}
