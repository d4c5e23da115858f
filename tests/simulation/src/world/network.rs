//! Links: between the page and the gateway, and what the gateway does.

use super::*;

/// The gateway's limits, in milliseconds ("Amazon API Gateway quotas").
const IDLE: u64 = 10 * 60_000;
const LIFETIME: u64 = 2 * 3_600_000;

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
        if self.clock() < self.calm_until {
            let time = self.calm_until - self.clock();
            return Err(format!("a link was begun {time} ms before the peace was over"));
        }
        self.count_attempt()?;
        if self.live.is_empty() {
            // Somebody wanted this link, and a hidden page keeps it for a while.
            self.busy_at = self.now;
        }
        let link = Link::new(format!("{id}="), self.now);
        self.live.push(id);
        if self.links.insert(id, link).is_some() {
            return Err(format!("link {id} was begun twice"));
        }
        let latency = self.random.between(1, 300);
        let is_bad = std::mem::take(&mut self.faults.bad_url);
        if is_bad || self.faults.no_url > self.now {
            let failure = Failure::UrlRejected {
                why: "the token service is down".into(),
                transient: !is_bad,
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
        if self.attempts.len() > self.attempts_per_minute + self.nudges.len() {
            return Err(format!("{} links were begun within a minute", self.attempts.len()));
        }
        Ok(())
    }

    /// The driver writes a frame to a link.
    pub(super) fn write(&mut self, id: LinkId, frame: Frame) -> Checked {
        let now = self.now;
        let pause = self.random.between(0, 20);
        let stalled = self.faults.stalled;
        let request_timeout = self.session.settings().request_timeout;
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
            let is_late = |asked: &&(u32, u64)| asked.0 == room && now >= asked.1 + request_timeout;
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
            Frame::Message(_) if self.faults.throttled > now => {
                self.report(id, "Too Many Requests", think);
            }
            Frame::Message(message) => {
                let Some(entry) = self.ledger.entries.get_mut(&message) else { return Ok(()) };
                entry.arrived += 1;
                if self.session.settings().frame_limit.is_some_and(|most| entry.bytes > most) {
                    return Err(format!("message {message} has {} bytes", entry.bytes));
                }
                if entry.arrived > 1 && !entry.retry {
                    return Err(format!("message {message} arrived twice"));
                }
                let (is_request, answered) = (entry.is_request, entry.answered);
                if is_request && answered {
                    self.backend(id, Inbound::Answer(message), think);
                    if self.random.chance(10) {
                        // Some backends answer twice.
                        self.backend(id, Inbound::Answer(message), think);
                    }
                } else if !is_request && self.random.chance(50) {
                    // Without a connectionId, as most messages, or with one that nobody asked for.
                    let plain = self.random.chance(70);
                    let kind =
                        if plain { NotAnAnswer::NoConnectionId } else { NotAnAnswer::NotRead };
                    self.backend(id, Inbound::Message(kind), think);
                }
            }
            Frame::Join(room, message) | Frame::Leave(room, message) => {
                if let Some(link) = self.links.get_mut(&id)
                    && let Some(index) = link.rooms_asked.iter().position(|asked| asked.0 == room)
                {
                    link.rooms_asked.remove(index);
                }
                let reached = self.faults.silent.max(self.faults.failing).max(self.faults.no_route);
                if reached <= self.now
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
        if self.faults.no_route > self.now {
            self.report(id, "Forbidden", think);
        } else if self.faults.failing > self.now {
            self.report(id, "Internal server error", think);
        } else {
            self.post(id, answer, think);
        }
    }

    /// The gateway reports an error to a connection.
    fn report(&mut self, id: LinkId, message: &str, think: u64) {
        let connection_id = Field::Text(self.links[&id].connection_id.clone());
        let frame = GatewayFrame { message: message.to_owned(), connection_id };
        self.post(id, Inbound::GatewayFrame(frame), think);
    }

    fn post(&mut self, id: LinkId, answer: Inbound, think: u64) {
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
        // A server whose clients send no heartbeats has no such limits.
        let is_gateway = self.session.settings().heartbeat.is_some();
        let idle = is_gateway && self.now >= link.active_at + IDLE;
        let old = is_gateway && self.now >= link.opened_at + LIFETIME;
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
        self.live.retain(|live| *live != id);
        // Of a dead link the gateway learns nothing: there is no $disconnect until its own limits end it.
        link.server_open &= link.dead;
        Ok(())
    }
}

pub(super) fn closed(link: LinkId, code: u16) -> Input {
    let close = LinkClose { code, reason: String::new(), was_clean: code != 1006 };
    Input::LinkClosed(link, close)
}
