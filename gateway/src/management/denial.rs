//! What a caller and the log are told about a request that policies do not allow.

use crate::caller::Caller;
use crate::permission::Decision;
use serde_json::json;

/// A request that is not allowed.
#[derive(Debug)]
pub(super) struct Denial<'a> {
    pub(super) caller: &'a Caller,
    pub(super) action: &'a str,
    /// The ARN that the service names, with `{connectionId}` for the id.
    pub(super) resource: &'a str,
    pub(super) decision: Decision<'a>,
}

impl Denial<'_> {
    /// The sentence that the service answers with.
    pub(super) fn sentence(&self) -> String {
        // Recorded without a reason where nothing allows; of an explicit deny the reason is told ("How do I
        // troubleshoot HTTP 403 errors from API Gateway?").
        let reason = match self.decision {
            Decision::Denied(_) => " with an explicit deny in an identity-based policy",
            Decision::NotAllowed | Decision::Allowed => "",
        };
        format!(
            "User: {} is not authorized to perform: {} on resource: {}{reason}",
            self.caller.principal,
            self.action,
            masked(self.resource)
        )
    }

    /// What to do about it, for the log.
    pub(super) fn advice(&self) -> String {
        let Caller { function, role, .. } = self.caller;
        let what = self.resource.splitn(3, '/').nth(2).unwrap_or(self.resource);
        let refused = format!("{function} may not {what} ({})", self.action);
        match self.decision {
            Decision::Denied(statement) => format!(
                "{refused}: {statement} denies it, and a Deny wins over every Allow; narrow it or take it out"
            ),
            Decision::NotAllowed | Decision::Allowed => format!(
                "{refused}: no policy of {role} allows it; this statement would:\n{}",
                self.statement()
            ),
        }
    }

    /// The smallest statement that allows it.
    fn statement(&self) -> String {
        let resource = self.resource.replace("{connectionId}", "*");
        let values = [("Effect", "Allow"), ("Action", self.action), ("Resource", &resource)];
        // Written by hand for the order of its keys, in which people read them.
        let pairs = values.map(|(key, value)| format!("{}: {}", json!(key), json!(value)));
        format!("{{ {} }}", pairs.join(", "))
    }
}

/// An ARN with all but the last four digits of its account hidden.
fn masked(arn: &str) -> String {
    let mut parts: Vec<&str> = arn.splitn(6, ':').collect();
    let account = parts.get(4).copied().unwrap_or_default();
    let shown =
        format!("********{}", account.get(account.len().saturating_sub(4)..).unwrap_or_default());
    if let Some(account) = parts.get_mut(4) {
        *account = &shown;
    }
    parts.join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_masked_as_the_service_masks_them() {
        assert_eq!(
            masked(
                "arn:aws:execute-api:us-east-1:123456789012:api/Prod/POST/@connections/{connectionId}"
            ),
            "arn:aws:execute-api:us-east-1:********9012:api/Prod/POST/@connections/{connectionId}"
        );
        assert_eq!(masked("x"), "x");
    }
}
