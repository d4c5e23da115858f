//! Connections opened per second.

use crate::client::{self, Target};
use crate::figures::Figures;
use anyhow::Result;
use serde_json::Value;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::task::LocalSet;

/// Opens connections for a time or up to a number, whichever comes first, and cuts them when the time has been
/// taken.
pub(crate) async fn run(
    target: &Target,
    concurrency: usize,
    max: usize,
    time: Duration,
) -> Result<Value> {
    // What the first connection costs is the server's start.
    drop(client::open(target).await?);
    let (figures, held) = (Rc::new(RefCell::new(Figures::start())), Rc::new(RefCell::new(vec![])));
    let deadline = Instant::now() + time;
    let workers = LocalSet::new();
    for _ in 0..concurrency {
        let (target, figures, held) = (target.clone(), figures.clone(), held.clone());
        workers.spawn_local(async move {
            while held.borrow().len() + concurrency <= max && Instant::now() < deadline {
                let began = Instant::now();
                match client::open(&target).await {
                    Ok(client) => {
                        figures.borrow_mut().add(began.elapsed());
                        held.borrow_mut().push(client);
                    }
                    Err(_) => figures.borrow_mut().fail(),
                }
            }
        });
    }
    workers.await;
    Ok(figures.replace(Figures::start()).finish())
}
