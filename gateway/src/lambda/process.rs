//! One handler process, from its start to its end.

use super::log;
use super::pool::{Ended, Pool};
use super::runtime_api::{self, Runtime};
use super::{InitError, InvocationError};
use crate::limits;
use crate::record::Tone;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How long the last output of a process that has ended is waited for: a child of its own may hold the pipe.
const LAST_OUTPUT: Duration = Duration::from_millis(250);

/// A process's place in the pool.
pub(super) struct Place {
    /// The state of the code that it runs.
    pub(super) generation: u64,
    /// Which state is current.
    pub(super) generations: watch::Receiver<u64>,
    /// Turns true when the pool stops.
    pub(super) stopping: watch::Receiver<bool>,
}

enum End {
    Exit(Option<ExitStatus>),
    TimedOut,
    InitTimedOut,
    /// It runs code that is out of date, and nothing else.
    Retired,
    Stopped,
}

/// Runs a process until it ends, is stopped, or has taken too long; then tells the pool.
pub(super) async fn run(pool: Arc<Pool>, place: Place) {
    let generation = place.generation;
    let ended = match start(&pool).await {
        Ok((child, listener)) => live(&pool, child, listener, place).await,
        Err(sentence) => Ended::DuringInit(InitError { sentence, ..InitError::default() }),
    };
    pool.ended(generation, ended);
}

async fn start(pool: &Pool) -> Result<(Child, TcpListener), String> {
    let settings = &pool.settings;
    let command = settings.program.command().await?;
    let no_port = |error: std::io::Error| {
        format!("no port on the loopback interface for the Lambda Runtime API: {error}")
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(no_port)?;
    let address = listener.local_addr().map_err(no_port)?;
    let Some((program, arguments)) = command.split_first() else {
        return Err("there is no command to run".to_owned());
    };
    // The banner tells of the first one, and an error of it is the program's own.
    if !pool.is_awaited() {
        let line = format!("INIT_START Runtime Version: {} (local)", settings.program.runtime());
        pool.record(Tone::Faint, None, line);
    }
    let mut command = Command::new(program);
    for name in settings.removed {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .current_dir(&settings.task_root)
        .envs(settings.environment.iter().map(|(name, value)| (name, value)))
        .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
        .env("AWS_LAMBDA_LOG_STREAM_NAME", &pool.log_stream)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    // Ctrl-C in the terminal is for the gateway, which still needs the handler for $disconnect.
    #[cfg(unix)]
    command.process_group(0);
    let child =
        command.spawn().map_err(|error| not_started(program, &settings.task_root, &error))?;
    Ok((child, listener))
}

fn not_started(program: &OsString, folder: &Path, error: &std::io::Error) -> String {
    let program = program.to_string_lossy();
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory if !folder.is_dir() => {
            format!("the function's folder {} is missing", folder.display())
        }
        ErrorKind::NotFound if program == "node" => {
            "node was not found on the PATH: install Node.js 20 or newer".to_owned()
        }
        ErrorKind::NotFound if program.contains(['/', '\\']) => {
            format!(
                "{program} could not be started: it, or the interpreter that its first line names, is missing"
            )
        }
        ErrorKind::NotFound => format!("{program} was not found on the PATH"),
        _ if error.to_string().contains("Exec format error") => {
            format!(
                "{program} is no program for this machine: build it for {}-{} (error: {error})",
                std::env::consts::ARCH,
                std::env::consts::OS
            )
        }
        _ => format!("{program} could not be started: {error}"),
    }
}

async fn live(
    pool: &Arc<Pool>,
    mut child: Child,
    listener: TcpListener,
    mut place: Place,
) -> Ended {
    // `Child::wait` would close it, and its end tells the bootstrap that the gateway is gone.
    let _stdin = child.stdin.take();
    let process_id = child.id();
    let watchdog = &pool.settings.watchdog;
    process_id.inspect(|id| watchdog.add(*id));
    let (marks, marked) = mpsc::unbounded_channel();
    let (deadlines, mut deadline) = watch::channel(None);
    let runtime =
        Arc::new(Runtime::new(pool.clone(), place.generation, process_id, marks, deadlines));
    let following = match (child.stdout.take(), child.stderr.take()) {
        (Some(stdout), Some(stderr)) => {
            tokio::spawn(log::follow(pool.clone(), stdout, stderr, marked))
        }
        _ => tokio::spawn(async {}),
    };
    let mut serving = JoinSet::new();
    let end = loop {
        tokio::select! {
            stream = accept(&listener) => {
                serving.spawn(runtime_api::serve(stream, runtime.clone()));
            }
            Some(_) = serving.join_next() => {}
            status = child.wait() => break End::Exit(status.ok()),
            () = reached(&mut deadline) => break End::TimedOut,
            () = tokio::time::sleep_until(runtime.started + limits::INIT_TIMEOUT), if !runtime.is_initialised() => {
                if !runtime.is_initialised() {
                    break End::InitTimedOut;
                }
            }
            () = runtime.retired() => break End::Retired,
            Ok(()) = place.generations.changed() => {
                // One that is ready finishes what it runs and learns of it with its next request.
                if !runtime.is_initialised() {
                    break End::Retired;
                }
            }
            _ = place.stopping.wait_for(|stopping| *stopping) => break End::Stopped,
        }
    };
    kill(&mut child, process_id).await;
    process_id.inspect(|id| watchdog.remove(*id));
    serving.shutdown().await;
    let (error, note) = match &end {
        End::TimedOut => (
            InvocationError::Timeout,
            format!("Task timed out after {:.2} seconds", pool.settings.timeout.as_secs_f64()),
        ),
        End::Exit(status) => (
            InvocationError::Crash,
            format!("Error: Runtime exited {}\nRuntime.ExitError", describe(*status)),
        ),
        End::InitTimedOut | End::Retired | End::Stopped => {
            (InvocationError::Crash, "Error: Runtime was stopped".to_owned())
        }
    };
    let was_running = runtime.abandon(error, &note);
    let ended = if runtime.is_initialised() {
        if !was_running && matches!(end, End::Exit(_)) {
            pool.record(Tone::Bad, None, note);
        }
        Ended::AfterInit { served: runtime.has_served() }
    } else {
        let error = init_error(&runtime, &end);
        if !matches!(end, End::Retired | End::Stopped) && !pool.is_awaited() {
            pool.record(Tone::Faint, None, error.report(runtime.started.elapsed()));
        }
        Ended::DuringInit(error)
    };
    drop(runtime);
    let _ = tokio::time::timeout(LAST_OUTPUT, following).await;
    ended
}

async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            // Out of file descriptors: to ask again at once would keep a core busy.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// Waits until the running invocation's deadline; for ever while nothing runs.
async fn reached(deadline: &mut watch::Receiver<Option<Instant>>) {
    loop {
        let current = *deadline.borrow_and_update();
        tokio::select! {
            () = tokio::time::sleep_until(current.unwrap_or_else(Instant::now)), if current.is_some() => {
                // An answer at the last moment may have been followed by another invocation already.
                if *deadline.borrow() == current {
                    return;
                }
            }
            changed = deadline.changed() => if changed.is_err() {
                return std::future::pending().await;
            },
        }
    }
}

fn init_error(runtime: &Runtime, end: &End) -> InitError {
    if let Some(error) = runtime.take_init_error() {
        return error;
    }
    let sentence = match end {
        End::Exit(status) => format!(
            "the handler's process ended before it was ready for an invocation: it exited {}",
            describe(*status)
        ),
        End::InitTimedOut => format!(
            "the handler has not finished loading after {} s",
            limits::INIT_TIMEOUT.as_secs()
        ),
        End::TimedOut | End::Retired | End::Stopped => {
            "the handler's process was stopped while it was loading".to_owned()
        }
    };
    let kind = if matches!(end, End::Exit(_)) { "Runtime.ExitError" } else { "" };
    InitError { sentence, kind: kind.to_owned(), trace: Vec::new() }
}

fn describe(status: Option<ExitStatus>) -> String {
    match status {
        Some(status) if status.success() => "without reason: exit status: 0".to_owned(),
        Some(status) => format!("with error: {status}"),
        None => "in an unknown way".to_owned(),
    }
}

/// Kills the process, unless it has ended, and on Unix those that it has started and that would outlive it (it
/// leads a process group of its own).
async fn kill(child: &mut Child, process_id: Option<u32>) {
    #[cfg(unix)]
    if let Some(group) =
        process_id.and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw)
    {
        // Fails where the group has ended, which is what is wanted.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    #[cfg(not(unix))]
    let _ = process_id;
    let _ = child.kill().await;
}
