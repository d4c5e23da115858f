//! `Parameters` of a template and the values that they have.

use super::node::Node;
use super::stack::at;
use std::collections::{BTreeMap, BTreeSet};

/// What is declared, and what the command line says.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    declared: BTreeMap<String, Node>,
    given: BTreeMap<String, String>,
}

/// What a parameter is.
pub(super) enum Parameter {
    /// Text, a number or a list.
    Value(Node),
    /// The value of a Systems Manager parameter of this name, which only a deployed stack knows.
    Stored(String),
}

impl Parameters {
    /// The declared parameters, with values that win over their defaults.
    ///
    /// # Errors
    /// A sentence, when a given name is not declared.
    pub(super) fn new(
        section: Option<&Node>,
        given: &BTreeMap<String, String>,
    ) -> Result<Self, String> {
        let declared: BTreeMap<_, _> =
            section.map_or(&[][..], Node::entries).iter().cloned().collect();
        if let Some(unknown) = given.keys().find(|name| !declared.contains_key(*name)) {
            let names: BTreeSet<_> = declared.keys().map(String::as_str).collect();
            let known = match names.is_empty() {
                true => "it has none".to_owned(),
                false => format!("it has {}", names.into_iter().collect::<Vec<_>>().join(", ")),
            };
            return Err(format!(
                "--parameter {unknown}: the template has no such parameter; {known}"
            ));
        }
        Ok(Self { declared, given: given.clone() })
    }

    /// A parameter's value; `None` when there is no such parameter.
    ///
    /// # Errors
    /// A sentence, when it has none, or one that its declaration rules out.
    pub(super) fn get(&self, name: &str) -> Result<Option<Parameter>, String> {
        let Some(declaration) = self.declared.get(name) else { return Ok(None) };
        let line = declaration.line;
        let given = self.given.get(name).map(String::as_str);
        let default = declaration.get("Default").and_then(Node::as_text);
        // A default of empty text is a value as well, which `get` takes for null when it is not quoted.
        let Some(text) = given.or(default).or(declaration.get("Default").map(|_| "")) else {
            return Err(at(
                line,
                format!(
                    "the parameter {name} has no default: give it with --parameter {name}=VALUE"
                ),
            ));
        };
        let kind = declaration.get("Type").and_then(Node::as_text).unwrap_or("String");
        if kind.starts_with("AWS::SSM::Parameter::Value") && given.is_none() {
            return Ok(Some(Parameter::Stored(text.to_owned())));
        }
        let is_list = kind == "CommaDelimitedList" || kind.contains("List<");
        let parts: Vec<&str> =
            if is_list { text.split(',').map(str::trim).collect() } else { vec![text] };
        for part in &parts {
            check(name, part, kind, declaration)?;
        }
        let value = match is_list {
            true => Node::list(line, parts.iter().map(|part| Node::text(line, *part)).collect()),
            false => Node::text(line, text),
        };
        Ok(Some(Parameter::Value(value)))
    }
}

/// `AllowedPattern` is left to the deployment: it says nothing about what the value means.
fn check(name: &str, value: &str, kind: &str, declaration: &Node) -> Result<(), String> {
    let refuse = |why: String| {
        Err(at(declaration.line, format!("the parameter {name} is {value:?}, {why}")))
    };
    if let Some(allowed) = declaration.get("AllowedValues") {
        let allowed: Vec<&str> = allowed.items().iter().filter_map(Node::as_text).collect();
        if !allowed.contains(&value) {
            return refuse(format!("but must be one of {}", allowed.join(", ")));
        }
    }
    let bound = |key: &str| declaration.get(key).and_then(Node::as_text)?.parse::<f64>().ok();
    let (measured, least, most) = if kind.contains("Number") {
        let Ok(number) = value.parse::<f64>() else {
            return refuse("which is no number".to_owned());
        };
        (number, "MinValue", "MaxValue")
    } else {
        (value.chars().count() as f64, "MinLength", "MaxLength")
    };
    for (key, fits) in [
        (least, bound(least).is_none_or(|least| measured >= least)),
        (most, bound(most).is_none_or(|most| measured <= most)),
    ] {
        if !fits {
            return refuse(format!("which its {key} rules out"));
        }
    }
    Ok(())
}
