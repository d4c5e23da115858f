//! Links: between the page and the gateway, and what the gateway does.

use super::*;

/// The gateway's limits, in milliseconds ("Amazon API Gateway quotas").
const IDLE: u64 = 10 * 60_000;
const LIFETIME: u64 = 2 * 3_600_000;
/// How long the session waits for an answer, in milliseconds.
const REQUEST_TIMEOUT: u64 = 29_000;
const LARGEST_FRAME: usize = 32 * 1024;

impl World {
    pub(super) fn open_link(&mut self, id: LinkId) -> Checked {
        if self.told_offline {
            return Err("a link was begun while offline".to_owned());
        }
        if !self.runs() {
            return Err("a link was begun by a page that stands still".to_owned());
        }
        if self.session.status() == Status::Closed {
            return Err("a link was begun by a closed session".to_owned());
        }
        self.count_attempt()?;
        let link = Link::new(format!("{id}="), self.now);
        if self.links.insert(id, link).is_some() {
            return Err(format!("link {id} was begun twice"));
        }
        let latency = self.random.between(1, 300);
        if self.faults.no_url > self.now {
            let failure = Failure::UrlRejected {
                why: "the token service is down".into(),
                transient: true,
                status: Some(503),
            };
            self.after(latency, Event::Page(Input::LinkRefused(id, failure)));
            return Ok(());
        }
        if self.faults.cut_off || self.faults.refusing > self.now {
            self.after(latency, Event::Page(closed(id, 1006)));
            return Ok(());
        }
        let slow = if self.faults.slow > self.now { self.random.between(0, 20_000) } else { 0 };
        if let Some(link) = self.links.get_mut(&id) {
            link.server_open = true;
            link.opened_at = self.now + latency + slow;
            link.active_at = link.opened_at;
            link.arrives_at = link.opened_at;
        }
        self.seen.links += 1;
        self.after(latency + slow, Event::Page(Input::LinkOpened(id)));
        self.after(latency + slow + IDLE, Event::Check(id));
        self.after(latency + slow + LIFETIME, Event::Check(id));
        Ok(())
    }

    fn count_attempt(&mut self) -> Checked {
        self.attempts.push_back(self.now);
        let minute_ago = self.now.saturating_sub(60_000);
        for times in [&mut self.attempts, &mut self.nudges] {
            while times.front().is_some_and(|time| *time < minute_ago) {
                times.pop_front();
            }
        }
        if self.attempts.len() > ATTEMPTS_PER_MINUTE + self.nudges.len() {
            return Err(format!("{} links were begun within a minute", self.attempts.len()));
        }
        Ok(())
    }

    /// The driver writes a frame to a link.
    pub(super) fn write(&mut self, id: LinkId, frame: Frame) -> Checked {
        let now = self.now;
        let pause = self.random.between(0, 20);
        let stalled = self.faults.stalled;
        let Some(link) = self.links.get_mut(&id).filter(|link| !link.dropped) else {
            return Err(format!("{frame:?} was written to link {id}, which is gone"));
        };
        if link.page_state != State::Open {
            return Err(format!("{frame:?} was written to link {id}, which is not open"));
        }
        if link.closing {
            return Err(format!("{frame:?} was written to link {id} after its close"));
        }
        if link.server_is_closing {
            // What the session asks of its own is asked again on the next link.
            return Ok(());
        }
        if let Frame::Join(room, _) | Frame::Leave(room, _) = frame {
            let is_late = |asked: &&(u32, u64)| asked.0 == room && now >= asked.1 + REQUEST_TIMEOUT;
            if link.rooms_asked.iter().any(|asked| is_late(&asked)) {
                link.rooms_in_doubt.insert(room);
            }
            link.rooms_asked.push((room, now));
        }
        link.buffer.push_back(frame);
        link.leaves_at = link.leaves_at.max(now).max(stalled) + pause;
        let time = link.leaves_at;
        self.at(time, Event::Leaves(id));
        Ok(())
    }

    pub(super) fn frame_leaves(&mut self, id: LinkId) {
        let latency = self.random.between(1, 200);
        let dead_takes = self.random.chance(50);
        let Some(link) = self.links.get_mut(&id) else { return };
        if (link.dead && !dead_takes) || link.page_state == State::Closed {
            return;
        }
        let Some(frame) = link.buffer.pop_front() else { return };
        if let Frame::Message(message) = frame {
            link.last_left = Some(message);
            if let Some(entry) = self.ledger.entries.get_mut(&message) {
                entry.left = true;
            }
            let noticed = self.random.between(0, 50);
            self.after(noticed, Event::Drained(id, message));
        }
        if self.links.get(&id).is_some_and(|link| !link.dead) {
            self.after(latency, Event::Arrives(id, frame));
        }
    }

    pub(super) fn frame_arrives(&mut self, id: LinkId, frame: Frame) -> Checked {
        let now = self.now;
        let Some(link) = self.links.get_mut(&id).filter(|link| link.server_open && !link.dead)
        else {
            return Ok(());
        };
        link.active_at = now;
        self.after(IDLE, Event::Check(id));
        let think = if self.random.chance(95) {
            self.random.between(2, 800)
        } else {
            self.random.between(800, 7_000)
        };
        match frame {
            Frame::Question => {
                let link = &self.links[&id];
                let answer = Inbound::ConnectionId(link.connection_id.clone());
                self.backend(id, answer, think);
            }
            Frame::Message(message) => {
                let Some(entry) = self.ledger.entries.get_mut(&message) else { return Ok(()) };
                entry.arrived += 1;
                if entry.bytes > LARGEST_FRAME {
                    return Err(format!("message {message} has {} bytes", entry.bytes));
                }
                if entry.arrived > 1 && !entry.retry {
                    return Err(format!("message {message} arrived twice"));
                }
                let (is_request, answered) = (entry.is_request, entry.answered);
                if is_request && answered {
                    self.backend(id, Inbound::Answer(message), think);
                } else if !is_request && self.random.chance(50) {
                    self.backend(id, Inbound::Message(NotAnAnswer::NotRead), think);
                }
            }
            Frame::Join(room, message) | Frame::Leave(room, message) => {
                if let Some(link) = self.links.get_mut(&id)
                    && let Some(index) = link.rooms_asked.iter().position(|asked| asked.0 == room)
                {
                    link.rooms_asked.remove(index);
                }
                if self.faults.silent <= self.now
                    && self.faults.failing <= self.now
                    && let Some(link) = self.links.get_mut(&id)
                {
                    if matches!(frame, Frame::Join(..)) {
                        link.rooms.insert(room);
                    } else {
                        link.rooms.remove(&room);
                    }
                }
                self.backend(id, Inbound::Answer(message), think);
            }
        }
        Ok(())
    }

    /// The backend posts to a connection, unless it is broken at the time.
    fn backend(&mut self, id: LinkId, answer: Inbound, think: u64) {
        if self.faults.silent > self.now {
            return;
        }
        let answer = if self.faults.failing > self.now {
            let connection_id = Field::Text(self.links[&id].connection_id.clone());
            Inbound::GatewayFrame(GatewayFrame {
                message: "Internal server error".into(),
                connection_id,
            })
        } else {
            answer
        };
        let latency = self.random.between(1, 200);
        let now = self.now;
        let stalled = self.faults.stalled;
        let Some(link) = self.links.get_mut(&id).filter(|link| link.server_open && !link.dead)
        else {
            return;
        };
        link.active_at = now + think;
        // Posts of several invocations overtake each other; the close frame overtakes none of them.
        let time = (now + think + latency).max(stalled);
        link.arrives_at = link.arrives_at.max(time);
        self.after(think + IDLE, Event::Check(id));
        self.at(time, Event::Page(Input::LinkReceived(id, answer, 10)));
    }

    pub(super) fn check_limits(&mut self, id: LinkId) {
        let Some(link) = self.links.get(&id) else { return };
        let idle = self.now >= link.active_at + IDLE;
        let old = self.now >= link.opened_at + LIFETIME;
        if link.server_open && (idle || old) {
            self.server_closes(id, 1001);
        }
    }

    /// The gateway ends a connection, or the network does where the code is 1006.
    pub(super) fn server_closes(&mut self, id: LinkId, code: u16) {
        let latency = self.random.between(1, 200);
        let Some(link) = self.links.get_mut(&id).filter(|link| link.server_open) else { return };
        link.server_open = false;
        let time = (self.now + latency).max(link.arrives_at);
        if link.dead || link.close_sent {
            return;
        }
        link.close_sent = true;
        // A browser says that a WebSocket is closing before it says that it is closed.
        let before = self.random.between(0, 100);
        self.at(time.saturating_sub(before), Event::Closing(id));
        self.at(time, Event::Page(closed(id, code)));
    }

    /// The page closes a link: what it holds goes out first, then the gateway answers.
    pub(super) fn close_link(&mut self, id: LinkId, _close: &LinkClose) {
        let latency = self.random.between(2, 400);
        let Some(link) = self.links.get_mut(&id).filter(|link| !link.closing) else { return };
        link.closing = true;
        let time = self.now.max(link.leaves_at) + latency;
        if link.dead || link.close_sent {
            return;
        }
        link.close_sent = true;
        link.server_open = false;
        let clean = link.page_state == State::Open;
        let code = if clean { 1000 } else { 1006 };
        self.at(time, Event::Page(closed(id, code)));
    }

    pub(super) fn drop_link(&mut self, id: LinkId) -> Checked {
        let Some(link) = self.links.get_mut(&id).filter(|link| !link.dropped) else {
            return Err(format!("link {id} was dropped twice"));
        };
        link.dropped = true;
        link.server_open = false;
        Ok(())
    }
}

fn closed(link: LinkId, code: u16) -> Input {
    let close = LinkClose { code, reason: String::new(), was_clean: code != 1006 };
    Input::LinkClosed(link, close)
}
