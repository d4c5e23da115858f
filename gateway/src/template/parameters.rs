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
    let is_secret = declaration.get("NoEcho").and_then(Node::as_bool) == Some(true);
    let shown = if is_secret { "****" } else { value };
    let refuse = |why: String| {
        Err(at(declaration.line, format!("the parameter {name} is {shown:?}, {why}")))
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

#[cfg(test)]
mod tests {
    use super::super::testing::stack;
    use super::*;

    fn value(declaration: &str, given: &[(&str, &str)]) -> Result<String, String> {
        let stack = stack(&format!("Parameters: {{P: {declaration}}}"), given);
        stack.reference("P", 0).map(|node| node.unwrap().to_json().to_string())
    }

    #[test]
    fn a_value_is_the_given_one_or_the_default_and_fits_its_declaration() {
        for (declaration, given, expected) in [
            ("{Type: String, Default: a}", None, "\"a\""),
            ("{Type: String, Default: a}", Some("b=c"), "\"b=c\""),
            ("{Type: String, Default: ''}", None, "\"\""),
            ("{Type: 'List<Number>', Default: '1, 2'}", None, "[\"1\",\"2\"]"),
            ("{Type: Number, Default: 4, MaxValue: 5}", Some("5"), "\"5\""),
            ("{Type: 'AWS::SSM::Parameter::Value<String>', Default: /a/b}", None, "\"/a/b\""),
        ] {
            let given: Vec<_> = given.iter().map(|value| ("P", *value)).collect();
            assert_eq!(value(declaration, &given).as_deref(), Ok(expected), "{declaration}");
        }
        for (declaration, given, part) in [
            ("{Type: String}", None, "--parameter P=VALUE"),
            ("{Type: Number}", Some("x"), "is no number"),
            ("{Type: Number, MaxValue: 5}", Some("6"), "MaxValue"),
            ("{Type: 'List<Number>', MinValue: 2}", Some("2,1"), "MinValue"),
            ("{Type: String, MinLength: 3}", Some("ab"), "MinLength"),
            (
                "{Type: String, AllowedValues: [a, b]}",
                Some("c"),
                "is \"c\", but must be one of a, b",
            ),
            ("{Type: String, NoEcho: true, MinLength: 3}", Some("ab"), "is \"****\","),
        ] {
            let given: Vec<_> = given.iter().map(|value| ("P", *value)).collect();
            let error = value(declaration, &given).unwrap_err();
            assert!(error.contains(part), "{declaration}: {error}");
        }
    }

    #[test]
    fn a_parameter_that_is_not_declared_is_refused() {
        let given = BTreeMap::from([("Other".to_owned(), "1".to_owned())]);
        let error = Parameters::new(None, &given).unwrap_err();
        assert!(error.contains("it has none"), "{error}");
    }
}
