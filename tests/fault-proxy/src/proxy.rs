//! The port that clients connect to, and the connections that go through it.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use crate::command::{Command, Ending, Fault};
use crate::connection::{self, Strike, Weather};
use crate::random::Random;
use crate::report::Report;

/// Whether the port takes connections.
#[derive(Clone, Copy, Debug)]
enum Gate {
    Open,
    /// Nothing listens until then.
    Closed(Instant),
    /// The system listens, and nobody takes what it has taken, until then.
    Slow(Instant),
}

/// Carries connections to another address, and breaks them on command.
pub(crate) struct Proxy {
    upstream: String,
    /// How much the system takes from a client before the proxy has read it, in bytes.
    buffer: Option<u32>,
    gate: watch::Sender<Gate>,
    state: Mutex<State>,
}

struct State {
    live: Vec<mpsc::UnboundedSender<Strike>>,
    /// What befalls the connections to come, the first of them first.
    next: VecDeque<Weather>,
    random: Random,
}

impl Proxy {
    pub(crate) fn new(upstream: String, buffer: Option<u32>, seed: u64) -> Self {
        let random = Random::new(seed);
        Proxy {
            upstream,
            buffer,
            gate: watch::Sender::new(Gate::Open),
            state: Mutex::new(State { live: Vec::new(), next: VecDeque::new(), random }),
        }
    }

    /// Opens the port; any free one for 0.
    pub(crate) fn listen(&self, port: u16) -> io::Result<TcpListener> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        if let Some(bytes) = self.buffer {
            // Connections have it from the socket that they were taken by.
            socket.set_recv_buffer_size(bytes)?;
        }
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
        socket.listen(1024)
    }

    /// Takes connections for as long as the gate is open.
    pub(crate) async fn serve(self: Arc<Self>, mut listener: TcpListener) -> io::Result<()> {
        let port = listener.local_addr()?.port();
        let mut gate = self.gate.subscribe();
        loop {
            let now = *gate.borrow_and_update();
            match now {
                Gate::Open => {}
                Gate::Slow(until) => sleep_until(until).await,
                Gate::Closed(until) => {
                    drop(listener);
                    sleep_until(until).await;
                    listener = self.listen(port)?;
                }
            }
            loop {
                tokio::select! {
                    biased;
                    _ = gate.changed() => break,
                    taken = listener.accept() => {
                        if let Ok((client, _)) = taken {
                            tokio::spawn(self.clone().carry(client));
                        }
                    }
                }
            }
        }
    }

    async fn carry(self: Arc<Self>, client: TcpStream) {
        let Ok(server) = TcpStream::connect(&self.upstream).await else {
            return connection::reset(client);
        };
        let _ = client.set_nodelay(true);
        let _ = server.set_nodelay(true);
        let (sender, strikes) = mpsc::unbounded_channel();
        let (weather, seed) = {
            let mut state = self.state();
            state.live.push(sender);
            (state.next.pop_front().unwrap_or_default(), state.random.next())
        };
        connection::run(client, server, weather, strikes, seed).await;
    }

    /// Does as it is told. The report answers when the last that it may strike has let go of it.
    pub(crate) fn obey(&self, Command { id, fault }: Command) {
        let report = Arc::new(Report::new(id));
        let after = |ms| Instant::now() + Duration::from_millis(ms);
        match fault {
            Fault::End { how } => self.strike(&report, &Strike::End(how)),
            Fault::Stall { ms } => {
                self.strike(&report, &Strike::Weather(Weather::Stall(after(ms))));
            }
            Fault::Delay { ms, jitter, lasts } => {
                let (least, jitter) = (Duration::from_millis(ms), Duration::from_millis(jitter));
                let delay = Weather::Delay { least, jitter, until: after(lasts) };
                self.strike(&report, &Strike::Weather(delay));
            }
            Fault::Refuse { ms } => {
                self.gate.send_replace(Gate::Closed(after(ms)));
                self.strike(&report, &Strike::End(Ending::Reset));
            }
            Fault::SlowAccept { ms } => {
                self.gate.send_replace(Gate::Slow(after(ms)));
                self.strike(&report, &Strike::End(Ending::Reset));
            }
            Fault::Cut { direction, how } => {
                let cut = Strike::Weather(Weather::Cut(direction, how, report));
                self.state().live.retain(|connection| connection.send(cut.clone()).is_ok());
            }
            Fault::Next { after, how } => {
                self.state().next.push_back(Weather::CutAfter(after, how, report));
            }
        }
    }

    /// Strikes every connection, and forgets those that have ended.
    fn strike(&self, report: &Report, strike: &Strike) {
        self.state().live.retain(|connection| {
            let is_there = connection.send(strike.clone()).is_ok();
            if is_there {
                report.strike();
            }
            is_there
        });
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
