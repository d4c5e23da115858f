//! User Timing: how long the steps of links took, for the Performance panel of a browser's tools and for
//! whoever observes entries of the type `measure`.

use wasm_bindgen::prelude::*;

use super::failure::object;
use crate::core::{LinkId, Step};

#[wasm_bindgen]
extern "C" {
    // Both are missing in some places, and then throw.
    #[wasm_bindgen(catch, js_namespace = performance)]
    fn measure(name: &str, options: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = performance, js_name = clearMeasures)]
    fn clear_measures(name: &str) -> Result<(), JsValue>;
}

/// Writes an entry, with times as `performance.now()` has them.
///
/// A page keeps all entries for as long as it lives, and a session may reconnect for weeks. So the last
/// entry of a name is taken away before the next: observers and a recording of the Performance panel have
/// seen it by then.
pub(super) fn measured(step: Step, link: LinkId, start: f64, end: f64, ok: bool) {
    let (name, color) = match step {
        Step::Connect => ("gatesocket connect", "primary"),
        Step::Identify => ("gatesocket identify", "secondary"),
        Step::Rotate => ("gatesocket rotation", "tertiary"),
    };
    // Chrome DevTools, "Customize your performance data with the extensibility API".
    let devtools = object(&[
        ("dataType", "track-entry".into()),
        ("track", "gatesocket".into()),
        ("color", if ok { color } else { "error" }.into()),
    ]);
    let detail = object(&[("link", link.into()), ("ok", ok.into()), ("devtools", devtools)]);
    let _ = clear_measures(name);
    let _ =
        measure(name, &object(&[("start", start.into()), ("end", end.into()), ("detail", detail)]));
}
