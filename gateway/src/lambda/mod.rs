//! The function: a pool of handler processes that are fed through the Lambda Runtime API, as in
//! "Using the Lambda runtime API for custom runtimes".

mod environment;
mod launcher;
mod log;
mod pool;
mod process;
mod runtime_api;

pub use environment::region;
pub use launcher::Launcher;

use crate::origin::Origin;
use crate::output::Output;
use hyper::body::Bytes;
use pool::Pool;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How the function is run.
#[derive(Debug)]
pub struct FunctionSettings {
    /// The program and its arguments.
    pub command: Vec<OsString>,
    /// Working directory and `LAMBDA_TASK_ROOT`.
    pub task_root: PathBuf,
    /// Variables in addition to the gateway's own environment.
    pub environment: Vec<(String, OsString)>,
    /// The function's name.
    pub name: String,
    /// The function's ARN, as `Lambda-Runtime-Invoked-Function-Arn` carries it.
    pub arn: String,
    /// Memory in MB, as the log shows it.
    pub memory_size: u32,
    /// Most processes at a time.
    pub concurrency: usize,
    /// How long an invocation may take, and how long its caller waits for it, a wait for a free process included.
    pub timeout: Duration,
}

/// Why an invocation has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvocationError {
    /// The handler threw, or could not be loaded.
    Handler,
    /// The handler threw an error with the message `Unauthorized`, by which an authorizer says 401 ("Use API Gateway
    /// Lambda authorizers").
    Unauthorized,
    /// The handler did not answer in time; its process has been replaced.
    Timeout,
    /// The process ended during the invocation; it has been replaced.
    Crash,
    /// The answer was no Lambda proxy response.
    MalformedAnswer,
    /// There is no function of this name.
    Unknown,
}

/// Why the first process never became ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitError {
    /// One sentence.
    pub sentence: String,
    /// The stack of the error, a line each; may be empty.
    pub trace: Vec<String>,
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
    /// Starts the first process and waits until its handler has loaded; returns how long that took.
    ///
    /// # Errors
    /// [`InitError`], when the program cannot be run or the handler cannot be loaded.
    pub async fn start(
        settings: FunctionSettings,
        output: Output,
    ) -> Result<(Self, Duration), InitError> {
        let pool = Pool::new(settings, output);
        let duration = pool.start().await?;
        Ok((Self { pool }, duration))
    }

    /// Runs the handler with one event and returns the JSON that it answered.
    ///
    /// The invocation runs to its end even when the returned future is dropped after its first poll.
    ///
    /// # Errors
    /// [`InvocationError::Handler`], [`InvocationError::Timeout`] or [`InvocationError::Crash`].
    pub async fn invoke(&self, event: Vec<u8>, origin: &Origin) -> Result<Bytes, InvocationError> {
        self.pool.invoke(event, origin).await
    }

    /// Ends all processes and waits until they are gone.
    pub async fn stop(&self) {
        self.pool.stop().await;
    }
}
