//! Flags for the account, and for what the handler's role may do in it.

use super::function::HANDLER;
use crate::permission::Policies;
use clap::Args;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The account and its permissions.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Account and permissions")]
pub struct PermissionArgs {
    /// The region of the API and its functions [default: AWS_REGION, AWS_DEFAULT_REGION, us-east-1]
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub region: Option<String>,

    /// The account's number, as ARNs carry it
    #[arg(long, value_name = "NUMBER", default_value = ACCOUNT, value_parser = account)]
    pub account: String,

    /// The API's id, as ARNs carry it, where no template has one [default: gatesocket]
    #[arg(long, value_name = "ID", value_parser = api_id)]
    pub api_id: Option<String>,

    /// A file with an IAM policy of the handler's role, or of all roles of a template in addition to theirs
    /// (repeatable); what no policy allows is refused
    #[arg(long = "policy", requires = HANDLER, value_name = "FILE")]
    pub policies: Vec<PathBuf>,

    /// Verify the signatures of requests to the management API, as AWS does
    #[arg(long)]
    pub verify_signatures: bool,
}

/// AWS's placeholder for an account in its own examples is 123456789012; this one is nobody's.
const ACCOUNT: &str = "000000000000";

impl PermissionArgs {
    /// The region that was asked for, or that of the user's environment.
    pub fn region(&self) -> String {
        let of = |name: &str| std::env::var(name).ok().filter(|region| !region.is_empty());
        let asked = self.region.clone();
        let found = asked.or_else(|| of("AWS_REGION")).or_else(|| of("AWS_DEFAULT_REGION"));
        found.unwrap_or_else(|| "us-east-1".to_owned())
    }

    /// The policy documents of `--policy`; `None` where there are none and nothing is to be refused.
    ///
    /// # Errors
    /// A sentence with the file, and the statement and key, where one cannot be read or is no policy.
    pub fn policies(&self) -> Result<Option<Vec<Value>>, String> {
        let documents =
            self.policies.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
        Ok(Some(documents).filter(|documents| !documents.is_empty()))
    }
}

fn read(path: &Path) -> Result<Value, String> {
    let source = format!("--policy {}", path.display());
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("{source} cannot be read: {error}"))?;
    let document =
        serde_json::from_str(&text).map_err(|error| format!("{source} is no JSON: {error}"))?;
    Policies::default().add(&source, &document)?;
    Ok(document)
}

/// Such as `eu-central-1`.
fn region(text: &str) -> Result<String, String> {
    let plain = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if (1..=32).contains(&text.len()) && plain(text) {
        Ok(text.to_owned())
    } else {
        Err("write a region such as eu-central-1".to_owned())
    }
}

/// Such as `a1b2c3d4e5`.
fn api_id(text: &str) -> Result<String, String> {
    if (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        Ok(text.to_owned())
    } else {
        Err("an API's id has letters and digits".to_owned())
    }
}

fn account(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("an account's number has 12 digits".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_and_accounts_have_a_form() {
        assert!(region("us-gov-west-1").is_ok() && account("123456789012").is_ok());
        assert!(api_id("a1b2c3d4e5").is_ok() && api_id("").is_err() && api_id("a/b").is_err());
        for text in ["", "EU-1", "a/b", "x".repeat(33).as_str()] {
            assert!(region(text).is_err(), "{text}");
        }
        for text in ["", "12345678901", "1234567890123", "12345678901x"] {
            assert!(account(text).is_err(), "{text}");
        }
    }
}
