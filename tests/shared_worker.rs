//! The typed API in a shared worker. See `session`.

#![cfg(target_arch = "wasm32")]

mod session;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_shared_worker);
