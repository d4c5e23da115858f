//! `GET /_gateway/api/events`: the journal as server-sent events (HTML Standard, "Server-sent events").

use super::reply::bad;
use super::{Console, Reply};
use crate::gateway::Gateway;
use crate::journal::Page;
use crate::request_head::percent_decode;
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Bytes, Frame};
use hyper::{Request, StatusCode};
use std::convert::Infallible;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;

/// Records that are written in one piece; ours.
const PIECE: usize = 256;
/// How long records are gathered; ours. An eye does not see it, and a busy gateway writes less often.
const GATHERING: Duration = Duration::from_millis(25);
/// How often a quiet stream says that it is there; ours.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

struct Reading {
    gateway: Arc<Gateway>,
    journal: Arc<crate::journal::Journal>,
    run: String,
    connection: Option<String>,
    position: u64,
    greeting: Option<String>,
    _permit: OwnedSemaphorePermit,
}

/// A stream of records: those that are kept and those to come, or with `?from=now` only the latter; with
/// `?connection=` those of one connection. It goes on after `Last-Event-ID`.
pub(super) fn reply<B>(gateway: &Arc<Gateway>, console: &Console, request: &Request<B>) -> Reply {
    let mut connection = None;
    let mut position = 0;
    for pair in request.uri().query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty())
    {
        match pair.split_once('=') {
            Some(("connection", id)) => connection = Some(percent_decode(id)),
            Some(("from", "now")) => position = console.journal.position(),
            _ => return bad("the query takes connection=ID and from=now"),
        }
    }
    let last = request.headers().get("last-event-id").and_then(|id| id.to_str().ok());
    let last = last.and_then(|id| id.strip_prefix(console.run.as_str())?.strip_prefix('-'));
    if let Some(last) = last.and_then(|number| number.parse().ok()) {
        position = last;
    }
    let Ok(permit) = console.streams.clone().try_acquire_owned() else {
        let sentence = "too many event streams are open: close a console";
        return Reply::error(StatusCode::SERVICE_UNAVAILABLE, "too-many-streams", sentence);
    };
    let reading = Reading {
        gateway: gateway.clone(),
        journal: console.journal.clone(),
        run: console.run.clone(),
        connection,
        position,
        greeting: Some(format!(
            "retry: 1000\nevent: run\ndata: {{\"run\":\"{}\"}}\n\n",
            console.run
        )),
        _permit: permit,
    };
    let pieces = stream::unfold(reading, |mut reading| async {
        let piece = reading.next().await?;
        Some((Ok::<_, Infallible>(Frame::data(Bytes::from(piece))), reading))
    });
    let body = StreamBody::new(pieces).boxed_unsync();
    Reply::streamed(StatusCode::OK, "text/event-stream", body)
}

impl Reading {
    /// The next piece; `None` when the gateway stops.
    async fn next(&mut self) -> Option<String> {
        let mut piece = self.greeting.take().unwrap_or_default();
        loop {
            let wanted = self.connection.as_deref();
            let page = self.journal.after(self.position, PIECE, |record| {
                wanted.is_none() || record.connection_id.as_deref() == wanted
            });
            self.position = page.position;
            self.write(&mut piece, &page);
            if !piece.is_empty() {
                return Some(piece);
            }
            tokio::select! {
                () = self.journal.news(self.position) => tokio::time::sleep(GATHERING).await,
                () = tokio::time::sleep(KEEP_ALIVE) => return Some(": nothing new\n\n".to_owned()),
                () = self.gateway.stopped() => return None,
            }
        }
    }

    fn write(&self, piece: &mut String, page: &Page) {
        if page.lost > 0 {
            let _ = write!(piece, "event: lost\ndata: {{\"count\":{}}}\n\n", page.lost);
        }
        for (number, record) in &page.records {
            let json = serde_json::to_string(&**record).unwrap_or_default();
            let _ = write!(piece, "id: {}-{number}\ndata: {json}\n\n", self.run);
        }
    }
}
