//! The state machine of a session.

use std::collections::VecDeque;

use super::failure::{Failure, Instead, LinkClose};
use super::inbound::{Delivery, Inbound};
use super::outbox::{MessageId, Outbox};
use super::settings::Settings;
use super::timer::{Timer, TimerTable};

/// Names a link. A session never uses the same name twice.
pub type LinkId = u32;

/// Where a session stands: `idle -> connecting -> identifying -> ready`, and `closed` at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nobody has asked for a connection yet.
    Idle,
    /// A link was asked for and has not opened.
    Connecting,
    /// The link is open and the question for the connectionId is on its way.
    Identifying,
    /// The connectionId is known; messages flow.
    Ready,
    /// The session has ended, by its user or by a failure.
    Closed,
}

impl Status {
    /// The name that JavaScript sees.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Idle => "idle",
            Status::Connecting => "connecting",
            Status::Identifying => "identifying",
            Status::Ready => "ready",
            Status::Closed => "closed",
        }
    }
}

/// A fact that the driver tells the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The user wants a connection.
    Connect,
    /// A link could not even be created.
    LinkRefused(LinkId, Failure),
    /// A link is open.
    LinkOpened(LinkId),
    /// A link brought a message, whose body the driver holds until it gets [`Output::Deliver`].
    LinkReceived(LinkId, Inbound),
    /// A link has closed.
    LinkClosed(LinkId, LinkClose),
    /// The user wants to send a message of so many bytes, whose body the driver holds.
    Send(MessageId, usize),
    /// The user ends the session.
    Close(LinkClose),
    /// Time has passed; sent when [`Session::next_deadline`] is reached.
    Tick,
}

/// A decision that the driver carries out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Create a WebSocket.
    OpenLink(LinkId),
    /// Write the question for the connectionId to a link.
    Identify(LinkId),
    /// Hand a message over to a link and tell its sender.
    Transmit(LinkId, MessageId),
    /// Forget a message and tell its sender why.
    Reject(MessageId, Failure),
    /// Take the message just received to the user.
    Deliver(Delivery),
    /// The session has a connectionId; the message just received is the answer that brought it.
    ConnectionId(String),
    /// The status has changed.
    Status(Status),
    /// Something failed and ends the session; `Status(Closed)` follows.
    Failed(Failure),
    /// The link of the session has closed and the session with it.
    Closed(LinkClose),
    /// Close a WebSocket, with this code and reason, and drop all that belongs to it.
    CloseLink(LinkId, LinkClose),
}

/// One logical connection.
///
/// The contract of the loop, which is the driver's whole duty:
///
/// 1. Tell the session a fact with [`handle`](Session::handle).
/// 2. Carry out what [`poll`](Session::poll) returns, in order, until it returns `None`. What comes
///    up meanwhile (a callback that calls `close`, say) is a fact for `handle` like any other; what it
///    leads to is polled after what was decided before.
/// 3. Arm one timer for [`next_deadline`](Session::next_deadline), and feed [`Input::Tick`] when it
///    fires, however late.
///
/// Time is a number of milliseconds from any fixed point; it must not run backwards.
#[derive(Debug)]
pub struct Session {
    settings: Settings,
    status: Status,
    link: LinkId,
    connection_id: Option<String>,
    identify_sends: u32,
    identify_instead: Option<Instead>,
    timers: TimerTable,
    outbox: Outbox,
    /// Why the session ended.
    end: Option<Failure>,
    outputs: VecDeque<Output>,
}

impl Session {
    /// A session that waits for [`Input::Connect`].
    pub fn new(settings: Settings) -> Self {
        Session {
            settings,
            status: Status::Idle,
            link: 0,
            connection_id: None,
            identify_sends: 0,
            identify_instead: None,
            timers: TimerTable::default(),
            outbox: Outbox::default(),
            end: None,
            outputs: VecDeque::new(),
        }
    }

    /// Where the session stands.
    pub fn status(&self) -> Status {
        self.status
    }

    /// The connectionId while the session is ready.
    pub fn connection_id(&self) -> Option<&str> {
        self.connection_id.as_deref()
    }

    /// Why the session ended, once its status is [`Status::Closed`].
    pub fn end(&self) -> Option<&Failure> {
        self.end.as_ref()
    }

    /// The settings that the session was made with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// When the session wants an [`Input::Tick`], in milliseconds, if it waits for anything.
    pub fn next_deadline(&self) -> Option<u64> {
        self.timers.next_deadline()
    }

    /// The next decision, or `None` when all have been taken.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Takes in a fact at time `now`. News of a link that the session has left is ignored.
    pub fn handle(&mut self, now: u64, input: Input) {
        match input {
            Input::Connect => self.connect(now),
            Input::LinkRefused(link, failure) if self.uses(link) => self.fail(failure, None),
            Input::LinkOpened(link) if self.uses(link) => self.link_opened(now),
            Input::LinkReceived(link, inbound) if self.uses(link) => self.received(inbound),
            Input::LinkClosed(link, close) if self.uses(link) => self.link_closed(close),
            Input::LinkRefused(..)
            | Input::LinkOpened(_)
            | Input::LinkReceived(..)
            | Input::LinkClosed(..) => {}
            Input::Send(message, bytes) => self.send(message, bytes),
            Input::Close(close) => self.close(close),
            Input::Tick => self.tick(now),
        }
    }

    fn uses(&self, link: LinkId) -> bool {
        link == self.link
            && matches!(self.status, Status::Connecting | Status::Identifying | Status::Ready)
    }

    fn set_status(&mut self, status: Status) {
        self.status = status;
        self.outputs.push_back(Output::Status(status));
    }

    fn connect(&mut self, now: u64) {
        if self.status != Status::Idle {
            return;
        }
        self.link += 1;
        self.timers.set(Timer::Connect, now + self.settings.connect_timeout);
        self.set_status(Status::Connecting);
        self.outputs.push_back(Output::OpenLink(self.link));
    }

    fn link_opened(&mut self, now: u64) {
        if self.status != Status::Connecting {
            return;
        }
        self.timers.stop(Timer::Connect);
        self.set_status(Status::Identifying);
        self.identify(now);
    }

    fn identify(&mut self, now: u64) {
        self.identify_sends += 1;
        self.timers.set(Timer::Identify, now + self.settings.identify_timeout);
        self.outputs.push_back(Output::Identify(self.link));
    }

    fn received(&mut self, inbound: Inbound) {
        let identifying = self.status == Status::Identifying;
        match inbound {
            Inbound::ConnectionId(id) if identifying => self.identified(id),
            Inbound::ConnectionId(_) => self.deliver(Delivery::Message),
            Inbound::Message(other) => {
                if identifying {
                    self.identify_instead = Some(Instead::Message(other));
                }
                self.deliver(Delivery::Message);
            }
            Inbound::GatewayFrame(frame) => {
                let certain = self.connection_id().is_none_or(|own| frame.is_certain(own));
                self.deliver(if certain { Delivery::GatewayFrame } else { Delivery::Message });
                if identifying {
                    // A missing route will not appear by asking again; any other report may pass.
                    let final_answer = frame.message == "Forbidden";
                    self.identify_instead = Some(Instead::GatewayFrame(frame));
                    if final_answer {
                        self.identify_failed();
                    }
                }
            }
        }
    }

    fn deliver(&mut self, delivery: Delivery) {
        self.outputs.push_back(Output::Deliver(delivery));
    }

    fn identified(&mut self, id: String) {
        self.timers.stop(Timer::Identify);
        self.identify_instead = None;
        self.connection_id = Some(id.clone());
        self.set_status(Status::Ready);
        self.outputs.push_back(Output::ConnectionId(id));
        while let Some(message) = self.outbox.pop() {
            self.outputs.push_back(Output::Transmit(self.link, message));
        }
    }

    fn identify_failed(&mut self) {
        let failure = Failure::IdentifyFailed {
            action: self.settings.identify_action.clone(),
            sends: self.identify_sends,
            timeout: self.settings.identify_timeout,
            last: self.identify_instead.take(),
        };
        self.fail_and_close_link(failure);
    }

    fn link_closed(&mut self, close: LinkClose) {
        let failure = match self.status {
            Status::Connecting => Failure::ConnectFailed { close: close.clone() },
            _ => Failure::ConnectionLost { close: close.clone() },
        };
        self.fail(failure, Some(close));
    }

    fn send(&mut self, message: MessageId, bytes: usize) {
        let output = match self.status {
            Status::Ready => Output::Transmit(self.link, message),
            Status::Closed => Output::Reject(message, self.end.clone().unwrap_or(Failure::Closed)),
            _ => match self.outbox.push(message, bytes, &self.settings) {
                Ok(()) => return,
                Err(failure) => Output::Reject(message, failure),
            },
        };
        self.outputs.push_back(output);
    }

    fn tick(&mut self, now: u64) {
        while let Some(timer) = self.timers.take_due(now) {
            match timer {
                Timer::Connect => {
                    let timeout = self.settings.connect_timeout;
                    self.fail_and_close_link(Failure::ConnectTimeout { timeout });
                }
                Timer::Identify if self.identify_sends < self.settings.identify_attempts => {
                    self.identify(now);
                }
                Timer::Identify => self.identify_failed(),
            }
        }
    }

    fn close(&mut self, close: LinkClose) {
        match self.status {
            Status::Closed => return,
            Status::Idle => {}
            _ => self.outputs.push_back(Output::CloseLink(self.link, close.clone())),
        }
        self.finish(Failure::Closed);
        self.outputs.push_back(Output::Closed(close));
    }

    fn fail_and_close_link(&mut self, failure: Failure) {
        let close = LinkClose { code: 1000, reason: String::new(), was_clean: true };
        self.outputs.push_back(Output::CloseLink(self.link, close.clone()));
        self.fail(failure, Some(close));
    }

    fn fail(&mut self, failure: Failure, close: Option<LinkClose>) {
        // Before the status, so that whoever learns of the end can learn of its cause.
        self.outputs.push_back(Output::Failed(failure.clone()));
        self.finish(failure);
        self.outputs.extend(close.map(Output::Closed));
    }

    /// Leaves nothing waiting: no timer, no message, no connectionId.
    fn finish(&mut self, failure: Failure) {
        self.timers.stop_all();
        self.connection_id = None;
        self.set_status(Status::Closed);
        while let Some(message) = self.outbox.pop() {
            self.outputs.push_back(Output::Reject(message, failure.clone()));
        }
        self.end = Some(failure);
    }
}

#[cfg(test)]
mod tests;
