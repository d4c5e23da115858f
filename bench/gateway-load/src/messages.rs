//! Messages per second in a closed loop.

use crate::client::{self, Client, Target};
use crate::figures::Figures;
use anyhow::Result;
use futures_util::SinkExt;
use serde_json::Value;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::task::LocalSet;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// Sends a text on every connection, waits for one message back, and so on until the time is up.
pub(crate) async fn run(
    target: &Target,
    connections: usize,
    warm_up: Duration,
    time: Duration,
    text: &str,
) -> Result<Value> {
    let mut clients = client::open_many(target, connections, connections).await?;
    let text = Utf8Bytes::from(text);
    for span in [warm_up, time] {
        let figures = Rc::new(RefCell::new(Figures::start()));
        let deadline = Instant::now() + span;
        let workers = LocalSet::new();
        let mut loops = Vec::new();
        for client in clients {
            loops.push(workers.spawn_local(exchange(
                client,
                text.clone(),
                deadline,
                figures.clone(),
            )));
        }
        workers.await;
        clients = Vec::new();
        for worker in loops {
            clients.extend(worker.await?);
        }
        if span == time {
            return Ok(figures.replace(Figures::start()).finish());
        }
    }
    unreachable!("the second span returns")
}

/// One connection's loop; a connection that fails is given up.
async fn exchange(
    mut client: Client,
    text: Utf8Bytes,
    deadline: Instant,
    figures: Rc<RefCell<Figures>>,
) -> Option<Client> {
    while Instant::now() < deadline {
        let began = Instant::now();
        let sent = client.send(Message::Text(text.clone())).await;
        let answer = client::next_text(&mut client).await;
        match (sent, answer) {
            (Ok(()), Ok(answer)) if !answer.contains("requestId") => {
                figures.borrow_mut().add(began.elapsed());
            }
            _ => {
                figures.borrow_mut().fail();
                return None;
            }
        }
    }
    Some(client)
}
