//! The entries of a trace as JavaScript sees them.

use wasm_bindgen::JsValue;

use super::failure::{number, object, set};
use crate::core::{Fact, TraceEntry};

/// `{number, time, event, link, …}`: one flat object.
pub(crate) fn trace_entry_to_js(entry: &TraceEntry, time: u64) -> JsValue {
    let target = object(&[
        ("number", number(entry.number)),
        ("time", number(time)),
        ("event", entry.event.name().into()),
    ]);
    if let Some(link) = entry.link {
        set(&target, "link", &link.into());
    }
    entry.facts(&mut |name, fact| {
        let value = match fact {
            Fact::Number(value) => number(value),
            Fact::Flag(flag) => flag.into(),
            Fact::Text(text) => text.into(),
        };
        set(&target, name, &value);
    });
    target
}
