//! The functions of the API, by name.

use crate::api::{Api, FunctionDefinition};
use crate::lambda::{Function, InvocationError, Launcher};
use crate::origin::Origin;
use crate::output::Output;
use crate::record::{Kind, Record, Tone};
use futures_util::future::join_all;
use hyper::body::Bytes;
use std::collections::BTreeMap;
use std::time::Duration;

/// The most functions that are started with the gateway.
const STARTED_AT_ONCE: usize = 2;

/// The running functions.
#[derive(Default)]
pub struct Functions {
    running: BTreeMap<String, Function>,
}

impl Functions {
    /// Makes the functions ready. Those of the command line, one or two, are started now, so that a mistake in them shows
    /// at once; returns how long the slowest took to load. More, as of a template, are started by their first
    /// invocations, as on AWS, so that a large API is ready at once and costs what is used of it; what can be seen to be
    /// wrong with one of them is printed.
    ///
    /// # Errors
    /// Sentences with the stack of the error, when functions cannot be started.
    pub async fn start(
        api: &Api,
        launcher: &Launcher,
        output: &Output,
    ) -> Result<(Self, Option<Duration>), String> {
        let function = |definition: &FunctionDefinition| {
            (definition.name.clone(), launcher.function(definition, output.clone()))
        };
        let running: BTreeMap<_, _> = api.functions.values().map(function).collect();
        let mut init = None;
        if running.len() <= STARTED_AT_ONCE {
            let started = join_all(running.values().map(Function::start)).await;
            let errors: Vec<_> = started.iter().filter_map(|init| init.as_ref().err()).collect();
            if !errors.is_empty() {
                let sentences: Vec<_> = errors.into_iter().map(ToString::to_string).collect();
                return Err(sentences.join("\n"));
            }
            init = started.into_iter().flatten().max();
        } else {
            tokio::spawn(check(running.clone(), output.clone()));
        }
        Ok((Self { running }, init))
    }

    /// Runs a function with one event and returns the JSON that it answered. The caller waits for it no longer than
    /// `limit`, the integration's timeout.
    ///
    /// The invocation runs to its end even when the returned future is dropped after its first poll.
    ///
    /// # Errors
    /// [`InvocationError`].
    pub async fn invoke(
        &self,
        name: &str,
        event: Vec<u8>,
        origin: &Origin,
        limit: Duration,
    ) -> Result<Bytes, InvocationError> {
        let function = self.running.get(name).ok_or(InvocationError::Unknown)?;
        function.invoke(event, origin, limit).await
    }

    /// The function of this name.
    pub fn get(&self, name: &str) -> Option<&Function> {
        self.running.get(name)
    }

    /// Ends all processes and waits until they are gone.
    pub async fn stop(&self) {
        join_all(self.running.values().map(Function::stop)).await;
    }
}

/// Prints what is wrong with functions that nobody has invoked yet.
async fn check(functions: BTreeMap<String, Function>, output: Output) {
    for (name, function) in functions {
        if let Err(sentence) = function.check().await {
            let text = format!("{name}: {sentence}");
            output.record(Record::new(Kind::Function, Tone::Bad, text).function(&name));
        }
    }
}
