//! The pool: who runs the next invocation, and when another process is worth starting.

use super::log;
use super::{FunctionSettings, InitError, InvocationError, process};
use crate::ids;
use crate::limits;
use crate::origin::Origin;
use crate::output::Output;
use crate::record::{Kind, Record, Tone};
use hyper::body::Bytes;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

/// Shortest and longest wait of a job before another process is started for it.
const SHORT_PATIENCE: Duration = Duration::from_millis(20);
const LONG_PATIENCE: Duration = Duration::from_millis(500);

/// One run of the function, as its log tells it.
#[derive(Clone)]
pub(super) struct Invocation {
    /// Lambda's request id.
    pub(super) request_id: String,
    /// The connection that it is for.
    pub(super) connection_id: String,
}

/// One event on its way to a process.
pub(super) struct Job {
    pub(super) invocation: Invocation,
    pub(super) event: Vec<u8>,
    waiting_since: Instant,
    pub(super) reply: oneshot::Sender<Result<Bytes, InvocationError>>,
}

/// How a process's life has ended.
pub(super) enum Ended {
    /// It had asked for an invocation, and had got one or not.
    AfterInit { served: bool },
    /// It ended, or was given up, before it was ready.
    DuringInit(InitError),
}

#[derive(Default)]
struct State {
    /// Jobs that no process was free for, oldest first.
    queue: VecDeque<Job>,
    /// Processes that wait for a job; the last to come is the first to work, so that the others stay idle.
    idle: Vec<oneshot::Sender<Job>>,
    /// Processes that exist.
    live: usize,
    /// Processes among them that have not asked for their first job yet.
    starting: usize,
    /// How long the last process took to become ready.
    init_duration: Duration,
    /// Whether somebody looks after jobs that wait for long.
    watched: bool,
    /// Who waits for the very first process.
    first: Option<oneshot::Sender<Result<Duration, InitError>>>,
    stopped: bool,
}

pub(super) struct Pool {
    pub(super) settings: FunctionSettings,
    pub(super) output: Output,
    pub(super) log_stream: String,
    state: Mutex<State>,
    stopping: watch::Sender<bool>,
    live: watch::Sender<usize>,
    cores: usize,
}

/// A process's wait for a job. A job that arrives while the process goes away is handed to another.
struct Waiting<'a> {
    pool: &'a Arc<Pool>,
    job: oneshot::Receiver<Job>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.job.close();
        if let Ok(job) = self.job.try_recv() {
            self.pool.enqueue(job);
        }
    }
}

impl Pool {
    pub(super) fn new(settings: FunctionSettings, output: Output) -> Arc<Self> {
        Arc::new(Self {
            settings,
            output,
            log_stream: log::stream_name(),
            state: Mutex::default(),
            stopping: watch::Sender::new(false),
            live: watch::Sender::new(0),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
        })
    }

    /// Prints something about this function and, where there is one, its invocation.
    pub(super) fn record(&self, tone: Tone, invocation: Option<&Invocation>, text: String) {
        let mut record = Record::new(Kind::Function, tone, text).function(&self.settings.name);
        if let Some(invocation) = invocation {
            record = record.connection(&invocation.connection_id).request(&invocation.request_id);
        }
        self.output.record(record);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the first process and waits until it is ready.
    pub(super) async fn start(self: &Arc<Self>) -> Result<Duration, InitError> {
        let (ready, first) = oneshot::channel();
        {
            let mut state = self.lock();
            state.first = Some(ready);
            self.spawn(&mut state);
        }
        let gave_up = || InitError {
            sentence: format!(
                "the handler has not finished loading after {} s",
                limits::INIT_TIMEOUT.as_secs()
            ),
            trace: Vec::new(),
        };
        let ready = tokio::time::timeout(limits::INIT_TIMEOUT, first).await;
        ready.ok().and_then(Result::ok).unwrap_or_else(|| Err(gave_up()))
    }

    fn spawn(self: &Arc<Self>, state: &mut State) {
        state.live += 1;
        state.starting += 1;
        self.live.send_replace(state.live);
        tokio::spawn(process::run(self.clone(), self.stopping.subscribe()));
    }

    pub(super) async fn invoke(
        self: &Arc<Self>,
        event: Vec<u8>,
        origin: &Origin,
    ) -> Result<Bytes, InvocationError> {
        let (reply, answer) = oneshot::channel();
        let waiting_since = Instant::now();
        let connection_id = origin.connection_id.clone();
        let invocation = Invocation { request_id: ids::uuid(), connection_id };
        self.enqueue(Job { invocation: invocation.clone(), event, waiting_since, reply });
        match tokio::time::timeout_at(waiting_since + self.settings.timeout, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(InvocationError::Crash),
            Err(_) => {
                self.give_up(&invocation);
                Err(InvocationError::Timeout)
            }
        }
    }

    /// Says so when a job has found no process in all its time.
    fn give_up(&self, invocation: &Invocation) {
        let request_id = &invocation.request_id;
        let queue = &mut self.lock().queue;
        if let Some(index) = queue.iter().position(|job| job.invocation.request_id == *request_id) {
            queue.remove(index);
            let line = format!(
                "RequestId: {request_id} was given up: all {} handler processes were busy for {} s (--concurrency allows more)",
                self.settings.concurrency,
                self.settings.timeout.as_secs_f64(),
            );
            self.record(Tone::Bad, Some(invocation), line);
        }
    }

    fn enqueue(self: &Arc<Self>, mut job: Job) {
        let mut state = self.lock();
        if state.stopped {
            return;
        }
        while let Some(idle) = state.idle.pop() {
            match idle.send(job) {
                Ok(()) => return,
                Err(returned) => job = returned,
            }
        }
        state.queue.push_back(job);
        self.grow(&mut state);
        if !state.watched {
            state.watched = true;
            tokio::spawn(self.clone().watch());
        }
    }

    /// How long a job waits before another process is started for it. The cores are filled soon. Beyond that more processes help only where they wait for something else than a core, and then a wait as long as a
    /// start costs at most twice the time of one that was begun at once, while a burst of short jobs starts none.
    fn patience(&self, state: &State) -> Duration {
        if state.live < self.cores {
            SHORT_PATIENCE
        } else {
            state.init_duration.clamp(SHORT_PATIENCE, LONG_PATIENCE)
        }
    }

    /// Starts processes for jobs that have waited for long, no more at a time than there are cores to load them.
    fn grow(self: &Arc<Self>, state: &mut State) {
        let now = Instant::now();
        while !state.stopped && state.live < self.settings.concurrency {
            let patience = self.patience(state);
            let is_late = |job: &&Job| now.saturating_duration_since(job.waiting_since) >= patience;
            let late = state.queue.iter().take(self.cores).take_while(is_late).count();
            let nobody_comes = state.live == 0 && !state.queue.is_empty();
            if state.starting >= late && !nobody_comes {
                return;
            }
            self.spawn(state);
        }
    }

    /// Looks after the queue until it is empty.
    async fn watch(self: Arc<Self>) {
        loop {
            let pause = {
                let mut state = self.lock();
                let Some(first) = state.queue.front().filter(|_| !state.stopped) else {
                    state.watched = false;
                    return;
                };
                let waited = first.waiting_since.elapsed();
                self.grow(&mut state);
                self.patience(&state).saturating_sub(waited).max(SHORT_PATIENCE / 4)
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// The next job for a process. Jobs whose time is up are dropped: their invoker has been answered.
    pub(super) async fn next(self: &Arc<Self>) -> Option<Job> {
        let mut waiting = {
            let mut state = self.lock();
            while let Some(job) = state.queue.pop_front() {
                if job.waiting_since.elapsed() < self.settings.timeout {
                    return Some(job);
                }
            }
            let (idle, job) = oneshot::channel();
            state.idle.retain(|idle| !idle.is_closed());
            state.idle.push(idle);
            Waiting { pool: self, job }
        };
        (&mut waiting.job).await.ok()
    }

    /// A process has asked for its first job.
    pub(super) fn initialised(self: &Arc<Self>, duration: Duration) {
        let mut state = self.lock();
        state.starting = state.starting.saturating_sub(1);
        state.init_duration = duration;
        if let Some(first) = state.first.take() {
            let _ = first.send(Ok(duration));
        }
    }

    /// A process is gone. One process is kept, and as many as the queue asks for; but one that ends before its first
    /// job would end again and again, so the next waits for a job. A handler that cannot be loaded fails one waiting
    /// job, as every cold start on AWS would, and is tried again for the next.
    pub(super) fn ended(self: &Arc<Self>, how: Ended) {
        let mut state = self.lock();
        state.live = state.live.saturating_sub(1);
        match how {
            Ended::AfterInit { served } => {
                if served && state.live == 0 && !state.stopped {
                    self.spawn(&mut state);
                }
            }
            Ended::DuringInit(error) => {
                state.starting = state.starting.saturating_sub(1);
                if let Some(job) = state.queue.pop_front() {
                    let _ = job.reply.send(Err(InvocationError::Handler));
                }
                match state.first.take() {
                    Some(first) => {
                        let _ = first.send(Err(error));
                    }
                    None if state.stopped => {}
                    None => self.record(Tone::Bad, None, error.to_string()),
                }
            }
        }
        self.grow(&mut state);
        self.live.send_replace(state.live);
    }

    /// Ends all processes and waits until they are gone.
    pub(super) async fn stop(&self) {
        {
            let mut state = self.lock();
            state.stopped = true;
            state.queue.clear();
        }
        self.stopping.send_replace(true);
        let mut live = self.live.subscribe();
        let _ =
            tokio::time::timeout(Duration::from_secs(2), live.wait_for(|live| *live == 0)).await;
    }
}
