//! Flags for what the gateway prints.

use clap::Args;

/// What is printed.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Print one JSON line on stdout when ready, and everything else on stderr
    #[arg(long)]
    pub ready_json: bool,
}
