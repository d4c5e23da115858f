//! The functions of the API, by name.

use crate::api::Api;
use crate::lambda::{Function, InvocationError, Launcher};
use crate::origin::Origin;
use crate::output::Output;
use futures_util::future::join_all;
use hyper::body::Bytes;
use std::collections::BTreeMap;
use std::time::Duration;

/// The running functions.
#[derive(Default)]
pub struct Functions {
    running: BTreeMap<String, Function>,
}

impl Functions {
    /// Starts all functions, one after the other, and returns how long the slowest took to load.
    ///
    /// # Errors
    /// A sentence with the function's name and the stack of its error, when one cannot be started.
    pub async fn start(
        api: &Api,
        launcher: &Launcher,
        output: &Output,
    ) -> Result<(Self, Duration), String> {
        let mut functions = Self::default();
        let mut slowest = Duration::ZERO;
        for definition in api.functions.values() {
            let (function, init) = launcher
                .start(definition, output.clone())
                .await
                .map_err(|error| error.to_string())?;
            slowest = slowest.max(init);
            functions.running.insert(definition.name.clone(), function);
        }
        Ok((functions, slowest))
    }

    /// Runs a function with one event and returns the JSON that it answered.
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
    ) -> Result<Bytes, InvocationError> {
        let function = self.running.get(name).ok_or(InvocationError::Unknown)?;
        function.invoke(event, origin).await
    }

    /// Ends all processes and waits until they are gone.
    pub async fn stop(&self) {
        join_all(self.running.values().map(Function::stop)).await;
    }
}
