//! The driver's part: carrying out what the session decides.

use super::*;

impl World {
    pub(super) fn carry_out(&mut self, output: Output) -> Checked {
        match output {
            Output::OpenLink(id) => self.open_link(id),
            Output::Identify(id) => {
                self.seen.questions += 1;
                self.write(id, Frame::Question)
            }
            Output::Transmit(id, message)
                if self.links.get(&id).is_some_and(Link::takes_nothing) =>
            {
                self.session.handle(self.now, Input::NotTaken(id, message));
                Ok(())
            }
            Output::Transmit(id, message) => {
                self.ledger.transmit(message, id)?;
                self.write(id, Frame::Message(message))
            }
            Output::JoinRoom(id, room, message) => self.write(id, Frame::Join(room, message)),
            Output::LeaveRoom(id, room, message) => self.write(id, Frame::Leave(room, message)),
            Output::Confirm(message) => self.settle(message, Fate::Confirmed),
            Output::Reject(message, failure) => {
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
            Output::AskReconnect { .. } => {
                self.session.handle(self.now, Input::Reconnect(true));
                Ok(())
            }
            Output::CloseLink(id, close) => {
                self.close_link(id, &close);
                Ok(())
            }
            Output::DropLink(id) => self.drop_link(id),
            Output::Status(Status::Closed) => {
                self.last_id = None;
                Ok(())
            }
            Output::Joined(room) => {
                self.were_joined.insert(room);
                Ok(())
            }
            Output::JoinFailed(room, _) => {
                // A first wish ends with its failure; a room that was joined is tried again.
                if !self.were_joined.contains(&room) {
                    self.rooms.remove(&room);
                }
                Ok(())
            }
            Output::Deliver(_)
            | Output::Status(_)
            | Output::Failed(_)
            | Output::Closed(_)
            | Output::Took { .. } => Ok(()),
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
