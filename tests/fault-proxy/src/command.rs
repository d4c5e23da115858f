//! What the proxy can be told to do.

use serde::Deserialize;

/// One line of its standard input.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Command {
    /// Repeated in the answer, `{"id", "struck"}`, which comes when the fault has struck.
    pub(crate) id: u64,
    #[serde(flatten)]
    pub(crate) fault: Fault,
}

/// What happens to the connections that are there, or to the next one. Times are in milliseconds.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub(crate) enum Fault {
    /// They end now.
    End {
        /// How.
        how: Ending,
    },
    /// They end within the next frame that passes.
    Cut {
        /// Which way the frame goes.
        direction: Direction,
        /// How they end.
        how: Ending,
    },
    /// The next connection ends when so many bytes have come to its client, those of its handshake included.
    Next {
        /// How many; with 0 it ends before anything has come.
        after: usize,
        /// How it ends.
        how: Ending,
    },
    /// Nothing moves for a time, and then all of it.
    Stall {
        /// How long.
        ms: u64,
    },
    /// Whatever passes is late, in order.
    Delay {
        /// How much at least.
        ms: u64,
        /// How much more at most, at random.
        jitter: u64,
        /// For how long.
        lasts: u64,
    },
    /// They are reset, and nothing listens for a time.
    Refuse {
        /// How long.
        ms: u64,
    },
    /// They are reset, and new ones are left waiting for a time: the system takes them, and nobody answers.
    SlowAccept {
        /// How long.
        ms: u64,
    },
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Ending {
    /// Both sides get a TCP reset.
    Reset,
    /// Both sides get the end of the stream, without a close frame.
    Fin,
    /// Neither side is told. What they send is taken and goes nowhere.
    BlackHole,
    /// The server gets a reset; the client is not told, and what it sends goes nowhere.
    HalfOpen,
}

/// Which way bytes go.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Direction {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}
