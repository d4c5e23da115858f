//! Posts through the management API by a plain HTTP/1.1 client that keeps its connections open.

use crate::client::{self, Client, PATIENCE, Target};
use crate::figures::Figures;
use anyhow::{Context, Result, bail};
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;
use tokio::time::timeout;

/// An HTTP connection to the management API.
pub(crate) struct Poster {
    stream: TcpStream,
    authority: String,
    base: String,
    answer: Vec<u8>,
}

impl Poster {
    /// `management` is what stands before `/@connections`.
    pub(crate) async fn dial(management: &str) -> Result<Self> {
        let target = Target::parse(management)?;
        let path = management.splitn(4, '/').nth(3).map(|path| format!("/{path}"));
        Ok(Self {
            stream: client::dial(target.address).await?,
            authority: target.address.to_string(),
            base: path.unwrap_or_default(),
            answer: Vec::with_capacity(1024),
        })
    }

    /// Posts and waits for the answer: 200, or 204 of a server that is not as exact.
    pub(crate) async fn post(&mut self, id: &str, text: &str) -> Result<()> {
        let request = format!(
            "POST {}/@connections/{id} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n\r\n{text}",
            self.base,
            self.authority,
            text.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        timeout(PATIENCE, self.read()).await.context("the answer took too long")?
    }

    async fn read(&mut self) -> Result<()> {
        self.answer.clear();
        loop {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                bail!("the server ended the connection");
            }
            let mut headers = [httparse::EMPTY_HEADER; 32];
            let mut response = httparse::Response::new(&mut headers);
            let httparse::Status::Complete(length) = response.parse(&self.answer)? else {
                continue;
            };
            let declared = response
                .headers
                .iter()
                .find(|header| header.name.eq_ignore_ascii_case("content-length"))
                .and_then(|header| std::str::from_utf8(header.value).ok()?.parse::<usize>().ok());
            if self.answer.len() >= length + declared.unwrap_or(0) {
                return match response.code {
                    Some(200 | 204) => Ok(()),
                    code => bail!("the answer was {code:?}"),
                };
            }
        }
    }
}

/// Counts what a connection receives.
pub(crate) async fn drain(mut client: Client, received: Rc<Cell<usize>>) {
    while let Some(Ok(message)) = client.next().await {
        if message.is_text() {
            received.set(received.get() + 1);
        }
    }
}

/// Each HTTP connection posts to a WebSocket of its own, whose messages are counted.
pub(crate) async fn run(
    target: &Target,
    management: &str,
    connections: usize,
    time: Duration,
) -> Result<Value> {
    let mut workers = Vec::new();
    let received = Rc::new(Cell::new(0));
    let drains = LocalSet::new();
    for mut client in client::open_many(target, connections, connections).await? {
        let id = client::identify(&mut client).await?;
        workers.push((id, Poster::dial(management).await?));
        drains.spawn_local(drain(client, received.clone()));
    }
    let figures = Rc::new(RefCell::new(Figures::start()));
    let deadline = Instant::now() + time;
    let mut posting = Vec::new();
    for (id, mut poster) in workers {
        let figures = figures.clone();
        posting.push(drains.spawn_local(async move {
            while Instant::now() < deadline {
                let began = Instant::now();
                match poster.post(&id, r#"{"data":"0123456789"}"#).await {
                    Ok(()) => figures.borrow_mut().add(began.elapsed()),
                    Err(_) => return figures.borrow_mut().fail(),
                }
            }
        }));
    }
    let finished = drains.run_until(async {
        for worker in posting {
            worker.await?;
        }
        let mut result = figures.replace(Figures::start()).finish();
        let posted = result["count"].as_u64().unwrap_or(0) as usize;
        let patience = Instant::now() + PATIENCE;
        while received.get() < posted && Instant::now() < patience {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        result["undelivered"] = json!(posted.saturating_sub(received.get()));
        anyhow::Ok(result)
    });
    finished.await
}

/// Prints the id of a connection at once, reads from it until standard input ends, and then says how many
/// messages came.
pub(crate) async fn listen(target: &Target) -> Result<Value> {
    let mut client = client::open(target).await?;
    let id = client::identify(&mut client).await?;
    println!("{}", json!({ "connection_id": id }));
    let (ended, end) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _ = ended.send(());
    });
    let received = Rc::new(Cell::new(0));
    tokio::select! {
        () = drain(client, received.clone()) => bail!("the server ended the connection"),
        _ = end => Ok(json!({ "received": received.get() })),
    }
}
