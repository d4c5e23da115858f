//! The chat backend of `lambda/chat` with everything around it.

use std::process::Command;

use anyhow::Result;

use crate::process::Step;
use crate::test::node_tests;
use crate::{chromium, faults, firefox, gateway, node, page, project, python, test};

/// `cargo xtask test chat`: pages of real browsers in its rooms, on the local gateway.
pub(crate) fn test() -> Result<()> {
    test_handler()?;
    test_templates()?;
    let environment = [
        ("CHROMIUM", chromium::ensure_browser()?),
        ("FIREFOX", firefox::ensure_browser()?),
        faults::proxy()?,
    ];
    page::build()?; // Its folder has the packed package and React, which the pages of the tests are made of.
    page::install_drivers()?;
    // Each on a gateway and a database of its own; the long ones wait more than they work.
    node_tests(&["tests/chat"], &environment, 2)
}

/// Installs what the chat's handler imports, and the database that stands in for DynamoDB.
pub(crate) fn install_handler() -> Result<()> {
    node::check()?;
    node::install("lambda/chat", "the AWS SDK of the chat backend", "about 10 seconds")?;
    node::install("lambda/chat/local", "a stand-in for DynamoDB", "about 5 seconds")
}

/// The handler in the tests' own process, between stand-ins of DynamoDB and of the management API.
fn test_handler() -> Result<()> {
    install_handler()?;
    node_tests(&["tests/lambda"], &[], 2)
}

/// The templates of `lambda/` by AWS's own tools and on the local gateway; the chat's roles and its queue.
fn test_templates() -> Result<()> {
    gateway::install_handlers()?;
    test::install_gateway_clients()?;
    let environment = [("GATESOCKET_TEMPLATES_PYTHON", python::TEMPLATES.ensure()?)];
    node_tests(&["tests/templates"], &environment, 2)
}

/// `cargo xtask bench scale`: what a message costs by the size of its room; with `write` into the chapter too.
pub(crate) fn scale(json: bool, write: bool) -> Result<()> {
    install_handler()?;
    let mut command = Command::new("node");
    command
        .arg("bench/chat/scale.mjs")
        .args(json.then_some("--json"))
        .args(write.then_some("--write"))
        .current_dir(project::root())
        .env("GATESOCKET_TEMPLATES_PYTHON", python::TEMPLATES.ensure()?);
    Step::new("Running the chat's handlers", "about 1 minute", command).run_shown()
}
