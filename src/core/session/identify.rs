//! From an open link to a connectionId.

use std::rc::Rc;

use super::super::failure::{Failure, Instead};
use super::super::inbound::{Delivery, GatewayFrame};
use super::super::link::Stage;
use super::super::output::Step;
use super::super::stats::Cause;
use super::super::timer::{Timer, after};
use super::super::trace::{NONE, TraceEvent};
use super::{Output, Session, Slot, Status};

/// How long after a question its answer may come, in milliseconds; later it was lost.
/// Source: AWS, "Amazon API Gateway quotas", integration timeout for WebSocket API.
const LATEST_ANSWER: u64 = 29_000;

impl Session {
    /// Asks a link for its connectionId, for the first time or again.
    pub(super) fn ask_for_id(&mut self, slot: Slot) {
        let Some(identify) = &self.settings.identify else { return };
        let timeout = identify.timeout;
        let timer = if slot == Slot::Current { Timer::Identify } else { Timer::NextIdentify };
        self.arm(timer, timeout);
        if let Some(link) = self.get_mut(slot) {
            link.questions += 1;
        }
        self.question(slot, TraceEvent::Identify);
    }

    /// Writes the question, which also serves as heartbeat and probe.
    pub(super) fn question(&mut self, slot: Slot, why: TraceEvent) {
        let now = self.now;
        let Some(link) = self.get_mut(slot) else { return };
        link.is_timed = link.unanswered == 0 || now.saturating_sub(link.asked_at) > LATEST_ANSWER;
        link.unanswered += 1;
        link.asked_at = now;
        let id = link.id;
        self.note_word(id, why, "");
        self.output(Output::Identify(id));
    }

    pub(super) fn received_id(&mut self, slot: Slot, id: String) {
        let Some(link) = self.get_mut(slot) else { return };
        let is_own = link.connection_id.as_deref() == Some(&id);
        if link.stage == Stage::Identifying {
            self.question_answered(slot);
            self.identified(slot, Some(id.into()));
        } else if link.unanswered > 0 && is_own {
            // The answer to a heartbeat, a probe, or a repeated question: nothing that a user asked for.
            self.question_answered(slot);
        } else {
            self.deliver(Delivery::Message);
        }
    }

    fn question_answered(&mut self, slot: Slot) {
        let now = self.now;
        let Some(link) = self.get_mut(slot) else { return };
        link.unanswered = link.unanswered.saturating_sub(1);
        // Of two questions under way nobody knows which one is answered (Karn's algorithm, RFC 6298).
        let is_timed = std::mem::take(&mut link.is_timed);
        let time = if is_timed { now.saturating_sub(link.asked_at) } else { NONE };
        let id = link.id;
        if is_timed {
            self.stats.round_trip(time);
        }
        self.note(id, TraceEvent::Answer, time, NONE, "");
    }

    pub(super) fn received_frame(&mut self, slot: Slot, frame: GatewayFrame) {
        let Some(link) = self.get(slot) else { return };
        let (id, identifying) = (link.id, link.stage == Stage::Identifying);
        let known = frame.known();
        let own = link.connection_id.as_deref();
        let certain = own.is_none_or(|own| frame.is_about(own) && known.is_some());
        if identifying || certain {
            self.note_word(id, TraceEvent::GatewayFrame, known.unwrap_or("unknown"));
        }
        if identifying {
            self.deliver(Delivery::GatewayFrame);
            // A missing route will not appear by asking again; any other report may pass.
            let final_answer = frame.message == "Forbidden";
            self.came_instead(slot, Instead::GatewayFrame(frame));
            if final_answer {
                self.identify_failed(slot);
            }
            return;
        }
        match self.requests.only(id).filter(|_| certain) {
            Some(message) => {
                self.request_failed(message, &Rc::new(Failure::GatewayReported { frame }));
            }
            None if certain => self.deliver(Delivery::GatewayFrame),
            None => self.deliver(Delivery::Message),
        }
    }

    /// Notes what came while an answer was waited for.
    pub(super) fn came_instead(&mut self, slot: Slot, instead: Instead) {
        if let Some(link) = self.get_mut(slot).filter(|link| link.stage == Stage::Identifying) {
            link.instead = Some(instead);
        }
    }

    /// A link is as far as it can come by itself.
    pub(super) fn identified(&mut self, slot: Slot, id: Option<Rc<str>>) {
        let timer = if slot == Slot::Current { Timer::Identify } else { Timer::NextIdentify };
        self.timers.stop(timer);
        let Some(link) = self.get_mut(slot) else { return };
        link.instead = None;
        link.connection_id = id;
        let (id, since, is_known) = (link.id, link.opened_at, link.connection_id.is_some());
        if is_known {
            self.took(Step::Identify, id, since, true);
        }
        if slot == Slot::Current { self.become_ready() } else { self.prepare_next() }
    }

    /// The current link carries messages from now on.
    pub(super) fn become_ready(&mut self) {
        let Some(link) = &mut self.link else { return };
        link.stage = Stage::Ready;
        link.ready_at = self.now;
        let (begun_at, id) = (link.begun_at, link.connection_id.clone());
        self.stats.links_ready += 1;
        self.set_status(Status::Ready);
        if let Some(id) = id {
            let previous = self.known_id.replace(Rc::clone(&id));
            self.note_id(&id);
            self.output(Output::ConnectionId { id, previous });
        }
        // A heartbeat is the question for the connectionId: without one there is nothing to send.
        let heartbeat = self.settings.heartbeat.filter(|_| self.settings.identify.is_some());
        if let Some(heartbeat) = heartbeat {
            let interval = self.random.around(heartbeat, heartbeat / 10);
            self.arm(Timer::Heartbeat, interval);
        }
        if let Some(rotation) = &self.settings.rotation {
            // An age that is set alone may be shorter than the spread: not so short that links follow at once.
            let spread = rotation.spread.min(rotation.age / 2);
            let age = self.random.around(rotation.age, spread);
            self.timers.set(Timer::Rotate, after(begun_at, age));
        }
        self.join_all(Slot::Current);
        self.flush();
    }

    pub(super) fn identify_timed_out(&mut self, slot: Slot) {
        let asked = self.get(slot).map_or(0, |link| link.questions);
        let attempts = self.settings.identify.as_ref().map_or(0, |identify| identify.attempts);
        if asked < attempts { self.ask_for_id(slot) } else { self.identify_failed(slot) }
    }

    fn identify_failed(&mut self, slot: Slot) {
        if slot == Slot::Next {
            return self.rotation_failed();
        }
        let Some(identify) = &self.settings.identify else { return };
        let failure = Failure::IdentifyFailed {
            action: identify.action.clone(),
            sends: self.link.as_ref().map_or(0, |link| link.questions),
            timeout: identify.timeout,
            last: self.link.as_mut().and_then(|link| link.instead.take()),
        };
        self.abandon(Cause::Identify, failure);
    }
}
