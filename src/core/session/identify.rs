//! From an open link to a connectionId.

use super::super::failure::{Failure, Instead};
use super::super::inbound::{Delivery, GatewayFrame};
use super::super::link::Stage;
use super::super::output::Step;
use super::super::stats::Cause;
use super::super::timer::Timer;
use super::super::trace::{Question, TraceEvent};
use super::{Output, Session, Slot, Status};

/// How long after a question its answer may come, in milliseconds; later it was lost.
/// Source: AWS, "Amazon API Gateway quotas", integration timeout for WebSocket API.
const LATEST_ANSWER: u64 = 29_000;

impl Session {
    /// Asks a link for its connectionId, for the first time or again.
    pub(super) fn ask_for_id(&mut self, now: u64, slot: Slot) {
        let Some(identify) = &self.settings.identify else { return };
        let deadline = now.saturating_add(identify.timeout);
        let timer = if slot == Slot::Current { Timer::Identify } else { Timer::NextIdentify };
        self.timers.set(timer, deadline);
        if let Some(link) = self.get_mut(slot) {
            link.questions += 1;
        }
        self.question(now, slot, Question::Identify);
    }

    /// Writes the question, which also serves as heartbeat and probe.
    pub(super) fn question(&mut self, now: u64, slot: Slot, why: Question) {
        let Some(link) = self.get_mut(slot) else { return };
        link.is_timed = link.unanswered == 0 || now.saturating_sub(link.asked_at) > LATEST_ANSWER;
        link.unanswered += 1;
        link.asked_at = now;
        let id = link.id;
        self.note(Some(id), TraceEvent::Question(why));
        self.output(Output::Identify(id));
    }

    pub(super) fn received_id(&mut self, now: u64, slot: Slot, id: String) {
        let Some(link) = self.get_mut(slot) else { return };
        let is_own = link.connection_id.as_ref() == Some(&id);
        if link.stage == Stage::Identifying {
            self.question_answered(now, slot);
            self.identified(now, slot, Some(id));
        } else if link.unanswered > 0 && is_own {
            // The answer to a heartbeat, a probe, or a repeated question: nothing that a user asked for.
            self.question_answered(now, slot);
        } else {
            self.deliver(Delivery::Message);
        }
    }

    fn question_answered(&mut self, now: u64, slot: Slot) {
        let Some(link) = self.get_mut(slot) else { return };
        link.unanswered = link.unanswered.saturating_sub(1);
        // Of two questions under way nobody knows which one is answered (Karn's algorithm, RFC 6298).
        let time = std::mem::take(&mut link.is_timed).then(|| now.saturating_sub(link.asked_at));
        let id = link.id;
        if let Some(time) = time {
            self.stats.round_trip(time);
        }
        self.note(Some(id), TraceEvent::Answer(time));
    }

    pub(super) fn received_frame(&mut self, now: u64, slot: Slot, frame: GatewayFrame) {
        let Some(link) = self.get(slot) else { return };
        let (id, identifying) = (link.id, link.stage == Stage::Identifying);
        let certain = link.connection_id.as_deref().is_none_or(|own| frame.is_certain(own));
        if identifying || certain {
            self.note(Some(id), TraceEvent::GatewayFrame(frame.known().unwrap_or("unknown")));
        }
        if identifying {
            self.deliver(Delivery::GatewayFrame);
            // A missing route will not appear by asking again; any other report may pass.
            let final_answer = frame.message == "Forbidden";
            self.came_instead(slot, Instead::GatewayFrame(frame));
            if final_answer {
                self.identify_failed(now, slot);
            }
            return;
        }
        match self.requests.only(id).filter(|_| certain) {
            Some(message) => self.request_failed(now, message, Failure::GatewayReported { frame }),
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
    pub(super) fn identified(&mut self, now: u64, slot: Slot, id: Option<String>) {
        let timer = if slot == Slot::Current { Timer::Identify } else { Timer::NextIdentify };
        self.timers.stop(timer);
        let Some(link) = self.get_mut(slot) else { return };
        link.instead = None;
        link.connection_id = id;
        let (id, since, is_known) = (link.id, link.opened_at, link.connection_id.is_some());
        if is_known {
            self.took(Step::Identify, id, since, true);
        }
        if slot == Slot::Current { self.become_ready(now) } else { self.prepare_next(now) }
    }

    /// The current link carries messages from now on.
    pub(super) fn become_ready(&mut self, now: u64) {
        let Some(link) = &mut self.link else { return };
        link.stage = Stage::Ready;
        link.ready_at = Some(now);
        let (begun_at, id) = (link.begun_at, link.connection_id.clone());
        self.stats.links_ready += 1;
        self.set_status(Status::Ready);
        if let Some(id) = id {
            let previous = self.known_id.replace(id.clone());
            self.output(Output::ConnectionId { id, previous });
        }
        // A heartbeat is the question for the connectionId: without one there is nothing to send.
        let heartbeat = self.settings.heartbeat.filter(|_| self.settings.identify.is_some());
        if let Some(heartbeat) = heartbeat {
            let interval = self.random.around(heartbeat, heartbeat / 10);
            self.timers.set(Timer::Heartbeat, now.saturating_add(interval));
        }
        if let Some(rotation) = &self.settings.rotation {
            // An age that is set alone may be shorter than the spread: not so short that links follow at once.
            let spread = rotation.spread.min(rotation.age / 2);
            let age = self.random.around(rotation.age, spread);
            self.timers.set(Timer::Rotate, begun_at.saturating_add(age));
        }
        self.join_all(now, Slot::Current);
        self.flush(now);
    }

    pub(super) fn identify_timed_out(&mut self, now: u64, slot: Slot) {
        let asked = self.get(slot).map_or(0, |link| link.questions);
        let attempts = self.settings.identify.as_ref().map_or(0, |identify| identify.attempts);
        if asked < attempts { self.ask_for_id(now, slot) } else { self.identify_failed(now, slot) }
    }

    fn identify_failed(&mut self, now: u64, slot: Slot) {
        if slot == Slot::Next {
            return self.rotation_failed(now);
        }
        let Some(identify) = &self.settings.identify else { return };
        let failure = Failure::IdentifyFailed {
            action: identify.action.clone(),
            sends: self.link.as_ref().map_or(0, |link| link.questions),
            timeout: identify.timeout,
            last: self.link.as_mut().and_then(|link| link.instead.take()),
        };
        self.count_loss(Cause::Identify);
        self.abandon(now, failure);
    }
}
