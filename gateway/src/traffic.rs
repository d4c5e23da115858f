//! What has passed through one connection.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of whole messages and of the bytes of their texts; control frames and headers of frames do not count.
#[derive(Debug, Default)]
pub struct Traffic {
    messages_in: AtomicU64,
    bytes_in: AtomicU64,
    messages_out: AtomicU64,
    bytes_out: AtomicU64,
}

impl Traffic {
    /// Counts a message of the client.
    pub fn incoming(&self, bytes: usize) {
        self.messages_in.fetch_add(1, Ordering::Relaxed);
        self.bytes_in.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Counts a text that was handed to the client's socket.
    pub fn outgoing(&self, bytes: usize) {
        self.messages_out.fetch_add(1, Ordering::Relaxed);
        self.bytes_out.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Messages and bytes that came from the client.
    pub fn received(&self) -> (u64, u64) {
        (self.messages_in.load(Ordering::Relaxed), self.bytes_in.load(Ordering::Relaxed))
    }

    /// Messages and bytes that went to it.
    pub fn sent(&self) -> (u64, u64) {
        (self.messages_out.load(Ordering::Relaxed), self.bytes_out.load(Ordering::Relaxed))
    }
}
