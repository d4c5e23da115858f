//! One connection through the proxy: two pumps, and what strikes them.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::command::{Direction, Ending};
use crate::frames::Frames;
use crate::random::Random;
use crate::report::Report;

/// What befalls a connection.
#[derive(Clone, Debug)]
pub(crate) enum Strike {
    /// It ends now.
    End(Ending),
    /// The pumps go on in another way.
    Weather(Weather),
}

/// How a pump works.
#[derive(Clone, Debug, Default)]
pub(crate) enum Weather {
    /// What comes goes on at once.
    #[default]
    Fair,
    /// Nothing moves until then.
    Stall(Instant),
    /// Every piece is late, until then.
    Delay {
        /// How late at least.
        least: Duration,
        /// How much more at most.
        jitter: Duration,
        /// The end of it.
        until: Instant,
    },
    /// The connection ends within the next frame of this direction.
    Cut(Direction, Ending, Arc<Report>),
    /// The connection ends when so many bytes have come down.
    CutAfter(usize, Ending, Arc<Report>),
}

/// How long the other side may take to end its half, after the end of the stream.
const PARTING: Duration = Duration::from_secs(1);

/// Carries bytes between client and server until one of them, or a strike, ends it.
pub(crate) async fn run(
    mut client: TcpStream,
    mut server: TcpStream,
    first: Weather,
    mut strikes: mpsc::UnboundedReceiver<Strike>,
    seed: u64,
) {
    let (weather, up) = watch::channel(first);
    let down = up.clone();
    let ending = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let orders = async {
            while let Some(strike) = strikes.recv().await {
                match strike {
                    Strike::End(ending) => return ending,
                    Strike::Weather(next) => drop(weather.send_replace(next)),
                }
            }
            // The proxy is at its end.
            Ending::Reset
        };
        tokio::select! {
            // An end that was ordered comes before bytes that are there to be carried.
            biased;
            ending = orders => ending,
            ending = Pump::new(Direction::Up, up, seed).run(from_client, to_server) => ending,
            ending = Pump::new(Direction::Down, down, !seed).run(from_server, to_client) => ending,
        }
    };
    // It can't be struck again, and whoever waits for a cut of it waits no longer.
    drop((weather, strikes));
    match ending {
        Ending::Reset => {
            reset(client);
            reset(server);
        }
        Ending::Fin => {
            tokio::join!(part(client), part(server));
        }
        Ending::BlackHole => {
            tokio::join!(swallow(&mut client), swallow(&mut server));
        }
        Ending::HalfOpen => {
            reset(server);
            swallow(&mut client).await;
        }
    }
}

/// One direction of a connection.
struct Pump {
    direction: Direction,
    weather: watch::Receiver<Weather>,
    frames: Frames,
    carried: usize,
    random: Random,
}

impl Pump {
    fn new(direction: Direction, weather: watch::Receiver<Weather>, seed: u64) -> Self {
        let random = Random::new(seed);
        Pump { direction, weather, frames: Frames::default(), carried: 0, random }
    }

    /// Carries bytes until the end of the stream; returns how the connection ends.
    async fn run(
        mut self,
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
    ) -> Ending {
        self.carry(&mut from, &mut to).await.unwrap_or(Ending::Reset)
    }

    async fn carry(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
    ) -> io::Result<Ending> {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let weather = self.weather.borrow_and_update().clone();
            if let Weather::Stall(until) = weather
                && until > Instant::now()
            {
                tokio::select! {
                    () = sleep_until(until) => {}
                    _ = self.weather.changed() => continue,
                }
            }
            if let Weather::CutAfter(0, ending, report) = &weather
                && self.direction == Direction::Down
            {
                report.strike();
                return Ok(*ending);
            }
            let read = tokio::select! {
                biased;
                _ = self.weather.changed() => continue,
                read = from.read(&mut buffer) => read?,
            };
            if read == 0 {
                return Ok(Ending::Fin);
            }
            let piece = &buffer[..read];
            if let Some((length, ending, report)) = self.cut(&weather, piece) {
                to.write_all(&piece[..length]).await?;
                report.strike();
                return Ok(ending);
            }
            if let Weather::Delay { least, jitter, until } = weather
                && until > Instant::now()
            {
                sleep(least + self.random.up_to(jitter)).await;
            }
            to.write_all(piece).await?;
            self.frames.pass(piece);
            self.carried += read;
        }
    }

    /// Whether the connection ends within this piece: after how many bytes of it, and how.
    fn cut<'a>(&self, weather: &'a Weather, piece: &[u8]) -> Option<(usize, Ending, &'a Report)> {
        match weather {
            Weather::Cut(direction, ending, report) if *direction == self.direction => {
                Some((self.frames.cut(piece)?, *ending, report))
            }
            Weather::CutAfter(after, ending, report) if self.direction == Direction::Down => {
                let left = after.saturating_sub(self.carried);
                (left <= piece.len()).then_some((left, *ending, report))
            }
            _ => None,
        }
    }
}

/// Closes a socket so that the other side gets a reset (socket(7), `SO_LINGER`).
pub(crate) fn reset(stream: TcpStream) {
    let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
}

/// Ends the stream, and lets the other side end its own: a socket that is closed with something unread sends a reset.
async fn part(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
    let _ = timeout(PARTING, swallow(&mut stream)).await;
}

/// Takes what comes, until the other side ends it.
async fn swallow(stream: &mut TcpStream) {
    let mut buffer = [0; 16 * 1024];
    while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
}
