//! The pool: who runs the next invocation, and when another process is worth starting.

use super::log;
use super::{FunctionSettings, InitError, InvocationError, process};
use crate::ids;
use crate::limits;
use crate::output::Output;
use hyper::body::Bytes;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

/// One event on its way to a process.
pub(super) struct Job {
    pub(super) request_id: String,
    pub(super) event: Vec<u8>,
    /// When the integration timeout strikes.
    pub(super) deadline: Instant,
    pub(super) reply: oneshot::Sender<Result<Bytes, InvocationError>>,
}

/// How a process's life has ended.
pub(super) enum Ended {
    /// It had asked for at least one invocation.
    AfterInit,
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
        })
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

    pub(super) async fn invoke(self: &Arc<Self>, event: Vec<u8>) -> Result<Bytes, InvocationError> {
        let deadline = Instant::now() + self.settings.timeout;
        let (reply, answer) = oneshot::channel();
        self.enqueue(Job { request_id: ids::uuid(), event, deadline, reply });
        match tokio::time::timeout_at(deadline, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(InvocationError::Crash),
            Err(_) => Err(InvocationError::Timeout),
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
    }

    /// Starts a process when more jobs wait than processes are about to be ready.
    fn grow(self: &Arc<Self>, state: &mut State) {
        if !state.stopped
            && state.starting < state.queue.len()
            && state.live < self.settings.concurrency
        {
            self.spawn(state);
        }
    }

    /// The next job for a process. Jobs whose time is up are dropped: their invoker has been answered.
    pub(super) async fn next(&self) -> Option<Job> {
        let waiting = {
            let mut state = self.lock();
            let now = Instant::now();
            while let Some(job) = state.queue.pop_front() {
                if job.deadline > now {
                    return Some(job);
                }
            }
            let (idle, waiting) = oneshot::channel();
            state.idle.retain(|idle| !idle.is_closed());
            state.idle.push(idle);
            waiting
        };
        waiting.await.ok()
    }

    /// A process has asked for its first job.
    pub(super) fn initialised(self: &Arc<Self>, duration: Duration) {
        let mut state = self.lock();
        state.starting = state.starting.saturating_sub(1);
        if let Some(first) = state.first.take() {
            let _ = first.send(Ok(duration));
        }
    }

    /// A process is gone. One process is kept, and as many as the queue asks for; a handler that cannot be
    /// loaded fails one waiting job, as every cold start on AWS would, and is tried again for the next.
    pub(super) fn ended(self: &Arc<Self>, how: Ended) {
        let mut state = self.lock();
        state.live = state.live.saturating_sub(1);
        match how {
            Ended::AfterInit => {
                if state.live == 0 && !state.stopped {
                    self.spawn(&mut state);
                }
            }
            Ended::DuringInit(error) => {
                state.starting = state.starting.saturating_sub(1);
                if let Some(job) = state.queue.pop_front() {
                    let _ = job.reply.send(Err(InvocationError::Handler));
                }
                if let Some(first) = state.first.take() {
                    let _ = first.send(Err(error));
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
