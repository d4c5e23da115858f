//! The script's actions.

use super::*;

impl World {
    pub(super) fn act(&mut self, index: usize) -> Checked {
        self.seen.actions += 1;
        let (_, action) = self.script[index];
        if !self.runs() && is_of_the_user(action) {
            // Nobody uses a page that stands still.
            return Ok(());
        }
        if !is_of_the_user(action) || matches!(action, Action::Burst { .. }) {
            self.disturb();
        }
        match action {
            Action::Send { bytes, retry } => self.send(bytes, retry),
            Action::Burst { count, bytes } => (0..count).try_for_each(|_| self.send(bytes, false)),
            Action::Request { timeout, retry, answered } => {
                // Half of them do not say how long they wait.
                let timeout = (timeout != 29_000).then_some(timeout);
                let wait = timeout.unwrap_or(self.session.settings().request_timeout);
                let message = self.accept(100, retry, Some(answered), Some(self.now + wait));
                self.tell(Input::Request { message, bytes: 100, timeout, retry })
            }
            Action::Abort { back } => {
                let message = self.next_message.saturating_sub(back);
                self.tell(Input::Abort(message))
            }
            Action::Join { room } => {
                if self.session.status() == Status::Closed {
                    return Ok(());
                }
                self.rooms.insert(room);
                self.joins.insert(room);
                self.tell(Input::Join(room))
            }
            Action::Leave { room } => {
                self.rooms.remove(&room);
                self.were_joined.remove(&room);
                self.tell(Input::Leave(room))?;
                match self.joins.contains(&room) {
                    true => Err(format!("who left room {room} was told nothing of the join")),
                    false => Ok(()),
                }
            }
            Action::NoMore => {
                self.wants_no_more = true;
                Ok(())
            }
            Action::Close => {
                self.may_end = true;
                self.rooms.clear();
                self.tell(Input::Close(LinkClose {
                    code: 1000,
                    reason: String::new(),
                    was_clean: true,
                }))
            }
            Action::ServerCloses { code } => {
                let open: Vec<LinkId> = self.links.keys().copied().collect();
                for link in open {
                    self.server_closes(link, code);
                }
                Ok(())
            }
            Action::Reset => {
                let open: Vec<LinkId> = self.links.keys().copied().collect();
                for link in open {
                    self.server_closes(link, 1006);
                }
                Ok(())
            }
            Action::BlackHole => {
                for link in self.links.values_mut() {
                    link.dead = true;
                }
                Ok(())
            }
            Action::Stall { time } => self.lasts(time, |faults| &mut faults.stalled),
            Action::Refuse { time } => self.lasts(time, |faults| &mut faults.refusing),
            Action::SlowConnect { time } => self.lasts(time, |faults| &mut faults.slow),
            Action::Silence { time } => self.lasts(time, |faults| &mut faults.silent),
            Action::Errors { time } => self.lasts(time, |faults| &mut faults.failing),
            Action::Throttle { time } => self.lasts(time, |faults| &mut faults.throttled),
            Action::NoRoute { time } => self.lasts(time, |faults| &mut faults.no_route),
            Action::BadUrl => {
                self.faults.bad_url = true;
                Ok(())
            }
            Action::NoUrl { time } => self.lasts(time, |faults| &mut faults.no_url),
            Action::Offline { breaks } => {
                self.faults.cut_off = true;
                if breaks {
                    self.break_links();
                }
                self.signal(Input::Offline);
                Ok(())
            }
            Action::Online => {
                self.faults.cut_off = false;
                self.signal(Input::Online);
                Ok(())
            }
            Action::Hide => {
                self.hidden = true;
                self.signal(Input::Hidden);
                Ok(())
            }
            Action::Show => {
                self.hidden = false;
                self.signal(Input::Visible);
                Ok(())
            }
            Action::Freeze { time } => {
                if self.runs() {
                    self.tell(Input::Frozen)?;
                    self.frozen = true;
                    self.after(time, Event::Thaw);
                }
                Ok(())
            }
            Action::Store { time } => {
                if self.runs() {
                    self.tell(Input::Stored)?;
                    self.stored = true;
                    self.after(time, Event::Restore);
                }
                Ok(())
            }
            Action::Jump { time } => {
                // Timers go on as before, and the session learns of it with the next one.
                self.skew += time;
                self.attended_since = self.now;
                Ok(())
            }
            Action::Sleep { time, breaks } => {
                if !self.asleep {
                    self.asleep = true;
                    self.after(time, Event::Wake { breaks });
                }
                Ok(())
            }
        }
    }

    /// The browser tells something of the page, at times twice.
    fn signal(&mut self, input: Input) {
        if self.random.chance(10) {
            self.at(self.now, Event::Page(input.clone()));
        }
        self.at(self.now, Event::Page(input));
    }

    fn send(&mut self, bytes: usize, retry: bool) -> Checked {
        let time_to_live = self.session.settings().outbox.time_to_live;
        let message = self.accept(bytes, retry, None, time_to_live.map(|time| self.now + time));
        self.tell(Input::Send { message, bytes, retry })
    }

    /// Takes a message down; `answered` where it is a request.
    fn accept(
        &mut self,
        bytes: usize,
        retry: bool,
        answered: Option<bool>,
        deadline: Option<u64>,
    ) -> MessageId {
        self.next_message += 1;
        let entry = Entry {
            retry,
            is_request: answered.is_some(),
            answered: answered == Some(true),
            was_refused: false,
            deadline,
            bytes,
            transmitted: 0,
            link: None,
            left: false,
            arrived: 0,
            fate: None,
        };
        self.ledger.accept(self.next_message, entry);
        self.next_message
    }

    fn lasts(&mut self, time: u64, fault: impl Fn(&mut Faults) -> &mut u64) -> Checked {
        let until = self.now + time;
        let end = fault(&mut self.faults);
        *end = until.max(*end);
        Ok(())
    }

    /// The network under all links is gone: some browsers notice, some do not.
    pub(super) fn break_links(&mut self) {
        let links: Vec<LinkId> = self.links.keys().copied().collect();
        for link in links {
            if self.random.chance(50) {
                self.server_closes(link, 1006);
            }
            if let Some(link) = self.links.get_mut(&link) {
                link.dead = true;
            }
        }
    }

    fn reset_dead_links(&mut self) {
        let dead = |(id, link): (&LinkId, &mut Link)| std::mem::take(&mut link.dead).then_some(*id);
        let dead: Vec<LinkId> = self.links.iter_mut().filter_map(dead).collect();
        for id in dead {
            if let Some(link) = self.links.get_mut(&id).filter(|link| !link.close_sent) {
                link.server_open = true;
            }
            self.server_closes(id, 1006);
        }
    }

    /// Ends every fault and brings the page back.
    pub(super) fn heal(&mut self) -> Checked {
        self.faults = Faults::default();
        self.asleep = false;
        let (frozen, stored) = (std::mem::take(&mut self.frozen), std::mem::take(&mut self.stored));
        if stored {
            self.catch_up(Input::Restored)?;
        }
        if frozen {
            self.catch_up(Input::Resumed)?;
        }
        self.catch_up_now()?;
        if self.session.settings().heartbeat.is_none() {
            // Nobody would ever notice.
            self.reset_dead_links();
        }
        // Without news that say so, the session has to find out by itself.
        if self.told_offline || self.random.chance(30) {
            self.news(Input::Online)?;
        }
        if std::mem::take(&mut self.hidden) || self.random.chance(30) {
            self.news(Input::Visible)?;
        }
        Ok(())
    }
}

fn is_of_the_user(action: Action) -> bool {
    matches!(
        action,
        Action::Send { .. }
            | Action::Request { .. }
            | Action::Burst { .. }
            | Action::Abort { .. }
            | Action::Join { .. }
            | Action::Leave { .. }
            | Action::Close
    )
}
