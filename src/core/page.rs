//! What the session knows of the page around it and of the network.

/// The surroundings, as the browser tells them. A worker has no page: it is visible and online.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    /// `navigator.onLine`.
    pub(super) online: bool,
    /// `document.visibilityState` is `hidden`.
    pub(super) hidden: bool,
    /// Between `freeze` and `resume`.
    pub(super) frozen: bool,
    /// In the back/forward cache.
    pub(super) stored: bool,
    /// The link was closed because the page was hidden for long.
    pub(super) asleep: bool,
}

impl Default for Page {
    fn default() -> Self {
        Page { online: true, hidden: false, frozen: false, stored: false, asleep: false }
    }
}

impl Page {
    /// Whether a deadline means anything: timers and messages are held back otherwise.
    pub(super) fn is_watched(self) -> bool {
        !self.hidden && !self.frozen
    }

    /// Whether there should be a link at all.
    pub(super) fn wants_link(self) -> bool {
        !self.stored && !self.asleep
    }
}
