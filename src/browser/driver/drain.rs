//! Watching what the links have sent of all that they took, while they hold something and never otherwise.
//!
//! No event says that `bufferedAmount` has changed, so somebody has to look. The first look is a task
//! after the message was handed over. In Chromium it is enough, unless some 100 KB were sent at once:
//! 1,200 of 1,200 looks after up to 100 messages of 100 bytes, or one of 30 KB, found the buffer empty. In
//! Firefox the buffer takes about a millisecond. What is left is looked at by timers. Chrome fires those
//! of a hidden page once a second, and once a minute where each was set by another ("Heavy throttling of
//! chained JS timers"): so each is set by a task. A message that arrives is an occasion too.

use std::rc::Rc;

use super::super::next_task::NextTask;
use super::super::timeout::Timeout;
use super::Driver;
use crate::core::{Input, LinkId};

/// How long to wait before looking again whether a link has sent what it holds, in milliseconds: at
/// first, and at most.
const LOOK: (u64, u64) = (1, 64);

/// What makes the driver look.
#[derive(Default)]
pub(super) struct Drain {
    task: Option<NextTask>,
    timeout: Option<Timeout>,
    /// Whether a task was asked for and has not come.
    is_posted: bool,
    /// How long the last look by a timer was put off, in milliseconds.
    pause: u64,
}

impl Driver {
    /// Looks soon, and again while a link holds something.
    pub(super) fn watch_drain(self: &Rc<Self>) {
        if !self.watches_drain() {
            self.drain.borrow_mut().pause = 0;
            self.look_in_a_task();
        }
    }

    pub(super) fn watches_drain(&self) -> bool {
        let drain = self.drain.borrow();
        drain.is_posted || drain.timeout.is_some()
    }

    fn look_in_a_task(self: &Rc<Self>) {
        let mut drain = self.drain.borrow_mut();
        if drain.task.is_none() {
            let driver = Rc::clone(self);
            drain.task = NextTask::new(move || driver.look_from_a_task());
        }
        match &drain.task {
            Some(task) => {
                task.post();
                drain.is_posted = true;
            }
            None => {
                drop(drain);
                self.look_after(LOOK.0);
            }
        }
    }

    fn look_from_a_task(self: &Rc<Self>) {
        self.drain.borrow_mut().is_posted = false;
        let progress = self.look_at_all();
        if self.holds_something() && !self.watches_drain() {
            let pause = self.drain.borrow().pause;
            self.look_after(if progress { LOOK.0 } else { (pause * 2).clamp(LOOK.0, LOOK.1) });
        }
    }

    fn look_after(self: &Rc<Self>, pause: u64) {
        let now = self.clock.now();
        let driver = Rc::clone(self);
        // `Timeout` adds a millisecond.
        let timeout = Timeout::at(now + pause - 1, now, move || driver.look_from_a_timer());
        let mut drain = self.drain.borrow_mut();
        drain.pause = pause;
        drain.timeout = Some(timeout);
    }

    fn look_from_a_timer(self: &Rc<Self>) {
        let timeout = self.drain.borrow_mut().timeout.take();
        if self.look_at_all() {
            self.drain.borrow_mut().pause = 0;
        }
        if self.holds_something() && !self.watches_drain() {
            self.look_in_a_task();
        }
        // Its closure is running.
        drop(timeout);
    }

    fn holds_something(&self) -> bool {
        let session = self.session.borrow();
        self.links.borrow().ids().iter().any(|id| session.awaits_drain(*id))
    }

    /// Tells the session what the links have sent since the last look; whether that is anything.
    pub(super) fn look_at_all(self: &Rc<Self>) -> bool {
        let ids = self.links.borrow().ids();
        let mut progress = false;
        for id in ids {
            progress |= self.look_at(id);
        }
        progress
    }

    /// Tells the session what one link has sent since the last look.
    pub(super) fn look_at(self: &Rc<Self>, id: LinkId) -> bool {
        let message = self.links.borrow().get(id).and_then(|link| link.drained());
        if let Some(message) = message {
            self.handle(Input::LinkDrained(id, message));
        }
        message.is_some()
    }
}
