//! The load generator, `bench/gateway-load`, as the benchmark uses it.

use super::server::{Server, Side};
use crate::process::Step;
use crate::project;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Silent connections of the gateway and of serverless-offline, which takes a minute to open so many.
const IDLE_CONNECTIONS: usize = 20_000;
const IDLE_CONNECTIONS_OF_PEER: usize = 2_000;

/// The program that makes the load.
pub(crate) struct Load {
    program: PathBuf,
}

impl Load {
    pub(crate) fn build() -> Result<Self> {
        let cargo = project::cargo(&["build", "--release", "--package", "gateway-load"]);
        Step::new("Compiling the load generator", "about 30 seconds at first", cargo).run()?;
        Ok(Self { program: project::target().join("release/gateway-load") })
    }

    fn run(&self, arguments: &[&str]) -> Result<Value> {
        last_json(Command::new(&self.program).args(arguments))
    }

    pub(crate) fn connect(&self, ws: &str, max: usize) -> Result<Value> {
        self.run(&["connect", "--url", ws, "--max", &max.to_string()])
    }

    pub(crate) fn messages(&self, server: &Server, action: &str) -> Result<Value> {
        let text = format!(r#"{{"action":"{action}","data":"0123456789"}}"#);
        self.run(&["messages", "--url", &server.ws, "--text", &text])
    }

    pub(crate) fn posts(&self, server: &Server) -> Result<Value> {
        self.run(&["posts", "--url", &server.ws, "--management", &server.management])
    }

    pub(crate) fn sdk_posts(&self, server: &Server) -> Result<Value> {
        let mut listening = Command::new(&self.program)
            .args(["listen", "--url", &server.ws])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut lines = BufReader::new(listening.stdout.take().context("its output is a pipe")?);
        let mut line = String::new();
        lines.read_line(&mut line)?;
        let first: Value = serde_json::from_str(&line).context("a connection's id")?;
        let id = first["connection_id"].as_str().unwrap_or_default();
        let program = project::path("bench/gateway/posts.mjs");
        let mut node = super::server::node();
        let figures = last_json(node.arg(program).args([&server.management, id, "3", "8"]));
        // The end of its input ends it.
        drop(listening.stdin.take());
        listening.wait()?;
        figures
    }

    pub(crate) fn fanout(&self, server: &Server, directly: bool) -> Result<Value> {
        let mut arguments = vec!["fanout", "--url", &server.ws];
        if directly {
            arguments.extend(["--management", &server.management]);
        }
        self.run(&arguments)
    }

    pub(crate) fn idle(&self, server: &Server) -> Result<Value> {
        let connections = match server.side {
            Side::Gateway => IDLE_CONNECTIONS,
            Side::ServerlessOffline => IDLE_CONNECTIONS_OF_PEER,
        };
        let (process, connections) = (server.process().to_string(), connections.to_string());
        let silent = ["--process", &process, "--connections", &connections];
        self.run(&[&["idle", "--url", &server.ws][..], &silent].concat())
    }
}

/// Runs a program whose last line is a JSON object.
fn last_json(command: &mut Command) -> Result<Value> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::piped()).output()?;
    if crate::process::interrupted() {
        bail!("interrupted");
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or_default();
    serde_json::from_str(last).with_context(|| {
        let arguments: Vec<_> = command.get_args().map(std::ffi::OsStr::to_string_lossy).collect();
        let errors = String::from_utf8_lossy(&output.stderr);
        format!("{} did not measure: {}", arguments.join(" "), errors.trim())
    })
}
