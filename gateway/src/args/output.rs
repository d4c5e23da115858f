//! Flags for what the gateway prints and shows.

use crate::output::Format;
use clap::Args;

/// What is printed.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output and console")]
pub struct OutputArgs {
    /// How the log is written: text for people, json for programs (one object per line), off
    ///
    /// An object of the JSON log has time, level (debug, info, warning, error), kind and text, and, where they apply,
    /// connectionId, requestId, function and routeKey. Messages themselves are in no log.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, hide_possible_values = true)]
    pub log: Format,

    /// Print one JSON line on stdout when ready, and the log on stderr
    #[arg(long)]
    pub ready_json: bool,

    /// Turn off the console at /_gateway and its API, and keep no records for it
    #[arg(long)]
    pub no_console: bool,
}
