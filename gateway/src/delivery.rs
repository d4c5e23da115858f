//! What a client gets of an integration's answer to its message.

use crate::integration::Answer;
use crate::plan::Plan;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// What the client gets when a proxy integration answers a message with a status that is not 2xx. Both were seen of the
/// service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum NonSuccess {
    /// No frame of the gateway. A route response carries the body, as with any status.
    #[default]
    Nothing,
    /// The frame `Internal server error`.
    ErrorFrame,
}

/// How messages are dealt with where the service leaves it open.
#[derive(Clone, Copy, Debug, Default)]
pub struct Delivery {
    /// Whether a connection's messages are dealt with one after the other; else they are at once, as on the service,
    /// which does not promise their order.
    pub serial: bool,
    /// What a status that is not 2xx leads to.
    pub non_success: NonSuccess,
    /// Largest message to the client, in bytes.
    pub message_bytes: usize,
}

impl Delivery {
    /// The text for the client, if any.
    ///
    /// # Errors
    /// A sentence, when the client gets `Internal server error` instead.
    pub fn text(&self, plan: &Plan, answer: Answer) -> Result<Option<Utf8Bytes>, String> {
        let is_success = (200..300).contains(&answer.status);
        if !is_success && plan.integration.is_proxy() && self.non_success == NonSuccess::ErrorFrame
        {
            return Err(format!("the integration answered {}", answer.status));
        }
        if !plan.responds {
            return Ok(None);
        }
        if answer.body.len() > self.message_bytes {
            return Err(format!(
                "the answer has {} bytes, and a message to a client {} at most",
                answer.body.len(),
                self.message_bytes
            ));
        }
        // Reported of the service: an answer without a body is an empty message.
        Ok(Some(answer.body))
    }
}
