//! What stands on the screen when the gateway is ready.

use crate::gateway::Gateway;
use serde::Serialize;
use std::path::Path;
use std::time::Duration;

/// The addresses of a running gateway, and the line that `--ready-json` prints.
#[derive(Debug, Serialize)]
pub struct Endpoints {
    ready: bool,
    port: u16,
    ws: String,
    wss: String,
    https: String,
    ca: String,
}

impl Endpoints {
    /// The addresses under which this machine reaches the gateway.
    pub fn new(gateway: &Gateway, ca: &Path) -> Self {
        let Gateway { host, port, .. } = gateway;
        let stage = &gateway.api.stage.name;
        Self {
            ready: true,
            port: *port,
            ws: format!("ws://{host}:{port}/{stage}/"),
            wss: format!("wss://{host}:{port}/{stage}/"),
            https: format!("https://{host}:{port}/{stage}/@connections"),
            ca: ca.display().to_string(),
        }
    }

    /// One line of JSON.
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Lines for people.
    pub fn text(&self, gateway: &Gateway, handler: &str, init: Option<Duration>) -> String {
        let loaded = match init {
            Some(init) => format!("loaded in {} ms", init.as_millis()),
            None => "loaded by the first invocation".to_owned(),
        };
        format!(
            "gatesocket gateway {version}, a local API Gateway for WebSocket APIs\n\
             \n\
             \x20 clients   {ws}\n\
             \x20           {wss}\n\
             \x20 SDK       {https}\n\
             \x20 routes    {routes}\n\
             \x20 handler   {handler}, {loaded}\n\
             \x20 trust     {ca} (for wss and https clients)\n\
             \n\
             Ctrl-C stops it.\n",
            version = env!("CARGO_PKG_VERSION"),
            ws = self.ws,
            wss = self.wss,
            https = self.https,
            ca = self.ca,
            routes = gateway.routes.keys().join("  "),
        )
    }
}
