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

#[cfg(test)]
mod tests {
    use super::super::testing::stack;
    use super::super::yaml;
    use serde_json::{Value, json};

    const TEMPLATE: &str = "
Parameters:
  Name: {Type: String, Default: chat}
  Zones: {Type: CommaDelimitedList, Default: 'a, b,c'}
Mappings: {Sizes: {dev: {Memory: 128}, prod: {Memory: 512}}}
Conditions: {Yes: !Equals [!Ref Name, chat], No: !Not [!Condition Yes]}
Resources:
  F: {Type: 'AWS::Serverless::Function', Properties: {FunctionName: !Sub '${Name}-f', AutoPublishAlias: live}}
  Plain: {Type: 'AWS::Lambda::Function'}
  Table: {Type: 'AWS::DynamoDB::Table'}
  Bucket: {Type: 'AWS::S3::Bucket'}
  Named: {Type: 'AWS::DynamoDB::Table', Properties: {TableName: items}}
  Api: {Type: 'AWS::ApiGatewayV2::Api'}
  Gone: {Type: 'AWS::S3::Bucket', Condition: No}
";

    fn resolve(expression: &str) -> Result<Option<Value>, String> {
        let node = yaml::read(expression).unwrap();
        Ok(stack(TEMPLATE, &[]).resolve(&node)?.map(|node| node.to_json()))
    }

    #[test]
    fn functions_are_computed_as_cloudformation_does() {
        for (expression, expected) in [
            ("!Ref Name", json!("chat")),
            ("!Ref Zones", json!(["a", "b", "c"])),
            ("!Ref AWS::AccountId", json!("000000000000")),
            ("!Ref F", json!("chat-f")),
            ("!Ref Plain", json!("Plain")),
            ("!Ref Named", json!("items")),
            ("!GetAtt F.Arn", json!("arn:aws:lambda:us-east-1:000000000000:function:chat-f")),
            ("{Ref: F.Alias}", json!("arn:aws:lambda:us-east-1:000000000000:function:chat-f:live")),
            ("!GetAtt [Named, Arn]", json!("arn:aws:dynamodb:us-east-1:000000000000:table/items")),
            ("!GetAtt Api.ApiEndpoint", json!("wss://Api.execute-api.us-east-1.amazonaws.com")),
            (
                "!Sub '${Name}/${!Name}/${AWS::Region}/${Plain.Arn}'",
                json!(
                    "chat/${Name}/us-east-1/arn:aws:lambda:us-east-1:000000000000:function:Plain"
                ),
            ),
            ("!Sub ['${X}${Name}', {X: !Ref AWS::Partition}]", json!("awschat")),
            ("!Join ['-', [a, !Ref Name, !Ref AWS::NoValue]]", json!("a-chat")),
            ("!Join [',', !Ref Zones]", json!("a,b,c")),
            ("!Select [1, !Split ['/', 'a/b/c']]", json!("b")),
            ("!If [Yes, 1, 2]", json!(1)),
            ("!If [No, 1, {a: !Ref Name}]", json!({"a": "chat"})),
            ("{a: !If [No, 1, !Ref AWS::NoValue], b: [!Ref AWS::NoValue, 2]}", json!({"b": [2]})),
            ("!FindInMap [Sizes, !If [No, dev, prod], Memory]", json!(512)),
            ("Fn::FindInMap: [Sizes, none, Memory, {DefaultValue: 1}]", json!(1)),
            ("!Base64 chat", json!("Y2hhdA==")),
            ("!GetAZs ''", json!(["us-east-1a", "us-east-1b", "us-east-1c"])),
            ("Fn::Length: !Ref Zones", json!("3")),
            ("Fn::ToJsonString: {a: [1, x]}", json!("{\"a\":[1,\"x\"]}")),
        ] {
            assert_eq!(resolve(expression), Ok(Some(expected)), "{expression}");
        }
        assert_eq!(resolve("!Ref AWS::NoValue"), Ok(None));
    }

    #[test]
    fn what_only_a_deployed_stack_knows_has_a_placeholder_and_one_warning() {
        let stack = stack(TEMPLATE, &[]);
        for (expression, placeholder) in [
            ("!Ref Bucket", "Bucket"),
            ("!Ref Bucket", "Bucket"),
            ("!GetAtt Table.StreamArn", "Table.StreamArn"),
            ("!ImportValue shared", "shared"),
        ] {
            let node = yaml::read(expression).unwrap();
            let resolved = stack.resolve(&node).unwrap().unwrap();
            assert_eq!(resolved.as_text(), Some(placeholder), "{expression}");
        }
        stack.quietly(|| stack.resolve(&yaml::read("!ImportValue other").unwrap())).unwrap();
        assert_eq!(stack.notes.into_lines().warnings.len(), 3);
    }

    #[test]
    fn a_table_without_a_name_goes_by_its_logical_id_and_a_remark_says_so() {
        let stack = stack(TEMPLATE, &[]);
        for expression in ["!Ref Table", "!Sub '${Table}'", "!Ref Named"] {
            stack.resolve(&yaml::read(expression).unwrap()).unwrap();
        }
        let notes = stack.notes.into_lines();
        assert_eq!(notes.warnings, [""; 0]);
        let remark = "tables without a TableName go by their logical ids: Table";
        assert_eq!(notes.remarks, [remark]);
    }

    #[test]
    fn what_cannot_be_computed_is_an_error_with_its_line() {
        for (expression, part) in [
            ("!Ref Nope", "line 1: there is no parameter and no resource Nope"),
            ("a:\n  - !GetAtt Nope.Arn", "line 2: there is no parameter and no resource Nope"),
            ("!Ref Gone", "Gone is used, but its condition is false"),
            ("!Sub '${Name'", "without }"),
            ("!Select [7, [a]]", "there is no item 7 in a list of 1"),
            ("!Join [a]", "needs a list of 2 arguments"),
            ("!If [Maybe, 1, 2]", "there is no condition Maybe"),
            ("!FindInMap [Sizes, none, Memory]", "there is no Sizes.none.Memory"),
            ("Fn::ForEach: [x]", "Fn::ForEach is not supported"),
            ("!Sub '${Zones}'", "a list or map where text belongs"),
        ] {
            let error = resolve(expression).unwrap_err();
            assert!(error.contains(part), "{expression}: {error}");
        }
    }

    #[test]
    fn functions_that_double_or_lead_back_to_themselves_come_to_an_end() {
        let mut doubling = "x".to_owned();
        for _ in 0..30 {
            doubling = format!("{{Fn::Sub: ['${{a}}${{a}}', {{a: {doubling}}}]}}");
        }
        assert!(resolve(&doubling).unwrap_err().contains("too"));
        let circle = "
Resources:
  A: {Type: 'AWS::Lambda::Function', Properties: {FunctionName: !Sub '${B}${B}'}}
  B: {Type: 'AWS::Lambda::Function', Properties: {FunctionName: !Ref A}}
";
        let error = stack(circle, &[]).resolve(&yaml::read("!Ref A").unwrap()).unwrap_err();
        assert!(
            error.contains("lead back to themselves") || error.contains("too many steps"),
            "{error}"
        );
    }
}
