//! Flags for an API that a template describes.

use clap::Args;
use std::path::PathBuf;

/// The template.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Template")]
pub struct TemplateArgs {
    /// The AWS SAM or CloudFormation template, or the serverless.yml, that describes the API and its functions
    /// [default: template.yaml, template.yml, template.json or serverless.yml in this folder]
    #[arg(long, value_name = "FILE", conflicts_with_all = FLAGS_WITHOUT)]
    pub template: Option<PathBuf>,

    /// Set a parameter of the template (repeatable); in a serverless.yml, what ${param:NAME} and ${opt:NAME} stand for
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = parameter, requires = "template", conflicts_with_all = RUNS_WITHOUT)]
    pub parameters: Vec<(String, String)>,

    /// The logical id of the API, where the template has several WebSocket APIs
    #[arg(long, value_name = "LOGICAL_ID", requires = "template", conflicts_with_all = RUNS_WITHOUT)]
    pub api: Option<String>,

    /// Whether the template was found in the current folder and not named by a flag.
    #[arg(skip)]
    pub is_found: bool,
}

/// What to run where there is no template. With one of these a flag that requires a template is not enough for clap, since
/// the template would contradict it.
const RUNS_WITHOUT: [&str; 4] = ["handler", "runtime_command", "mock", "http"];

/// What a template says, and these flags say where there is none.
const FLAGS_WITHOUT: [&str; 14] = [
    "handler",
    "runtime_command",
    "task_root",
    "function_name",
    "memory_size",
    "timeout",
    "routes",
    "route_selection_expression",
    "authorizer",
    "identity_source",
    "mock",
    "http",
    "route_response",
    "model",
];

fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}
