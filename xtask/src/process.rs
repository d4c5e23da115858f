//! Running other programs: steps that report progress, services that stop when dropped.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::project;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C (and SIGTERM) stops what runs, in order, instead of this process alone.
pub(crate) fn catch_interrupts() -> Result<()> {
    ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::SeqCst))
        .context("Ctrl-C can't be caught")
}

pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Returns once Ctrl-C was pressed or one of these has ended, with the name of that one.
pub(crate) fn wait_for_interrupt(services: &mut [&mut Service]) -> Result<()> {
    loop {
        if interrupted() {
            return Ok(());
        }
        for service in &mut *services {
            if let Some(status) = service.child.try_wait()? {
                bail!("{} ended by itself ({status})", service.name);
            }
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// The text that a program prints, if it runs and succeeds.
pub(crate) fn output_of(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

/// The first line that a service prints, whose output is a pipe. What it prints later is thrown away.
pub(crate) fn first_line(service: &mut Service) -> Result<String> {
    let output = service.child.stdout.take().context("its output is a pipe")?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // After the first line nobody listens; reading on keeps the pipe from filling.
            let _ = sender.send(line);
        }
    });
    service.wait_for(|| receiver.try_recv().ok())
}

/// Announces and runs a short program and returns what it printed; its errors are shown.
pub(crate) fn output_of_step(what: &str, mut command: Command) -> Result<String> {
    eprintln!("• {what}");
    let mut service = Service::start(what, command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
    let mut output = service.child.stdout.take().context("its output is a pipe")?;
    let reader = thread::spawn(move || {
        let mut text = String::new();
        output.read_to_string(&mut text).map(|_| text)
    });
    let status = loop {
        if let Some(status) = service.child.try_wait()? {
            break status;
        }
        if interrupted() {
            bail!("interrupted");
        }
        thread::sleep(Duration::from_millis(20));
    };
    if !status.success() {
        bail!("{what} failed ({status})");
    }
    reader.join().map_err(|_| anyhow!("{what} printed what can't be read"))?.context("its output")
}

/// A program that is run to its end while a person watches.
pub(crate) struct Step {
    /// What it does, as "Compiling the gateway".
    what: String,
    /// How long it takes where nothing is cached, as "about 2 minutes"; empty for a short step.
    takes: &'static str,
    command: Command,
    /// Whether Ctrl-C waits for its end.
    uninterruptible: bool,
}

impl Step {
    pub(crate) fn new(what: impl Into<String>, takes: &'static str, command: Command) -> Self {
        Step { what: what.into(), takes, command, uninterruptible: false }
    }

    /// Lets the program end by itself when Ctrl-C is pressed, and stops after it.
    pub(crate) fn uninterruptible(self) -> Self {
        Step { uninterruptible: true, ..self }
    }

    /// Runs with the output in a log file, a line of progress every ten seconds, and the end of the
    /// log where it fails.
    pub(crate) fn run(mut self) -> Result<()> {
        let log = self.log_file()?;
        let started = Instant::now();
        self.announce();
        let file =
            File::create(&log).with_context(|| format!("{} can't be made", log.display()))?;
        self.command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let status = self.wait(started, |elapsed| {
            let last = last_lines(&log, 1).chars().take(70).collect::<String>();
            eprintln!("  … {} s  {last}", elapsed.as_secs());
        })?;
        if !status.success() {
            eprintln!("{}", last_lines(&log, 40));
            bail!("{} failed ({status}); the whole log is {}", self.what, project::shown(&log));
        }
        if started.elapsed() > Duration::from_secs(2) {
            eprintln!("  done in {:.0} s", started.elapsed().as_secs_f64());
        }
        Ok(())
    }

    /// Runs with the output where it belongs: for tests, whose output is the result.
    pub(crate) fn run_shown(mut self) -> Result<()> {
        self.announce();
        let status = self.wait(Instant::now(), |_| {})?;
        if !status.success() {
            bail!("{} failed ({status})", self.what);
        }
        Ok(())
    }

    fn announce(&self) {
        match self.takes {
            "" => eprintln!("• {}", self.what),
            takes => eprintln!("• {} ({takes})", self.what),
        }
    }

    fn log_file(&self) -> Result<PathBuf> {
        fs::create_dir_all(project::logs())?;
        let name: String =
            self.what
                .chars()
                .map(|c| {
                    if c.is_ascii_alphanumeric() || c == '.' { c.to_ascii_lowercase() } else { '-' }
                })
                .collect();
        Ok(project::logs().join(format!("{name}.log")))
    }

    fn wait(&mut self, started: Instant, progress: impl Fn(Duration)) -> Result<ExitStatus> {
        let mut service = Service::start(&self.what, &mut self.command)?;
        let mut next_report = Duration::from_secs(10);
        loop {
            let ended = service.child.try_wait()?;
            if interrupted() && (ended.is_some() || !self.uninterruptible) {
                bail!("interrupted; the next run takes up the work where it was left");
            }
            if let Some(status) = ended {
                return Ok(status);
            }
            if started.elapsed() >= next_report {
                progress(started.elapsed());
                next_report += Duration::from_secs(10);
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn last_lines(log: &std::path::Path, count: usize) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// A program in the background with all that it starts. Drop stops them: SIGTERM to the group, five
/// seconds of patience, SIGKILL. The same happens when this process is killed and drops nothing.
pub(crate) struct Service {
    name: String,
    pub(crate) child: Child,
    watchdog: Option<Watchdog>,
}

impl Service {
    pub(crate) fn start(name: &str, command: &mut Command) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        // A group of its own, so that npm's and Vite's children can be reached. Ctrl-C then goes to
        // xtask alone, which passes it on.
        let child = command
            .process_group(0)
            .spawn()
            .with_context(|| format!("{program} could not be started"))?;
        let watchdog = Watchdog::start(child.id());
        Ok(Service { name: name.to_owned(), child, watchdog })
    }

    /// Asks `answer` until it has one, for 30 seconds at most. Fails when the program ends before.
    pub(crate) fn wait_for<T>(&mut self, answer: impl Fn() -> Option<T>) -> Result<T> {
        let patience = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(answer) = answer() {
                return Ok(answer);
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("{} did not start ({status}); the reason stands above", self.name);
            }
            if interrupted() {
                bail!("interrupted");
            }
            if Instant::now() > patience {
                bail!("{} was not ready within 30 seconds", self.name);
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // Fails where the group has ended, which is what is wanted.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let patience = Instant::now() + Duration::from_secs(5);
        self.signal(Signal::TERM);
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < patience {
            thread::sleep(Duration::from_millis(20));
        }
        self.signal(Signal::KILL);
        let _ = self.child.wait();
        if let Some(watchdog) = self.watchdog.take() {
            watchdog.end();
        }
    }
}

/// Stops the group of its argument when its standard input ends without a word.
const WATCH: &str = r#"
trap '' HUP INT TERM
read -r word && exit
kill -TERM "-$1" && sleep 5 && kill -KILL "-$1"
"#;

/// A shell that outlives this process by a moment, as that of the gateway does: it stops a group of processes when this one
/// was killed.
struct Watchdog {
    shell: Child,
    pipe: ChildStdin,
}

impl Watchdog {
    /// None where there is no shell: then who kills this process has to look for the others too.
    fn start(group: u32) -> Option<Self> {
        let mut shell = Command::new("sh")
            .args(["-c", WATCH, "xtask-watchdog", &group.to_string()])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let pipe = shell.stdin.take()?;
        Some(Watchdog { shell, pipe })
    }

    /// Lets it go: the group has ended, and its number may be given to another.
    fn end(mut self) {
        let _ = self.pipe.write_all(b"over\n");
        let _ = self.shell.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For as long a service would live if nobody stopped it.
    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_service_ends_with_a_process_that_is_killed() {
        let mut killed = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "process::tests::has_a_service", "--ignored", "--nocapture"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(killed.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("the service is watched") {
            line.clear();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "it ended before");
        }
        let started = Instant::now();
        killed.kill().unwrap();
        killed.wait().unwrap();
        // The service and what it has started hold the other end of this pipe too.
        output.read_to_string(&mut line).unwrap();
        assert!(started.elapsed() < LONG / 2, "the service ran on");
    }

    #[test]
    #[ignore = "is what another test kills"]
    fn has_a_service() {
        let script = format!("sleep {} & wait", LONG.as_secs());
        let _service = Service::start("sleep", Command::new("sh").args(["-c", &script])).unwrap();
        println!("the service is watched");
        thread::sleep(LONG);
    }

    #[test]
    fn a_service_that_is_dropped_takes_its_watchdog_along() {
        let service = Service::start("sleep", Command::new("sleep").arg("60")).unwrap();
        let watchdog = service.watchdog.as_ref().unwrap().shell.id();
        drop(service);
        let watchdog = Pid::from_raw(i32::try_from(watchdog).unwrap()).unwrap();
        assert!(rustix::process::test_kill_process(watchdog).is_err());
    }
}
