//! The command line.

use crate::{limits, route};
use clap::Parser;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// A local API Gateway for WebSocket APIs that runs your real Lambda handler.
///
/// Clients connect to ws://localhost:3001/production/ (or wss:), the handler answers them through the AWS
/// SDK and https://localhost:3001/production/@connections, as on AWS. No AWS account is needed.
#[derive(Clone, Debug, Parser)]
#[command(name = "gatesocket-gateway", version, after_help = EXAMPLES)]
pub struct Args {
    /// The Node handler: index.mjs, index.mjs:exportName or AWS's index.handler
    #[arg(long, value_name = "FILE", required_unless_present = "runtime_command")]
    pub handler: Option<String>,

    /// Run this instead of Node; it must speak the Lambda Runtime API
    #[arg(long, value_name = "COMMAND")]
    pub runtime_command: Option<String>,

    /// The handler's working directory [default: the folder of --handler, or this folder]
    #[arg(long, value_name = "DIR")]
    pub task_root: Option<PathBuf>,

    /// Set a variable in the handler's environment (repeatable)
    #[arg(long, value_name = "KEY=VALUE")]
    pub env: Vec<String>,

    /// Address to listen on; 127.0.0.1 also listens on ::1
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub host: IpAddr,

    /// Port for ws, wss, http and https alike; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 3001)]
    pub port: u16,

    /// The stage's name, the first part of every path
    #[arg(long, value_name = "NAME", default_value = "production", value_parser = stage_name)]
    pub stage: String,

    /// A route key that goes to the handler (repeatable) [default: $connect, $default and $disconnect]
    #[arg(long = "route", value_name = "KEY")]
    pub routes: Vec<String>,

    /// Where a message names its route
    #[arg(long, value_name = "EXPRESSION", default_value = "$request.body.action")]
    pub route_selection_expression: route::SelectionExpression,

    /// Most handler processes at a time
    #[arg(long, value_name = "COUNT", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub concurrency: u16,

    /// The function's name, as the handler sees it [default: the handler's folder]
    #[arg(long, value_name = "NAME")]
    pub function_name: Option<String>,

    /// The function's memory in MB, as the handler and the log see it
    #[arg(long, value_name = "MB", default_value_t = 128)]
    pub memory_size: u32,

    /// Seconds until an invocation is given up and its process replaced
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(limits::INTEGRATION_TIMEOUT))]
    pub integration_timeout: Seconds,

    /// Seconds without data until a connection is closed with 1001
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(limits::IDLE_TIMEOUT))]
    pub idle_timeout: Seconds,

    /// Seconds after which every connection is closed with 1001
    #[arg(long, value_name = "SECONDS", default_value_t = Seconds(limits::CONNECTION_DURATION))]
    pub max_connection_duration: Seconds,

    /// Also write the local authority's certificate here, for clients that use wss
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,

    /// Print one JSON line on stdout when ready, and everything else on stderr
    #[arg(long)]
    pub ready_json: bool,
}

const EXAMPLES: &str = "\
Examples:
  gatesocket-gateway --handler lambda/connection-id/index.mjs
  gatesocket-gateway --handler app.mjs --route '$connect' --route '$disconnect' --route sendMessage
  gatesocket-gateway --runtime-command 'python3 -m awslambdaric app.handler' --task-root my-function
  gatesocket-gateway --handler app.mjs --port 0 --ready-json --idle-timeout 2.5";

/// A positive number of seconds, fractions allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds(pub Duration);

impl std::str::FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let seconds: f64 =
            text.parse().map_err(|_| "write a number of seconds, such as 2.5".to_owned())?;
        let duration = Duration::try_from_secs_f64(seconds).ok();
        let in_range = |duration: &Duration| {
            *duration > Duration::ZERO && *duration <= Duration::from_secs(31_536_000)
        };
        duration
            .filter(in_range)
            .map(Self)
            .ok_or_else(|| "write seconds above 0 and up to a year".to_owned())
    }
}

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.as_secs_f64())
    }
}

/// Stage names "can contain only alphanumeric characters, hyphens, and underscores" or be `$default`
/// (API Gateway console); up to 128 characters.
fn stage_name(text: &str) -> Result<String, String> {
    let plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if !text.is_empty() && text.len() <= 128 && plain(text) {
        Ok(text.to_owned())
    } else {
        Err("use letters, digits, - and _, 128 at most".to_owned())
    }
}

impl Args {
    /// The routes that were asked for, or the three that a backend of one handler has.
    ///
    /// # Errors
    /// A sentence, when a key is no route key.
    pub fn routes(&self) -> Result<route::Routes, String> {
        let predefined = [route::CONNECT, route::DEFAULT, route::DISCONNECT].map(str::to_owned);
        let keys = if self.routes.is_empty() { &predefined[..] } else { &self.routes[..] };
        route::Routes::new(keys, self.route_selection_expression.clone())
    }

    /// The variables of `--env`.
    ///
    /// # Errors
    /// A sentence, when one has no `=` or no name.
    pub fn environment(&self) -> Result<Vec<(String, String)>, String> {
        let pair = |text: &String| match text.split_once('=') {
            Some((name, value)) if !name.is_empty() && !text.contains('\0') => {
                Ok((name.to_owned(), value.to_owned()))
            }
            _ => Err(format!("--env {text:?} has no value: write --env KEY=VALUE")),
        };
        self.env.iter().map(pair).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Args, clap::Error> {
        Args::try_parse_from(["gatesocket-gateway", "--handler", "x.mjs"].iter().chain(arguments))
    }

    #[test]
    fn defaults_are_those_of_the_service() {
        let args = parse(&[]).unwrap();
        assert_eq!((args.port, args.stage.as_str()), (3001, "production"));
        assert_eq!(args.idle_timeout.to_string(), "600");
        assert_eq!(args.max_connection_duration.to_string(), "7200");
        assert_eq!(args.integration_timeout.to_string(), "29");
        assert_eq!(args.routes().unwrap().keys(), ["$connect", "$default", "$disconnect"]);
    }

    #[test]
    fn seconds_take_fractions_and_nothing_else() {
        assert_eq!("0.25".parse(), Ok(Seconds(Duration::from_millis(250))));
        for text in ["0", "-1", "NaN", "inf", "1e300", "x", ""] {
            assert!(text.parse::<Seconds>().is_err(), "{text}");
        }
    }

    #[test]
    fn bad_flags_are_refused() {
        for arguments in [
            &["--stage", "a/b"][..],
            &["--stage", ""],
            &["--port", "70000"],
            &["--concurrency", "0"],
            &["--host", "name"],
            &["--route-selection-expression", "x"],
            &["--nope"],
        ] {
            assert!(parse(arguments).is_err(), "{arguments:?}");
        }
        assert!(Args::try_parse_from(["gatesocket-gateway"]).is_err());
        assert!(parse(&["--env", "novalue"]).unwrap().environment().is_err());
    }
}
