//! The function: a pool of handler processes that are fed through the Lambda Runtime API, as in
//! "Using the Lambda runtime API for custom runtimes".

mod backoff;
mod environment;
mod launcher;
mod log;
mod pool;
mod process;
mod program;
mod python;
mod runtime_api;
mod watchdog;

pub use launcher::Launcher;
pub(crate) use watchdog::Watchdog;

use crate::origin::Origin;
use crate::output::Output;
use hyper::body::Bytes;
use pool::Pool;
use program::Program;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How the function is run.
#[derive(Debug)]
struct FunctionSettings {
    /// What runs it.
    program: Program,
    /// Working directory and `LAMBDA_TASK_ROOT`.
    task_root: PathBuf,
    /// Variables in addition to the gateway's own environment.
    environment: Vec<(String, OsString)>,
    /// Variables of the gateway's own environment that it does not get.
    pub removed: &'static [&'static str],
    /// The function's name.
    name: String,
    /// The function's ARN, as `Lambda-Runtime-Invoked-Function-Arn` carries it.
    arn: String,
    /// Memory in MB, as the log shows it.
    memory_size: u32,
    /// Most processes at a time.
    concurrency: usize,
    /// How long an invocation may take.
    timeout: Duration,
    /// What ends the processes when the gateway cannot.
    watchdog: Arc<Watchdog>,
}

/// Why an invocation has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvocationError {
    /// The handler threw; with what its runtime reported, `{ errorMessage, errorType, … }`.
    Thrown(Bytes),
    /// The handler could not be loaded, or its answer could not be used.
    Handler,
    /// The handler threw an error with the message `Unauthorized`, by which an authorizer says 401 ("Use API Gateway
    /// Lambda authorizers").
    Unauthorized,
    /// The handler did not answer in time; its process has been replaced.
    Timeout,
    /// The process ended during the invocation; it has been replaced.
    Crash,
    /// There is no function of this name.
    Unknown,
}

/// Half a sentence, without what the handler said: its own log has that.
impl std::fmt::Display for InvocationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Thrown(_) | Self::Unauthorized => "it threw an error",
            Self::Handler => "it could not be loaded, or its answer was not received whole",
            Self::Timeout => "it did not answer in time",
            Self::Crash => "its process ended",
            Self::Unknown => "there is no such function",
        })
    }
}

/// Why the first process never became ready.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InitError {
    /// One sentence.
    pub sentence: String,
    /// The error's type, such as `Runtime.ImportModuleError`; empty where nothing was run.
    pub kind: String,
    /// The stack of the error, a line each; may be empty.
    pub trace: Vec<String>,
}

impl InitError {
    /// The line that CloudWatch Logs shows for a start that has failed.
    fn report(&self, duration: Duration) -> String {
        let ms = duration.as_secs_f64() * 1000.0;
        let kind = if self.kind.is_empty() { "Runtime.Unknown" } else { &self.kind };
        format!(
            "INIT_REPORT Init Duration: {ms:.2} ms\tPhase: init\tStatus: error\tError Type: {kind}"
        )
    }
}

impl std::fmt::Display for InitError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sentence)?;
        let trace = self.trace.iter().filter(|line| !line.is_empty());
        trace.into_iter().try_for_each(|line| write!(f, "\n    {line}"))
    }
}

/// A running function.
#[derive(Clone)]
pub struct Function {
    pool: Arc<Pool>,
}

impl Function {
    fn new(settings: FunctionSettings, output: Output) -> Self {
        Self { pool: Pool::new(settings, output) }
    }

    /// Starts the first process and waits until its handler has loaded; returns how long that took. Without this, the
    /// first invocation starts it.
    ///
    /// # Errors
    /// [`InitError`], when the program cannot be run or the handler cannot be loaded.
    pub async fn start(&self) -> Result<Duration, InitError> {
        self.pool.start().await
    }

    /// What can be seen to be wrong with the function without running it.
    ///
    /// # Errors
    /// A sentence.
    pub async fn check(&self) -> Result<(), String> {
        self.pool.settings.program.check().await
    }

    /// Runs the handler with one event and returns the JSON that it answered. The caller waits for it no longer than
    /// `limit`, a wait for a free process included; the handler may go on until the function's own timeout.
    ///
    /// The invocation runs to its end even when the returned future is dropped after its first poll.
    ///
    /// # Errors
    /// [`InvocationError::Handler`], [`InvocationError::Timeout`] or [`InvocationError::Crash`].
    pub async fn invoke(
        &self,
        event: Vec<u8>,
        origin: &Origin,
        limit: Duration,
    ) -> Result<Bytes, InvocationError> {
        self.pool.invoke(event, origin, limit).await
    }

    /// Lets new invocations go to new processes, because `file`, as people name it, has changed. Invocations that run
    /// are finished by the processes that they run in.
    pub fn reload(&self, file: &str) {
        self.pool.reload(file);
    }

    /// Ends all processes and waits until they are gone.
    pub async fn stop(&self) {
        self.pool.stop().await;
    }
}
