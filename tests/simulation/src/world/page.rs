//! The page: what it learns, and when it stands still.

use super::*;

impl World {
    /// News from a link that was dropped meanwhile do not arrive: its listeners are gone.
    pub(super) fn news(&mut self, input: Input) -> Checked {
        let link = match &input {
            Input::LinkOpened(link)
            | Input::LinkReceived(link, ..)
            | Input::LinkRefused(link, _)
            | Input::LinkClosed(link, _) => Some(*link),
            _ => None,
        };
        if link.is_some_and(|link| self.links.get(&link).is_none_or(|link| link.dropped)) {
            return Ok(());
        }
        if let Input::LinkOpened(link) = &input
            && let Some(link) = self.links.get_mut(link)
        {
            link.page_state = State::Open;
        }
        if let Input::LinkClosed(id, _) = &input
            && let Some(link) = self.links.get_mut(id)
        {
            link.page_state = State::Closed;
            // A closed WebSocket still tells what it could not send, so the driver looks once more.
            if let Some(message) = link.last_left {
                let id = *id;
                self.tell(Input::LinkDrained(id, message))?;
            }
        }
        match &input {
            Input::Offline => self.told_offline = true,
            Input::Online => self.told_offline = false,
            _ => {}
        }
        if let Input::LinkReceived(id, Inbound::GatewayFrame(_), _) = &input
            && let Some(link) = self.links.get_mut(id)
        {
            link.rooms_in_doubt.extend(link.rooms_asked.iter().map(|asked| asked.0));
        }
        self.in_hand = match &input {
            Input::LinkReceived(_, inbound, _) => Some(inbound.clone()),
            _ => None,
        };
        self.tell(input)?;
        self.in_hand = None;
        Ok(())
    }

    /// The page runs again and learns of all that happened meanwhile.
    pub(super) fn catch_up(&mut self, first: Input) -> Checked {
        if self.runs() {
            self.tell(first)?;
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
