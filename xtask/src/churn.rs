//! `cargo xtask churn`: a night's worth of connections that come and go.

use crate::process::Step;
use crate::{gateway, node, project, test};
use anyhow::Result;
use std::process::Command;

/// Runs the program that the tests run for half a minute for as long as it is told.
pub(crate) fn run(minutes: f64) -> Result<()> {
    node::check()?;
    test::install_gateway_clients()?;
    let mut command = Command::new("node");
    command
        .arg(project::path("tests/gateway/churn/churn.mjs"))
        .args(["--minutes", &minutes.to_string()])
        .env("GATESOCKET_GATEWAY", gateway::build()?);
    Step::new(format!("Churn for {minutes} minutes"), "", command).run_shown()
}
