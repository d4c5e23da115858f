//! Where a session stands, as its user sees it.

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// No connection is wanted: nobody has asked for one yet, or the page is out of use.
    Idle,
    /// A link was asked for and has not opened.
    Connecting,
    /// The link is open and the question for the connectionId is on its way.
    Identifying,
    /// Messages flow; the connectionId is known where the session asks for one.
    Ready,
    /// The next attempt comes at [`Session::retry_at`](super::Session::retry_at).
    Waiting,
    /// The machine has no network; the next attempt comes when it has.
    Offline,
    /// The session has ended, by its user or by a failure.
    Closed,
}

impl Status {
    /// The name that JavaScript sees.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Idle => "idle",
            Status::Connecting => "connecting",
            Status::Identifying => "identifying",
            Status::Ready => "ready",
            Status::Waiting => "waiting",
            Status::Offline => "offline",
            Status::Closed => "closed",
        }
    }
}
