//! The machine and the versions that figures belong to.

use crate::process::output_of;
use crate::project;
use anyhow::Result;
use serde_json::{Value, json};
use std::fs;
use std::process::Command;
use std::thread;

pub(crate) fn describe() -> Result<Value> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        let value = line.split_once([':', '='])?.1;
        Some(value.trim().trim_matches('"').to_owned())
    };
    let memory = field(&read("/proc/meminfo"), "MemTotal");
    let memory = memory.and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    let load = read("/proc/loadavg");
    Ok(json!({
        "processor": field(&read("/proc/cpuinfo"), "model name"),
        "cores": thread::available_parallelism()?.get(),
        "memory_mb": memory.map(|kilobytes| kilobytes / 1024),
        "system": field(&read("/etc/os-release"), "PRETTY_NAME"),
        "kernel": read("/proc/sys/kernel/osrelease").trim(),
        "load_average_at_the_end": load.split(' ').next(),
        "rustc": output_of(Command::new("rustc").arg("--version")),
        "node": output_of(Command::new("node").arg("--version")),
        "serverless_offline": installed("bench/serverless-offline", "serverless-offline"),
        "osls": installed("bench/serverless-offline", "osls"),
        "chromium": crate::chromium::find_browser()
            .and_then(|browser| output_of(Command::new(browser).arg("--version"))),
        "partysocket": installed("bench/message", "partysocket"),
        "react_use_websocket": installed("bench/react", "react-use-websocket"),
        "react": installed("bench/react", "react"),
        "aws_sdk": installed("bench/gateway", "@aws-sdk/client-apigatewaymanagementapi"),
    }))
}

/// The version of an npm package that is installed in a folder.
fn installed(folder: &str, package: &str) -> Option<String> {
    let file = project::path(folder).join("node_modules").join(package).join("package.json");
    let package: Value = serde_json::from_str(&fs::read_to_string(file).ok()?).ok()?;
    package["version"].as_str().map(str::to_owned)
}
