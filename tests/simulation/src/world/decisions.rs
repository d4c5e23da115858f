//! The driver's part: carrying out what the session decides.

use super::*;

impl World {
    pub(super) fn carry_out(&mut self, output: Output) -> Checked {
        match output {
            Output::OpenLink(id) => self.open_link(id),
            Output::Identify(id) => {
                self.seen.questions += 1;
                self.check_question(id)?;
                self.write(id, Frame::Question)
            }
            Output::Transmit(id, message)
                if self.links.get(&id).is_some_and(Link::takes_nothing) =>
            {
                if let Some(entry) = self.ledger.entries.get_mut(&message) {
                    entry.was_refused = true;
                }
                self.hand_over(Input::NotTaken(id, message))
            }
            Output::Transmit(id, message) => {
                self.ledger.transmit(message, id)?;
                if let Some(link) = self.links.get_mut(&id) {
                    link.undrained.push_back(message);
                }
                self.write(id, Frame::Message(message))
            }
            Output::JoinRoom(id, room, message) => self.write(id, Frame::Join(room, message)),
            Output::LeaveRoom(id, room, message) => self.write(id, Frame::Leave(room, message)),
            Output::Confirm(message) => self.settle(message, Fate::Confirmed),
            Output::Reject(message, failure) => {
                if *failure == Failure::RequestTimeout {
                    // The session will ask whether its link lives, and once only.
                    self.disturb();
                }
                self.settle(message, Fate::Rejected(failure.code()))
            }
            Output::Answer(message) => {
                if self.in_hand != Some(Inbound::Answer(message)) {
                    return Err(format!("request {message} was answered by {:?}", self.in_hand));
                }
                self.settle(message, Fate::Answered)
            }
            Output::ConnectionId { id, previous } => {
                if previous != self.last_id {
                    return Err(format!("{id} replaces {previous:?}, not {:?}", self.last_id));
                }
                if self.last_id.as_ref() == Some(&id) {
                    return Err(format!("{id} was announced twice"));
                }
                self.last_id = Some(id);
                Ok(())
            }
            Output::AskReconnect(_) => {
                self.may_end |= self.wants_no_more;
                self.hand_over(Input::Reconnect(!self.wants_no_more))?;
                if self.wants_no_more && self.session.status() != Status::Closed {
                    return Err("it goes on although its user wants no other link".to_owned());
                }
                Ok(())
            }
            Output::CloseLink(id, close) => {
                self.close_link(id, &close);
                Ok(())
            }
            Output::DropLink(id) => self.drop_link(id),
            Output::Status(status) => {
                self.status_since = self.now;
                if status != Status::Closed {
                    return Ok(());
                }
                self.last_id = None;
                let most = self.session.settings().reconnect.max_attempts;
                let enough = most.is_some_and(|most| self.links.len() >= most as usize);
                if !self.may_end && !enough {
                    return Err(format!("it ended by itself: {:?}", self.session.end()));
                }
                Ok(())
            }
            Output::Joined(room) => {
                self.joins.remove(&room);
                self.were_joined.insert(room);
                Ok(())
            }
            Output::JoinFailed(room, _) => {
                // A first wish ends with its failure; a room that was joined is tried again.
                self.joins.remove(&room);
                if !self.were_joined.contains(&room) {
                    self.rooms.remove(&room);
                }
                Ok(())
            }
            Output::Deliver(_) => {
                self.deliveries += 1;
                Ok(())
            }
            Output::Failed(_) | Output::Closed(_) | Output::Took { .. } => Ok(()),
        }
    }

    /// Silence is free: a link that has its connectionId is asked no question soon after it brought something.
    fn check_question(&self, id: LinkId) -> Checked {
        let settings = self.session.settings();
        let heartbeat = settings.heartbeat.unwrap_or(u64::MAX);
        let quiet = settings.probe_quiet.min(heartbeat - heartbeat / 10);
        match self.links.get(&id).filter(|link| link.is_known) {
            Some(link) if self.clock() < link.heard_at + quiet => {
                let time = self.clock() - link.heard_at;
                Err(format!("a question {time} ms after something came"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn settle(&mut self, message: MessageId, fate: Fate) -> Checked {
        let name = match &fate {
            Fate::Confirmed => "confirmed",
            Fate::Answered => "answered",
            Fate::Rejected(code) => code,
        };
        *self.seen.fates.entry(name).or_default() += 1;
        self.ledger.settle(message, fate)
    }
}
