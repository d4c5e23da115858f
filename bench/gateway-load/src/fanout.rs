//! One message to many connections.

use crate::client::{self, Target};
use crate::figures::percentile;
use crate::posts::{Poster, drain};
use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::task::LocalSet;
use tokio_tungstenite::tungstenite::Message;

/// HTTP connections that share the posts.
const POSTERS: usize = 16;
/// Longest wait for the last connection.
const LONGEST: Duration = Duration::from_secs(30);

/// Sends a message to all connections and takes the time until the last has it: through the management API
/// directly, or through a handler that is told to do so.
pub(crate) async fn run(
    target: &Target,
    management: Option<&str>,
    connections: usize,
    rounds: usize,
) -> Result<Value> {
    let opened = client::open_many(target, connections, 16).await?;
    let identified: Vec<_> = futures_util::stream::iter(opened)
        .map(|mut client| async move {
            let id = client::identify(&mut client).await?;
            anyhow::Ok((client, id))
        })
        .buffer_unordered(16)
        .collect()
        .await;
    let (received, tasks) = (Rc::new(Cell::new(0)), LocalSet::new());
    let mut ids = Vec::with_capacity(connections);
    for pair in identified {
        let (client, id) = pair?;
        ids.push(id);
        tasks.spawn_local(drain(client, received.clone()));
    }
    let mut sender = client::open(target).await?;
    let mut posters = Vec::new();
    for _ in 0..management.map_or(0, |_| POSTERS) {
        posters.push(Poster::dial(management.unwrap_or_default()).await?);
    }
    let measuring = async {
        let mut spans = Vec::new();
        for round in 0..rounds {
            received.set(0);
            let data = format!("{{\"data\":\"fan-out {round}\"}}");
            let began = Instant::now();
            if posters.is_empty() {
                let order = json!({ "action": "FANOUT", "to": ids, "data": data });
                sender.send(Message::text(order.to_string())).await?;
            } else {
                post_all(&mut posters, &ids, &data).await?;
            }
            while received.get() < connections {
                if began.elapsed() > LONGEST {
                    bail!("only {} of {connections} connections were reached", received.get());
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            spans.push(began.elapsed());
        }
        Ok(spans)
    };
    let mut spans = tasks.run_until(measuring).await?;
    spans.sort_unstable();
    Ok(json!({
        "connections": connections,
        "rounds": rounds,
        "p50_ms": percentile(&spans, 50).context("no rounds")?,
        "longest_ms": percentile(&spans, 100),
    }))
}

async fn post_all(posters: &mut [Poster], ids: &[String], data: &str) -> Result<()> {
    let share = ids.len().div_ceil(posters.len());
    let posting = posters.iter_mut().zip(ids.chunks(share)).map(|(poster, ids)| async move {
        for id in ids {
            poster.post(id, data).await?;
        }
        anyhow::Ok(())
    });
    let done = futures_util::future::join_all(posting).await;
    done.into_iter().collect()
}
