//! Flags for an authorizer where no template describes one.

use clap::Args;

/// The authorizer.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Authorizer")]
pub struct AuthorizerArgs {
    /// A function that may refuse clients: a REQUEST authorizer of $connect, named as --handler is
    #[arg(long, value_name = "FILE")]
    pub authorizer: Option<String>,

    /// What a client must bring, or it is refused with 401 (repeatable): route.request.querystring.NAME,
    /// route.request.header.NAME, stageVariables.NAME or context.NAME
    #[arg(long, value_name = "SOURCE", requires = "authorizer")]
    pub identity_source: Vec<String>,
}
