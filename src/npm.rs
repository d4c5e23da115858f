//! What the facade of the npm package sees: the class `Core`. All that it is given is checked there.

use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::browser::{
    Driver, Facade, Follow, Numbers, Options, SendOptions, Settle, Source, entry, error, stats,
};
use crate::core::{Failure, LinkClose, LinkId, RoomNames, Settings, TraceEntry};

/// A session.
#[wasm_bindgen]
pub struct Core {
    driver: Rc<Driver>,
}

#[wasm_bindgen]
impl Core {
    /// Begins to connect. Throws for what the browser refuses at once.
    ///
    /// `functions` are those that `browser::facade` calls, `numbers` what `read_settings` reads, and `texts` the
    /// action of the question, and what joining and leaving a room and the field with its name are called.
    #[wasm_bindgen(constructor)]
    pub fn new(
        functions: JsValue,
        numbers: &JsValue,
        texts: &Array,
        protocols: JsValue,
    ) -> Result<Core, JsValue> {
        let facade = Facade::new(functions);
        let (mut settings, binary) = read_settings(numbers.unchecked_ref());
        let text = |index| texts.get(index).as_string().unwrap_or_default();
        if let Some(identify) = &mut settings.identify {
            identify.action = text(0);
        }
        let rooms = RoomNames { join: text(1), leave: text(2), field: text(3) };
        let options = Options {
            settings,
            #[cfg(feature = "tickets")]
            ticket: None,
            protocols,
            binary,
            rooms,
        };
        let driver = Driver::start(Source::Facade(facade.clone()), options, Rc::new(facade))
            .map_err(|failure| error(&failure))?;
        Ok(Core { driver })
    }

    /// The address of a link that its facade was asked for.
    pub fn open(&self, link: LinkId, address: &JsValue) {
        self.driver.open_prepared(link, address);
    }

    /// There is no address for a link, at least not now.
    pub fn refuse(&self, link: LinkId, why: &JsValue, transient: bool, status: u16) {
        let why = why.as_string().unwrap_or_default();
        let status = (status > 0).then_some(status);
        self.driver.refuse_prepared(link, Failure::UrlRejected { why, transient, status });
    }

    /// Settles with the connectionId. The functions of a promise are an array, here as everywhere.
    pub fn ready(&self, functions: JsValue) {
        self.driver.ready(Settle::Functions(functions));
    }

    /// Where the session stands: which one of `Status`.
    pub fn status(&self) -> u32 {
        self.driver.status() as u32
    }

    #[wasm_bindgen(js_name = connectionId)]
    pub fn connection_id(&self) -> JsValue {
        self.driver.connection_id().into()
    }

    pub fn protocol(&self) -> JsValue {
        self.driver.protocol()
    }

    /// Milliseconds until the next attempt, NaN if none is waited for.
    #[wasm_bindgen(js_name = retryIn)]
    pub fn retry_in(&self) -> f64 {
        self.driver.retry_in().map_or(f64::NAN, |time| time as f64)
    }

    /// `raw`: a string is the message as it is, and not a value to be written as JSON.
    pub fn send(&self, value: &JsValue, retry: bool, raw: bool, functions: JsValue) {
        let options = SendOptions { timeout: None, retry, raw };
        self.driver.send(value, options, Settle::Functions(functions));
    }

    /// Returns the number that `abort` takes, -1 if it has failed already. A timeout of 0 is that of the settings.
    pub fn request(&self, value: &JsValue, timeout: u32, retry: bool, functions: JsValue) -> f64 {
        let timeout = (timeout > 0).then_some(timeout.into());
        let options = SendOptions { timeout, retry, raw: false };
        let message = self.driver.request(value, options, Settle::Functions(functions));
        message.map_or(-1.0, f64::from)
    }

    pub fn abort(&self, request: u32) {
        self.driver.abort(request);
    }

    pub fn join(&self, room: &JsValue, functions: JsValue) {
        self.driver.join(room.as_string().unwrap_or_default(), Settle::Functions(functions));
    }

    pub fn leave(&self, room: &JsValue) {
        self.driver.leave(&room.as_string().unwrap_or_default());
    }

    pub fn stats(&self) -> JsValue {
        self.driver.session(stats)
    }

    /// Tells the facade every entry that there is.
    pub fn trace(&self) -> Array {
        let list = Array::new();
        self.driver.trace(&mut |traced, time| {
            list.push(&entry(traced, time));
        });
        list
    }

    /// Tells the facade every new entry, or none any more.
    #[wasm_bindgen(js_name = followTrace)]
    pub fn follow_trace(&self, follow: bool) {
        let Some(facade) = self.driver.facade() else { return };
        let tell = move |traced: &TraceEntry, time| -> Box<dyn FnOnce()> {
            let (facade, entry) = (facade.clone(), entry(traced, time));
            Box::new(move || facade.traced(&entry))
        };
        self.driver.follow_trace(follow.then(|| Box::new(tell) as Box<Follow>));
    }

    pub fn close(&self, code: u16, reason: &JsValue) {
        let reason = reason.as_string().unwrap_or_default();
        self.driver.close(LinkClose { code, reason, was_clean: true });
    }
}

/// What `settingsOf` in `pkg-template/src/options.ts` writes, in its order: NaN leaves the default; 0 stands for `None`
/// where there may be none. And whether bytes may be sent.
fn read_settings(numbers: &Numbers) -> (Settings, bool) {
    let mut index = 0;
    let mut next = || {
        index += 1;
        numbers.at(index - 1)
    };
    let asks_to_reconnect = next() == 1.0;
    let is_generic = next() == 1.0;
    let mut settings = if is_generic { Settings::generic() } else { Settings::default() };
    let mut or = |default: u64| match next() {
        number if number.is_nan() => default,
        number => number as u64,
    };
    let some = |number: u64| (number > 0).then_some(number);
    let binary = or(is_generic.into()) > 0;
    settings.connect_timeout = or(settings.connect_timeout);
    settings.heartbeat = some(or(settings.heartbeat.unwrap_or(0)));
    settings.probe_timeout = or(settings.probe_timeout);
    settings.probe_quiet = or(settings.probe_quiet);
    settings.hidden_close_after = some(or(0));
    settings.request_timeout = or(settings.request_timeout);
    settings.frame_limit =
        some(or(settings.frame_limit.unwrap_or(0) as u64)).map(|limit| limit as usize);
    settings.asks_to_reconnect = asks_to_reconnect;
    settings.user_timing = or(1) > 0;
    let traces = or(1);
    settings.trace.entries = (traces * or(settings.trace.entries as u64)) as usize;
    settings.trace.messages = or(0) > 0;
    let outbox = &mut settings.outbox;
    outbox.messages = or(outbox.messages as u64) as usize;
    outbox.bytes = or(outbox.bytes as u64) as usize;
    outbox.drop_oldest = or(0) > 0;
    outbox.time_to_live = some(or(0));
    let reconnect = &mut settings.reconnect;
    let never = or(1) == 0;
    reconnect.base = or(reconnect.base);
    reconnect.longest = or(reconnect.longest);
    reconnect.max_attempts = some(or(never.into())).map(|attempts| attempts as u32);
    reconnect.min_uptime = or(reconnect.min_uptime);
    let identifies = or(settings.identify.is_some().into()) > 0;
    let mut identify = settings.identify.take().unwrap_or_default();
    identify.timeout = or(identify.timeout);
    identify.attempts = or(identify.attempts.into()) as u32;
    settings.identify = identifies.then_some(identify);
    let rotates = or(settings.rotation.is_some().into()) > 0;
    let mut rotation = settings.rotation.take().unwrap_or_default();
    rotation.age = or(rotation.age);
    rotation.spread = or(rotation.spread);
    rotation.drain = or(rotation.drain);
    rotation.lifetime = or(rotation.lifetime);
    settings.rotation = rotates.then_some(rotation);
    if !identifies {
        settings.heartbeat = None;
    }
    (settings, binary)
}
