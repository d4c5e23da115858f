//! Says in the browser's console where and why the core panicked. The trap that follows says neither.

use std::panic;

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console)]
    fn error(message: &str);
}

#[wasm_bindgen(start)]
fn report_panics() {
    panic::set_hook(Box::new(|panic| error(&format!("gatesocket {panic}"))));
}
