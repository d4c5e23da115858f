//! How a user may close a session.

use crate::core::{Failure, LinkClose, sentences::sentence};

/// Code 1000 without a reason.
#[cfg(feature = "typed")]
pub(crate) fn normal_close() -> LinkClose {
    LinkClose::normal()
}

/// What `close(code, reason)` may be given, as a sentence if it is wrong.
/// Source: the WebSocket standard of WHATWG, "close()".
pub(crate) fn closing(code: f64, reason: String) -> Result<LinkClose, Failure> {
    // A comparison with NaN is false.
    let allowed = code == 1000.0 || (3000.0..=4999.0).contains(&code);
    if !allowed || code.fract() != 0.0 {
        return Err(Failure::BadOptions { why: sentence("close code", &[]) });
    }
    if reason.len() > 123 {
        let why = sentence("close reason", &[("bytes", &reason.len())]);
        return Err(Failure::BadOptions { why });
    }
    Ok(LinkClose { code: code as u16, reason, was_clean: true })
}
