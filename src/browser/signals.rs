//! What a page tells of itself and of the network. A worker hears of the network only.

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, EventTarget};

use super::listener::Listener;
use crate::core::Input;

/// Listeners on the page, for as long as a session lives.
pub(super) struct Signals {
    _listeners: Vec<Listener>,
}

/// What is already so when a session begins.
pub(super) fn at_the_start() -> impl Iterator<Item = Input> {
    let offline = field(&field(&js_sys::global(), "navigator"), "onLine") == JsValue::FALSE;
    let hidden = is_hidden(&document());
    [offline.then_some(Input::Offline), hidden.then_some(Input::Hidden)].into_iter().flatten()
}

impl Signals {
    /// Calls `tell` with everything that happens until the value is dropped.
    pub(super) fn listen(tell: impl Fn(Input) + Clone + 'static) -> Self {
        let mut listeners = Vec::new();
        let mut on = |target: &EventTarget, event, input: fn(&Event) -> Option<Input>| {
            let tell = tell.clone();
            let handler = move |event: Event| {
                if let Some(input) = input(&event) {
                    tell(input);
                }
            };
            listeners.push(Listener::new(target, event, handler));
        };
        if let Ok(global) = JsValue::from(js_sys::global()).dyn_into::<EventTarget>() {
            on(&global, "online", |_| Some(Input::Online));
            on(&global, "offline", |_| Some(Input::Offline));
            on(&global, "pagehide", |event| persisted(event).then_some(Input::Stored));
            on(&global, "pageshow", |event| persisted(event).then_some(Input::Restored));
        }
        if let Ok(page) = document().dyn_into::<EventTarget>() {
            on(&page, "visibilitychange", |_| {
                Some(if is_hidden(&document()) { Input::Hidden } else { Input::Visible })
            });
            on(&page, "freeze", |_| Some(Input::Frozen));
            on(&page, "resume", |_| Some(Input::Resumed));
        }
        Signals { _listeners: listeners }
    }
}

/// Whether a page goes into, or comes out of, the back/forward cache.
fn persisted(event: &Event) -> bool {
    field(event, "persisted").is_truthy()
}

fn document() -> JsValue {
    field(&js_sys::global(), "document")
}

fn is_hidden(document: &JsValue) -> bool {
    field(document, "visibilityState").as_string().as_deref() == Some("hidden")
}

fn field(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or_default()
}
