//! How a function that the API describes is run on this machine.

use super::environment::{Environment, Trust};
use super::{Function, FunctionSettings, InitError};
use crate::api::{FunctionDefinition, Runtime};
use crate::output::Output;
use crate::private_folder::PrivateFolder;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

const BOOTSTRAP: &str = include_str!("bootstrap.mjs");

/// What all functions of a gateway share.
#[derive(Debug)]
pub struct Launcher {
    bootstrap: PathBuf,
    trust: Trust,
    region: String,
    account: String,
    management_endpoint: String,
}

impl Launcher {
    /// Writes the files that handler processes use into the gateway's folder. `management_endpoint` is
    /// `https://{host}:{port}/{stage}`.
    ///
    /// # Errors
    /// A sentence, when a file cannot be written.
    pub fn new(
        folder: &PrivateFolder,
        authority_pem: &str,
        region: &str,
        account: &str,
        management_endpoint: String,
    ) -> Result<Self, String> {
        Ok(Self {
            bootstrap: folder.write("bootstrap.mjs", BOOTSTRAP)?,
            trust: Trust::write(folder.path(), authority_pem)?,
            region: region.to_owned(),
            account: account.to_owned(),
            management_endpoint,
        })
    }

    /// Starts a function's first process and waits until its handler has loaded; returns how long that took.
    ///
    /// # Errors
    /// [`InitError`], when the program cannot be run or the handler cannot be loaded.
    pub async fn start(
        &self,
        definition: &FunctionDefinition,
        output: Output,
    ) -> Result<(Function, Duration), InitError> {
        Function::start(self.settings(definition), output).await
    }

    fn settings(&self, definition: &FunctionDefinition) -> FunctionSettings {
        let extra: Vec<_> = definition.environment.clone().into_iter().collect();
        let environment = Environment {
            handler: &definition.handler,
            task_root: &definition.code,
            function_name: &definition.name,
            memory_size: definition.memory_size,
            region: &self.region,
            management_endpoint: &self.management_endpoint,
            trust: &self.trust,
            extra: &extra,
        };
        let Self { region, account, .. } = self;
        FunctionSettings {
            environment: environment.variables(),
            command: self.command(definition),
            task_root: definition.code.clone(),
            arn: format!("arn:aws:lambda:{region}:{account}:function:{}", definition.name),
            name: definition.name.clone(),
            memory_size: definition.memory_size,
            concurrency: definition.concurrency,
            timeout: definition.timeout,
        }
    }

    fn command(&self, definition: &FunctionDefinition) -> Vec<OsString> {
        match &definition.runtime {
            Runtime::Command(command) => command.clone(),
            Runtime::Node { module } => {
                let (name, export) =
                    definition.handler.rsplit_once('.').unwrap_or((&definition.handler, "handler"));
                let file = module.clone().unwrap_or_else(|| node_module(&definition.code, name));
                vec!["node".into(), self.bootstrap.clone().into(), file.into(), export.into()]
            }
            Runtime::Python => {
                ["python3", "-m", "awslambdaric", &definition.handler].map(OsString::from).into()
            }
            Runtime::Provided => vec![definition.code.join("bootstrap").into()],
        }
    }
}

/// The first file that a handler's module name can mean.
fn node_module(code: &Path, name: &str) -> PathBuf {
    let candidates = ["mjs", "js", "cjs"].map(|extension| code.join(format!("{name}.{extension}")));
    let found = candidates.iter().find(|file| file.is_file());
    found.unwrap_or(&candidates[0]).clone()
}
