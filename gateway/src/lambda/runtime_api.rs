//! The Lambda Runtime API, version 2018-06-01, as one process sees it. Every process has a port of its
//! own, which is how the gateway knows who is asking.

use super::log::{Mark, Report};
use super::pool::{Invocation, Job, Pool};
use super::{InitError, InvocationError, python};
use crate::{clock, ids, limits};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::Instant;

const PREFIX: &str = "/2018-06-01/runtime/";

struct Running {
    invocation: Invocation,
    reply: oneshot::Sender<Result<Bytes, InvocationError>>,
    started: Instant,
}

/// The gateway's side of one process.
pub(super) struct Runtime {
    pool: Arc<Pool>,
    generation: u64,
    process_id: Option<u32>,
    retired: Notify,
    /// Whether the log has been told that the memory is too small.
    warned: AtomicBool,
    pub(super) started: Instant,
    initialised: AtomicBool,
    init_duration: Mutex<Option<Duration>>,
    init_error: Mutex<Option<InitError>>,
    running: Mutex<Option<Running>>,
    marks: mpsc::UnboundedSender<Mark>,
    deadline: watch::Sender<Option<Instant>>,
    served: AtomicBool,
    memory: Mutex<Option<(Instant, Option<u64>)>>,
}

/// How long a figure of the process's memory stands in reports before it is read again.
const MEMORY_AGE: Duration = Duration::from_millis(100);

/// The body of `…/error`, as "Using the Lambda runtime API for custom runtimes" describes it; runtimes
/// write the stack as `stackTrace` or as `trace`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ErrorReport {
    error_type: String,
    error_message: String,
    #[serde(alias = "stackTrace")]
    trace: Vec<serde_json::Value>,
}

impl Runtime {
    pub(super) fn new(
        pool: Arc<Pool>,
        generation: u64,
        process_id: Option<u32>,
        marks: mpsc::UnboundedSender<Mark>,
        deadline: watch::Sender<Option<Instant>>,
    ) -> Self {
        Self {
            pool,
            generation,
            process_id,
            retired: Notify::new(),
            warned: AtomicBool::new(false),
            started: Instant::now(),
            initialised: AtomicBool::new(false),
            init_duration: Mutex::default(),
            init_error: Mutex::default(),
            running: Mutex::default(),
            marks,
            deadline,
            served: AtomicBool::new(false),
            memory: Mutex::default(),
        }
    }

    /// Whether the process has been given an invocation.
    pub(super) fn has_served(&self) -> bool {
        self.served.load(Ordering::Acquire)
    }

    /// Whether the process has asked for an invocation.
    pub(super) fn is_initialised(&self) -> bool {
        self.initialised.load(Ordering::Acquire)
    }

    /// Completes when the process has asked for an invocation and will get none.
    pub(super) async fn retired(&self) {
        self.retired.notified().await;
    }

    pub(super) fn take_init_error(&self) -> Option<InitError> {
        lock(&self.init_error).take()
    }

    /// Fails the running invocation, and says whether there was one.
    pub(super) fn abandon(&self, error: InvocationError, note: &str) -> bool {
        let Some(running) = lock(&self.running).take() else { return false };
        let note = format!("RequestId: {} {note}", running.invocation.request_id);
        self.finish(running, Err(error), Some(note));
        true
    }

    fn memory_used(&self) -> Option<u64> {
        let mut memory = lock(&self.memory);
        match *memory {
            Some((read_at, used)) if read_at.elapsed() < MEMORY_AGE => used,
            _ => {
                let used = self.process_id.and_then(memory_used);
                *memory = Some((Instant::now(), used));
                used
            }
        }
    }

    /// What to say, once in a process's life, when it takes more memory than the function has. Lambda kills it then.
    fn too_much_memory(&self, used: u64) -> Option<String> {
        let size = self.pool.settings.memory_size;
        let is_first = used > u64::from(size) && !self.warned.swap(true, Ordering::Relaxed);
        is_first.then(|| format!("The process has used {used} MB, more than the {size} MB of the function: Lambda would have killed it (Runtime.ExitError, signal: killed); --memory-size or MemorySize sets more"))
    }

    fn finish(
        &self,
        running: Running,
        answer: Result<Bytes, InvocationError>,
        note: Option<String>,
    ) {
        self.deadline.send_replace(None);
        let memory_used = self.memory_used();
        let note = note.or_else(|| self.too_much_memory(memory_used?));
        let report = Report {
            duration: running.started.elapsed(),
            memory_size: self.pool.settings.memory_size,
            memory_used,
            init_duration: lock(&self.init_duration).take(),
            invocation: running.invocation,
            note,
        };
        // The mark goes first, so that the log has the end before what follows from the answer.
        let _ = self.marks.send(Mark::End(report));
        let _ = running.reply.send(answer);
    }

    /// Takes the running invocation if it is the one that is being answered.
    fn take(&self, request_id: &str) -> Option<Running> {
        let mut running = lock(&self.running);
        if running.as_ref().is_some_and(|running| running.invocation.request_id == request_id) {
            running.take()
        } else {
            None
        }
    }

    async fn next(&self) -> Response<Full<Bytes>> {
        if !self.initialised.swap(true, Ordering::AcqRel) {
            let duration = self.started.elapsed();
            *lock(&self.init_duration) = Some(duration);
            self.pool.initialised(self.generation, duration);
        }
        self.abandon(
            InvocationError::Crash,
            "Error: the runtime asked for the next invocation without answering this one",
        );
        let Some(Job { invocation, event, reply, .. }) = self.pool.next(self.generation).await
        else {
            // Nothing follows for this process. Without an answer it waits, as a frozen one does on AWS, for its end.
            self.retired.notify_one();
            return std::future::pending().await;
        };
        self.served.store(true, Ordering::Release);
        let now = Instant::now();
        let now_ms = clock::now_ms();
        let deadline = now + self.pool.settings.timeout;
        let deadline_ms = now_ms + self.pool.settings.timeout.as_millis() as u64;
        let _ = self.marks.send(Mark::Start(invocation.clone()));
        self.deadline.send_replace(Some(deadline));
        let response = Response::builder()
            .header("content-type", "application/json")
            .header("lambda-runtime-aws-request-id", &invocation.request_id)
            .header("lambda-runtime-deadline-ms", deadline_ms)
            .header("lambda-runtime-invoked-function-arn", &self.pool.settings.arn)
            .header("lambda-runtime-trace-id", ids::trace_header(now_ms))
            .body(Full::new(Bytes::from(event)));
        *lock(&self.running) = Some(Running { invocation, reply, started: now });
        response.unwrap_or_else(|_| answer(StatusCode::INTERNAL_SERVER_ERROR, ""))
    }

    fn init_failed(&self, body: &[u8]) {
        let report: ErrorReport = serde_json::from_slice(body).unwrap_or_default();
        let kind = if report.error_type.is_empty() { "Error" } else { &report.error_type };
        let sentence = format!("the handler could not be loaded: {kind}: {}", report.error_message);
        let line = |value: serde_json::Value| match value {
            serde_json::Value::String(line) => line.trim_end().to_owned(),
            other => other.to_string(),
        };
        let mut trace: Vec<String> = report.trace.into_iter().map(line).collect();
        trace.extend(python::advice(&report.error_message).map(str::to_owned));
        let kind = kind.to_owned();
        *lock(&self.init_error) = Some(InitError { sentence, kind, trace });
    }

    async fn handle(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path().to_owned();
        let Some(path) = path.strip_prefix(PREFIX) else {
            return answer(StatusCode::NOT_FOUND, "");
        };
        let is_post = request.method() == Method::POST;
        match path.split('/').collect::<Vec<_>>().as_slice() {
            ["invocation", "next"] if !is_post => self.next().await,
            ["init", "error"] if is_post => {
                if let Ok(body) = read(request).await {
                    self.init_failed(&body);
                }
                accepted()
            }
            ["invocation", id, what @ ("response" | "error")] if is_post => {
                let body = read(request).await;
                let Some(running) = self.take(id) else {
                    return answer(
                        StatusCode::BAD_REQUEST,
                        r#"{"errorType":"InvalidRequestID","errorMessage":"no such invocation is running"}"#,
                    );
                };
                match (*what, body) {
                    ("response", Ok(body)) => self.finish(running, Ok(body), None),
                    ("response", Err(())) => {
                        let limit = limits::LAMBDA_ANSWER_BYTES;
                        self.finish(running, Err(InvocationError::Handler), Some(format!("the answer was not received whole (at most {limit} bytes are allowed)")));
                        return answer(StatusCode::PAYLOAD_TOO_LARGE, "");
                    }
                    (_, body) => {
                        let error = thrown(body.unwrap_or_default());
                        self.finish(running, Err(error), None);
                    }
                }
                accepted()
            }
            _ => answer(StatusCode::NOT_FOUND, ""),
        }
    }
}

/// What a handler's error means to the gateway.
fn thrown(report: Bytes) -> InvocationError {
    let read: ErrorReport = serde_json::from_slice(&report).unwrap_or_default();
    match read.error_message.as_str() {
        "Unauthorized" => InvocationError::Unauthorized,
        _ => InvocationError::Thrown(report),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn read(request: Request<Incoming>) -> Result<Bytes, ()> {
    let body = Limited::new(request.into_body(), limits::LAMBDA_ANSWER_BYTES);
    body.collect().await.map(http_body_util::Collected::to_bytes).map_err(|_| ())
}

fn accepted() -> Response<Full<Bytes>> {
    answer(StatusCode::ACCEPTED, r#"{"status":"OK"}"#)
}

fn answer(status: StatusCode, body: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(body.as_bytes())));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
    response
}

/// The most memory that a process has had resident, in MB; Linux only (proc(5), `VmHWM`).
fn memory_used(process_id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process_id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes.div_ceil(1024))
}

/// Answers the requests of one connection of the process.
pub(super) async fn serve(stream: TcpStream, runtime: Arc<Runtime>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let runtime = runtime.clone();
        async move { Ok::<_, Infallible>(runtime.handle(request).await) }
    });
    // An error here is the process going away, which its own watcher reports.
    let _ = hyper::server::conn::http1::Builder::new()
        .pipeline_flush(true)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
