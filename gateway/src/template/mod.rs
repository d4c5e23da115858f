//! Reads an AWS SAM or CloudFormation template, or a `serverless.yml`, into an [`Api`].
//!
//! All kinds become one: `sam` and `serverless` write out what their short forms stand for, as CloudFormation
//! resources; `stack` computes the functions in their properties; `websocket_api` reads the result.

mod authorizers;
mod code;
mod conditions;
mod functions;
mod integrations;
mod intrinsics;
mod managed_policies;
mod node;
mod notes;
mod parameters;
mod permissions;
mod properties;
mod references;
mod roles;
mod routes;
mod sam;
mod sam_websocket_api;
mod serverless;
mod stack;
mod stages;
#[cfg(test)]
mod testing;
mod websocket_api;
mod yaml;

pub use notes::NoteLines;

use crate::api::{Api, Variables};
use crate::private_folder::PrivateFolder;
use node::Node;
use notes::Notes;
use parameters::Parameters;
use stack::{Place, Stack};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The files that are looked for in the current folder where no flag names one.
pub const DEFAULT_FILES: [&str; 4] =
    ["template.yaml", "template.yml", "template.json", "serverless.yml"];

/// How a template is read.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// The folder that paths in the template start from.
    pub base: PathBuf,
    /// Values of parameters.
    pub parameters: Variables,
    /// The logical id of the API, where the template has several.
    pub api: Option<String>,
    /// The stage, where the template has several.
    pub stage: Option<String>,
    /// Variables of every function, which win over the template's.
    pub environment: Variables,
    /// Most processes of a function, whatever its reserved concurrency.
    pub concurrency: usize,
    /// The longest that an integration may take.
    pub integration_timeout: Duration,
    /// The region that a flag names, which wins over the template's.
    pub asked_region: Option<String>,
    /// The region where neither a flag nor the template names one.
    pub region: String,
    /// The account's number.
    pub account: String,
    /// Where inline code is written.
    pub folder: &'a PrivateFolder,
}

/// What a template says.
#[derive(Clone, Debug)]
pub struct Template {
    /// The API.
    pub api: Api,
    /// The region that it is in.
    pub region: String,
    /// What the owner should know.
    pub notes: NoteLines,
}

/// `AWS::URLSuffix` of a region.
pub fn url_suffix(region: &str) -> &'static str {
    if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
}

/// Reads a template.
///
/// # Errors
/// A sentence with the file, and the line where there is one.
pub fn read(path: &Path, options: &Options) -> Result<Template, String> {
    let place = |why: String| format!("{}: {why}", path.display());
    let text = read_file(path).map_err(place)?;
    let template = yaml::read(&text).map_err(place)?;
    from_node(template, options).map_err(place)
}

fn from_node(mut template: Node, options: &Options) -> Result<Template, String> {
    let notes = Notes::default();
    if serverless::is_service(&template) {
        return from_service(&template, options, notes);
    }
    if template.get("Resources").is_none_or(|resources| resources.entries().is_empty()) {
        return Err(
            "it has no Resources: name a SAM or CloudFormation template, or a serverless.yml"
                .to_owned(),
        );
    }
    check_sections(&template, &notes);
    let parameters = Parameters::new(template.get("Parameters"), &options.parameters)?;
    let generated = sam::expand(&mut template)?;
    let place = Place {
        region: options.region.clone(),
        account: options.account.clone(),
        stack_name: "local".to_owned(),
    };
    let mut stack = Stack::new(&template, parameters, place, notes)?;
    stack.generated = generated;
    build(stack, options)
}

fn from_service(file: &Node, options: &Options, notes: Notes) -> Result<Template, String> {
    let service = serverless::expand(file, options, &notes)?;
    let parameters = Parameters::new(service.template.get("Parameters"), &Variables::new())?;
    let account = options.account.clone();
    let place = Place { region: service.region, account, stack_name: service.stack_name };
    let mut stack = Stack::new(&service.template, parameters, place, notes)?;
    stack.generated = service.generated;
    build(stack, options)
}

fn build(stack: Stack, options: &Options) -> Result<Template, String> {
    let api = websocket_api::build(&stack, options)?;
    Ok(Template { api, region: stack.place.region.clone(), notes: stack.notes.into_lines() })
}

/// Warns of sections of a template that are not understood.
fn check_sections(template: &Node, notes: &Notes) {
    let known = [
        "AWSTemplateFormatVersion",
        "Transform",
        "Description",
        "Metadata",
        "Parameters",
        "Mappings",
        "Conditions",
        "Resources",
        "Outputs",
        "Globals",
        "Rules",
        "Hooks",
    ];
    for (section, node) in template.entries() {
        if !known.contains(&section.as_str()) {
            notes.warn(node.line, format!("the section {section} is not understood"));
        }
    }
    let transforms = template.get("Transform").map_or(&[][..], Node::one_or_many);
    for transform in transforms {
        let name = transform.as_text().or_else(|| transform.get("Name")?.as_text()).unwrap_or("it");
        if !["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions"].contains(&name) {
            notes.warn(transform.line, format!("the transform {name} is not run"));
        }
    }
}

/// Reads a file of a bounded size.
fn read_file(path: &Path) -> Result<String, String> {
    let file = std::fs::File::open(path).map_err(|error| format!("it cannot be read: {error}"))?;
    let mut bytes = Vec::new();
    let read = file.take(yaml::LARGEST_FILE + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("it cannot be read: {error}"))?;
    if bytes.len() as u64 > yaml::LARGEST_FILE {
        return Err(format!("it is larger than {} bytes", yaml::LARGEST_FILE));
    }
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    Ok(text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned))
}
