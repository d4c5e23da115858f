//! How a function that the API describes is run on this machine.

use super::environment::{self, Environment, Trust};
use super::program::Program;
use super::{Function, FunctionSettings, Watchdog};
use crate::api::FunctionDefinition;
use crate::arn;
use crate::caller::Callers;
use crate::output::Output;
use crate::private_folder::PrivateFolder;
use crate::record::{Kind, Record, Tone};
use std::path::PathBuf;
use std::sync::Arc;

const BOOTSTRAP: &str = include_str!("bootstrap.mjs");
const LOAD: &str = include_str!("load.mjs");

/// What all functions of a gateway share.
#[derive(Debug)]
pub struct Launcher {
    bootstrap: PathBuf,
    trust: Trust,
    region: String,
    account: String,
    callers: Arc<Callers>,
    management_endpoint: String,
    watchdog: Arc<Watchdog>,
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
        callers: &Arc<Callers>,
        management_endpoint: String,
    ) -> Result<Self, String> {
        folder.write("load.mjs", LOAD)?;
        Ok(Self {
            bootstrap: folder.write("bootstrap.mjs", BOOTSTRAP)?,
            trust: Trust::write(folder.path(), authority_pem)?,
            region: region.to_owned(),
            account: account.to_owned(),
            callers: callers.clone(),
            management_endpoint,
            watchdog: folder.watchdog().clone(),
        })
    }

    /// A function that has not been started. Variables that Lambda would refuse are named in the log and left out.
    pub fn function(&self, definition: &FunctionDefinition, output: Output) -> Function {
        for name in definition.environment.keys().filter(|name| environment::is_reserved(name)) {
            let text = format!(
                "{}: the variable {name} is left out, since Lambda reserves it and refuses a function that sets it (region and credentials come from the gateway's own environment)",
                definition.name
            );
            output.record(Record::new(Kind::Function, Tone::Bad, text).function(&definition.name));
        }
        Function::new(self.settings(definition), output)
    }

    fn settings(&self, definition: &FunctionDefinition) -> FunctionSettings {
        let extra: Vec<_> = definition.environment.clone().into_iter().collect();
        let credentials = self.callers.variables(&definition.name);
        let environment = Environment {
            handler: &definition.handler,
            task_root: &definition.code,
            function_name: &definition.name,
            memory_size: definition.memory_size,
            region: &self.region,
            management_endpoint: &self.management_endpoint,
            credentials: &credentials.set,
            trust: &self.trust,
            extra: &extra,
        };
        let Self { region, account, .. } = self;
        FunctionSettings {
            environment: environment.variables(),
            removed: credentials.removed,
            program: Program::new(definition, &self.bootstrap),
            task_root: definition.code.clone(),
            arn: arn::of_function(region, account, &definition.name),
            name: definition.name.clone(),
            memory_size: definition.memory_size,
            concurrency: definition.concurrency,
            timeout: definition.timeout,
            watchdog: self.watchdog.clone(),
        }
    }
}
