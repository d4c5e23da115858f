//! What became of every message that the session accepted.

use gatesocket::core::{LinkId, MessageId};
use std::collections::BTreeMap;

/// How a message ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its sender was told that it left.
    Confirmed,
    /// Its sender was told why it failed.
    Rejected(&'static str),
    /// Its sender got the answer.
    Answered,
}

/// A message or a request.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Whether it may go out twice.
    pub retry: bool,
    /// Whether it waits for an answer.
    pub is_request: bool,
    /// Whether the backend answers it.
    pub answered: bool,
    /// Its size.
    pub bytes: usize,
    /// How often a link took it.
    pub transmitted: u32,
    /// The link that took it last.
    pub link: Option<LinkId>,
    /// Whether it has left the browser's buffer.
    pub left: bool,
    /// How often it arrived at the gateway.
    pub arrived: u32,
    /// How it ended, once it has.
    pub fate: Option<Fate>,
}

/// All messages of a run.
#[derive(Debug, Default)]
pub struct Ledger {
    /// By id.
    pub entries: BTreeMap<MessageId, Entry>,
    last_first_transmission: MessageId,
}

impl Ledger {
    /// A link takes a message.
    ///
    /// # Errors
    /// The rule that this breaks.
    pub fn transmit(&mut self, message: MessageId, link: LinkId) -> Result<(), String> {
        let Some(entry) = self.entries.get_mut(&message) else {
            return Err(format!("message {message} was transmitted and never sent"));
        };
        if let Some(fate) = &entry.fate {
            return Err(format!("message {message} was transmitted after it was {fate:?}"));
        }
        entry.transmitted += 1;
        entry.link = Some(link);
        entry.left = false;
        if entry.transmitted > 1 {
            if !entry.retry {
                return Err(format!("message {message} went out twice without retry"));
            }
        } else if message < self.last_first_transmission {
            return Err(format!(
                "message {message} went out after {}",
                self.last_first_transmission
            ));
        } else {
            self.last_first_transmission = message;
        }
        Ok(())
    }

    /// A message's sender is told how it ended.
    ///
    /// # Errors
    /// The rule that this breaks.
    pub fn settle(&mut self, message: MessageId, fate: Fate) -> Result<(), String> {
        let Some(entry) = self.entries.get_mut(&message) else {
            return Err(format!("message {message} was settled ({fate:?}) and never sent"));
        };
        if let Some(before) = &entry.fate {
            return Err(format!("message {message} was settled twice: {before:?}, then {fate:?}"));
        }
        match fate {
            Fate::Confirmed if !entry.left => {
                return Err(format!("message {message} was confirmed and has not left"));
            }
            Fate::Answered if entry.arrived == 0 => {
                return Err(format!("message {message} was answered and never arrived"));
            }
            Fate::Rejected("outbox-full" | "expired" | "frame-too-large")
                if entry.transmitted > 0 && !entry.retry =>
            {
                return Err(format!("message {message} was refused after a link took it"));
            }
            _ => {}
        }
        entry.fate = Some(fate);
        Ok(())
    }

    /// How many wait for their end.
    pub fn unsettled(&self) -> impl Iterator<Item = (&MessageId, &Entry)> {
        self.entries.iter().filter(|(_, entry)| entry.fate.is_none())
    }
}
