//! The command line.

mod api;
mod authorizer;
mod completion;
mod function;
mod help;
mod limits;
mod listen;
mod output;
mod permissions;
mod template;
mod throttle;

pub use api::{ApiArgs, stage_name};
pub use authorizer::AuthorizerArgs;
pub use completion::{Command, script};
pub use function::FunctionArgs;
pub use limits::{LimitArgs, Seconds};
pub use listen::ListenArgs;
pub use output::OutputArgs;
pub use permissions::PermissionArgs;
pub use template::TemplateArgs;
pub use throttle::{RouteThrottle, Throttle};

use crate::template::DEFAULT_FILES;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};
use std::ffi::OsString;
use std::path::Path;

/// A local API Gateway for WebSocket APIs that runs your real Lambda handler.
///
/// Clients connect to ws://localhost:3001/production/ (or wss:), the handler answers them through the AWS
/// SDK and https://localhost:3001/production/@connections, as on AWS. No AWS account is needed.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "gatesocket-gateway",
    version,
    after_help = help::EXAMPLES,
    after_long_help = help::MORE,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    disable_help_subcommand = true
)]
pub struct Args {
    /// The template.
    #[command(flatten)]
    pub template: TemplateArgs,
    /// The function.
    #[command(flatten)]
    pub function: FunctionArgs,
    /// The API.
    #[command(flatten)]
    pub api: ApiArgs,
    /// The authorizer.
    #[command(flatten)]
    pub authorizer: AuthorizerArgs,
    /// Where to listen.
    #[command(flatten)]
    pub listen: ListenArgs,
    /// The account and its permissions.
    #[command(flatten)]
    pub permissions: PermissionArgs,
    /// Limits.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// What is printed.
    #[command(flatten)]
    pub output: OutputArgs,
    /// Something else than running a gateway.
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Args {
    /// Reads the command line; the template of the current folder is used where no flag says what to run.
    ///
    /// # Errors
    /// What clap says of a flag, or that none says what to run.
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut arguments: Vec<OsString> = arguments.into_iter().collect();
        let read = Self::try_parse_from(&arguments);
        let Err(error) = read else { return read };
        let runs = arguments.get(1).is_none_or(|first| first != "completion");
        if !runs || error.kind() != ErrorKind::MissingRequiredArgument {
            return Err(error);
        }
        let is_answered = |argument: &OsString| {
            argument
                .to_str()
                .is_some_and(|text| text.starts_with("--mock") || text.starts_with("--http"))
        };
        let found = DEFAULT_FILES.iter().find(|file| Path::new(file).is_file());
        if let Some(found) = found
            && !arguments.iter().any(is_answered)
        {
            arguments.extend(["--template", found].map(OsString::from));
            let mut args = Self::try_parse_from(&arguments)?;
            args.template.is_found = true;
            return Ok(args);
        }
        Err(if lacks_handler(&error) { nothing_to_run() } else { error })
    }
}

/// Whether no flag says what to run, rather than a flag lacking another one.
fn lacks_handler(error: &clap::Error) -> bool {
    let lacking = error.get(ContextKind::InvalidArg);
    matches!(lacking, Some(ContextValue::Strings(flags)) if flags == &["--handler <FILE>"])
}

fn nothing_to_run() -> clap::Error {
    let sentence = format!(
        "nothing says what to run: name --handler FILE or --template FILE (or --runtime-command, --mock, --http), or \
         start in a folder that has one of {}",
        DEFAULT_FILES.join(", ")
    );
    Args::command().error(ErrorKind::MissingRequiredArgument, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::ConnectionLimits;
    use std::time::Duration;

    fn parse(arguments: &[&str]) -> Result<Args, clap::Error> {
        Args::try_parse_from(["gatesocket-gateway", "--handler", "x.mjs"].iter().chain(arguments))
    }

    #[test]
    fn defaults_are_those_of_the_service() {
        let args = parse(&[]).unwrap();
        assert_eq!((args.listen.port, args.api.stage.as_deref()), (3001, None));
        assert_eq!(args.limits.idle_timeout.to_string(), "600");
        assert_eq!(args.limits.max_connection_duration.to_string(), "7200");
        assert_eq!(args.limits.integration_timeout.to_string(), "29");
        assert_eq!(args.api.route_keys().unwrap(), ["$connect", "$default", "$disconnect"]);
    }

    #[test]
    fn limits_of_a_connection_are_those_of_the_service_and_speed_shortens_the_times() {
        let limits = |arguments: &[&str]| parse(arguments).unwrap().limits.of_connection();
        assert_eq!(limits(&[]), ConnectionLimits::default());
        let fast = limits(&["--speed", "60", "--max-frame-bytes", "7", "--pings-keep-alive"]);
        assert_eq!(fast.idle_timeout, Duration::from_secs(10));
        assert_eq!(fast.duration, Duration::from_secs(120));
        assert_eq!((fast.frame_bytes, fast.pings_keep_alive), (7, true));
        assert_eq!(parse(&[]).unwrap().limits.connection_rate.to_string(), "500:500");
        assert_eq!(parse(&[]).unwrap().limits.request_rate.to_string(), "10000:5000");
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
            &["--template", "template.yaml"],
            &["--parameter", "A=1"],
            &["--api", "Chat"],
            &["--port", "70000"],
            &["--concurrency", "0"],
            &["--identity-source", "route.request.header.Auth"],
            &["--speed", "0.5"],
            &["--speed", "NaN"],
            &["--max-frame-bytes", "0"],
            &["--max-message-bytes", "1000000000"],
            &["--connection-rate", "many"],
            &["--route-throttle", "10"],
            &["--host", "name"],
            &["--route-selection-expression", "x"],
            &["--nope"],
        ] {
            assert!(parse(arguments).is_err(), "{arguments:?}");
        }
        let told = Args::read(["gatesocket-gateway".into()]).unwrap_err().to_string();
        assert!(told.contains("nothing says what to run: name --handler FILE or"), "{told}");
        let template = ["gatesocket-gateway", "--template", "template.yaml"];
        let with_template = |flags: &[&str]| Args::try_parse_from(template.iter().chain(flags));
        assert!(with_template(&["--parameter", "A=1=2", "--stage", "dev"]).is_ok());
        for flags in [&["--route", "x"][..], &["--memory-size", "256"], &["--parameter", "A"]] {
            assert!(with_template(flags).is_err(), "{flags:?}");
        }
        assert!(parse(&["--env", "novalue"]).unwrap().function.environment().is_err());
    }

    #[test]
    fn flags_of_a_function_are_refused_where_there_is_none() {
        let without = |flags: &[&str]| {
            let arguments = ["gatesocket-gateway", "--mock", "$connect={}"].iter().chain(flags);
            Args::read(arguments.map(OsString::from)).map_err(|error| error.to_string())
        };
        for flags in [
            &["--task-root", "."][..],
            &["--timeout", "5"],
            &["--function-name", "x"],
            &["--policy", "x.json"],
            &["--env", "A=1"],
            &["--memory-size", "256"],
            &["--concurrency", "2"],
            &["--no-reload"],
            &["--watch", "."],
        ] {
            assert!(parse(flags).is_ok(), "{flags:?}");
            let told = without(flags).unwrap_err();
            assert!(told.contains("--handler <FILE>|--runtime-command <COMMAND>"), "{told}");
        }
        assert!(without(&["--authorizer", "a.mjs", "--env", "A=1", "--no-reload"]).is_ok());
        assert!(without(&["--verify-signatures", "--region", "eu-west-1"]).is_ok());
    }
}
