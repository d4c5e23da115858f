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
        match action {
            Action::Send { bytes, retry } => {
                let message = self.accept(bytes, retry, false, false);
                self.tell(Input::Send { message, bytes, retry })
            }
            Action::Request { timeout, retry, answered } => {
                let message = self.accept(100, retry, true, answered);
                self.tell(Input::Request { message, bytes: 100, timeout: Some(timeout), retry })
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
                self.tell(Input::Join(room))
            }
            Action::Leave { room } => {
                self.rooms.remove(&room);
                self.were_joined.remove(&room);
                self.tell(Input::Leave(room))
            }
            Action::Close => {
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
            Action::NoUrl { time } => self.lasts(time, |faults| &mut faults.no_url),
            Action::Offline { breaks } => {
                self.faults.cut_off = true;
                if breaks {
                    self.break_links();
                }
                self.at(self.now, Event::Page(Input::Offline));
                Ok(())
            }
            Action::Online => {
                self.faults.cut_off = false;
                self.at(self.now, Event::Page(Input::Online));
                Ok(())
            }
            Action::Hide => {
                self.hidden = true;
                self.at(self.now, Event::Page(Input::Hidden));
                Ok(())
            }
            Action::Show => {
                self.hidden = false;
                self.at(self.now, Event::Page(Input::Visible));
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
            Action::Sleep { time, breaks } => {
                if !self.asleep {
                    self.asleep = true;
                    self.after(time, Event::Wake { breaks });
                }
                Ok(())
            }
        }
    }

    fn accept(&mut self, bytes: usize, retry: bool, is_request: bool, answered: bool) -> MessageId {
        self.next_message += 1;
        let entry = Entry {
            retry,
            is_request,
            answered,
            bytes,
            transmitted: 0,
            link: None,
            left: false,
            arrived: 0,
            fate: None,
        };
        self.ledger.entries.insert(self.next_message, entry);
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
        self.hidden = false;
        self.told_offline = false;
        self.tell(Input::Online)?;
        self.tell(Input::Visible)
    }
}

fn is_of_the_user(action: Action) -> bool {
    matches!(
        action,
        Action::Send { .. }
            | Action::Request { .. }
            | Action::Abort { .. }
            | Action::Join { .. }
            | Action::Leave { .. }
            | Action::Close
    )
}
