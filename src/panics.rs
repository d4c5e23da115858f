//! Says in the browser's console where and why the core panicked. The trap that follows says neither.

use std::panic;

#[link(wasm_import_module = "js")]
unsafe extern "C" {
    /// Writes a text, of so many bytes of UTF-8, to the console.
    safe fn panicked(text: *const u8, size: usize);
}

pub(crate) fn report() {
    panic::set_hook(Box::new(|panic| {
        let text = format!("gatesocket {panic}");
        panicked(text.as_ptr(), text.len());
    }));
}
