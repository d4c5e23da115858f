//! A local API Gateway for WebSocket APIs: clients connect as to the service, a real Lambda handler answers
//! them through the management API, and nothing of it needs an AWS account.
//!
//! `listener -> entrance -> upgrade -> connection` is the way of a client, `entrance -> management` that of
//! the SDK; both meet in `gateway`, which holds the routes, the `connections` and the function (`lambda`).

pub mod args;
pub mod banner;
pub mod certificate;
pub mod clock;
pub mod connection;
pub mod connections;
pub mod entrance;
pub mod event;
pub mod gateway;
pub mod gateway_frame;
pub mod handler;
pub mod ids;
pub mod integration;
pub mod lambda;
pub mod limits;
pub mod listener;
pub mod management;
pub mod output;
pub mod private_folder;
pub mod request_head;
pub mod route;
pub mod shutdown;
pub mod socket;
pub mod upgrade;

use args::Args;
use banner::Endpoints;
use certificate::Certificate;
use connections::Connections;
use gateway::Gateway;
use lambda::{Environment, Function, FunctionSettings, Trust};
use output::{Output, Stream, Tone};
use private_folder::PrivateFolder;
use shutdown::Signals;
use std::ffi::OsString;
use std::io::Write;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

const API_ID: &str = "gatesocket";
/// AWS's placeholder for an account in its own examples is 123456789012; this one is nobody's.
const ACCOUNT: &str = "000000000000";
const BOOTSTRAP: &str = include_str!("lambda/bootstrap.mjs");

/// Runs the gateway until a signal ends it.
///
/// # Errors
/// A sentence, several lines where a handler's stack belongs to it, when it cannot start.
pub async fn run(args: Args) -> Result<(), String> {
    let mut signals = Signals::listen()?;
    let started = tokio::select! {
        started = start(&args) => started?,
        () = signals.next() => return Ok(()),
    };
    started.serve_until(&mut signals).await;
    Ok(())
}

struct Started {
    gateway: Arc<Gateway>,
    listener: listener::Listener,
    certificate: Certificate,
    stopping: watch::Sender<bool>,
    /// The files that the handler and clients use while the gateway runs.
    _folder: PrivateFolder,
}

async fn start(args: &Args) -> Result<Started, String> {
    let routes = args.routes()?;
    let extra = args.environment()?;
    let folder = PrivateFolder::create()?;
    let program = Program::new(args, &folder)?;
    let name = args.function_name.clone().unwrap_or_else(|| program.default_name());
    let host = own_name(args.host);
    let certificate = certificate::generate(host.trim_matches(|c| "[]".contains(c)))?;
    let ca = folder.write("ca.pem", &certificate.authority_pem)?;
    if let Some(path) = &args.ca_file {
        std::fs::write(path, &certificate.authority_pem)
            .map_err(|error| format!("--ca-file {} cannot be written: {error}", path.display()))?;
    }
    let trust = Trust::write(folder.path(), &certificate.authority_pem)?;
    let listener = listener::bind(args.host, args.port).await?;
    let region = lambda::region();
    let environment = Environment {
        handler: &program.handler,
        task_root: &program.task_root,
        function_name: &name,
        memory_size: args.memory_size,
        region: &region,
        management_endpoint: &format!("https://{host}:{}/{}", listener.port, args.stage),
        trust: &trust,
        extra: &extra,
    };
    let settings = FunctionSettings {
        environment: environment.variables(),
        command: program.command,
        task_root: program.task_root,
        arn: format!("arn:aws:lambda:{region}:{ACCOUNT}:function:{name}"),
        name,
        memory_size: args.memory_size,
        concurrency: usize::from(args.concurrency),
        timeout: args.integration_timeout.0,
    };
    let output = Output::start(if args.ready_json { Stream::Stderr } else { Stream::Stdout });
    let (function, init) = Function::start(settings, output.clone()).await.map_err(|error| {
        output.flush();
        error.to_string()
    })?;
    let (stopping, stops) = watch::channel(false);
    let gateway = Arc::new(Gateway {
        stage: args.stage.clone(),
        api_id: API_ID.to_owned(),
        port: listener.port,
        host,
        routes,
        idle_timeout: args.idle_timeout.0,
        max_connection_duration: args.max_connection_duration.0,
        connections: Connections::default(),
        function,
        output,
        stopping: stops,
    });
    let endpoints = Endpoints::new(&gateway, args.ca_file.as_deref().unwrap_or(&ca));
    gateway.output.line(Tone::Plain, endpoints.text(&gateway, &program.shown, init));
    if args.ready_json {
        let mut stdout = std::io::stdout();
        let _ = writeln!(stdout, "{}", endpoints.json()).and_then(|()| stdout.flush());
    }
    Ok(Started { gateway, listener, certificate, stopping, _folder: folder })
}

impl Started {
    async fn serve_until(self, signals: &mut Signals) {
        let Self { gateway, listener, certificate, stopping, _folder } = self;
        let (alive, mut all_gone) = mpsc::channel(1);
        listener.serve(&gateway, &certificate.acceptor, &alive);
        signals.next().await;

        let line = match gateway.connections.count() {
            0 => "stopping".to_owned(),
            1 => "stopping: 1 connection is closed with 1001".to_owned(),
            open => format!("stopping: {open} connections are closed with 1001"),
        };
        gateway.output.line(Tone::Plain, line);
        stopping.send_replace(true);
        for connection in gateway.connections.drain() {
            connection.close(1001, connection::GOING_AWAY);
        }
        drop(alive);
        tokio::select! {
            _ = tokio::time::timeout(limits::SHUTDOWN_TIMEOUT, all_gone.recv()) => {}
            () = signals.next() => {} // Asked twice: at once, then.
        }
        tokio::select! {
            () = gateway.function.stop() => {}
            () = signals.next() => {} // The processes are killed when the runtime ends.
        }
        gateway.output.flush();
    }
}

/// What is run for an invocation.
struct Program {
    command: Vec<OsString>,
    task_root: PathBuf,
    /// `_HANDLER`.
    handler: String,
    /// How the start-up text names it.
    shown: String,
}

impl Program {
    fn new(args: &Args, folder: &PrivateFolder) -> Result<Self, String> {
        let task_root = args.task_root.as_ref().map(|root| {
            let found = root.canonicalize().ok().filter(|root| root.is_dir());
            found.ok_or_else(|| format!("--task-root {} is no folder", root.display()))
        });
        let task_root = task_root.transpose()?;
        if let Some(command) = &args.runtime_command {
            let here = || {
                std::env::current_dir()
                    .map_err(|error| format!("the current folder cannot be found: {error}"))
            };
            return Ok(Self {
                command: handler::split_command(command)?.into_iter().map(OsString::from).collect(),
                task_root: task_root.map_or_else(here, Ok)?,
                handler: args.handler.clone().unwrap_or_default(),
                shown: command.clone(),
            });
        }
        let name = args.handler.as_deref().unwrap_or_default();
        let found = handler::find(name)?;
        let bootstrap = folder.write("bootstrap.mjs", BOOTSTRAP)?;
        let module = found.file.file_stem().unwrap_or_default().to_string_lossy();
        let beside = || found.file.parent().unwrap_or(Path::new("/")).to_owned();
        Ok(Self {
            handler: format!("{module}.{}", found.export),
            task_root: task_root.unwrap_or_else(beside),
            command: vec!["node".into(), bootstrap.into(), found.file.into(), found.export.into()],
            shown: name.to_owned(),
        })
    }

    /// The folder's name, as far as a Lambda function may have it.
    fn default_name(&self) -> String {
        let folder = self.task_root.file_name().unwrap_or_default().to_string_lossy();
        let allowed = |c: char| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '-' };
        let name: String = folder.chars().take(64).map(allowed).collect();
        if name.is_empty() { "function".to_owned() } else { name }
    }
}

/// The name by which this machine reaches a listener at an address.
fn own_name(address: IpAddr) -> String {
    match address {
        address if address.is_loopback() || address.is_unspecified() => "localhost".to_owned(),
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}
