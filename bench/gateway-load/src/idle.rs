//! Memory per silent connection.

use crate::client::{self, Target};
use crate::process;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::time::Duration;

/// Files that a server and this program need beside the connections.
const OTHER_FILES: usize = 96;
/// How long the server is left alone before its memory is read.
const SETTLING: Duration = Duration::from_secs(2);

/// Opens as many connections as wanted, or as both processes' limits on open files allow.
pub(crate) async fn run(target: &Target, server: u32, wanted: usize) -> Result<Value> {
    let limits = [process::file_limit(), process::file_limit_of(server)];
    let allowed = limits.into_iter().flatten().min().unwrap_or(usize::MAX);
    let connections = wanted.min(allowed.saturating_sub(OTHER_FILES));
    let memory = || process::memory(server).context("the server's memory cannot be read");
    // The first connections fill pools and caches that the later ones share.
    drop(client::open_many(target, 100.min(connections), 16).await?);
    tokio::time::sleep(SETTLING).await;
    let before = memory()?;
    let held = client::open_many(target, connections, 32).await?;
    tokio::time::sleep(SETTLING).await;
    let after = memory()?;
    drop(held);
    let per_connection = after.saturating_sub(before) as f64 / connections.max(1) as f64;
    Ok(json!({
        "connections": connections,
        "wanted": wanted,
        "file_limit": allowed,
        "before_bytes": before,
        "after_bytes": after,
        "bytes_per_connection": per_connection,
    }))
}
