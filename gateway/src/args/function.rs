//! Flags that describe the function where no template does.

use super::Seconds;
use clap::{ArgGroup, Args};
use std::path::PathBuf;

/// What there is a handler by. Flags about it require one of these.
pub(super) const HANDLER: &str = "a handler";
/// What there is any function by.
const FUNCTION: &str = "a function";

/// The function.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Function")]
#[command(group = ArgGroup::new(HANDLER).args(["handler", "runtime_command", "template"]).multiple(true))]
#[command(group = ArgGroup::new(FUNCTION).args(["handler", "runtime_command", "template", "authorizer"]).multiple(true))]
pub struct FunctionArgs {
    /// The handler: a file (index.mjs, app.py, bootstrap), a file:function, or AWS's index.handler
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, required_unless_present_any = ["runtime_command", "template", "mock", "http"])]
    pub handler: Option<String>,

    /// Run this program instead of --handler; it must speak the Lambda Runtime API
    #[arg(long, value_name = "COMMAND")]
    pub runtime_command: Option<String>,

    /// The handler's working directory [default: the folder of --handler, or this folder]
    #[arg(long, requires = HANDLER, value_name = "DIR")]
    pub task_root: Option<PathBuf>,

    /// Set a variable in the handler's environment (repeatable)
    #[arg(long, requires = FUNCTION, value_name = "KEY=VALUE")]
    pub env: Vec<String>,

    /// Do not start new processes when a file of the function is saved
    #[arg(long, requires = FUNCTION)]
    pub no_reload: bool,

    /// Another folder whose files the function uses: a change there reloads it too (repeatable)
    #[arg(long, requires = FUNCTION, value_name = "DIR", conflicts_with = "no_reload")]
    pub watch: Vec<PathBuf>,

    /// Seconds after which an invocation's process is ended and replaced [default: --integration-timeout]
    #[arg(long, requires = HANDLER, value_name = "SECONDS")]
    pub timeout: Option<Seconds>,

    /// Most handler processes at a time
    #[arg(long, requires = FUNCTION, value_name = "COUNT", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub concurrency: u16,

    /// The function's name, as the handler sees it [default: the handler's folder]
    #[arg(long, requires = HANDLER, value_name = "NAME")]
    pub function_name: Option<String>,

    /// The function's memory in MB, as the handler and the log see it
    #[arg(long, requires = FUNCTION, value_name = "MB", default_value_t = 128)]
    pub memory_size: u32,
}

impl FunctionArgs {
    /// The folders of `--watch`.
    ///
    /// # Errors
    /// A sentence, when one is no folder.
    pub fn watch(&self) -> Result<Vec<PathBuf>, String> {
        let folder = |path: &PathBuf| {
            let found = path.canonicalize().ok().filter(|path| path.is_dir());
            found.ok_or_else(|| format!("--watch {} is no folder", path.display()))
        };
        self.watch.iter().map(folder).collect()
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
