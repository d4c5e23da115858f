//! Frames that API Gateway itself writes to a client, to the byte as they were recorded.

/// What a gateway frame complains about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatewayFrame {
    /// No route matches and there is no `$default`. The connection stays open.
    Forbidden,
    /// The integration failed or did not answer in time. The connection stays open.
    InternalServerError,
    /// A throttle of the account, the stage or the route. The connection stays open. AWS names this error 429
    /// `Too Many Requests` ("Protect your WebSocket APIs in API Gateway"); its frame was not recorded, so that its form is
    /// that of the others.
    TooManyRequests,
    /// Body of a refused upgrade: the identity is missing, or the authorizer threw `Unauthorized`.
    Unauthorized,
    /// Body of a refused upgrade: the authorizer's policy does not allow it (implicit deny).
    NotAuthorized,
    /// Body of a refused upgrade: the authorizer's policy denies it (explicit deny).
    ExplicitDeny,
}

/// The frame for a message that meets no model of its route. It is the only one with a `messageId`, and its spaces stand
/// elsewhere. The connection stays open.
pub fn bad_request_body(connection_id: &str, message_id: &str) -> String {
    format!(
        r#"{{"message" : "Bad request body", "connectionId": "{connection_id}", "messageId": "{message_id}"}}"#
    )
}

impl GatewayFrame {
    /// The frame's text. The single space stands after the first colon only, as in the recordings.
    pub fn text(self, connection_id: &str, request_id: &str) -> String {
        let message = match self {
            Self::Forbidden => "Forbidden",
            Self::InternalServerError => "Internal server error",
            Self::TooManyRequests => "Too Many Requests",
            Self::Unauthorized => "Unauthorized",
            Self::NotAuthorized => "User is not authorized to access this resource",
            Self::ExplicitDeny => {
                "User is not authorized to access this resource with an explicit deny"
            }
        };
        format!(
            r#"{{"message": "{message}", "connectionId":"{connection_id}", "requestId":"{request_id}"}}"#
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_match_the_recordings_to_the_byte() {
        assert_eq!(
            GatewayFrame::InternalServerError.text("HXT_RfBnPHcCIIg=", "HXUAmGGZvHcF33A="),
            r#"{"message": "Internal server error", "connectionId":"HXT_RfBnPHcCIIg=", "requestId":"HXUAmGGZvHcF33A="}"#
        );
        assert_eq!(
            GatewayFrame::Forbidden.text("XDmENcnwIE0CFEQ=", "XDmGEE2RoE0FRdQ="),
            r#"{"message": "Forbidden", "connectionId":"XDmENcnwIE0CFEQ=", "requestId":"XDmGEE2RoE0FRdQ="}"#
        );
        assert_eq!(
            bad_request_body("XDmENcnwIE0CFEQ=", "XDmGEE2RoE0CFEQ="),
            r#"{"message" : "Bad request body", "connectionId": "XDmENcnwIE0CFEQ=", "messageId": "XDmGEE2RoE0CFEQ="}"#
        );
    }
}
