//! The signals that end the gateway.

/// Listens to Ctrl-C and, on Unix, to SIGTERM from the moment it is made: a signal between two waits is not lost.
pub struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    /// Starts listening.
    ///
    /// # Errors
    /// A sentence, when the system refuses.
    #[cfg(unix)]
    pub fn listen() -> Result<Self, String> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| {
            signal(kind).map_err(|error| format!("the program cannot listen to signals: {error}"))
        };
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    /// Completes with the next signal that asks for an end.
    #[cfg(unix)]
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Nothing has to be prepared here.
    ///
    /// # Errors
    /// None.
    #[cfg(not(unix))]
    pub fn listen() -> Result<Self, String> {
        Ok(Self {})
    }

    /// Completes with the next Ctrl-C.
    #[cfg(not(unix))]
    pub async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
