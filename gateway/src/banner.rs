//! What stands on the screen when the gateway is ready.

use crate::api::{self, Api, Integration, IntegrationKind, Route, Runtime};
use crate::console;
use serde::Serialize;
use std::path::Path;
use std::time::Duration;

/// The addresses of a running gateway: the line that `--ready-json` prints, and a part of the console's overview.
#[derive(Debug, Serialize)]
pub struct Endpoints {
    ready: bool,
    port: u16,
    ws: String,
    wss: String,
    https: String,
    /// `None` where it is turned off, or where the gateway does not listen on a loopback address.
    console: Option<String>,
    ca: String,
}

impl Endpoints {
    /// The addresses under which this machine reaches the gateway.
    pub fn new(host: &str, port: u16, stage: &str, ca: &Path, has_console: bool) -> Self {
        let has_console = has_console && console::is_own_host(&format!("{host}:{port}"), port);
        Self {
            ready: true,
            port,
            ws: format!("ws://{host}:{port}/{stage}/"),
            wss: format!("wss://{host}:{port}/{stage}/"),
            https: format!("https://{host}:{port}/{stage}/@connections"),
            console: has_console.then(|| format!("http://{host}:{port}/{}", console::NAME)),
            ca: ca.display().to_string(),
        }
    }

    /// One line of JSON.
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// One line for a log that programs read.
    pub fn line(&self) -> String {
        format!("ready at {} and {}", self.ws, self.https)
    }

    /// Lines for people. `init` is how long the slowest function took to load; `None` where none was loaded.
    pub fn text(&self, api: &Api, template: Option<&str>, init: Option<Duration>) -> String {
        let mut rows =
            vec![("clients", self.ws.clone()), ("", self.wss.clone()), ("SDK", self.https.clone())];
        rows.extend(self.console.clone().map(|address| ("console", address)));
        rows.push(("trust", format!("{} (for wss and https clients)", self.ca)));
        rows.push(("", String::new()));
        rows.extend(template.map(|template| ("template", template.to_owned())));
        rows.extend(labelled("routes", routes(api)));
        rows.extend(labelled("functions", functions(api)));
        let mut text = format!(
            "gatesocket gateway {}, a local API Gateway for WebSocket APIs\n\n",
            env!("CARGO_PKG_VERSION")
        );
        for (label, value) in rows {
            let row = format!("  {label:<9} {value}");
            text += row.trim_end();
            text.push('\n');
        }
        let loaded = match init {
            Some(init) => format!("; functions loaded in {} ms", init.as_millis()),
            None if api.functions.is_empty() => String::new(),
            None => "; functions loaded by the first invocation".to_owned(),
        };
        text + &format!("\nReady{loaded}. Ctrl-C stops it.\n")
    }
}

/// Rows of which the first has a label.
fn labelled(
    label: &'static str,
    values: Vec<String>,
) -> impl Iterator<Item = (&'static str, String)> {
    values
        .into_iter()
        .enumerate()
        .map(move |(index, value)| (if index == 0 { label } else { "" }, value))
}

/// A row for each route: its key, what answers, and who guards it.
fn routes(api: &Api) -> Vec<String> {
    let widest = api.routes.keys().map(|key| key.chars().count()).max().unwrap_or(0);
    let row = |(key, route): (&String, &Route)| {
        let responds = if route.responds { ", answers the client" } else { "" };
        let guard = route.authorizer.as_ref().and_then(|name| api.authorizers.get(name));
        let guard =
            guard.map_or_else(String::new, |guard| format!(", authorizer {}", guard.function));
        format!("{key:widest$} -> {}{responds}{guard}", target(&route.integration))
    };
    api.routes.iter().map(row).collect()
}

fn target(integration: &Integration) -> String {
    match &integration.kind {
        IntegrationKind::LambdaProxy { function } => function.clone(),
        IntegrationKind::Lambda { function } => format!("{function} (AWS)"),
        IntegrationKind::Mock => "MOCK".to_owned(),
        IntegrationKind::HttpProxy { method, uri } | IntegrationKind::Http { method, uri } => {
            format!("{method} {}", api::without_query(uri))
        }
    }
}

fn functions(api: &Api) -> Vec<String> {
    let described = api.functions.values().map(|function| {
        let name = &function.name;
        match &function.runtime {
            Runtime::Node { module: Some(module) } => format!("{name}: {}", module.display()),
            Runtime::Command(words) => {
                let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
                format!("{name}: {}", words.join(" "))
            }
            _ => format!("{name}: {} in {}", function.handler, function.code.display()),
        }
    });
    described.collect()
}
