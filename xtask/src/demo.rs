//! `cargo xtask demo`: the whole chain, from a database and a Lambda handler to a chat in React.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::gateway::{self, Running};
use crate::page::{self, Server};
use crate::process::{output_of_step, wait_for_interrupt};
use crate::{chat, chromium, dynamodb, project};

/// The backend, as it is deployed.
const TEMPLATE: &str = "lambda/chat/template.yaml";

/// Shows the page until Ctrl-C; with `check`, lets Chromium look at it once.
pub(crate) fn run(check: bool, screenshot: Option<&Path>) -> Result<()> {
    page::build()?;
    chat::install_handler()?;
    let mut database = dynamodb::start()?;
    let port = page::free_port(3001)?;
    let mut gateway = start_gateway(port, &database)?;
    let mut page = page::serve()?;
    let address = page_address(&page, &gateway, port);
    if check {
        let result = look(&address, &gateway, screenshot)?;
        // Their last words come before the result, which is the last line.
        drop((page, gateway, database));
        println!("{result}");
        if result["ok"] != true {
            bail!("the page got no connectionId or no message: {}", result["error"]);
        }
        return Ok(());
    }
    eprintln!("\n  The page:  {address}\n  Ctrl-C stops everything.\n");
    let ended =
        wait_for_interrupt(&mut [&mut gateway.service, &mut page.service, &mut database.service]);
    // The gateway's functions still write while connections end.
    drop((page, gateway, database));
    ended
}

/// The gateway with the chat backend on this database.
fn start_gateway(port: u16, database: &dynamodb::Running) -> Result<Running> {
    let mut command = Command::new(gateway::build()?);
    command.args(["--template", TEMPLATE, "--port", &port.to_string()]);
    for variable in &database.variables {
        command.args(["--env", variable]);
    }
    gateway::launch(command, Stdio::inherit())
}

/// The page knows the gateway's usual address; another port is told to it.
fn page_address(page: &Server, gateway: &Running, port: u16) -> String {
    match port {
        3001 => page.address.clone(),
        _ => format!("{}?url={}", page.address, gateway.address("ws")),
    }
}

/// What Chromium sees on the page.
fn look(address: &str, gateway: &Running, screenshot: Option<&Path>) -> Result<Value> {
    let browser = chromium::ensure_browser()?;
    page::install_drivers()?;
    let mut command = Command::new("node");
    command
        .arg("tests/page/check.mjs")
        .arg(address)
        .args(screenshot.map(std::path::absolute).transpose()?)
        .current_dir(project::root())
        .env("CHROMIUM", browser);
    let text = output_of_step("Opening the page in headless Chromium", command)?;
    let seen: Value = text
        .lines()
        .last()
        .and_then(|line| serde_json::from_str(line).ok())
        .with_context(|| format!("the page's check printed {text:?}"))?;
    Ok(json!({
        "ok": seen["connectionId"].is_string() && seen["messageMs"].is_number(),
        "connectionId": seen["connectionId"],
        "connectMs": seen["connectMs"],
        "identifyMs": seen["identifyMs"],
        "roomMs": seen["roomMs"],
        "messageMs": seen["messageMs"],
        "wss": gateway.address("wss"),
        "ws": gateway.address("ws"),
        "https": gateway.address("https"),
        "page": address,
        "error": seen["error"],
    }))
}
