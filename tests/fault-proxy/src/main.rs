//! A TCP proxy that breaks connections on command, in the ways in which networks do.
//!
//! It prints `{"port"}` when it listens. Each line of its standard input is a command such as
//! `{"id": 1, "fault": "end", "how": "reset"}` and is answered by `{"id": 1, "struck": 1}`, with the number of
//! connections that the fault has struck, as soon as it has struck all that it can. The proxy ends with its input.

mod command;
mod connection;
mod frames;
mod proxy;
mod random;
mod report;

use std::sync::Arc;

use clap::Parser;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

use proxy::Proxy;
use report::say;

/// Carries TCP connections to another address and breaks them as it is told on standard input.
#[derive(Parser)]
#[command(name = "gatesocket-fault-proxy")]
struct Arguments {
    /// Where to, as HOST:PORT
    upstream: String,
    /// Port to listen on, at 127.0.0.1; 0 for any
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Bytes that the system takes from a client before the proxy has read them, about; small, so that a stall is felt
    #[arg(long)]
    buffer: Option<u32>,
    /// Decides the jitter of delays
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let arguments = Arguments::parse();
    let proxy = Arc::new(Proxy::new(arguments.upstream, arguments.buffer, arguments.seed));
    let listener = proxy.listen(arguments.port)?;
    say(&json!({ "port": listener.local_addr()?.port() }));
    let serving = tokio::spawn(proxy.clone().serve(listener));
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        match serde_json::from_str(&line) {
            Ok(command) => proxy.obey(command),
            Err(error) => say(&json!({ "error": error.to_string(), "line": line })),
        }
    }
    serving.abort();
    Ok(())
}
