//! The pool: who runs the next invocation, and when another process is worth starting.

use super::backoff::Backoff;
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
    /// When its invoker stops waiting.
    until: Instant,
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
    /// Which state of the code is current: the number of reloads.
    generation: u64,
    /// Processes that exist and run the current code.
    live: usize,
    /// Processes among them that have not asked for their first job yet.
    starting: usize,
    /// Processes that exist and run older code.
    retiring: usize,
    /// How long the last process took to become ready.
    init_duration: Duration,
    /// What to do about processes that do not become ready.
    backoff: Backoff,
    /// Whether somebody looks after jobs that wait for long.
    watched: bool,
    /// Whether any process has been started.
    begun: bool,
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
    generations: watch::Sender<u64>,
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
            generations: watch::Sender::new(0),
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
            ..InitError::default()
        };
        let ready = tokio::time::timeout(limits::INIT_TIMEOUT, first).await;
        ready.ok().and_then(Result::ok).unwrap_or_else(|| Err(gave_up()))
    }

    /// Whether somebody waits for the very first process.
    pub(super) fn is_awaited(&self) -> bool {
        self.lock().first.is_some()
    }

    fn spawn(self: &Arc<Self>, state: &mut State) {
        state.begun = true;
        state.live += 1;
        state.starting += 1;
        self.count(state);
        let place = process::Place {
            generation: state.generation,
            generations: self.generations.subscribe(),
            stopping: self.stopping.subscribe(),
        };
        tokio::spawn(process::run(self.clone(), place));
    }

    fn count(&self, state: &State) {
        self.live.send_replace(state.live + state.retiring);
    }

    /// Runs the handler with an event. Its caller waits no longer than `limit`, a wait for a free process included; an
    /// invocation that has begun goes on until the function's own timeout.
    pub(super) async fn invoke(
        self: &Arc<Self>,
        event: Vec<u8>,
        origin: &Origin,
        limit: Duration,
    ) -> Result<Bytes, InvocationError> {
        let (reply, answer) = oneshot::channel();
        let waiting_since = Instant::now();
        let until = waiting_since + limit;
        let connection_id = origin.connection_id.clone();
        let invocation = Invocation { request_id: ids::uuid(), connection_id };
        self.enqueue(Job { invocation: invocation.clone(), event, waiting_since, until, reply });
        match tokio::time::timeout_at(until, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(InvocationError::Crash),
            Err(_) => {
                self.give_up(&invocation, limit);
                Err(InvocationError::Timeout)
            }
        }
    }

    /// Says why an invoker waits no longer: nobody was free, or the function is allowed more time than its invoker has.
    fn give_up(&self, invocation: &Invocation, limit: Duration) {
        let request_id = &invocation.request_id;
        let queue = &mut self.lock().queue;
        let seconds = limit.as_secs_f64();
        let waiting = queue.iter().position(|job| job.invocation.request_id == *request_id);
        let line = if let Some(index) = waiting {
            queue.remove(index);
            format!(
                "RequestId: {request_id} was given up: all {} handler processes were busy for {seconds} s (--concurrency allows more)",
                self.settings.concurrency,
            )
        } else if self.settings.timeout > limit {
            format!(
                "RequestId: {request_id} has not answered within {seconds} s, the integration's limit; the function runs on until its own timeout of {} s",
                self.settings.timeout.as_secs_f64(),
            )
        } else {
            return;
        };
        self.record(Tone::Bad, Some(invocation), line);
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

    /// How long a job waits before another process is started for it. The cores are filled soon. Beyond that more
    /// processes help only where they wait for something else than a core, and then a wait as long as a
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
        while !state.stopped
            && state.live < self.settings.concurrency
            && state.backoff.pause(now).is_zero()
        {
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
                let patience = self.patience(&state).saturating_sub(waited);
                patience.max(state.backoff.pause(Instant::now())).max(SHORT_PATIENCE / 4)
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// The next job for a process; none when its code is out of date, or the gateway stops. Jobs whose time is up are
    /// dropped: their invoker has been answered.
    pub(super) async fn next(self: &Arc<Self>, generation: u64) -> Option<Job> {
        let mut waiting = {
            let mut state = self.lock();
            if state.generation != generation {
                return None;
            }
            let now = Instant::now();
            while let Some(job) = state.queue.pop_front() {
                if now < job.until {
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
    pub(super) fn initialised(self: &Arc<Self>, generation: u64, duration: Duration) {
        let mut state = self.lock();
        if state.generation == generation {
            state.starting = state.starting.saturating_sub(1);
            state.init_duration = duration;
            state.backoff.succeeded();
        }
        if let Some(first) = state.first.take() {
            let _ = first.send(Ok(duration));
        }
    }

    /// A process is gone. One process is kept, and as many as the queue asks for; but one that ends before its first
    /// job would end again and again, so the next waits for a job. A handler that cannot be loaded fails the jobs that
    /// wait, as every cold start on AWS would, and is tried again for the next.
    pub(super) fn ended(self: &Arc<Self>, generation: u64, how: Ended) {
        let mut state = self.lock();
        if state.generation != generation {
            state.retiring = state.retiring.saturating_sub(1);
            self.count(&state);
            return;
        }
        state.live = state.live.saturating_sub(1);
        match how {
            Ended::AfterInit { served } => {
                if served && state.live == 0 && !state.stopped {
                    self.spawn(&mut state);
                }
            }
            Ended::DuringInit(error) => {
                state.starting = state.starting.saturating_sub(1);
                // Others may serve the rest where others could be loaded.
                let healthy = state.live > state.starting;
                let failed = if healthy { state.queue.len().min(1) } else { state.queue.len() };
                for job in state.queue.drain(..failed) {
                    let _ = job.reply.send(Err(InvocationError::Handler));
                }
                let is_new = state.backoff.failed(Instant::now(), &error.to_string());
                match state.first.take() {
                    Some(first) => {
                        let _ = first.send(Err(error));
                    }
                    None if is_new && !state.stopped => {
                        self.record(Tone::Bad, None, error.to_string());
                    }
                    None => {}
                }
            }
        }
        self.grow(&mut state);
        self.count(&state);
    }

    /// Lets new invocations go to new processes, because `file` has changed: an invocation that runs is finished by the
    /// process that it runs in, and all others end.
    pub(super) fn reload(self: &Arc<Self>, file: &str) {
        let mut state = self.lock();
        if state.stopped || !state.begun {
            return;
        }
        state.generation += 1;
        state.retiring += std::mem::take(&mut state.live);
        state.starting = 0;
        state.idle.clear();
        state.backoff = Backoff::default();
        let line = format!("{} reloaded ({file})", self.settings.name);
        self.record(Tone::Good, None, line);
        self.generations.send_replace(state.generation);
        // At once, so that a mistake shows when the file is saved rather than with the next message.
        self.spawn(&mut state);
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
