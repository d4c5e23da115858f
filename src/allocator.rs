//! The allocator of the npm package.

use lol_alloc::{AssumeSingleThreaded, FreeListAllocator};

/// The standard library's takes four times the space. This one looks for room in a list of what is free, which joins
/// neighbours and stays short here: bodies stay with the engine, and what is kept of many messages is one list.
// Safety: wasm without shared memory has one thread, and the package is built without.
#[global_allocator]
static ALLOCATOR: AssumeSingleThreaded<FreeListAllocator> =
    unsafe { AssumeSingleThreaded::new(FreeListAllocator::new()) };
