//! What JavaScript sees: the class `GateSocket`.

use std::rc::Rc;

use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;

use crate::browser::{
    Driver, Follow, call, close_arguments, failure_to_js, promise, read_options, read_send_options,
    read_source, stats_to_js, trace_entry_to_js,
};
use crate::core::{Failure, TraceEntry, sentences::sentence};

/// A session with an API Gateway WebSocket API.
///
/// ```js
/// const socket = new GateSocket('wss://…/production/', {
///   onConnectionId: (id) => …, onMessage: (value) => …, onError: (error) => …,
/// })
/// const connectionId = await socket.ready()
/// await socket.send({ action: 'hello' })
/// socket.close()
/// ```
///
/// The URL may be a function, which is asked for every connection and may return a promise.
///
/// Options, all optional, with their defaults in milliseconds: `profile` (`'api-gateway'`),
/// `connectTimeout` (10,000), `identify: {action: 'GET_CONNECTION_ID', timeout: 5000, attempts: 3}`,
/// `reconnect: {baseDelay: 1000, maxDelay: 30000, maxAttempts: Infinity, minUptime: 5000}`,
/// `shouldReconnect(close, error)`, `heartbeat` (480,000), `probe: {timeout: 5000, quiet: 15000}`,
/// `rotation: {age: 6600000, spread: 300000, drain: 30000, lifetime: 7200000}`, `whenHidden` (`'keep'`, or
/// `{closeAfter}`), `outbox: {messages: 256, bytes: 1048576, dropOldest: false, timeToLive: false}`,
/// `requestTimeout` (29,000), `frameLimit` (32,768 bytes), `binary` (`false`),
/// `ticket: {endpoint, method: 'POST', headers, credentials: 'same-origin', parameter: 'ticket', field: 'ticket'}`,
/// `protocols` (a string or a list), `rooms: {join: 'JOIN_ROOM', leave: 'LEAVE_ROOM', field: 'room'}`,
/// `trace: {entries: 256, messages: false}`, `userTiming` (`true`). `false` switches off `identify`,
/// `reconnect`, `heartbeat`, `rotation`, `frameLimit` and `trace`.
///
/// Callbacks are `onConnectionId(id, {connectionId, previous, answer})`, `onMessage(value)`,
/// `onStatus(status)`, `onGatewayFrame(frame)`, `onError(error)`, `onClose({code, reason, wasClean})`.
/// `onStatus('connecting')` is called before the constructor returns.
///
/// The session lives until `close()` or a failure ends it, whether or not this object is kept; `free`
/// gives back the object's memory and leaves the session as it is. Do not call `free` from a callback:
/// the object may be in use by the call that led there.
#[wasm_bindgen]
pub struct GateSocket {
    driver: Rc<Driver>,
}

#[wasm_bindgen]
impl GateSocket {
    /// Begins to connect. Throws for a URL or an option that can't be used.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(
            unchecked_param_type = "string | URL | (() => string | URL | Promise<string | URL>)"
        )]
        url: JsValue,
        #[wasm_bindgen(unchecked_param_type = "object | undefined")] options: JsValue,
    ) -> Result<GateSocket, JsValue> {
        let start = || {
            let source = read_source(&url)?;
            let (options, callbacks) = read_options(&options)?;
            Driver::start(source, options, Rc::new(callbacks))
        };
        let driver = start().map_err(|failure| failure_to_js(&failure))?;
        Ok(GateSocket { driver })
    }

    /// A promise of the connectionId, however many attempts that takes; rejects when the session ends before.
    #[wasm_bindgen(unchecked_return_type = "Promise<string>")]
    pub fn ready(&self) -> Promise {
        promise(|settle| self.driver.ready(settle))
    }

    /// `'idle'`, `'connecting'`, `'identifying'`, `'ready'`, `'waiting'`, `'offline'` or `'closed'`.
    #[wasm_bindgen(getter)]
    pub fn status(&self) -> String {
        self.driver.status().as_str().to_owned()
    }

    /// The connectionId while the session is ready, else `undefined`.
    #[wasm_bindgen(getter, js_name = connectionId)]
    pub fn connection_id(&self) -> Option<String> {
        self.driver.connection_id()
    }

    /// The subprotocol that the server chose, empty if none.
    #[wasm_bindgen(getter)]
    pub fn protocol(&self) -> String {
        self.driver.protocol().as_string().unwrap_or_default()
    }

    /// Milliseconds until the next attempt while the status is `'waiting'`, else `undefined`.
    #[wasm_bindgen(getter, js_name = retryIn)]
    pub fn retry_in(&self) -> Option<f64> {
        self.driver.retry_in().map(|time| time as f64)
    }

    /// Sends a value as JSON. Resolves when it has left for the network.
    ///
    /// Options: `retry` (false): whether it may go out again when nobody knows whether it arrived. `raw` (false):
    /// whether a string goes out as it is, not as JSON.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn send(
        &self,
        value: &JsValue,
        #[wasm_bindgen(
            unchecked_optional_param_type = "{retry?: boolean | undefined, raw?: boolean | undefined}"
        )]
        options: &JsValue,
    ) -> Promise {
        promise(|settle| match read_send_options(options, &["retry", "raw"]) {
            Ok(options) if options.raw && !value.is_string() => {
                settle.reject(&Failure::BadOptions { why: sentence("raw", &[]) });
            }
            Ok(options) => self.driver.send(value, options, settle),
            Err(failure) => settle.reject(&failure),
        })
    }

    /// Sends an object with a `ref` of the session's own and resolves to the message that repeats it.
    ///
    /// Returns the promise and the number that `abort` takes, `undefined` if it has failed already.
    /// Options: `timeout` (29,000 milliseconds), `retry` (false).
    #[wasm_bindgen(unchecked_return_type = "[Promise<unknown>, number | undefined]")]
    pub fn request(
        &self,
        value: &JsValue,
        #[wasm_bindgen(
            unchecked_optional_param_type = "{timeout?: number | undefined, retry?: boolean | undefined}"
        )]
        options: &JsValue,
    ) -> Array {
        let mut message = None;
        let answer = promise(|settle| match read_send_options(options, &["timeout", "retry"]) {
            Ok(options) => message = self.driver.request(value, options, settle),
            Err(failure) => settle.reject(&failure),
        });
        Array::of2(&answer, &message.map_or(JsValue::UNDEFINED, JsValue::from))
    }

    /// Gives up on a request: its promise rejects with `aborted`.
    pub fn abort(&self, request: u32) {
        self.driver.abort(request);
    }

    /// A promise that the session is in a room; it joins again with every new connectionId.
    #[wasm_bindgen(unchecked_return_type = "Promise<unknown>")]
    pub fn join(&self, room: String) -> Promise {
        promise(|settle| self.driver.join(room, settle))
    }

    /// Leaves a room.
    pub fn leave(&self, room: &str) {
        self.driver.leave(room);
    }

    /// What the session has done so far: counters, times in milliseconds, sizes in bytes.
    #[wasm_bindgen(unchecked_return_type = "object")]
    pub fn stats(&self) -> JsValue {
        self.driver.session(stats_to_js)
    }

    /// The last that the session was told and decided, oldest first, as plain objects. The times are those
    /// of the wall clock, in milliseconds.
    #[wasm_bindgen(unchecked_return_type = "object[]")]
    pub fn trace(&self) -> Array {
        let list = Array::new();
        self.driver.trace(&mut |entry, time| {
            list.push(&trace_entry_to_js(entry, time));
        });
        list
    }

    /// Calls a function with every entry of the trace from now on, and no longer the one given before.
    #[wasm_bindgen(js_name = followTrace)]
    pub fn follow_trace(&self, listener: Option<Function>) {
        self.driver.follow_trace(listener.map(|listener| {
            let follow = move |entry: &TraceEntry, time| -> Box<dyn FnOnce()> {
                let (listener, entry) = (listener.clone(), trace_entry_to_js(entry, time));
                Box::new(move || call(&listener, &entry, &JsValue::UNDEFINED))
            };
            Box::new(follow) as Box<Follow>
        }));
    }

    /// Ends the session: code 1000 (the default) or 3000 to 4999, a reason of at most 123 bytes.
    pub fn close(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "number")] code: &JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "string")] reason: &JsValue,
    ) -> Result<(), JsValue> {
        let close = close_arguments(code, reason).map_err(|failure| failure_to_js(&failure))?;
        self.driver.close(close);
        Ok(())
    }
}
