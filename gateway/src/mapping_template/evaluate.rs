//! From a parsed template and an input to a text.

use super::syntax::{Expression, Node, Operator, Path, Reference, Root, Step};
use super::{Input, functions, methods};
use crate::java_text;
use crate::json_path::JsonPath;
use serde_json::{Number, Value, json};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;

/// Iterations of one `#foreach` ("Amazon API Gateway quotas", mapping templates: 1,000); it ends there without an error.
const ITERATIONS: usize = 1000;

/// Steps of one evaluation, for loops in loops; ours.
const STEPS: usize = 200_000;

/// Bytes of a text that are copied in one step; ours.
const BYTES_PER_STEP: usize = 1024;

/// Longest text that a template may make, in bytes; ours, Lambda's largest payload.
pub(super) const OUTPUT_BYTES: usize = crate::limits::LAMBDA_ANSWER_BYTES;

/// A value, mostly a part of the input.
type Found<'a> = Option<Cow<'a, Value>>;

pub(super) struct Evaluation<'a> {
    input: &'a Input<'a>,
    variables: HashMap<&'a str, Found<'a>>,
    steps: usize,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(input: &'a Input<'a>) -> Self {
        Self { input, variables: HashMap::new(), steps: 0 }
    }

    fn spend(&mut self, steps: usize) -> Result<(), String> {
        self.steps += steps;
        if self.steps > STEPS {
            return Err(format!("the template took more than {STEPS} steps"));
        }
        Ok(())
    }

    pub(super) fn print(&mut self, nodes: &'a [Node], output: &mut String) -> Result<(), String> {
        for node in nodes {
            self.spend(1)?;
            if output.len() > OUTPUT_BYTES {
                return Err(too_long());
            }
            match node {
                Node::Text(text) => output.push_str(text),
                Node::Reference { reference, source } => match &reference.root {
                    Root::Variable(name) if !self.variables.contains_key(name.as_str()) => {
                        output.push_str(source);
                    }
                    _ => {
                        let value = self.reference(reference)?;
                        output.push_str(
                            value.as_deref().map(java_text::of).as_deref().unwrap_or_default(),
                        );
                    }
                },
                Node::Set { name, value } => {
                    let value = self.value(value)?;
                    self.variables.insert(name, value);
                }
                Node::If { branches, otherwise } => {
                    let mut chosen = otherwise;
                    for (condition, nodes) in branches {
                        if self.holds(condition)? {
                            chosen = nodes;
                            break;
                        }
                    }
                    self.print(chosen, output)?;
                }
                Node::Foreach { name, list, body, counts } => {
                    let items = self.items(list)?;
                    self.foreach(name, items, body, *counts, output)?;
                }
            }
        }
        Ok(())
    }

    fn items(&mut self, list: &'a Expression) -> Result<Vec<Cow<'a, Value>>, String> {
        Ok(match self.value(list)? {
            Some(Cow::Borrowed(Value::Array(items))) => items.iter().map(Cow::Borrowed).collect(),
            Some(Cow::Owned(Value::Array(items))) => items.into_iter().map(Cow::Owned).collect(),
            Some(Cow::Borrowed(Value::Object(fields))) => {
                fields.values().map(Cow::Borrowed).collect()
            }
            Some(Cow::Owned(Value::Object(fields))) => {
                fields.into_iter().map(|(_, value)| Cow::Owned(value)).collect()
            }
            _ => Vec::new(),
        })
    }

    fn foreach(
        &mut self,
        name: &'a str,
        items: Vec<Cow<'a, Value>>,
        body: &'a [Node],
        counts: bool,
        output: &mut String,
    ) -> Result<(), String> {
        let before =
            [name, "foreach", "velocityCount"].map(|name| (name, self.variables.remove(name)));
        let count = items.len();
        for (index, item) in items.into_iter().take(ITERATIONS).enumerate() {
            if counts {
                let place = json!({
                    "index": index,
                    "count": index + 1,
                    "first": index == 0,
                    "last": index + 1 == count,
                    "hasNext": index + 1 < count,
                });
                self.variables.insert("foreach", Some(Cow::Owned(place)));
                self.variables.insert("velocityCount", Some(Cow::Owned((index + 1).into())));
            }
            self.variables.insert(name, Some(item));
            self.print(body, output)?;
        }
        for (name, value) in before {
            match value {
                Some(value) => self.variables.insert(name, value),
                None => self.variables.remove(name),
            };
        }
        Ok(())
    }

    fn reference(&mut self, reference: &'a Reference) -> Result<Found<'a>, String> {
        let input = self.input;
        let mut found: Found<'a> = match &reference.root {
            Root::Variable(name) => {
                let found = self.variables.get(name.as_str()).cloned().flatten();
                if let Some(Cow::Owned(Value::String(text))) = &found {
                    self.spend(text.len() / BYTES_PER_STEP)?;
                }
                found
            }
            Root::Context => Some(Cow::Borrowed(input.context.request_context())),
            Root::StageVariables => Some(Cow::Borrowed(input.stage_variables)),
            Root::InputBody => Some(Cow::Owned(input.body.text().as_str().into())),
            Root::InputJson(path) => {
                let found = self.path(path)?;
                // A path that leads nowhere is an empty string to the service.
                let text = found.as_deref().map_or_else(|| "\"\"".to_owned(), Value::to_string);
                Some(Cow::Owned(text.into()))
            }
            Root::InputPath(path) => self.path(path)?,
            Root::Util(function, argument) => {
                let argument = self.value(argument)?;
                let value = argument.map(|argument| functions::call(*function, &argument));
                value.map(bounded).transpose()?.map(Cow::Owned)
            }
        };
        for step in &reference.steps {
            let Some(value) = found else { return Ok(None) };
            found = self.step(value, step)?;
        }
        Ok(found)
    }

    fn path(&mut self, path: &'a Path) -> Result<Found<'a>, String> {
        let body = self.input.body.json();
        match path {
            Path::Fixed(path) => Ok(body.and_then(|body| path.find(body))),
            Path::Computed(text) => {
                let path = JsonPath::parse(&self.text(text)?)?;
                Ok(body.and_then(|body| path.find(body)))
            }
        }
    }

    fn step(&mut self, value: Cow<'a, Value>, step: &'a Step) -> Result<Found<'a>, String> {
        match step {
            Step::Name(name) => Ok(member(value, name)),
            Step::Index(index) => {
                let index = self.value(index)?;
                Ok(match index.as_deref() {
                    Some(Value::Number(number)) => {
                        number.as_i64().and_then(|index| item(value, index))
                    }
                    Some(name) => member(value, &java_text::of(name)),
                    None => None,
                })
            }
            Step::Call(method, arguments) => {
                let arguments: Result<Vec<Value>, String> =
                    arguments.iter().map(|argument| self.owned(argument)).collect();
                let value = methods::call(*method, &value, &arguments?)?;
                Ok(value.map(bounded).transpose()?.map(Cow::Owned))
            }
        }
    }

    fn owned(&mut self, expression: &'a Expression) -> Result<Value, String> {
        let value = self.value(expression)?.map_or(Value::Null, Cow::into_owned);
        // A list that contains itself twice over and over would fill the memory.
        self.spend(weight(&value))?;
        Ok(value)
    }

    fn text(&mut self, expression: &'a Expression) -> Result<String, String> {
        Ok(self.value(expression)?.as_deref().map(java_text::of).unwrap_or_default().into_owned())
    }

    /// Whether a condition holds: everything but null and false does (VTL reference, "Conditionals").
    fn holds(&mut self, expression: &'a Expression) -> Result<bool, String> {
        let value = self.value(expression)?;
        Ok(value.is_some_and(|value| !matches!(*value, Value::Null | Value::Bool(false))))
    }

    fn value(&mut self, expression: &'a Expression) -> Result<Found<'a>, String> {
        self.spend(1)?;
        let value: Value = match expression {
            Expression::Literal(value) => return Ok(Some(Cow::Borrowed(value))),
            Expression::Reference(reference) => return self.reference(reference),
            Expression::Interpolated(nodes) => {
                let mut text = String::new();
                self.print(nodes, &mut text)?;
                text.into()
            }
            Expression::List(items) => {
                let items: Result<Vec<Value>, String> =
                    items.iter().map(|item| self.owned(item)).collect();
                items?.into()
            }
            Expression::Map(entries) => {
                let mut fields = serde_json::Map::new();
                for (name, value) in entries {
                    fields.insert(self.text(name)?, self.owned(value)?);
                }
                fields.into()
            }
            Expression::Range(range) => {
                let (from, to) = (self.owned(&range.0)?.as_i64(), self.owned(&range.1)?.as_i64());
                match (from, to) {
                    // No loop takes more of it.
                    (Some(from), Some(to)) if from <= to => (from..=to).take(ITERATIONS).collect(),
                    (Some(from), Some(to)) => (to..=from).rev().take(ITERATIONS).collect(),
                    _ => return Ok(None),
                }
            }
            Expression::Not(operand) => (!self.holds(operand)?).into(),
            Expression::Binary(operator, operands) => {
                return self.binary(*operator, &operands.0, &operands.1);
            }
        };
        Ok(Some(Cow::Owned(value)))
    }

    fn binary(
        &mut self,
        operator: Operator,
        left: &'a Expression,
        right: &'a Expression,
    ) -> Result<Found<'a>, String> {
        let decided = match operator {
            Operator::And => Some(self.holds(left)? && self.holds(right)?),
            Operator::Or => Some(self.holds(left)? || self.holds(right)?),
            _ => None,
        };
        if let Some(decided) = decided {
            return Ok(Some(Cow::Owned(decided.into())));
        }
        let (left, right) = (self.owned(left)?, self.owned(right)?);
        let order = || left.as_f64()?.partial_cmp(&right.as_f64()?);
        let compared = |holds: fn(Ordering) -> bool| order().is_some_and(holds).into();
        let value: Option<Value> = match operator {
            Operator::Equal => Some(are_equal(&left, &right).into()),
            Operator::NotEqual => Some((!are_equal(&left, &right)).into()),
            Operator::Less => Some(compared(Ordering::is_lt)),
            Operator::LessOrEqual => Some(compared(Ordering::is_le)),
            Operator::Greater => Some(compared(Ordering::is_gt)),
            Operator::GreaterOrEqual => Some(compared(Ordering::is_ge)),
            Operator::Add if left.is_string() || right.is_string() => {
                Some(bounded(format!("{}{}", java_text::of(&left), java_text::of(&right)).into())?)
            }
            _ => arithmetic(operator, &left, &right),
        };
        Ok(value.map(Cow::Owned))
    }
}

/// A value, unless it is a text that no template may print.
fn bounded(value: Value) -> Result<Value, String> {
    match value.as_str().is_some_and(|text| text.len() > OUTPUT_BYTES) {
        true => Err(too_long()),
        false => Ok(value),
    }
}

/// What is said of a text that is longer than [`OUTPUT_BYTES`].
pub(super) fn too_long() -> String {
    format!("the template's text is longer than {OUTPUT_BYTES} bytes")
}

/// How many values a value consists of, where a long text counts for several.
fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => 1 + text.len() / BYTES_PER_STEP,
        Value::Array(items) => 1 + items.iter().map(weight).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(weight).sum::<usize>(),
        _ => 1,
    }
}

/// A field of an object.
fn member<'a>(value: Cow<'a, Value>, name: &str) -> Found<'a> {
    match value {
        Cow::Borrowed(value) => value.get(name).map(Cow::Borrowed),
        Cow::Owned(Value::Object(mut fields)) => fields.swap_remove(name).map(Cow::Owned),
        Cow::Owned(_) => None,
    }
}

fn item(value: Cow<'_, Value>, index: i64) -> Found<'_> {
    let position = |length: usize| match usize::try_from(index) {
        Ok(index) => Some(index),
        Err(_) => length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?),
    };
    match value {
        Cow::Borrowed(value) => {
            let items = value.as_array()?;
            items.get(position(items.len())?).map(Cow::Borrowed)
        }
        Cow::Owned(Value::Array(items)) => {
            let position = position(items.len())?;
            items.into_iter().nth(position).map(Cow::Owned)
        }
        Cow::Owned(_) => None,
    }
}

/// Numbers by value, others of one kind as they are, and what is of two kinds by its text.
fn are_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Null, other) | (other, Value::Null) => other.is_null(),
        _ if std::mem::discriminant(left) == std::mem::discriminant(right) => left == right,
        _ => java_text::of(left) == java_text::of(right),
    }
}

/// Integers stay integers; a division by zero, or a sum that is out of range, is null.
fn arithmetic(operator: Operator, left: &Value, right: &Value) -> Option<Value> {
    if let (Some(left), Some(right)) = (left.as_i64(), right.as_i64()) {
        let result = match operator {
            Operator::Add => left.checked_add(right),
            Operator::Subtract => left.checked_sub(right),
            Operator::Multiply => left.checked_mul(right),
            Operator::Divide => left.checked_div(right),
            _ => left.checked_rem(right),
        };
        return result.map(Value::from);
    }
    let (left, right) = (left.as_f64()?, right.as_f64()?);
    let result = match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        _ => left % right,
    };
    Number::from_f64(result).map(Value::Number)
}
