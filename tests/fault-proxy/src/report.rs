//! The answer to a command.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

/// Counts the connections that a fault has struck. It is shared by all that may still be struck, and answers when the
/// last of them has let go of it.
#[derive(Debug)]
pub(crate) struct Report {
    id: u64,
    struck: AtomicU64,
}

impl Report {
    pub(crate) fn new(id: u64) -> Self {
        Report { id, struck: AtomicU64::new(0) }
    }

    pub(crate) fn strike(&self) {
        self.struck.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        say(&json!({ "id": self.id, "struck": self.struck.load(Ordering::Relaxed) }));
    }
}

/// Writes one line to standard output.
pub(crate) fn say(line: &Value) {
    let mut output = std::io::stdout().lock();
    // Whoever started the proxy may be gone; then nobody misses the answer.
    let _ = writeln!(output, "{line}").and_then(|()| output.flush());
}
