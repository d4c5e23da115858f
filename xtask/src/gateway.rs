//! The local gateway: building it, running it by hand, and running it beside pages and tests.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process::{Service, Step, first_line};
use crate::{chat, node, project};

/// Compiles the gateway and returns the program.
pub(crate) fn build() -> Result<PathBuf> {
    let cargo = project::cargo(&["build", "--release", "--package", "gatesocket-gateway"]);
    Step::new("Compiling the local gateway", "about 1 minute at first", cargo).run()?;
    Ok(program())
}

/// Where the compiled gateway is.
pub(crate) fn program() -> PathBuf {
    project::target().join("release/gatesocket-gateway")
}

/// Installs what our own handlers import.
pub(crate) fn install_handlers() -> Result<()> {
    node::check()?;
    node::install("lambda/connection-id", "the AWS SDK of the example backend", "about 10 seconds")
}

/// Compiles the handler in Rust that the gateway's tests run, and returns the program. It is a workspace of its own, so that
/// nothing else waits for what it is built from.
pub(crate) fn build_rust_handler() -> Result<PathBuf> {
    let folder = project::target().join("rust-handler");
    let mut cargo = project::cargo(&["build", "--locked", "--manifest-path"]);
    cargo
        .arg(project::path("tests/gateway/rust-handler/Cargo.toml"))
        .env("CARGO_TARGET_DIR", &folder);
    Step::new(
        "Compiling the handler in Rust of the gateway's tests",
        "about 40 seconds at first",
        cargo,
    )
    .run()?;
    Ok(folder.join("debug/gateway-rust-handler"))
}

/// `cargo xtask gateway -- …`: becomes the gateway, with these arguments.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    // Other handlers bring their own packages.
    if arguments.iter().any(|argument| argument.contains("connection-id")) {
        install_handlers()?;
    }
    if arguments.iter().any(|argument| argument.contains("lambda/chat")) {
        chat::install_handler()?;
    }
    let program = build()?;
    let error = std::os::unix::process::CommandExt::exec(Command::new(program).args(arguments));
    Err(error).context("the gateway could not be started")
}

/// A gateway in the background that accepts connections.
pub(crate) struct Running {
    pub(crate) service: Service,
    /// What it said of itself: `port`, `ws`, `wss`, `https`, `ca`.
    pub(crate) ready: Value,
}

impl Running {
    /// One of the addresses that the gateway announced.
    pub(crate) fn address(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap_or_default()
    }
}

/// Starts a gateway and waits until it is ready. Its log goes to `log`.
pub(crate) fn launch(mut command: Command, log: Stdio) -> Result<Running> {
    command
        .arg("--ready-json")
        .current_dir(project::root())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log);
    let mut service = Service::start("the local gateway", &mut command)?;
    let line = first_line(&mut service)?;
    let ready = serde_json::from_str(&line)
        .with_context(|| format!("the gateway said {line:?} instead of being ready"))?;
    Ok(Running { service, ready })
}
