//! `cargo xtask conformance`: the local gateway and serverless-offline, row by row.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::process::Step;
use crate::{chromium, gateway, node, project, python, test};

/// What the rows' clients need, installed first if it must be: environment variables for the tests.
pub(crate) fn clients() -> Result<[(&'static str, PathBuf); 2]> {
    gateway::install_handlers()?;
    test::install_gateway_clients()?;
    Ok([
        ("GATESOCKET_PYTHON", python::GATEWAY.ensure()?),
        ("CHROMIUM", chromium::ensure_browser()?),
    ])
}

/// Runs all rows against both and writes the page; fails where a row does not hold for our gateway.
pub(crate) fn run(json: bool) -> Result<()> {
    let clients = clients()?;
    let why = "which the gateway is compared with";
    node::install("bench/serverless-offline", why, "about 1 minute")?;
    let mut command = Command::new("node");
    command
        .arg("tests/gateway/conformance/run.mjs")
        .args(json.then_some("--json"))
        .current_dir(project::root())
        .envs(clients)
        .env("GATESOCKET_GATEWAY", gateway::build()?);
    Step::new("Running the rows of conformance", "about 4 minutes", command).run_shown()
}
