//! The two sides, started alike: the same handler, warnings off, lines into a file.

use crate::gateway::{self, Running};
use crate::process::Service;
use crate::{node, project};
use anyhow::Result;
use std::fmt;
use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};

/// Where the handler and the SDK's client are.
const HANDLER_FOLDER: &str = "bench/gateway";
/// Where serverless-offline and its description of the API are.
const PEER_FOLDER: &str = "bench/serverless-offline";

/// Whose server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Gateway,
    ServerlessOffline,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Gateway => "gateway",
            Side::ServerlessOffline => "serverless-offline",
        })
    }
}

/// A side that accepts connections. It is stopped when dropped.
pub(crate) struct Server {
    pub(crate) side: Side,
    pub(crate) ws: String,
    /// What stands before `/@connections`.
    pub(crate) management: String,
    service: Service,
}

/// Installs what both sides need.
pub(crate) fn install() -> Result<()> {
    node::check()?;
    node::install(HANDLER_FOLDER, "the AWS SDK of the benchmark's handler", "about 10 seconds")?;
    node::install(PEER_FOLDER, "serverless-offline, to measure beside", "about 1 minute")?;
    for side in [Side::Gateway, Side::ServerlessOffline] {
        // It is not there at first.
        let _ = std::fs::remove_file(log_file(side));
    }
    gateway::build().map(|_| ())
}

/// Node with invented credentials, and without its advice to update.
pub(crate) fn node() -> Command {
    let mut command = Command::new("node");
    invented_credentials(&mut command);
    command
}

fn invented_credentials(command: &mut Command) {
    command
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_REGION", "us-east-1")
        .env("NODE_NO_WARNINGS", "1");
}

impl Server {
    pub(crate) fn start(side: Side) -> Result<Self> {
        match side {
            Side::Gateway => start_gateway(&["$connect", "ID", "ECHO", "FANOUT", "RETURN"], true),
            Side::ServerlessOffline => start_peer(),
        }
    }

    /// The gateway without a `$connect` route, which serverless-offline refuses all connections without.
    pub(crate) fn start_without_connect_route() -> Result<Self> {
        start_gateway(&["ECHO"], true)
    }

    /// The gateway with a handler that takes its endpoint from the event.
    pub(crate) fn start_with_https_endpoint() -> Result<Self> {
        start_gateway(&["$connect", "ECHO"], false)
    }

    /// The id of the server's process.
    pub(crate) fn process(&self) -> u32 {
        self.service.child.id()
    }
}

fn start_gateway(routes: &[&str], over_http: bool) -> Result<Server> {
    let port = free_port()?;
    let management = format!("http://127.0.0.1:{port}/production");
    let handler = project::path(HANDLER_FOLDER).join("handler.mjs");
    let mut command = Command::new(gateway::program());
    invented_credentials(&mut command);
    command
        .args(["--port", &port.to_string()])
        .args(["--connection-rate", "off", "--request-rate", "off", "--handler"])
        .arg(handler)
        .args(routes.iter().flat_map(|route| ["--route", route]))
        .args(["--mock", r#"MOCK={"echo":$input.json('$.data')}"#]);
    if routes.contains(&"RETURN") {
        command.args(["--route-response", "RETURN"]);
    }
    if over_http {
        command.args(["--env", &format!("MANAGEMENT_ENDPOINT={management}")]);
    }
    let Running { service, ready } = gateway::launch(command, log(Side::Gateway)?)?;
    let ws = ready["ws"].as_str().unwrap_or_default().replace("localhost", "127.0.0.1");
    Ok(Server { side: Side::Gateway, ws, management, service })
}

fn start_peer() -> Result<Server> {
    let (port, lambda_port) = (free_port()?, free_port()?);
    let management = format!("http://127.0.0.1:{port}");
    let mut command = Command::new(node::bin(PEER_FOLDER).join("osls"));
    invented_credentials(&mut command);
    command
        .args(["offline", "--host", "127.0.0.1"])
        .args(["--websocketPort", &port.to_string(), "--lambdaPort", &lambda_port.to_string()])
        .current_dir(project::path(PEER_FOLDER))
        .env("MANAGEMENT_ENDPOINT", &management)
        .env("SLS_TELEMETRY_DISABLED", "1")
        .stdin(Stdio::null())
        .stdout(log(Side::ServerlessOffline)?)
        .stderr(log(Side::ServerlessOffline)?);
    let mut service = Service::start("serverless-offline", &mut command)?;
    service.wait_for(|| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok())?;
    let ws = format!("ws://127.0.0.1:{port}");
    Ok(Server { side: Side::ServerlessOffline, ws, management, service })
}

fn log(side: Side) -> Result<Stdio> {
    std::fs::create_dir_all(project::logs())?;
    Ok(File::options().create(true).append(true).open(log_file(side))?.into())
}

fn log_file(side: Side) -> std::path::PathBuf {
    project::logs().join(format!("bench-{side}.log"))
}

/// A port that was free a moment ago: both sides need to know theirs before they start.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
