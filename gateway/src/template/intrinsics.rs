//! CloudFormation's functions ("Intrinsic function reference").

use super::node::{Node, Value};
use super::parameters::Parameter;
use super::stack::{Stack, at};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The longest text that a function may make; environment variables of a function have 4 KB together.
const LONGEST_TEXT: usize = 256 * 1024;

impl Stack {
    /// A value with all functions in it computed; `None` is `AWS::NoValue`.
    ///
    /// # Errors
    /// A sentence with the line, when one cannot be.
    pub(super) fn resolve(&self, node: &Node) -> Result<Option<Node>, String> {
        self.deeper(node.line, || match &node.value {
            Value::Scalar { .. } => Ok(Some(node.clone())),
            Value::List(items) => {
                let items = items.iter().filter_map(|item| self.resolve(item).transpose());
                Ok(Some(Node::list(node.line, items.collect::<Result<_, _>>()?)))
            }
            Value::Map(entries) => {
                if let Some((name, argument)) = node.as_single()
                    && (name == "Ref" || name.starts_with("Fn::"))
                {
                    return self.call(name, argument, node.line);
                }
                let mut resolved = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    if let Some(mut value_node) = self.resolve(value)? {
                        value_node.line = value.line;
                        resolved.push((key.clone(), value_node));
                    }
                }
                Ok(Some(Node::map(node.line, resolved)))
            }
        })
    }

    fn call(&self, name: &str, argument: &Node, line: usize) -> Result<Option<Node>, String> {
        let text = |text: String| {
            if text.len() > LONGEST_TEXT {
                return Err(at(line, format!("{name} makes a text of {} bytes", text.len())));
            }
            Ok(Some(Node::text(line, text)))
        };
        match name {
            "Ref" => {
                let name = argument.as_text().ok_or_else(|| at(line, "Ref needs a name"))?;
                self.reference(name, line)
            }
            "Fn::GetAtt" => {
                let (resource, attribute) = self.attribute_path(argument)?;
                self.attribute(&resource, &attribute, line).map(Some)
            }
            "Fn::Sub" => text(self.substitute(argument)?),
            "Fn::Join" => {
                let [separator, items] = self.arguments(name, argument)?;
                let items: Result<Vec<String>, String> =
                    items.one_or_many().iter().map(|item| scalar(name, item)).collect();
                text(items?.join(&scalar_or_empty(&separator)))
            }
            "Fn::Select" => {
                let [index, items] = self.arguments(name, argument)?;
                let index: usize = scalar(name, &index)?
                    .parse()
                    .map_err(|_| at(line, "Fn::Select needs an index from 0"))?;
                let item = items.items().get(index).cloned();
                let error = || {
                    at(
                        line,
                        format!(
                            "Fn::Select: there is no item {index} in a list of {}",
                            items.items().len()
                        ),
                    )
                };
                item.ok_or_else(error).map(Some)
            }
            "Fn::Split" => {
                let [separator, source] = self.arguments(name, argument)?;
                let (separator, source) = (scalar(name, &separator)?, scalar(name, &source)?);
                if separator.is_empty() {
                    return Err(at(line, "Fn::Split needs a separator"));
                }
                let parts = source.split(&separator).map(|part| Node::text(line, part));
                Ok(Some(Node::list(line, parts.collect())))
            }
            "Fn::If" => {
                let [condition, then, otherwise] = argument.items() else {
                    return Err(at(line, "Fn::If needs a condition and two values"));
                };
                let name = scalar(name, condition)?;
                let chosen = if self.condition(&name, line)? { then } else { otherwise };
                self.resolve(chosen)
            }
            "Fn::FindInMap" => self.find_in_map(argument, line).map(Some),
            "Fn::Base64" => {
                let source = self.resolve(argument)?.unwrap_or_else(|| Node::text(line, ""));
                text(STANDARD.encode(scalar(name, &source)?))
            }
            "Fn::Length" => {
                let items = self.resolve(argument)?.unwrap_or_else(|| Node::list(line, Vec::new()));
                text(items.items().len().to_string())
            }
            "Fn::ToJsonString" => {
                let value = self.resolve(argument)?.unwrap_or_else(|| Node::empty(line));
                text(value.to_json().to_string())
            }
            "Fn::GetAZs" => {
                let zone = |letter| Node::text(line, format!("{}{letter}", self.place.region));
                Ok(Some(Node::list(line, ["a", "b", "c"].map(zone).into())))
            }
            "Fn::ImportValue" => {
                let export =
                    self.resolve(argument)?.as_ref().map_or_else(String::new, scalar_or_empty);
                self.warn_unknown(line, &format!("the imported value {export}"), &export);
                text(export)
            }
            "Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not" => {
                text(self.truth(&Node::single(line, name, argument.clone()))?.to_string())
            }
            "Fn::Cidr" | "Fn::Transform" => {
                self.warn_unknown(line, &format!("the result of {name}"), name);
                text(name.to_owned())
            }
            _ => Err(at(line, format!("{name} is not supported"))),
        }
    }

    /// What `Ref` gives for a pseudo parameter, a parameter or a resource.
    pub(super) fn reference(&self, name: &str, line: usize) -> Result<Option<Node>, String> {
        let place = &self.place;
        let text = match name {
            "AWS::NoValue" => return Ok(None),
            "AWS::NotificationARNs" => return Ok(Some(Node::list(line, Vec::new()))),
            "AWS::Region" => place.region.clone(),
            "AWS::AccountId" => place.account.clone(),
            "AWS::Partition" => place.partition().to_owned(),
            "AWS::StackName" => place.stack_name.clone(),
            "AWS::StackId" => {
                place.arn("cloudformation", &format!("stack/{}/local", place.stack_name))
            }
            "AWS::URLSuffix" => place.url_suffix().to_owned(),
            _ => {
                return match self.parameters.get(name)? {
                    Some(Parameter::Value(mut value)) => {
                        value.line = line;
                        Ok(Some(value))
                    }
                    Some(Parameter::Stored(stored)) => {
                        self.warn_unknown(
                            line,
                            &format!("the parameter {name}, stored in Systems Manager,"),
                            &stored,
                        );
                        Ok(Some(Node::text(line, stored)))
                    }
                    None => self.resource_reference(name, line).map(Some),
                };
            }
        };
        Ok(Some(Node::text(line, text)))
    }

    /// The resource and the attribute of `Fn::GetAtt`, which takes a list or `resource.attribute`.
    fn attribute_path(&self, argument: &Node) -> Result<(String, String), String> {
        let error = || at(argument.line, "Fn::GetAtt needs a resource and an attribute");
        if let Some(text) = argument.as_text() {
            let (resource, attribute) = text.split_once('.').ok_or_else(error)?;
            return Ok((resource.to_owned(), attribute.to_owned()));
        }
        let [resource, attribute] = self.arguments("Fn::GetAtt", argument)?;
        Ok((scalar("Fn::GetAtt", &resource)?, scalar("Fn::GetAtt", &attribute)?))
    }

    fn substitute(&self, argument: &Node) -> Result<String, String> {
        let line = argument.line;
        let (pattern, variables) = match argument.items() {
            [pattern, variables] => (scalar("Fn::Sub", pattern)?, variables.entries()),
            _ => (scalar("Fn::Sub", argument)?, &[][..]),
        };
        let mut result = String::with_capacity(pattern.len());
        let mut rest = pattern.as_str();
        while let Some(start) = rest.find("${") {
            result.push_str(&rest[..start]);
            let inside = &rest[start + 2..];
            let end = inside.find('}').ok_or_else(|| at(line, "Fn::Sub has a ${ without }"))?;
            let name = inside[..end].trim();
            rest = &inside[end + 1..];
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str(&format!("${{{literal}}}"));
                continue;
            }
            let value = match variables.iter().find(|(variable, _)| variable == name) {
                Some((_, value)) => self.resolve(value)?,
                None => self.deeper(line, || self.named(name, line))?,
            };
            let value = value.ok_or_else(|| at(line, format!("Fn::Sub: {name} has no value")))?;
            result.push_str(&scalar("Fn::Sub", &value)?);
            if result.len() > LONGEST_TEXT {
                return Err(at(line, "Fn::Sub makes a text that is too long"));
            }
        }
        result.push_str(rest);
        Ok(result)
    }

    /// What stands in `${}`: the name of `Ref`, or `resource.attribute`.
    fn named(&self, name: &str, line: usize) -> Result<Option<Node>, String> {
        match name.split_once('.') {
            Some((resource, attribute)) => self.attribute(resource, attribute, line).map(Some),
            None => self.reference(name, line),
        }
    }

    fn find_in_map(&self, argument: &Node, line: usize) -> Result<Node, String> {
        let keys = argument.items().iter().take(3).map(|key| {
            let key = self.resolve(key)?;
            scalar("Fn::FindInMap", &key.unwrap_or_else(|| Node::text(line, "")))
        });
        let keys = keys.collect::<Result<Vec<String>, String>>()?;
        let path: Vec<&str> = keys.iter().map(String::as_str).collect();
        if path.len() != 3 {
            return Err(at(line, "Fn::FindInMap needs a map and two keys"));
        }
        if let Some(found) = self.mappings.at(&path) {
            return Ok(found.clone());
        }
        if let Some(default) =
            argument.items().get(3).and_then(|options| options.get("DefaultValue"))
        {
            return Ok(self.resolve(default)?.unwrap_or_else(|| Node::text(line, "")));
        }
        Err(at(line, format!("Fn::FindInMap: there is no {}", path.join("."))))
    }

    /// The resolved arguments of a function that takes so many.
    fn arguments<const COUNT: usize>(
        &self,
        name: &str,
        argument: &Node,
    ) -> Result<[Node; COUNT], String> {
        let error = || at(argument.line, format!("{name} needs a list of {COUNT} arguments"));
        let resolved = self.resolve(argument)?.ok_or_else(error)?;
        <[Node; COUNT]>::try_from(resolved.items().to_vec()).map_err(|_| error())
    }
}

fn scalar(function: &str, node: &Node) -> Result<String, String> {
    let error = || at(node.line, format!("{function} was given a list or map where text belongs"));
    match &node.value {
        Value::Scalar { .. } => Ok(scalar_or_empty(node)),
        _ => Err(error()),
    }
}

fn scalar_or_empty(node: &Node) -> String {
    node.as_text().unwrap_or_default().to_owned()
}
