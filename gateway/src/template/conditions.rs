//! `Conditions` ("Condition functions" in the CloudFormation guide).

use super::node::Node;
use super::stack::{Stack, at};

impl Stack {
    /// Whether a condition holds.
    ///
    /// # Errors
    /// A sentence with the line, when there is none of this name, or it cannot be computed.
    pub(super) fn condition(&self, name: &str, line: usize) -> Result<bool, String> {
        if let Some(known) = self.known_conditions.borrow().get(name) {
            return Ok(*known);
        }
        let condition = self
            .conditions
            .get(name)
            .ok_or_else(|| at(line, format!("there is no condition {name}")))?;
        let holds = self.truth(condition)?;
        self.known_conditions.borrow_mut().insert(name.to_owned(), holds);
        Ok(holds)
    }

    /// Whether the functions of a condition come out true.
    ///
    /// # Errors
    /// As [`Self::condition`].
    pub(super) fn truth(&self, node: &Node) -> Result<bool, String> {
        let line = node.line;
        self.deeper(line, || {
            let Some((name, argument)) = node.as_single() else {
                let error = || at(line, "a condition must be a function or a boolean");
                return node.as_bool().ok_or_else(error);
            };
            let items = argument.items();
            match name {
                "Condition" => {
                    let name = argument.as_text().unwrap_or_default();
                    self.condition(name, line)
                }
                "Fn::Equals" => match items {
                    [left, right] => {
                        let text = |node: &Node| {
                            Ok::<_, String>(self.resolve(node)?.map(|node| shown(&node)))
                        };
                        Ok(text(left)? == text(right)?)
                    }
                    _ => Err(at(line, "Fn::Equals needs two values")),
                },
                "Fn::And" => items.iter().try_fold(true, |all, item| Ok(all && self.truth(item)?)),
                "Fn::Or" => items.iter().try_fold(false, |any, item| Ok(any || self.truth(item)?)),
                "Fn::Not" => match items {
                    [item] => Ok(!self.truth(item)?),
                    _ => Err(at(line, "Fn::Not needs one condition")),
                },
                "Fn::Contains" => match items {
                    [list, value] => {
                        let list = self.resolve(list)?;
                        let value = self.resolve(value)?.map(|node| shown(&node));
                        let found = |list: &Node| {
                            list.items().iter().any(|item| Some(shown(item)) == value)
                        };
                        Ok(list.as_ref().is_some_and(found))
                    }
                    _ => Err(at(line, "Fn::Contains needs a list and a value")),
                },
                _ => {
                    let value = self.resolve(node)?;
                    let error = || at(line, format!("{name} makes no condition"));
                    value.and_then(|value| value.as_bool()).ok_or_else(error)
                }
            }
        })
    }
}

/// Values are compared as text: a parameter's number is text as well.
fn shown(node: &Node) -> String {
    node.as_text().map_or_else(|| node.to_json().to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::testing::stack;

    #[test]
    fn conditions_are_computed_and_circles_among_them_found() {
        let template = "
Parameters: {Stage: {Type: String, Default: dev}, Size: {Type: Number, Default: 5}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsFive: !Equals [!Ref Size, 5]
  Both: !And [!Condition IsProd, !Condition IsFive]
  Either: !Or [!Condition IsProd, !Condition IsFive]
  Listed: {Fn::Contains: [[dev, prod], !Ref Stage]}
  Circle: !Not [!Condition Circle]
";
        for (stage, expected) in [
            ("dev", [false, true, false, true, true]),
            ("prod", [true, true, true, true, true]),
            ("test", [false, true, false, true, false]),
        ] {
            let stack = stack(template, &[("Stage", stage)]);
            let of = |name| stack.condition(name, 0).unwrap();
            assert_eq!(
                ["IsProd", "IsFive", "Both", "Either", "Listed"].map(of),
                expected,
                "{stage}"
            );
            assert!(stack.condition("Circle", 0).unwrap_err().contains("lead back"));
        }
    }
}
