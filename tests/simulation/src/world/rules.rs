//! What must hold: after every step, once the world is healthy, and at the end.

use super::*;

impl World {
    pub(super) fn check_state(&mut self) -> Checked {
        let session = &self.session;
        let live = self.links.values().filter(|link| !link.dropped).count();
        if live > 2 {
            return Err(format!("{live} links live at once"));
        }
        let (messages, _) = session.outbox_depth();
        let retried = self
            .ledger
            .entries
            .values()
            .filter(|entry| entry.retry && entry.fate.is_none())
            .count();
        if messages > session.settings().outbox.messages + retried {
            return Err(format!("{messages} messages wait"));
        }
        let forgotten = self.ledger.unsettled().find(|(_, entry)| {
            let link = entry.link.and_then(|link| self.links.get(&link));
            entry.is_request && !entry.retry && link.is_some_and(|link| link.dropped)
        });
        if let Some((request, _)) = forgotten {
            return Err(format!("request {request} waits for an answer on a link that is gone"));
        }
        let waits =
            matches!(session.status(), Status::Connecting | Status::Identifying | Status::Waiting)
                || session.pending_requests() > 0
                || live > 1;
        if waits && session.next_deadline().is_none() {
            return Err(format!("{:?} waits without a deadline", session.status()));
        }
        if session.status() == Status::Waiting && session.retry_at().is_none() {
            return Err("waiting without a time".to_owned());
        }
        if session.status() == Status::Ready && session.next_deadline().is_none() {
            return Err("ready without a heartbeat".to_owned());
        }
        if session.status() == Status::Closed && session.is_done() && live > 0 {
            return Err("done with a link that lives".to_owned());
        }
        Ok(())
    }

    pub(super) fn is_well(&self) -> bool {
        let link = self.session.link().and_then(|id| self.links.get(&id));
        self.session.status() == Status::Ready
            && link.is_some_and(|link| {
                link.server_open
                    && !link.dead
                    && self.session.connection_id() == Some(&link.connection_id)
            })
    }

    pub(super) fn check_rooms(&self) -> Checked {
        let Some(link) = self.session.link().and_then(|id| self.links.get(&id)) else {
            return Ok(());
        };
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
        if !self.session.is_done() {
            return Err("the session has not ended a minute after close".to_owned());
        }
        if let Some(deadline) = self.session.next_deadline() {
            return Err(format!("an ended session waits for {deadline}"));
        }
        match self.links.iter().find(|(_, link)| !link.dropped) {
            Some((id, _)) => Err(format!("link {id} was never dropped")),
            None => Ok(()),
        }
    }
}
