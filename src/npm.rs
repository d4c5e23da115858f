//! What the facade of the npm package sees: the class `Core`. All that it is given is checked there.

use std::rc::Rc;

use wasm_bindgen::prelude::*;

use crate::browser::{
    Driver, Facade, Follow, List, Options, SendOptions, Settle, Source, entry, error, stats, text,
};
use crate::core::{Failure, LinkClose, RoomNames, Settings, TraceEntry};

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
        texts: &JsValue,
        protocols: JsValue,
    ) -> Result<Core, JsValue> {
        let facade = Facade::new(functions);
        let (mut settings, binary) = read_settings(numbers.unchecked_ref());
        let texts: &List = texts.unchecked_ref();
        let text = |index| text(&texts.value_at(index)).unwrap_or_default();
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

    /// What ends with a call of one of two functions, which are an array: an `Ask` of `calls.ts`. A timeout of 0 is
    /// that of the settings. Returns the number by which a request is aborted, -1 if there is none.
    ///
    /// There are three methods, because each costs some hundred bytes.
    pub fn ask(
        &self,
        what: u32,
        value: &JsValue,
        timeout: u32,
        retry: bool,
        functions: JsValue,
    ) -> f64 {
        let (driver, settle) = (&self.driver, Settle::Functions(functions));
        let timeout = (timeout > 0).then_some(timeout.into());
        let options = SendOptions { timeout, retry, raw: what == 2 };
        match what {
            0 => driver.ready(settle),
            1 | 2 => driver.send(value, options, settle),
            3 => return driver.request(value, options, settle).map_or(-1.0, f64::from),
            _ => driver.join(text(value).unwrap_or_default(), settle),
        }
        -1.0
    }

    /// What is done at once: a `Tell` of `calls.ts`.
    pub fn tell(&self, what: u32, number: u32, value: &JsValue, status: u16, transient: bool) {
        let (driver, text) = (&self.driver, text(value).unwrap_or_default());
        match what {
            0 => driver.open_prepared(number, value),
            1 => {
                let status = (status > 0).then_some(status);
                let failure = Failure::UrlRejected { why: text, transient, status };
                driver.refuse_prepared(number, failure);
            }
            2 => driver.abort(number),
            3 => driver.leave(&text),
            4 => driver.close(LinkClose { code: number as u16, reason: text, was_clean: true }),
            _ => self.follow_trace(number > 0),
        }
    }

    /// What can be read: a `Read` of `calls.ts`.
    pub fn read(&self, what: u32) -> JsValue {
        let driver = &self.driver;
        let number = match what {
            0 => f64::from(driver.status() as u8),
            1 => driver.retry_in().map_or(f64::NAN, |time| time as f64),
            2 => return driver.connection_id().into(),
            3 => return driver.protocol(),
            4 => return driver.session(stats),
            _ => {
                let list = List::new();
                driver.trace(&mut |traced, time| {
                    list.push_value(&entry(traced, time));
                });
                return list.into();
            }
        };
        number.into()
    }
}

impl Core {
    /// Tells the facade every new entry of the trace, or none any more.
    fn follow_trace(&self, follow: bool) {
        let Some(facade) = self.driver.facade() else { return };
        let tell = move |traced: &TraceEntry, time| -> Box<dyn FnOnce()> {
            let (facade, entry) = (facade.clone(), entry(traced, time));
            Box::new(move || facade.traced(&entry))
        };
        self.driver.follow_trace(follow.then(|| Box::new(tell) as Box<Follow>));
    }
}

/// What `settingsOf` in `pkg-template/src/options.ts` writes, in its order: NaN leaves the default; 0 stands for `None`
/// where there may be none. And whether bytes may be sent.
fn read_settings(numbers: &List) -> (Settings, bool) {
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
