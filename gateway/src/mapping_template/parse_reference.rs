//! References: `$name`, `$!name`, `${name}`, with what follows the name.

use super::cursor::Cursor;
use super::functions::FUNCTIONS;
use super::methods::{self, METHODS, Method};
use super::parse::Parser;
use super::syntax::{Expression, Node, Path, Reference, Root, Step};
use crate::json_path::JsonPath;

impl Parser {
    /// Reads a reference in text; `None` leaves the cursor before a `$` that is text.
    pub(super) fn reference(&mut self, cursor: &mut Cursor<'_>) -> Result<Option<Node>, String> {
        let start = cursor.position();
        let before = cursor.clone();
        if !cursor.eat("$") {
            return Ok(None);
        }
        let is_quiet = cursor.eat("!");
        let has_brace = cursor.eat("{");
        let Some(name) = cursor.identifier() else {
            *cursor = before;
            return Ok(None);
        };
        self.enter(cursor)?;
        let root = self.root(cursor, name)?;
        let reference = Reference { root, steps: self.steps(cursor)? };
        self.leave();
        if has_brace && !cursor.eat("}") {
            let found: String = cursor.rest().chars().take(12).collect();
            return Err(cursor.fault(format!(
                "${{{name}… is not closed by a brace: {found:?} cannot stand there"
            )));
        }
        let source = if is_quiet { String::new() } else { cursor.since(start).to_owned() };
        Ok(Some(Node::Reference { reference, source }))
    }

    fn root(&mut self, cursor: &mut Cursor<'_>, name: &str) -> Result<Root, String> {
        match name {
            "context" => Ok(Root::Context),
            "stageVariables" => Ok(Root::StageVariables),
            "input" => {
                let start = cursor.clone();
                let member = cursor.eat(".").then(|| cursor.identifier()).flatten();
                match member {
                    Some("body") => Ok(Root::InputBody),
                    Some("json") => Ok(Root::InputJson(self.path(cursor)?)),
                    Some("path") => Ok(Root::InputPath(self.path(cursor)?)),
                    _ => Err(start.fault(format!(
                        "$input{} is not supported: WebSocket APIs have $input.body, $input.json('$.a') and $input.path('$.a')",
                        member.map_or_else(String::new, |member| format!(".{member}"))
                    ))),
                }
            }
            "util" => {
                let start = cursor.clone();
                let member =
                    cursor.eat(".").then(|| cursor.identifier()).flatten().unwrap_or_default();
                let found = FUNCTIONS.iter().find(|(known, _)| *known == member);
                let Some((_, function)) = found else {
                    let known = FUNCTIONS.map(|(known, _)| known).join(", ");
                    return Err(start.fault(format!(
                        "$util.{member} is not supported: WebSocket APIs have $util.{known}"
                    )));
                };
                match <[Expression; 1]>::try_from(self.arguments(cursor)?) {
                    Ok([argument]) => Ok(Root::Util(*function, Box::new(argument))),
                    Err(_) => Err(start.fault(format!("$util.{member} takes one argument"))),
                }
            }
            _ => {
                self.read.insert(name.to_owned());
                Ok(Root::Variable(name.to_owned()))
            }
        }
    }

    fn path(&mut self, cursor: &mut Cursor<'_>) -> Result<Path, String> {
        let start = cursor.clone();
        match <[Expression; 1]>::try_from(self.arguments(cursor)?) {
            Ok([Expression::Literal(serde_json::Value::String(path))]) => {
                JsonPath::parse(&path).map(Path::Fixed).map_err(|error| start.fault(error))
            }
            Ok([computed]) => Ok(Path::Computed(Box::new(computed))),
            Err(_) => {
                Err(start.fault("$input.json and $input.path take one JSONPath, such as '$.a'"))
            }
        }
    }

    fn steps(&mut self, cursor: &mut Cursor<'_>) -> Result<Vec<Step>, String> {
        let mut steps = Vec::new();
        loop {
            let before = cursor.clone();
            if cursor.eat("[") {
                let index = self.expression(cursor)?;
                cursor.skip_spaces();
                if !cursor.eat("]") {
                    return Err(before.fault("a [ after a reference is not closed by ]"));
                }
                steps.push(Step::Index(index));
            } else if let Some(name) = cursor.eat(".").then(|| cursor.identifier()).flatten() {
                if cursor.rest().starts_with('(') {
                    let arguments = self.arguments(cursor)?;
                    steps.push(call(&before, name, arguments)?);
                } else {
                    steps.push(Step::Name(name.to_owned()));
                }
            } else {
                // A dot that ends a sentence.
                *cursor = before;
                return Ok(steps);
            }
        }
    }

    fn arguments(&mut self, cursor: &mut Cursor<'_>) -> Result<Vec<Expression>, String> {
        let start = cursor.clone();
        let fault = || start.fault("a list of arguments in parentheses is missing or not closed");
        if !cursor.eat("(") {
            return Err(fault());
        }
        let mut arguments = Vec::new();
        cursor.skip_spaces();
        while !cursor.eat(")") {
            if !arguments.is_empty() && !cursor.eat(",") {
                return Err(fault());
            }
            arguments.push(self.expression(cursor)?);
            cursor.skip_spaces();
        }
        Ok(arguments)
    }
}

fn call(start: &Cursor<'_>, name: &str, arguments: Vec<Expression>) -> Result<Step, String> {
    let Some((_, method, from, to)) = METHODS.iter().find(|(known, ..)| *known == name) else {
        let known = METHODS.map(|(known, ..)| known).join(", ");
        return Err(start.fault(format!("the method {name} is not supported; these are: {known}")));
    };
    if !(*from..=*to).contains(&arguments.len()) {
        return Err(start.fault(format!("{name} does not take {} arguments", arguments.len())));
    }
    if let (
        Method::ReplaceAll | Method::Split,
        Some(Expression::Literal(serde_json::Value::String(regex))),
    ) = (method, arguments.first())
    {
        methods::regex(regex).map_err(|error| start.fault(error))?;
    }
    Ok(Step::Call(*method, arguments))
}
