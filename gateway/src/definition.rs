//! The API that the command line describes.

use crate::api::{Api, Authorizer, FunctionDefinition, Role, Runtime, Stage, Throttle};
use crate::args::{Args, RouteThrottle};
use crate::handler;
use crate::private_folder::PrivateFolder;
use crate::route::CONNECT;
use crate::route_flags;
use crate::template::{self, NoteLines};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

const API_ID: &str = "gatesocket";
/// The stage where neither a flag nor a template names one.
pub const STAGE: &str = "production";

/// The API to run, and what its owner should know of it.
#[derive(Debug)]
pub struct Definition {
    /// The API.
    pub api: Api,
    /// The region that it is in.
    pub region: String,
    /// What it was read from, for people.
    pub source: String,
    /// What was noticed while it was read.
    pub notes: NoteLines,
}

/// Reads the API that the command line names. What a template has inline is written into `folder`.
///
/// # Errors
/// A sentence, when a flag names something that is not there, or the template cannot be understood.
pub fn read(args: &Args, folder: &PrivateFolder) -> Result<Definition, String> {
    let (region, account) = (args.permissions.region(), args.permissions.account.as_str());
    match &args.template.template {
        Some(path) => from_template(args, path, region, account, folder),
        None => {
            let source = args.function.runtime_command.clone().or(args.function.handler.clone());
            let (api, notes) = (from_flags(args)?, NoteLines::default());
            Ok(Definition { api, region, source: source.unwrap_or_default(), notes })
        }
    }
}

/// What flags say of limits, stage variables and the environment wins over the template.
fn from_template(
    args: &Args,
    path: &Path,
    region: String,
    account: &str,
    folder: &PrivateFolder,
) -> Result<Definition, String> {
    if args.permissions.api_id.is_some() {
        return Err(format!("--api-id has no place here: {} names the API", path.display()));
    }
    let beside = path.parent().filter(|base| !base.as_os_str().is_empty());
    let options = template::Options {
        base: beside.unwrap_or(Path::new(".")).to_owned(),
        parameters: args.template.parameters.iter().cloned().collect(),
        api: args.template.api.clone(),
        stage: args.api.stage.clone(),
        environment: args.function.environment()?.into_iter().collect(),
        concurrency: usize::from(args.function.concurrency),
        integration_timeout: args.limits.integration_timeout.0,
        asked_region: args.permissions.region.clone(),
        region,
        account: account.to_owned(),
        folder,
    };
    let template::Template { mut api, region, mut notes } = template::read(path, &options)?;
    if args.template.is_found {
        notes.remarks.insert(
            0,
            "used because it lies in this folder and no flag says what to run".to_owned(),
        );
    }
    let keys: Vec<String> = api.routes.keys().cloned().collect();
    api.stage.variables.extend(args.api.stage_variable.iter().cloned());
    api.stage.route_throttles.extend(route_throttles(args, &keys)?);
    if let Some(throttle) = args.limits.stage_throttle {
        api.stage.throttle = throttle.0;
    }
    if let Some(documents) = args.permissions.policies()? {
        for function in api.functions.values_mut() {
            function.role.policies.get_or_insert_default().extend(documents.iter().cloned());
        }
    }
    Ok(Definition { api, region, source: path.display().to_string(), notes })
}

impl Definition {
    /// Puts the gateway's own address where the template names the API's default endpoint, such as
    /// `https://${Api}.execute-api.${AWS::Region}.amazonaws.com/dev` in a function's environment.
    pub fn use_address(&mut self, address: &str) {
        let suffix = template::url_suffix(&self.region);
        let domain = format!("{}.execute-api.{}.{suffix}", self.api.id, self.region);
        let functions = self.api.functions.values_mut();
        for value in functions.flat_map(|function| function.environment.values_mut()) {
            *value = value.replace(&domain, address);
        }
    }
}

/// Makes the API of `--handler` or `--runtime-command`: one function behind every route that has no flag of its own.
///
/// # Errors
/// A sentence, when a flag names something that is not there.
fn from_flags(args: &Args) -> Result<Api, String> {
    let has_function = args.function.handler.is_some() || args.function.runtime_command.is_some();
    let function = has_function.then(|| function(args)).transpose()?;
    let name = function.as_ref().map(|function| function.name.clone());
    let authorizer = authorizer(args, name.as_deref().unwrap_or_default())?;
    let timeout = args.limits.integration_timeout.0;
    let routes = route_flags::routes(&args.api, name.as_deref(), timeout)?;
    let route_throttles = route_throttles(args, &routes.keys().cloned().collect::<Vec<_>>())?;
    let mut api = Api {
        id: args.permissions.api_id.clone().unwrap_or_else(|| API_ID.to_owned()),
        stage: Stage {
            name: args.api.stage.clone().unwrap_or_else(|| STAGE.to_owned()),
            variables: args.api.stage_variable.iter().cloned().collect(),
            throttle: args.limits.stage_throttle.and_then(|throttle| throttle.0),
            route_throttles,
        },
        route_selection_expression: args.api.route_selection_expression.clone(),
        routes,
        authorizers: BTreeMap::new(),
        functions: function.into_iter().map(|function| (function.name.clone(), function)).collect(),
    };
    if let Some(function) = authorizer {
        let connect = api.routes.get_mut(CONNECT).ok_or(
            "--authorizer guards $connect, which is not among the routes: add --route '$connect'",
        )?;
        connect.authorizer = Some(function.name.clone());
        let identity_sources = args.authorizer.identity_source.clone();
        let described = Authorizer { function: function.name.clone(), identity_sources };
        api.authorizers.insert(function.name.clone(), described);
        api.functions.insert(function.name.clone(), function);
    }
    Ok(api)
}

/// The function of `--authorizer`: like that of `--handler`, with a file and a name of its own.
fn authorizer(args: &Args, handler_name: &str) -> Result<Option<FunctionDefinition>, String> {
    let Some(file) = &args.authorizer.authorizer else { return Ok(None) };
    let found = handler::find("--authorizer", file, None)?;
    let shortened: String = handler_name.chars().take(64 - "-authorizer".len()).collect();
    let name = format!("{shortened}-authorizer");
    Ok(Some(FunctionDefinition {
        role: Role { name: format!("{name}-role"), policies: None },
        name,
        code: found.code,
        handler: found.name,
        runtime: found.runtime,
        environment: args.function.environment()?.into_iter().collect(),
        memory_size: args.function.memory_size,
        timeout: args.limits.integration_timeout.0,
        concurrency: usize::from(args.function.concurrency),
    }))
}

fn route_throttles(args: &Args, keys: &[String]) -> Result<BTreeMap<String, Throttle>, String> {
    let known = |limit: &RouteThrottle| match keys.contains(&limit.route_key) {
        true => Ok((limit.route_key.clone(), limit.throttle)),
        false => Err(format!(
            "--route-throttle names the route {:?}, which is not there: the routes are {}",
            limit.route_key,
            keys.join(", ")
        )),
    };
    args.limits.route_throttle.iter().map(known).collect()
}

fn function(args: &Args) -> Result<FunctionDefinition, String> {
    let flags = &args.function;
    let task_root = flags.task_root.as_ref().map(|root| {
        let found = root.canonicalize().ok().filter(|root| root.is_dir());
        found.ok_or_else(|| format!("--task-root {} is no folder", root.display()))
    });
    let task_root = task_root.transpose()?;
    let (runtime, handler, code) = match &flags.runtime_command {
        Some(command) => {
            let here = || {
                std::env::current_dir()
                    .map_err(|error| format!("the current folder cannot be found: {error}"))
            };
            let command = handler::split_command(command)?.into_iter().map(OsString::from);
            let code = task_root.map_or_else(here, Ok)?;
            (Runtime::Command(command.collect()), flags.handler.clone().unwrap_or_default(), code)
        }
        None => {
            let name = flags.handler.as_deref().unwrap_or_default();
            let found = handler::find("--handler", name, task_root.as_deref())?;
            (found.runtime, found.name, found.code)
        }
    };
    let name = flags.function_name.clone().unwrap_or_else(|| default_name(&code));
    Ok(FunctionDefinition {
        role: Role { name: format!("{name}-role"), policies: args.permissions.policies()? },
        name,
        runtime,
        handler,
        code,
        environment: flags.environment()?.into_iter().collect(),
        memory_size: flags.memory_size,
        timeout: flags.timeout.unwrap_or(args.limits.integration_timeout).0,
        concurrency: usize::from(flags.concurrency),
    })
}

/// The folder's name, as far as a Lambda function may have it.
fn default_name(folder: &Path) -> String {
    let folder = folder.file_name().unwrap_or_default().to_string_lossy();
    let allowed = |c: char| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '-' };
    let name: String = folder.chars().take(64).map(allowed).collect();
    if name.is_empty() { "function".to_owned() } else { name }
}
