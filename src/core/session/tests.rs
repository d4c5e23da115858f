use super::*;
use crate::core::{
    ControlFields, Failure, Field, GatewayFrame, Instead, NotAnAnswer, Reconnect, Rotation,
};

mod asking;
mod connecting;
mod counting;
mod keeping;
mod limits;
mod rooms;
mod sending;
mod taking;
mod tracing;

/// A session whose outputs are read as a list after each fact.
struct Run {
    session: Session,
    now: u64,
}

impl Run {
    fn with(settings: Settings) -> Self {
        Run { session: Session::new(settings, 7), now: 1_000 }
    }

    fn new() -> Self {
        Run::with(Settings::default())
    }

    /// A session that has been told to connect, with what it said to that thrown away.
    fn connecting() -> Self {
        let mut run = Run::new();
        run.tell(Input::Connect);
        run
    }

    fn identifying() -> Self {
        let mut run = Run::connecting();
        run.tell(Input::LinkOpened(1));
        run
    }

    fn ready() -> Self {
        Run::ready_with(Settings::default())
    }

    fn ready_with(settings: Settings) -> Self {
        let mut run = Run::with(settings);
        run.tell(Input::Connect);
        run.open(1);
        run
    }

    /// Opens a link and brings it the connectionId `id{link}=`.
    fn open(&mut self, link: LinkId) -> Vec<Output> {
        let mut outputs = self.tell(Input::LinkOpened(link));
        let id = Inbound::ConnectionId(format!("id{link}="));
        outputs.extend(self.tell(Input::LinkReceived(link, id, 10)));
        outputs
    }

    fn tell(&mut self, input: Input) -> Vec<Output> {
        self.session.handle(self.now, input);
        // Times change nothing; `tracing.rs` looks at them.
        let outputs = std::iter::from_fn(|| self.session.poll());
        outputs.filter(|output| !matches!(output, Output::Took { .. })).collect()
    }

    fn receive(&mut self, object: &str) -> Vec<Output> {
        self.receive_on(1, object)
    }

    fn receive_on(&mut self, link: LinkId, object: &str) -> Vec<Output> {
        let fields: ControlFields = serde_json::from_str(object).expect("a JSON object");
        self.tell(Input::LinkReceived(link, fields.into(), 10))
    }

    fn lose(&mut self, link: LinkId, code: u16) -> Vec<Output> {
        self.tell(Input::LinkClosed(link, close(code)))
    }

    fn send(&mut self, message: MessageId) -> Vec<Output> {
        self.tell(Input::Send { message, bytes: 10, retry: false })
    }

    fn request(&mut self, message: MessageId, retry: bool) -> Vec<Output> {
        self.tell(Input::Request { message, bytes: 10, timeout: None, retry })
    }

    fn wait(&mut self, time: u64) -> Vec<Output> {
        self.now += time;
        self.tell(Input::Tick)
    }

    /// Lets time pass, with every timer on time.
    fn pass(&mut self, time: u64) -> Vec<Output> {
        let end = self.now + time;
        let mut outputs = Vec::new();
        while self.session.next_deadline().is_some_and(|deadline| deadline <= end) {
            outputs.extend(self.pass_deadline());
        }
        self.now = end;
        outputs
    }

    /// Moves the clock to the next deadline.
    fn pass_deadline(&mut self) -> Vec<Output> {
        self.now = self.session.next_deadline().expect("a deadline");
        self.tell(Input::Tick)
    }

    /// Passes deadlines until one makes the session say this.
    fn until(&mut self, wanted: impl Fn(&Output) -> bool) -> Vec<Output> {
        for _ in 0..100 {
            let outputs = self.pass_deadline();
            if outputs.iter().any(&wanted) {
                return outputs;
            }
        }
        panic!("it never comes");
    }
}

fn close(code: u16) -> LinkClose {
    LinkClose { code, reason: String::new(), was_clean: code != 1006 }
}

fn codes(outputs: &[Output]) -> Vec<&'static str> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::Failed(failure) => Some(failure.code()),
            _ => None,
        })
        .collect()
}

fn opens(output: &Output) -> bool {
    matches!(output, Output::OpenLink(_))
}
