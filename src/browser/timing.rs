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
    let name = match step {
        Step::Connect => "gatesocket connect",
        Step::Identify => "gatesocket identify",
        Step::Rotate => "gatesocket rotation",
    };
    // Chrome DevTools, "Customize your performance data with the extensibility API".
    let color = if ok { "primary" } else { "error" };
    let devtools = object(&[("track", "gatesocket".into()), ("color", color.into())]);
    let detail = object(&[("link", link.into()), ("ok", ok.into()), ("devtools", devtools)]);
    let times = [("start", start.into()), ("end", end.into()), ("detail", detail)];
    let _ = clear_measures(name);
    let _ = measure(name, &object(&times));
}
