//! The function's log, in the lines that CloudWatch Logs shows.

use super::pool::{Invocation, Pool};
use crate::record::Tone;
use crate::{clock, ids};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{ChildStderr, ChildStdout};
use tokio::sync::mpsc;

/// Longest line of a handler that is kept in one piece, in bytes (CloudWatch Logs quotas: event size, 256 KB).
const LINE_BYTES: usize = 256 * 1024;

/// The name of a log stream, `2026/11/22/[$LATEST]…`, one per gateway.
pub(super) fn stream_name() -> String {
    let (year, month, day) = clock::date(clock::now_ms());
    let tail: [u8; 16] = rand::random();
    format!("{year:04}/{month:02}/{day:02}/[$LATEST]{}", ids::hex(&tail))
}

/// A moment of an invocation that stands in the log.
pub(super) enum Mark {
    Start(Invocation),
    End(Report),
}

/// What `REPORT` says.
pub(super) struct Report {
    pub(super) invocation: Invocation,
    pub(super) duration: Duration,
    pub(super) memory_size: u32,
    pub(super) memory_used: Option<u64>,
    pub(super) init_duration: Option<Duration>,
    /// A line between the handler's own and `END`, such as that the process timed out.
    pub(super) note: Option<String>,
}

impl Report {
    fn line(&self) -> String {
        let ms = |duration: Duration| duration.as_secs_f64() * 1000.0;
        let mut line = format!(
            "REPORT RequestId: {}\tDuration: {:.2} ms\tBilled Duration: {} ms\tMemory Size: {} MB",
            self.invocation.request_id,
            ms(self.duration),
            ms(self.duration).ceil(),
            self.memory_size,
        );
        if let Some(used) = self.memory_used {
            line += &format!("\tMax Memory Used: {used} MB");
        }
        if let Some(init) = self.init_duration {
            line += &format!("\tInit Duration: {:.2} ms", ms(init));
        }
        line
    }
}

/// Prints a process's output and the marks of its invocations in the order in which they happened, until
/// the process has closed both streams. What a handler wrote before its answer is in the pipe before
/// the answer arrives; so the pipes are emptied before an end is printed.
pub(super) async fn follow(
    pool: Arc<Pool>,
    stdout: ChildStdout,
    stderr: ChildStderr,
    mut marks: mpsc::UnboundedReceiver<Mark>,
) {
    // A process runs one invocation at a time: what it prints belongs to that one.
    let mut current: Option<Invocation> = None;
    let mut stdout = Lines::new(stdout);
    let mut stderr = Lines::new(stderr);
    let mut marking = true;
    while marking || stdout.open || stderr.open {
        tokio::select! {
            biased;
            mark = marks.recv(), if marking => match mark {
                None => marking = false,
                Some(Mark::Start(invocation)) => {
                    let line = format!("START RequestId: {} Version: $LATEST", invocation.request_id);
                    pool.record(Tone::Faint, Some(&invocation), line);
                    current = Some(invocation);
                }
                Some(Mark::End(report)) => {
                    let invocation = Some(&report.invocation);
                    stdout.print_what_is_there(&pool, invocation);
                    stderr.print_what_is_there(&pool, invocation);
                    if let Some(note) = &report.note {
                        pool.record(Tone::Bad, invocation, note.clone());
                    }
                    let line =
                        format!("END RequestId: {}\n{}", report.invocation.request_id, report.line());
                    pool.record(Tone::Faint, invocation, line);
                    current = None;
                }
            },
            () = stdout.read(), if stdout.open => stdout.print(&pool, current.as_ref()),
            () = stderr.read(), if stderr.open => stderr.print(&pool, current.as_ref()),
        }
    }
}

/// A stream cut into lines.
struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    open: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    fn new(reader: R) -> Self {
        Self { reader, buffer: Vec::new(), open: true }
    }

    /// Waits for bytes, or for the end, which shows in `open`.
    async fn read(&mut self) {
        self.buffer.reserve(4096);
        self.open = matches!(self.reader.read_buf(&mut self.buffer).await, Ok(count) if count > 0);
    }

    fn print_what_is_there(&mut self, pool: &Pool, invocation: Option<&Invocation>) {
        use futures_util::FutureExt;
        while self.open && self.read().now_or_never().is_some() {
            self.print(pool, invocation);
        }
    }

    /// Prints whole lines, and what is left when the stream has ended or a line is too long.
    fn print(&mut self, pool: &Pool, invocation: Option<&Invocation>) {
        while let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.buffer.drain(..=end).collect();
            pool.record(Tone::Plain, invocation, shown(&line[..end]));
        }
        if !self.buffer.is_empty() && (!self.open || self.buffer.len() >= LINE_BYTES) {
            pool.record(Tone::Plain, invocation, shown(&std::mem::take(&mut self.buffer)));
        }
    }
}

/// A line as CloudWatch Logs shows it: runtimes write a carriage return where one event breaks into lines.
fn shown(line: &[u8]) -> String {
    String::from_utf8_lossy(line).trim_end_matches('\r').replace('\r', "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carriage_returns_inside_a_line_break_it_and_never_overwrite_it() {
        assert_eq!(shown(b"Traceback\r  File\r"), "Traceback\n  File");
    }

    #[test]
    fn a_report_reads_as_in_cloudwatch() {
        let mut report = Report {
            invocation: Invocation { request_id: "8f5f2c9e".into(), connection_id: "c".into() },
            duration: Duration::from_micros(12_341),
            memory_size: 128,
            memory_used: Some(71),
            init_duration: Some(Duration::from_micros(150_250)),
            note: None,
        };
        assert_eq!(
            report.line(),
            "REPORT RequestId: 8f5f2c9e\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 71 MB\tInit Duration: 150.25 ms"
        );
        report.memory_used = None;
        report.init_duration = None;
        assert!(report.line().ends_with("Memory Size: 128 MB"));
    }
}
