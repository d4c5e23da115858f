//! A task of the browser's own, soon: not a timer, which a hidden page gets late.

use web_sys::{Event, MessageChannel, MessagePort};

use super::listener::Listener;

/// Both ends of a `MessageChannel`, closed by drop.
#[must_use = "nothing is called any more when it is dropped"]
pub(super) struct NextTask {
    ports: [MessagePort; 2],
    _listener: Listener,
}

impl NextTask {
    /// Calls `handler` in a task after each [`post`](NextTask::post). `None` where there is no such
    /// channel.
    pub(super) fn new(handler: impl Fn() + 'static) -> Option<Self> {
        let channel = MessageChannel::new().ok()?;
        let ports = [channel.port1(), channel.port2()];
        let listener = Listener::new(&ports[0], "message", move |_: Event| handler());
        ports[0].start();
        Some(NextTask { ports, _listener: listener })
    }

    pub(super) fn post(&self) {
        // Fails for values that can't be cloned only.
        let _ = self.ports[1].post_message(&wasm_bindgen::JsValue::UNDEFINED);
    }
}

impl Drop for NextTask {
    fn drop(&mut self) {
        // Closes the other with it.
        self.ports[0].close();
    }
}
