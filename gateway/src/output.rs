//! What the gateway prints: lines for people or programs, on a thread of their own so that a slow terminal never
//! holds up a connection.

use crate::journal::Journal;
use crate::record::{Kind, Record, Tone};
use std::borrow::Cow;
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

/// Lines that may wait for a terminal that does not keep up; beyond that they are counted instead.
const WAITING_LINES: usize = 16 * 1024;

/// Bytes of their texts that may wait, since a line of a function may be long; ours.
const WAITING_BYTES: usize = 16 * 1024 * 1024;

/// How long lines are gathered before they are written in one piece.
const GATHERING: Duration = Duration::from_millis(5);

/// Where lines go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error, when standard output belongs to a program.
    Stderr,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Lines for people
    #[default]
    Text,
    /// One JSON object per line, for programs
    Json,
    /// Nothing at all
    Off,
}

enum Item {
    Record(Arc<Record>),
    Flush(mpsc::SyncSender<()>),
}

/// What the printing thread has not printed.
#[derive(Default)]
struct Backlog {
    /// Bytes of the texts that wait.
    bytes: AtomicUsize,
    /// Lines that were dropped, and not told of yet.
    dropped: AtomicU64,
}

/// A handle to the printing thread.
#[derive(Clone)]
pub struct Output {
    /// `None` where nothing is printed.
    items: Option<mpsc::SyncSender<Item>>,
    backlog: Arc<Backlog>,
    journal: Option<Arc<Journal>>,
}

impl Output {
    /// Starts the thread, unless nothing is to be printed. Colour is used on a terminal unless `NO_COLOR` is set. What
    /// happens is also written to the journal, where there is one. `names_functions` says that lines for people begin with
    /// the function that they are of, as there are several.
    pub fn start(
        stream: Stream,
        format: Format,
        names_functions: bool,
        journal: Option<Arc<Journal>>,
    ) -> Self {
        if format == Format::Off {
            return Self { items: None, backlog: Arc::default(), journal };
        }
        let (items, queue) = mpsc::sync_channel(WAITING_LINES);
        let backlog = Arc::<Backlog>::default();
        let waiting = backlog.clone();
        std::thread::spawn(move || match stream {
            Stream::Stdout => {
                let style = Style::of(format, std::io::stdout().is_terminal(), names_functions);
                print(&queue, &waiting, &mut std::io::stdout(), style);
            }
            Stream::Stderr => {
                let style = Style::of(format, std::io::stderr().is_terminal(), names_functions);
                print(&queue, &waiting, &mut std::io::stderr(), style);
            }
        });
        Self { items: Some(items), backlog, journal }
    }

    /// Prints what happened, and keeps it for the console.
    pub fn record(&self, record: Record) {
        let record = Arc::new(record);
        if let Some(journal) = &self.journal {
            journal.add(record.clone());
        }
        self.print(record);
    }

    /// Keeps what happened for the console. It is too much, or too private, for the log.
    pub fn observe(&self, record: impl FnOnce() -> Record) {
        if let Some(journal) = &self.journal {
            journal.add(Arc::new(record()));
        }
    }

    /// Prints something that the console shows elsewhere.
    pub fn announce(&self, text: impl Into<Cow<'static, str>>) {
        self.print(Arc::new(Record::new(Kind::Gateway, Tone::Plain, text)));
    }

    fn print(&self, record: Arc<Record>) {
        let Some(items) = &self.items else { return };
        let bytes = record.size();
        let has_room = self.backlog.bytes.fetch_add(bytes, Ordering::Relaxed) < WAITING_BYTES;
        if !has_room || items.try_send(Item::Record(record)).is_err() {
            self.backlog.bytes.fetch_sub(bytes, Ordering::Relaxed);
            self.backlog.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The records that are kept for the console.
    pub fn journal(&self) -> Option<&Arc<Journal>> {
        self.journal.as_ref()
    }

    /// Prints something of the gateway's own that is about no connection and no function.
    pub fn line(&self, tone: Tone, text: impl Into<Cow<'static, str>>) {
        self.record(Record::new(Kind::Gateway, tone, text));
    }

    /// Waits until everything has been printed, half a second at most.
    pub fn flush(&self) {
        let Some(items) = &self.items else { return };
        let (done, printed) = mpsc::sync_channel(1);
        if items.try_send(Item::Flush(done)).is_ok() {
            let _ = printed.recv_timeout(Duration::from_millis(500));
        }
    }
}

fn print(queue: &mpsc::Receiver<Item>, backlog: &Backlog, stream: &mut dyn Write, style: Style) {
    let mut buffer = Vec::with_capacity(8 * 1024);
    while let Ok(first) = queue.recv() {
        // Lines come in bursts, and waking this thread for each of them would cost the connections.
        if matches!(first, Item::Record(_)) {
            std::thread::sleep(GATHERING);
        }
        let mut waiting = Vec::new();
        for item in std::iter::once(first).chain(queue.try_iter().take(WAITING_LINES)) {
            match item {
                Item::Record(record) => {
                    append(&mut buffer, &record, style);
                    backlog.bytes.fetch_sub(record.size(), Ordering::Relaxed);
                }
                Item::Flush(done) => waiting.push(done),
            }
        }
        let lost = backlog.dropped.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let text = format!("({lost} lines were not printed: the output did not keep up)");
            append(&mut buffer, &Record::new(Kind::Gateway, Tone::Bad, text), style);
        }
        // Nobody is left to be told when the output is gone, and connections are worth more than lines.
        let _ = stream.write_all(&buffer).and_then(|()| stream.flush());
        buffer.clear();
        for done in waiting {
            let _ = done.send(());
        }
    }
}

/// How a record becomes a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Text { is_coloured: bool, names_functions: bool },
    Json,
}

impl Style {
    /// Colour is for terminals, and for those who have not said no (no-color.org).
    fn of(format: Format, is_terminal: bool, names_functions: bool) -> Self {
        let wants_colour = || std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        match format {
            Format::Json => Self::Json,
            _ => Self::Text { is_coloured: is_terminal && wants_colour(), names_functions },
        }
    }
}

fn append(buffer: &mut Vec<u8>, record: &Record, style: Style) {
    let code = match record.tone {
        Tone::Plain => "",
        Tone::Faint => "\x1b[2m",
        Tone::Good => "\x1b[32m",
        Tone::Warning => "\x1b[33m",
        Tone::Bad => "\x1b[31m",
    };
    match style {
        // Nothing in a record is beyond JSON, and a buffer takes all of it.
        Style::Json => drop(serde_json::to_writer(&mut *buffer, record)),
        Style::Text { is_coloured, names_functions } => {
            let (code, end) =
                if is_coloured && !code.is_empty() { (code, "\x1b[0m") } else { ("", "") };
            buffer.extend_from_slice(code.as_bytes());
            match prefix(record).filter(|_| names_functions) {
                Some(prefix) => {
                    let text = record.text.replace('\n', &format!("\n{prefix}"));
                    buffer.extend_from_slice(format!("{prefix}{text}").as_bytes());
                }
                None => buffer.extend_from_slice(record.text.as_bytes()),
            }
            buffer.extend_from_slice(end.as_bytes());
        }
    }
    buffer.push(b'\n');
}

/// What tells whose lines these are, unless they do so by themselves.
fn prefix(record: &Record) -> Option<String> {
    let name = record.function.as_deref().filter(|_| record.kind == Kind::Function)?;
    let is_named = record.text.strip_prefix(name).is_some_and(|rest| rest.starts_with(": "));
    (!is_named).then(|| format!("[{name}] "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Style = Style::Text { is_coloured: false, names_functions: false };

    fn line(style: Style, record: &Record) -> String {
        let mut buffer = Vec::new();
        append(&mut buffer, record, style);
        String::from_utf8(buffer).unwrap()
    }

    #[test]
    fn colour_appears_only_where_it_was_asked_for() {
        let record = Record::new(Kind::Gateway, Tone::Bad, "x");
        assert_eq!(line(PLAIN, &record), "x\n");
        let coloured = Style::Text { is_coloured: true, names_functions: false };
        assert_eq!(line(coloured, &record), "\x1b[31mx\x1b[0m\n");
        assert!(
            line(Style::Json, &record)
                .ends_with("\"level\":\"error\",\"kind\":\"gateway\",\"text\":\"x\"}\n")
        );
        assert_eq!(Style::of(Format::Text, false, false), PLAIN);
        assert_eq!(Style::of(Format::Json, true, true), Style::Json);
    }

    #[test]
    fn lines_of_a_function_are_named_where_there_are_several() {
        let named = Style::of(Format::Text, false, true);
        let of_function = |text| Record::new(Kind::Function, Tone::Plain, text).function("send");
        assert_eq!(line(named, &of_function("x\ny")), "[send] x\n[send] y\n");
        assert_eq!(line(named, &of_function("send: x")), "send: x\n");
        assert_eq!(line(PLAIN, &of_function("x\ny")), "x\ny\n");
        assert_eq!(line(named, &Record::new(Kind::Gateway, Tone::Plain, "x")), "x\n");
    }

    #[test]
    fn long_lines_that_nobody_reads_are_dropped_and_counted_instead_of_kept() {
        let (items, queue) = mpsc::sync_channel(WAITING_LINES);
        let backlog = Arc::<Backlog>::default();
        let output = Output { items: Some(items), backlog: backlog.clone(), journal: None };
        let length = 256 * 1024;
        let kept = WAITING_BYTES / length;
        for _ in 0..kept + 100 {
            output.line(Tone::Plain, "x".repeat(length));
        }
        drop(output);
        assert_eq!(backlog.bytes.load(Ordering::Relaxed), WAITING_BYTES);
        let mut printed = Vec::new();
        print(&queue, &backlog, &mut printed, Style::of(Format::Text, false, false));
        assert!(printed.ends_with(b"(100 lines were not printed: the output did not keep up)\n"));
        assert_eq!(printed.iter().filter(|byte| **byte == b'x').count(), WAITING_BYTES);
        assert_eq!(backlog.bytes.load(Ordering::Relaxed), 0);
    }
}
