//! A local API Gateway for WebSocket APIs: clients connect as to the service, a real Lambda handler answers
//! them through the management API, and nothing of it needs an AWS account.
//!
//! `listener -> entrance -> upgrade -> connection` is the way of a client, `entrance -> management` that of
//! the SDK; both meet in `gateway`, which holds the routes, the `connections` and the function (`lambda`).

pub mod api;
pub mod args;
pub mod arn;
pub mod authorizer;
pub mod banner;
pub mod caller;
pub mod certificate;
pub mod clock;
pub mod connection;
pub mod connections;
pub mod console;
pub mod credentials;
pub mod definition;
pub mod delivery;
pub mod ending;
pub mod entrance;
pub mod event;
pub mod faults;
pub mod file_limit;
pub mod functions;
pub mod gateway;
pub mod gateway_frame;
pub mod handler;
pub mod handshake;
pub mod ids;
pub mod integration;
pub mod java_text;
pub mod journal;
pub mod json_path;
pub mod lambda;
pub mod limits;
pub mod listener;
pub mod management;
pub mod mapping_template;
pub mod message;
pub mod model;
pub mod origin;
pub mod output;
pub mod payload;
pub mod permission;
pub mod plan;
pub mod private_folder;
pub mod record;
pub mod redaction;
pub mod refusal;
pub mod reload;
pub mod request_head;
pub mod route;
pub mod route_flags;
pub mod selection;
pub mod shutdown;
pub mod signature;
pub mod socket;
pub mod template;
pub mod throttle;
pub mod traffic;
pub mod upgrade;

use args::Args;
use banner::Endpoints;
use caller::{Callers, Settings};
use certificate::Certificate;
use connections::Connections;
use console::Console;
use credentials::UsersCredentials;
use definition::Definition;
use delivery::Delivery;
use faults::Faults;
use functions::Functions;
use gateway::Gateway;
use journal::Journal;
use lambda::Launcher;
use output::{Format, Output, Stream};
use plan::Plans;
use private_folder::PrivateFolder;
use record::Tone;
use reload::Reload;
use route::Routes;
use shutdown::Signals;
use std::io::Write;
use std::net::IpAddr;
use std::sync::Arc;
use throttle::Throttles;
use tokio::sync::{mpsc, watch};

/// Runs the gateway until a signal ends it.
///
/// # Errors
/// A sentence, several lines where a handler's stack belongs to it, when it cannot start.
pub async fn run(args: Args) -> Result<(), String> {
    file_limit::raise();
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
    /// The watch over the functions' files.
    reload: Option<Reload>,
    /// The files that the handler and clients use while the gateway runs.
    _folder: PrivateFolder,
}

async fn start(args: &Args) -> Result<Started, String> {
    let folder = PrivateFolder::create()?;
    let mut definition = definition::read(args, &folder)?;
    authorizer::check(&definition.api)?;
    if definition.api.stage.name == console::NAME {
        return Err(format!("the stage cannot be called {}: the console is there", console::NAME));
    }
    let (plans, warnings) = Plans::new(&definition.api)?;
    let limits = args.limits.of_connection();
    let host = own_name(args.listen.host);
    let certificate = certificate::generate(host.trim_matches(|c| "[]".contains(c)))?;
    let ca = folder.write("ca.pem", &certificate.authority_pem)?;
    if let Some(path) = &args.listen.ca_file {
        std::fs::write(path, &certificate.authority_pem)
            .map_err(|error| format!("--ca-file {} cannot be written: {error}", path.display()))?;
    }
    let listener = listener::bind(args.listen.host, args.listen.port).await?;
    definition.use_address(&format!("{host}:{}", listener.port));
    let Definition { api, region, source, notes } = definition;
    let account = args.permissions.account.clone();
    let settings = Settings {
        region: &region,
        account: &account,
        verifies: args.permissions.verify_signatures,
        users: &UsersCredentials::find(),
    };
    let callers = Arc::new(Callers::new(&api.functions, settings)?);
    let endpoint = format!("https://{host}:{}/{}", listener.port, api.stage.name);
    let authority = &certificate.authority_pem;
    let launcher = Launcher::new(&folder, authority, &region, &account, &callers, endpoint)?;
    let stream = if args.output.ready_json { Stream::Stderr } else { Stream::Stdout };
    let journal = (!args.output.no_console).then(Arc::<Journal>::default);
    let has_several = api.functions.len() > 1;
    let output = Output::start(stream, args.output.log, has_several, journal.clone());
    for warning in &notes.warnings {
        output.line(Tone::Warning, format!("warning: {source}: {warning}"));
    }
    for warning in &warnings {
        output.line(Tone::Bad, format!("warning: {warning}"));
    }
    let (functions, init) =
        Functions::start(&api, &launcher, &output).await.inspect_err(|_| output.flush())?;
    let others = args.function.watch()?;
    let watching = !args.function.no_reload;
    let reload = watching.then(|| reload::watch(&api, &functions, &others, &output)).flatten();
    let (stopping, stops) = watch::channel(false);
    let ca = args.listen.ca_file.as_deref().unwrap_or(&ca);
    let console = journal.map(Console::new);
    let gateway = Arc::new(Gateway {
        endpoints: Endpoints::new(&host, listener.port, &api.stage.name, ca, console.is_some()),
        console,
        started_at: clock::now_ms(),
        port: listener.port,
        host,
        region,
        account,
        plans,
        delivery: Delivery { message_bytes: limits.message_bytes, ..args.api.delivery() },
        routes: Routes::new(api.routes.keys().cloned(), api.route_selection_expression.clone()),
        limits,
        throttles: Throttles::new(
            args.limits.connection_rate.0,
            args.limits.request_rate.0,
            &api.stage,
            api.routes.keys().map(String::as_str),
        ),
        api,
        callers,
        connections: Connections::default(),
        functions,
        faults: Faults::default(),
        output,
        stopping: stops,
    });
    let template = args.template.template.is_some().then_some(source.as_str());
    gateway.output.announce(match args.output.log {
        Format::Text => gateway.endpoints.text(&gateway.api, template, init),
        _ => gateway.endpoints.line(),
    });
    if template.is_some() {
        for remark in &notes.remarks {
            gateway.output.line(Tone::Faint, format!("{source}: {remark}"));
        }
    }
    for note in gateway.callers.notes() {
        gateway.output.line(Tone::Bad, format!("note: {note}"));
    }
    if args.output.ready_json {
        let mut stdout = std::io::stdout();
        let _ = writeln!(stdout, "{}", gateway.endpoints.json()).and_then(|()| stdout.flush());
    }
    Ok(Started { gateway, listener, certificate, stopping, reload, _folder: folder })
}

impl Started {
    async fn serve_until(self, signals: &mut Signals) {
        let Self { gateway, listener, certificate, stopping, reload, _folder } = self;
        let (alive, mut all_gone) = mpsc::channel(1);
        listener.serve(&gateway, &certificate.acceptor, &alive);
        signals.next().await;

        let line = match gateway.connections.count() {
            0 => "stopping".to_owned(),
            1 => "stopping: 1 connection is closed with 1001".to_owned(),
            open => format!("stopping: {open} connections are closed with 1001"),
        };
        gateway.output.line(Tone::Plain, line);
        drop(reload);
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
            () = gateway.functions.stop() => {}
            () = signals.next() => {} // The processes are killed when the runtime ends.
        }
        gateway.output.flush();
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
