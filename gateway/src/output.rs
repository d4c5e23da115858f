//! What the gateway prints: lines for people, on a thread of their own so that a slow terminal never
//! holds up a connection.

use crate::record::{Kind, Record, Tone};
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

/// Lines that may wait for a terminal that does not keep up; beyond that they are counted instead.
const WAITING_LINES: usize = 16 * 1024;

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

enum Item {
    Record(Box<Record>),
    Flush(mpsc::SyncSender<()>),
}

/// A handle to the printing thread.
#[derive(Clone)]
pub struct Output {
    items: mpsc::SyncSender<Item>,
    dropped: Arc<AtomicU64>,
}

impl Output {
    /// Starts the thread. Colour is used on a terminal unless `NO_COLOR` is set.
    pub fn start(stream: Stream) -> Self {
        let (items, queue) = mpsc::sync_channel(WAITING_LINES);
        let dropped = Arc::new(AtomicU64::new(0));
        let lost = dropped.clone();
        std::thread::spawn(move || match stream {
            Stream::Stdout => {
                print(&queue, &lost, &mut std::io::stdout(), std::io::stdout().is_terminal())
            }
            Stream::Stderr => {
                print(&queue, &lost, &mut std::io::stderr(), std::io::stderr().is_terminal())
            }
        });
        Self { items, dropped }
    }

    /// Prints what happened.
    pub fn record(&self, record: Record) {
        if self.items.try_send(Item::Record(Box::new(record))).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Prints something of the gateway's own that is about no connection and no function.
    pub fn line(&self, tone: Tone, text: impl Into<String>) {
        self.record(Record::new(Kind::Gateway, tone, text));
    }

    /// Waits until everything has been printed, half a second at most.
    pub fn flush(&self) {
        let (done, printed) = mpsc::sync_channel(1);
        if self.items.try_send(Item::Flush(done)).is_ok() {
            let _ = printed.recv_timeout(Duration::from_millis(500));
        }
    }
}

fn print(
    queue: &mpsc::Receiver<Item>,
    dropped: &AtomicU64,
    stream: &mut dyn Write,
    is_terminal: bool,
) {
    let colour = is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let mut buffer = Vec::with_capacity(8 * 1024);
    while let Ok(first) = queue.recv() {
        // Lines come in bursts, and waking this thread for each of them would cost the connections.
        if matches!(first, Item::Record(_)) {
            std::thread::sleep(GATHERING);
        }
        let mut waiting = Vec::new();
        for item in std::iter::once(first).chain(queue.try_iter().take(WAITING_LINES)) {
            match item {
                Item::Record(record) => append(&mut buffer, record.tone, &record.text, colour),
                Item::Flush(done) => waiting.push(done),
            }
        }
        let lost = dropped.swap(0, Ordering::Relaxed);
        if lost > 0 {
            append(
                &mut buffer,
                Tone::Bad,
                &format!("({lost} lines were not printed: the output did not keep up)"),
                colour,
            );
        }
        // Nobody is left to be told when the output is gone, and connections are worth more than lines.
        let _ = stream.write_all(&buffer).and_then(|()| stream.flush());
        buffer.clear();
        for done in waiting {
            let _ = done.send(());
        }
    }
}

fn append(buffer: &mut Vec<u8>, tone: Tone, text: &str, colour: bool) {
    let code = match tone {
        Tone::Plain => "",
        Tone::Faint => "\x1b[2m",
        Tone::Good => "\x1b[32m",
        Tone::Bad => "\x1b[31m",
    };
    if colour && !code.is_empty() {
        buffer.extend_from_slice(format!("{code}{text}\x1b[0m\n").as_bytes());
    } else {
        buffer.extend_from_slice(text.as_bytes());
        buffer.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_appears_only_where_it_was_asked_for() {
        let mut plain = Vec::new();
        append(&mut plain, Tone::Bad, "x", false);
        assert_eq!(plain, b"x\n");
        let mut coloured = Vec::new();
        append(&mut coloured, Tone::Bad, "x", true);
        assert_eq!(coloured, b"\x1b[31mx\x1b[0m\n");
    }
}
