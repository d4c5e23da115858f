//! The driver's loop: telling the session, carrying out what it decides, arming its timer.

use super::*;

/// The longest delay that the driver gives to `setTimeout`.
const LONGEST_DELAY: u64 = 60_000;

impl World {
    /// The session's clock.
    pub(super) fn clock(&self) -> u64 {
        self.now + self.skew
    }

    /// Tells the session a fact and carries out what it decides.
    pub(super) fn tell(&mut self, input: Input) -> Checked {
        self.nudge(&input);
        let shown = input.clone();
        self.note(|| format!("-> {shown:?}"));
        let is_tick = input == Input::Tick;
        self.hand_over(input)?;
        let is_due = self.session.next_deadline().is_some_and(|deadline| deadline <= self.clock());
        // A wait of chance may be none at all, once.
        self.idle_ticks = if is_tick && is_due { self.idle_ticks + 1 } else { 0 };
        if self.idle_ticks > 3 {
            return Err("a timer fires again and again".to_owned());
        }
        self.check_state().map_err(|broken| format!("after {shown:?}: {broken}"))?;
        self.arm();
        Ok(())
    }

    pub(super) fn hand_over(&mut self, input: Input) -> Checked {
        let clock = self.clock();
        if let Input::LinkReceived(id, Inbound::Message(NotAnAnswer::NoConnectionId), length) =
            input
            && !self.session.awaits_answer()
            && self.session.takes_message(clock, id, length)
        {
            return self.decided(Output::Deliver(Delivery::Message));
        }
        self.session.handle(clock, input);
        let mut outputs = 0;
        while let Some(output) = self.session.poll() {
            outputs += 1;
            if outputs > 10_000 {
                return Err("one fact led to more than 10,000 decisions".to_owned());
            }
            self.decided(output)?;
        }
        Ok(())
    }

    fn decided(&mut self, output: Output) -> Checked {
        self.note(|| format!("   <- {output:?}"));
        if self.is_stale {
            return Err(format!("news of a link that was left led to {output:?}"));
        }
        self.carry_out(output)
    }

    pub(super) fn note(&mut self, what: impl FnOnce() -> String) {
        let now = self.now;
        if let Some(trace) = &mut self.trace {
            let what = what();
            // A timer that led to nothing says nothing.
            let is_told = what.starts_with("->");
            if is_told && trace.last().is_some_and(|line| line.ends_with("-> Tick")) {
                trace.pop();
            }
            trace.push(format!("{now} {what}"));
        }
    }

    /// Notes what makes a session try again out of turn.
    pub(super) fn nudge(&mut self, input: &Input) {
        if matches!(
            input,
            Input::Online
                | Input::Visible
                | Input::Resumed
                | Input::Restored
                | Input::Send { .. }
                | Input::Request { .. }
                | Input::Join(_)
        ) {
            self.nudges.push_back(self.now);
        }
    }

    pub(super) fn arm(&mut self) {
        let deadline = self.session.next_deadline();
        if deadline == self.armed && deadline.is_some() {
            return;
        }
        self.generation += 1;
        self.inbox.retain(|event| !matches!(event, Event::Timer(_)));
        self.armed = deadline;
        if let Some(deadline) = deadline {
            let late = if self.random.chance(95) {
                self.random.between(1, 20)
            } else {
                self.random.between(0, 3_000)
            };
            let time = deadline.saturating_sub(self.skew).max(self.now);
            let mut time = time.min(self.now + LONGEST_DELAY) + late;
            if self.hidden {
                // Chrome fires the timers of a hidden page once a minute.
                time = time.div_ceil(60_000) * 60_000;
            }
            let generation = self.generation;
            self.at(time, Event::Timer(generation));
        }
    }
}
