//! The stand-in for DynamoDB that the chat backend brings for a laptop: its tables, in the memory of a process.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process::{Service, first_line};
use crate::project;

/// A stand-in with empty tables.
pub(crate) struct Running {
    pub(crate) service: Service,
    /// The variables by which a handler finds it, as `NAME=VALUE`.
    pub(crate) variables: Vec<String>,
}

/// Starts one on a free port and waits until its tables are there. Its packages are installed before.
pub(crate) fn start() -> Result<Running> {
    let mut command = Command::new("node");
    // The pipe stays open as long as this process lives: when it ends, however it ends, so does the stand-in.
    command
        .arg("lambda/chat/local/dynamodb.mjs")
        .current_dir(project::root())
        // What the AWS SDK says of versions of Node.js that later versions of it will need is not for those who run a demo.
        .env("AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED", "true")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut service = Service::start("the stand-in for DynamoDB", &mut command)?;
    let line = first_line(&mut service)?;
    let ready: Value = serde_json::from_str(&line)
        .with_context(|| format!("the stand-in for DynamoDB said {line:?}"))?;
    let Some(env) = ready["env"].as_object() else {
        bail!("the stand-in for DynamoDB names no variables: {line}");
    };
    let variables = env
        .iter()
        .map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()))
        .collect();
    Ok(Running { service, variables })
}
