//! What became of every message that the session accepted.

use gatesocket::core::{LinkId, MessageId};
use std::collections::{BTreeMap, BTreeSet};

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
    /// A link that was closing did not take it, so that it waits again.
    pub was_refused: bool,
    /// When it must have ended, or left the outbox, whatever happens.
    pub deadline: Option<u64>,
    /// How it ended, once it has.
    pub fate: Option<Fate>,
}

/// All messages of a run.
#[derive(Debug, Default)]
pub struct Ledger {
    /// By id.
    pub entries: BTreeMap<MessageId, Entry>,
    open: BTreeSet<MessageId>,
    last_first_transmission: MessageId,
    last_link: LinkId,
}

impl Ledger {
    /// The user sends a message.
    pub fn accept(&mut self, message: MessageId, entry: Entry) {
        self.open.insert(message);
        self.entries.insert(message, entry);
    }

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
        if entry.link == Some(link) {
            return Err(format!("message {message} went out twice to link {link}"));
        }
        if link < self.last_link {
            return Err(format!("link {link} got message {message} after link {}", self.last_link));
        }
        self.last_link = link;
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
        self.open.remove(&message);
        Ok(())
    }

    /// How many messages wait for their end.
    pub fn waiting(&self) -> usize {
        self.open.len()
    }

    /// Whether a message waits for its end.
    pub fn waits(&self, message: MessageId) -> bool {
        self.open.contains(&message)
    }

    /// Those that wait for their end.
    pub fn unsettled(&self) -> impl Iterator<Item = (&MessageId, &Entry)> {
        self.open.iter().filter_map(|message| self.entries.get_key_value(message))
    }
}
