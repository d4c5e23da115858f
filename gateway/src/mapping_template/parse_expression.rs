//! Expressions, as they stand in directives, subscripts and arguments.

use super::cursor::Cursor;
use super::parse::Parser;
use super::syntax::{Expression, Node, Operator};
use serde_json::{Number, Value};

/// The operators from the weakest to the strongest, with their spellings, longer ones first.
const LEVELS: [&[(&str, Operator)]; 6] = [
    &[("||", Operator::Or), ("or", Operator::Or)],
    &[("&&", Operator::And), ("and", Operator::And)],
    &[
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("eq", Operator::Equal),
        ("ne", Operator::NotEqual),
    ],
    &[
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
        ("le", Operator::LessOrEqual),
        ("ge", Operator::GreaterOrEqual),
        ("lt", Operator::Less),
        ("gt", Operator::Greater),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("*", Operator::Multiply), ("/", Operator::Divide), ("%", Operator::Remainder)],
];

impl Parser {
    /// Reads an expression, spaces around it included.
    pub(super) fn expression(&mut self, cursor: &mut Cursor<'_>) -> Result<Expression, String> {
        self.enter(cursor)?;
        let expression = self.level(cursor, &LEVELS)?;
        self.leave();
        Ok(expression)
    }

    fn level(
        &mut self,
        cursor: &mut Cursor<'_>,
        levels: &[&[(&str, Operator)]],
    ) -> Result<Expression, String> {
        let Some((operators, stronger)) = levels.split_first() else {
            return self.operand(cursor);
        };
        let mut left = self.level(cursor, stronger)?;
        loop {
            cursor.skip_spaces();
            let Some(operator) =
                operators.iter().find_map(|(text, operator)| operator_at(cursor, text, *operator))
            else {
                return Ok(left);
            };
            let right = self.level(cursor, stronger)?;
            left = Expression::Binary(operator, Box::new((left, right)));
        }
    }

    fn operand(&mut self, cursor: &mut Cursor<'_>) -> Result<Expression, String> {
        cursor.skip_spaces();
        let start = cursor.clone();
        let unexpected = || {
            let found: String = start.rest().chars().take(12).collect();
            start.fault(format!("a value is expected where {found:?} stands"))
        };
        match cursor.peek() {
            Some('!') => {
                cursor.advance(1);
                self.negation(cursor)
            }
            Some('(') => {
                cursor.advance(1);
                let inner = self.expression(cursor)?;
                cursor.skip_spaces();
                if cursor.eat(")") { Ok(inner) } else { Err(start.fault("a ( is not closed by )")) }
            }
            Some('$') => match self.reference(cursor)? {
                Some(Node::Reference { reference, .. }) => Ok(Expression::Reference(reference)),
                _ => Err(unexpected()),
            },
            Some(quote @ ('"' | '\'')) => {
                cursor.advance(1);
                let text = cursor.take_while(|c| c != quote);
                if cursor.next().is_none() {
                    return Err(start.fault(format!("a string is not closed by {quote}")));
                }
                if quote == '\'' || !text.contains(['$', '#']) {
                    return Ok(Expression::Literal(text.into()));
                }
                self.template(text)
                    .map(Expression::Interpolated)
                    .map_err(|error| start.fault(error))
            }
            Some('[') => self.list(cursor),
            Some('{') => self.map(cursor),
            Some(c) if c.is_ascii_digit() || c == '-' => number(cursor).ok_or_else(unexpected),
            _ => match cursor.identifier() {
                Some("true") => Ok(Expression::Literal(true.into())),
                Some("false") => Ok(Expression::Literal(false.into())),
                Some("null") => Ok(Expression::Literal(Value::Null)),
                Some("not") => self.negation(cursor),
                _ => Err(unexpected()),
            },
        }
    }

    fn negation(&mut self, cursor: &mut Cursor<'_>) -> Result<Expression, String> {
        self.enter(cursor)?;
        let operand = self.operand(cursor)?;
        self.leave();
        Ok(Expression::Not(Box::new(operand)))
    }

    fn list(&mut self, cursor: &mut Cursor<'_>) -> Result<Expression, String> {
        let start = cursor.clone();
        cursor.advance(1);
        let mut items = Vec::new();
        cursor.skip_spaces();
        while !cursor.eat("]") {
            if items.len() == 1 && cursor.eat("..") {
                let to = self.expression(cursor)?;
                cursor.skip_spaces();
                let from = items.pop().filter(|_| cursor.eat("]"));
                let from = from.ok_or_else(|| start.fault("a range is written [1..3]"))?;
                return Ok(Expression::Range(Box::new((from, to))));
            }
            if !items.is_empty() && !cursor.eat(",") {
                return Err(start.fault("a list is not closed by ]"));
            }
            items.push(self.expression(cursor)?);
            cursor.skip_spaces();
        }
        Ok(Expression::List(items))
    }

    fn map(&mut self, cursor: &mut Cursor<'_>) -> Result<Expression, String> {
        let start = cursor.clone();
        let fault = || start.fault("a map is written {\"name\": value, \"name\": value}");
        cursor.advance(1);
        let mut entries = Vec::new();
        cursor.skip_spaces();
        while !cursor.eat("}") {
            if !entries.is_empty() && !cursor.eat(",") {
                return Err(fault());
            }
            let name = self.expression(cursor)?;
            cursor.skip_spaces();
            if !cursor.eat(":") {
                return Err(fault());
            }
            entries.push((name, self.expression(cursor)?));
            cursor.skip_spaces();
        }
        Ok(Expression::Map(entries))
    }
}

fn operator_at(cursor: &mut Cursor<'_>, text: &str, operator: Operator) -> Option<Operator> {
    let before = cursor.clone();
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let found = if is_word { cursor.identifier() == Some(text) } else { cursor.eat(text) };
    if !found {
        *cursor = before;
    }
    found.then_some(operator)
}

/// Reads an integer or a decimal; the dots of a range are not part of it.
fn number(cursor: &mut Cursor<'_>) -> Option<Expression> {
    let start = cursor.position();
    cursor.eat("-");
    cursor.take_while(|c| c.is_ascii_digit());
    let has_fraction = cursor
        .rest()
        .strip_prefix('.')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if has_fraction {
        cursor.advance(1);
        cursor.take_while(|c| c.is_ascii_digit());
    }
    let text = cursor.since(start);
    let number = match text.parse::<i64>() {
        Ok(integer) => Number::from(integer),
        Err(_) => Number::from_f64(text.parse().ok()?)?,
    };
    Some(Expression::Literal(Value::Number(number)))
}
