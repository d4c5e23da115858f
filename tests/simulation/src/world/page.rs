//! The page: what it learns, and when it stands still.

use super::*;

impl World {
    /// Something happens that the page hears of. A link that was dropped has no listeners any more; were it heard
    /// of all the same, nothing would follow.
    pub(super) fn news(&mut self, input: Input) -> Checked {
        let of_link = match &input {
            Input::LinkOpened(link)
            | Input::LinkReceived(link, ..)
            | Input::LinkDrained(link, _)
            | Input::LinkRefused(link, _)
            | Input::LinkClosed(link, _) => Some(*link),
            _ => None,
        };
        if of_link.is_some_and(|link| self.links.get(&link).is_none_or(|link| link.dropped)) {
            if self.random.chance(90) {
                return Ok(());
            }
            self.is_stale = true;
            let told = self.tell(input);
            self.is_stale = false;
            return told;
        }
        match of_link {
            Some(link) => self.news_of_link(link, input),
            None => {
                match &input {
                    Input::Offline => self.told_offline = true,
                    Input::Online => self.told_offline = false,
                    Input::Hidden => self.told_hidden = Some(self.now),
                    Input::Visible => {
                        self.told_hidden = None;
                        // Timers are held back no longer.
                        self.armed = None;
                    }
                    _ => {}
                }
                self.tell(input)
            }
        }
    }

    fn news_of_link(&mut self, id: LinkId, input: Input) -> Checked {
        let clock = self.clock();
        let was_known = self.links.get(&id).is_some_and(|link| link.is_known);
        if let Some(link) = self.links.get_mut(&id) {
            match &input {
                Input::LinkOpened(_) => {
                    link.page_state = State::Open;
                    link.heard_at = clock;
                }
                Input::LinkReceived(_, inbound, ..) => {
                    link.heard_at = clock;
                    match inbound {
                        Inbound::ConnectionId(_) => link.is_known = true,
                        Inbound::Answer(message) => link.drained_to(*message),
                        Inbound::GatewayFrame(frame) => {
                            self.may_end |= !was_known && frame.message == "Forbidden";
                            link.rooms_in_doubt
                                .extend(link.rooms_asked.iter().map(|asked| asked.0));
                        }
                        Inbound::Message(_) => {}
                    }
                }
                Input::LinkDrained(_, message) => link.drained_to(*message),
                Input::LinkRefused(_, Failure::UrlRejected { transient, .. }) => {
                    self.may_end |= !transient;
                }
                Input::LinkClosed(..) => link.page_state = State::Closed,
                _ => {}
            }
        }
        let closed = match &input {
            Input::LinkClosed(_, close) => Some(close.code),
            _ => None,
        };
        let last_left = self.links.get(&id).and_then(|link| link.last_left);
        if let Some(message) = last_left.filter(|_| closed.is_some()) {
            // A closed WebSocket still tells what it could not send, so the driver looks once more.
            self.news_of_link(id, Input::LinkDrained(id, message))?;
        }
        let was_current = self.session.link() == Some(id);
        let inbound = match &input {
            Input::LinkReceived(_, inbound, ..) => Some(inbound.clone()),
            _ => None,
        };
        let was_open = self.session.status() != Status::Closed;
        let waited = match &inbound {
            Some(Inbound::Answer(message)) => self.ledger.waits(*message),
            _ => false,
        };
        self.in_hand = inbound.clone();
        self.deliveries = 0;
        self.tell(input)?;
        self.in_hand = None;
        if closed == Some(1008) && was_current && self.session.link().is_none() {
            self.calm_until = self.clock() + self.session.settings().reconnect.longest;
        }
        match inbound {
            Some(Inbound::Answer(message)) if waited && self.ledger.waits(message) => {
                Err(format!("request {message} was not told of its answer"))
            }
            Some(Inbound::Message(_)) if was_open && self.deliveries != 1 => {
                Err(format!("a message reached the user {} times", self.deliveries))
            }
            _ => Ok(()),
        }
    }

    /// The page runs again and learns of all that happened meanwhile.
    pub(super) fn catch_up(&mut self, first: Input) -> Checked {
        if self.runs() {
            self.news(first)?;
        } else {
            self.inbox.push_back(Event::Page(first));
        }
        self.catch_up_now()
    }

    pub(super) fn catch_up_now(&mut self) -> Checked {
        if self.random.chance(50) {
            // The timer's task stands before the others.
            let timer = self.inbox.iter().position(|event| matches!(event, Event::Timer(_)));
            if let Some(timer) = timer.and_then(|index| self.inbox.remove(index)) {
                self.inbox.push_front(timer);
            }
        }
        while self.runs() {
            let Some(event) = self.inbox.pop_front() else { break };
            self.happen(event)?;
        }
        Ok(())
    }
}
