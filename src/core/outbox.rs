//! Messages that were accepted and not yet handed to a link.

use std::collections::VecDeque;

use super::failure::Failure;
use super::settings::Settings;

/// Names a message whose body the driver keeps.
pub type MessageId = u32;

/// The order and the size of what waits. The bodies stay with the driver.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: VecDeque<(MessageId, usize)>,
    bytes: usize,
}

impl Outbox {
    /// Takes a message in, or says why there is no room for it.
    pub(super) fn push(
        &mut self,
        message: MessageId,
        bytes: usize,
        settings: &Settings,
    ) -> Result<(), Failure> {
        let full = self.waiting.len() >= settings.outbox_messages
            || self.bytes + bytes > settings.outbox_bytes;
        if full {
            return Err(Failure::OutboxFull { messages: self.waiting.len(), bytes: self.bytes });
        }
        self.waiting.push_back((message, bytes));
        self.bytes += bytes;
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Option<MessageId> {
        let (message, bytes) = self.waiting.pop_front()?;
        self.bytes -= bytes;
        Some(message)
    }
}
