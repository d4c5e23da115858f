//! Flags for where the gateway is reached.

use clap::Args;
use std::net::IpAddr;
use std::path::PathBuf;

/// Where to listen.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Listening")]
pub struct ListenArgs {
    /// Address to listen on; 127.0.0.1 also listens on ::1
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1", value_parser = address)]
    pub host: IpAddr,

    /// Port for ws, wss, http and https alike; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 3001)]
    pub port: u16,

    /// Also write the local authority's certificate here, for clients that use wss
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

fn address(text: &str) -> Result<IpAddr, String> {
    let example = "write an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them";
    text.parse().map_err(|_| example.to_owned())
}
