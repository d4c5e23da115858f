//! What must hold: after every step, once the world is healthy, and at the end.

use super::*;

impl World {
    pub(super) fn check_state(&mut self) -> Checked {
        let session = &self.session;
        let live = self.live.len();
        if live > 2 {
            return Err(format!("{live} links live at once"));
        }
        if session.status() == Status::Closed && session.is_done() && live > 0 {
            return Err("done with a link that lives".to_owned());
        }
        self.check_deadlines()?;
        self.check_health()?;
        // Not after every single message of a burst.
        self.steps += 1;
        let undrained: usize = self.live_links().map(|link| link.undrained.len()).sum();
        if self.steps.is_multiple_of(1 + (self.ledger.waiting() + undrained) / 8) {
            self.check_messages()?;
            self.check_memory()?;
        }
        Ok(())
    }

    /// Nobody waits for an answer that cannot come any more, or for longer than was agreed.
    fn check_messages(&self) -> Checked {
        for (message, entry) in self.ledger.unsettled() {
            let link = entry.link.and_then(|link| self.links.get(&link));
            if entry.is_request && !entry.retry && link.is_some_and(|link| link.dropped) {
                return Err(format!("request {message} waits on a link that is gone"));
            }
            let waits = entry.is_request || entry.transmitted == 0;
            if waits && entry.deadline.is_some_and(|deadline| self.is_overdue(deadline)) {
                return Err(format!("message {message} should have been given back: {entry:?}"));
            }
        }
        Ok(())
    }

    /// The session holds no more than its user has under way.
    fn check_memory(&self) -> Checked {
        let session = &self.session;
        let (messages, bytes) = session.outbox_depth();
        let (mut retried, mut retried_bytes, mut unsettled) = (0, 0, 0);
        for (_, entry) in self.ledger.unsettled() {
            // A request is in the outbox or on a link, and among the requests.
            unsettled += 1 + usize::from(entry.is_request);
            if entry.retry || entry.was_refused {
                retried += 1;
                retried_bytes += entry.bytes;
            }
        }
        let outbox = &session.settings().outbox;
        if messages > outbox.messages + retried || bytes > outbox.bytes + retried_bytes {
            return Err(format!("{messages} messages wait, {bytes} bytes"));
        }
        let undrained: usize = self.live_links().map(|link| link.undrained.len()).sum();
        for link in self.live_links() {
            let bytes = |message: &MessageId| self.ledger.entries[message].bytes;
            let held: usize = link.undrained.iter().map(bytes).sum();
            if held > MOST_HELD {
                return Err(format!("{} holds {held} bytes", link.connection_id));
            }
        }
        // Each room has one request under way.
        let most = undrained + unsettled + 2 * ROOMS;
        if session.held() > most {
            return Err(format!("{} things held for {most} under way", session.held()));
        }
        Ok(())
    }

    pub(super) fn check_rooms(&self) -> Checked {
        let Some(link) = self.session.link().and_then(|id| self.links.get(&id)) else {
            return Ok(());
        };
        if let Some(room) = self.joins.iter().next() {
            return Err(format!("who wanted to join room {room} was told nothing"));
        }
        let mut differing = self.rooms.symmetric_difference(&link.rooms);
        if differing.all(|room| link.rooms_in_doubt.contains(room)) {
            return Ok(());
        }
        Err(format!(
            "{} is in the rooms {:?} and should be in {:?}",
            link.connection_id, link.rooms, self.rooms
        ))
    }

    pub(super) fn check_end(&self) -> Checked {
        if let Some((message, entry)) = self.ledger.unsettled().next() {
            return Err(format!("message {message} was lost in silence: {entry:?}"));
        }
        if let Some(room) = self.joins.iter().next() {
            return Err(format!("who wanted to join room {room} was told nothing"));
        }
        if !self.session.is_done() {
            return Err("the session has not ended a minute after close".to_owned());
        }
        if let Some(deadline) = self.session.next_deadline() {
            return Err(format!("an ended session waits for {deadline}"));
        }
        if self.session.held() > 0 {
            return Err(format!("an ended session holds {} things", self.session.held()));
        }
        match self.links.iter().find(|(_, link)| !link.dropped) {
            Some((id, _)) => Err(format!("link {id} was never dropped")),
            None => Ok(()),
        }
    }
}

/// What a link may hold before the outbox takes the rest, and a message more.
const MOST_HELD: usize = 16 * 1024 * 1024 + 32 * 1024;
/// How many rooms there are.
const ROOMS: usize = 3;
