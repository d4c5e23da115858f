//! `AWS::Serverless::Function` and `AWS::Lambda::Function`.

use super::Options;
use super::code;
use super::properties::{self, FUNCTION};
use super::roles;
use super::stack::{Resource, Stack, at, texts};
use crate::api::{FunctionDefinition, Runtime, Variables};
use std::collections::BTreeMap;
use std::time::Duration;

/// Lambda's default ("Configure Lambda function timeout").
const TIMEOUT_SECONDS: u64 = 3;
/// Lambda's default in MB ("Configure Lambda function memory").
const MEMORY_SIZE: u64 = 128;

/// The functions of a stack, and those that the API needs.
pub(super) struct Functions<'a> {
    stack: &'a Stack,
    options: &'a Options<'a>,
    stage_variables: &'a Variables,
    by_name: BTreeMap<String, &'a Resource>,
}

impl<'a> Functions<'a> {
    /// Finds the functions of a stack.
    pub(super) fn new(
        stack: &'a Stack,
        options: &'a Options<'a>,
        stage_variables: &'a Variables,
    ) -> Self {
        let kinds = ["AWS::Serverless::Function", "AWS::Lambda::Function"];
        let all =
            stack.resources().iter().filter(|resource| kinds.contains(&resource.kind.as_str()));
        // A name that cannot be computed is told of where the function is used.
        let by_name = all.filter_map(|function| {
            stack.quietly(|| stack.function_name(function)).ok().map(|name| (name, function))
        });
        Self { stack, options, stage_variables, by_name: by_name.collect() }
    }

    /// The name of the function that an integration's or an authorizer's URI stands for.
    ///
    /// # Errors
    /// Half a sentence, when it is none of the template's.
    pub(super) fn by_uri(&self, uri: &str) -> Result<String, String> {
        let mut uri = uri.to_owned();
        for (name, value) in self.stage_variables {
            uri = uri.replace(&format!("${{stageVariables.{name}}}"), value);
        }
        if uri.is_empty() {
            return Err("it has no URI".to_owned());
        }
        let Some((_, function)) = uri.split_once(":function:") else {
            return Err(format!(
                "{uri} has not the form arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION_ARN/invocations"
            ));
        };
        if !uri.contains(":lambda:path/") {
            self.stack.notes.warn_once(0, "bare function ARN", format!(
                "{uri} is a function's ARN: an integration of a WebSocket API needs arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION_ARN/invocations"
            ));
        }
        let name = function.split(['/', ':']).next().unwrap_or_default();
        match self.by_name.contains_key(name) {
            true => Ok(name.to_owned()),
            false => Err(format!("the function {name} is not described in the template")),
        }
    }

    /// Why a function cannot run on this machine, if so.
    ///
    /// # Errors
    /// A sentence with the line, when its properties cannot be computed.
    pub(super) fn unsupported(&self, name: &str) -> Result<Option<String>, String> {
        let Some(function) = self.by_name.get(name) else { return Ok(None) };
        if self.stack.text(function, "PackageType")?.as_deref() == Some("Image") {
            return Ok(Some("is a container image, which is not run here".to_owned()));
        }
        let runtime = self.stack.text(function, "Runtime")?;
        Ok(match runtime {
            Some(name) if runtime_of(&name).is_none() => Some(format!(
                "has the runtime {name}, which is not run here: nodejs, python and provided are"
            )),
            _ => None,
        })
    }

    /// The definitions of functions by name.
    ///
    /// # Errors
    /// A sentence with the line, when one cannot be understood, or its code is not there.
    pub(super) fn start<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
    ) -> Result<BTreeMap<String, FunctionDefinition>, String> {
        let mut definitions = BTreeMap::new();
        for name in names {
            if let Some(resource) = self.by_name.get(name)
                && !definitions.contains_key(name)
            {
                definitions.insert(name.to_owned(), self.definition(name, resource)?);
            }
        }
        Ok(definitions)
    }

    fn definition(&self, name: &str, resource: &Resource) -> Result<FunctionDefinition, String> {
        let stack = self.stack;
        properties::check(stack, resource, &FUNCTION);
        let line = resource.line();
        if let Some(reason) = self.unsupported(name)? {
            return Err(at(line, format!("{} {reason}", resource.name)));
        }
        let runtime_name = stack.text(resource, "Runtime")?;
        let runtime = runtime_name.as_deref().and_then(runtime_of);
        let runtime =
            runtime.ok_or_else(|| at(line, format!("{} has no Runtime", resource.name)))?;
        let handler = stack.text(resource, "Handler")?.unwrap_or_default();
        if handler.is_empty() && runtime != Runtime::Provided {
            return Err(at(
                line,
                format!("{} has no Handler, such as index.handler", resource.name),
            ));
        }
        if stack.property(resource, "Layers")?.is_some_and(|layers| !layers.items().is_empty()) {
            stack.notes.warn(
                line,
                format!(
                    "Layers of {} are not mounted: their files must be found in its code",
                    resource.name
                ),
            );
        }
        let environment = stack.property(resource, "Environment")?;
        let variables = environment.as_ref().and_then(|node| node.get("Variables"));
        let mut environment = variables.map_or(Ok(Variables::new()), |node| {
            texts(node, &format!("the environment of {}", resource.name))
        })?;
        environment.extend(self.options.environment.clone());
        let timeout = stack.number(resource, "Timeout")?.unwrap_or(TIMEOUT_SECONDS).clamp(1, 900);
        let memory =
            stack.number(resource, "MemorySize")?.unwrap_or(MEMORY_SIZE).clamp(128, 10_240);
        Ok(FunctionDefinition {
            name: name.to_owned(),
            code: code::find(stack, resource, &runtime, &handler, self.options)?,
            runtime,
            handler,
            environment,
            memory_size: memory as u32,
            timeout: Duration::from_secs(timeout),
            concurrency: self.concurrency(resource)?,
            role: roles::of_function(stack, resource)?,
        })
    }

    fn concurrency(&self, resource: &Resource) -> Result<usize, String> {
        let most = self.options.concurrency;
        match self.stack.number(resource, "ReservedConcurrentExecutions")? {
            Some(0) => {
                let sentence = format!(
                    "{} has a reserved concurrency of 0: on AWS it never runs, here it does",
                    resource.name
                );
                self.stack.notes.warn(resource.line(), sentence);
                Ok(1)
            }
            Some(reserved) => Ok(usize::try_from(reserved).unwrap_or(most).min(most)),
            None => Ok(most),
        }
    }
}

fn runtime_of(name: &str) -> Option<Runtime> {
    match name {
        _ if name.starts_with("nodejs") => Some(Runtime::Node { module: None }),
        _ if name.starts_with("python") => Some(Runtime::Python),
        _ if name.starts_with("provided") => Some(Runtime::Provided),
        _ => None,
    }
}
