//! From a template's source to its pieces: text, references and directives.

use super::cursor::Cursor;
use super::syntax::{Expression, Node};
use std::collections::BTreeSet;

/// Directives of the language that are not offered, so that they are not printed as text in silence.
const UNSUPPORTED: [&str; 8] =
    ["macro", "parse", "include", "define", "evaluate", "break", "stop", "return"];

/// How deep directives and expressions may be nested; ours.
const NESTING: usize = 64;

/// What the parser knows besides its place.
#[derive(Debug, Default)]
pub(super) struct Parser {
    /// Variables that the template sets somewhere.
    pub(super) set: BTreeSet<String>,
    /// Variables that it reads.
    pub(super) read: BTreeSet<String>,
    depth: usize,
}

/// What ends a list of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Source,
    End,
    Else,
    ElseIf,
}

/// A directive's name, read.
enum Directive {
    Set,
    If,
    Foreach,
    Ends(Ending),
}

impl Parser {
    /// Parses a whole template.
    pub(super) fn template(&mut self, source: &str) -> Result<Vec<Node>, String> {
        let mut cursor = Cursor::new(source);
        match self.nodes(&mut cursor)? {
            (nodes, Ending::Source) => Ok(nodes),
            _ => Err(cursor.fault("this #end, #else or #elseif has no #if or #foreach before it")),
        }
    }

    /// Goes one level deeper, until [`Parser::leave`].
    pub(super) fn enter(&mut self, cursor: &Cursor<'_>) -> Result<(), String> {
        self.depth += 1;
        if self.depth > NESTING {
            return Err(cursor.fault(format!("more than {NESTING} levels are nested")));
        }
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    fn nodes(&mut self, cursor: &mut Cursor<'_>) -> Result<(Vec<Node>, Ending), String> {
        let mut nodes = Vec::new();
        let mut text = String::new();
        let flush = |nodes: &mut Vec<Node>, text: &mut String| {
            if !text.is_empty() {
                nodes.push(Node::Text(std::mem::take(text)));
            }
        };
        loop {
            let rest = cursor.rest();
            if rest.is_empty() {
                flush(&mut nodes, &mut text);
                return Ok((nodes, Ending::Source));
            }
            if rest.starts_with("\\$") || rest.starts_with("\\#") {
                cursor.advance(1);
                text.extend(cursor.next());
                continue;
            }
            if let Some(reference) = self.reference(cursor)? {
                flush(&mut nodes, &mut text);
                nodes.push(reference);
                continue;
            }
            if let Some(literal) = comment(cursor)? {
                text.push_str(literal);
                continue;
            }
            let Some(directive) = directive(cursor)? else {
                text.extend(cursor.next());
                continue;
            };
            if matches!(directive, Directive::Set) {
                // The language takes the indentation of a #set away with it.
                text.truncate(text.trim_end_matches([' ', '\t']).len());
            }
            flush(&mut nodes, &mut text);
            match directive {
                Directive::Set => nodes.push(self.set(cursor)?),
                Directive::If => nodes.push(self.condition(cursor)?),
                Directive::Foreach => nodes.push(self.foreach(cursor)?),
                Directive::Ends(ending) => return Ok((nodes, ending)),
            }
        }
    }

    fn set(&mut self, cursor: &mut Cursor<'_>) -> Result<Node, String> {
        open(cursor, "#set")?;
        let name = variable(cursor, "#set")?;
        cursor.skip_spaces();
        if !cursor.eat("=") {
            return Err(cursor.fault(format!(
                "#set(${name} is not followed by =: fields of a variable cannot be set"
            )));
        }
        let value = self.expression(cursor)?;
        close(cursor, "#set")?;
        self.set.insert(name.clone());
        Ok(Node::Set { name, value })
    }

    fn condition(&mut self, cursor: &mut Cursor<'_>) -> Result<Node, String> {
        self.enter(cursor)?;
        let mut branches = Vec::new();
        let mut otherwise = None;
        loop {
            open(cursor, "#if")?;
            let condition: Expression = self.expression(cursor)?;
            close(cursor, "#if")?;
            let (nodes, mut ending) = self.nodes(cursor)?;
            branches.push((condition, nodes));
            if ending == Ending::Else {
                let (nodes, after) = self.nodes(cursor)?;
                otherwise = Some(nodes);
                ending = after;
            }
            match (ending, &otherwise) {
                (Ending::ElseIf, None) => {}
                (Ending::End, _) => break,
                (Ending::Source, _) => return Err(cursor.fault("an #if is not closed by #end")),
                _ => {
                    return Err(
                        cursor.fault("an #else or #elseif follows the #else of the same #if")
                    );
                }
            }
        }
        self.leave();
        Ok(Node::If { branches, otherwise: otherwise.unwrap_or_default() })
    }

    fn foreach(&mut self, cursor: &mut Cursor<'_>) -> Result<Node, String> {
        self.enter(cursor)?;
        open(cursor, "#foreach")?;
        let name = variable(cursor, "#foreach")?;
        cursor.skip_spaces();
        if cursor.identifier() != Some("in") {
            return Err(cursor.fault(format!("#foreach(${name} is not followed by in")));
        }
        self.set.extend([name.clone(), "foreach".to_owned(), "velocityCount".to_owned()]);
        let list = self.expression(cursor)?;
        close(cursor, "#foreach")?;
        let (body, ending) = self.nodes(cursor)?;
        if ending != Ending::End {
            return Err(cursor.fault("a #foreach is not closed by #end"));
        }
        self.leave();
        let counts = ["foreach", "velocityCount"].iter().any(|name| self.read.contains(*name));
        Ok(Node::Foreach { name, list, body, counts })
    }
}

/// Reads a comment, which is worth nothing, or `#[[text]]#`, which is worth its text.
fn comment<'a>(cursor: &mut Cursor<'a>) -> Result<Option<&'a str>, String> {
    let start = cursor.clone();
    if cursor.eat("##") {
        cursor.take_while(|c| c != '\n');
        cursor.eat("\n");
        return Ok(Some(""));
    }
    for (opening, closing, is_text) in [("#*", "*#", false), ("#[[", "]]#", true)] {
        if cursor.eat(opening) {
            let (inner, _) = cursor
                .rest()
                .split_once(closing)
                .ok_or_else(|| start.fault(format!("{opening} is not closed by {closing}")))?;
            cursor.advance(inner.len() + closing.len());
            return Ok(Some(if is_text { inner } else { "" }));
        }
    }
    Ok(None)
}

/// Reads the `#name` of a directive; `None` leaves the cursor where it is, before text.
fn directive(cursor: &mut Cursor<'_>) -> Result<Option<Directive>, String> {
    let start = cursor.clone();
    if !cursor.eat("#") {
        return Ok(None);
    }
    let has_brace = cursor.eat("{");
    let name = cursor.take_while(|c| c.is_ascii_alphabetic());
    let is_closed = !has_brace || cursor.eat("}");
    let directive = match name {
        "set" => Directive::Set,
        "if" => Directive::If,
        "foreach" => Directive::Foreach,
        "elseif" => Directive::Ends(Ending::ElseIf),
        "else" => Directive::Ends(Ending::Else),
        "end" => Directive::Ends(Ending::End),
        _ => {
            let is_call = !name.is_empty() && is_closed && cursor.rest().starts_with('(');
            if UNSUPPORTED.contains(&name) || is_call {
                return Err(start.fault(format!(
                    "#{name} is not supported: #set, #if, #elseif, #else, #foreach, #end and comments are (\\# writes a #)"
                )));
            }
            *cursor = start;
            return Ok(None);
        }
    };
    if !is_closed {
        return Err(start.fault(format!("#{{{name} is not followed by a closing brace")));
    }
    if matches!(directive, Directive::Ends(Ending::Else | Ending::End)) {
        end_of_line(cursor);
    }
    Ok(Some(directive))
}

/// A line that holds a directive and nothing after it leaves no empty line behind.
fn end_of_line(cursor: &mut Cursor<'_>) {
    let before = cursor.clone();
    cursor.take_while(|c| c == ' ' || c == '\t' || c == '\r');
    if !cursor.eat("\n") {
        *cursor = before;
    }
}

fn open(cursor: &mut Cursor<'_>, directive: &str) -> Result<(), String> {
    cursor.skip_spaces();
    let is_open = cursor.eat("(");
    cursor.skip_spaces();
    if is_open { Ok(()) } else { Err(cursor.fault(format!("{directive} is not followed by ("))) }
}

fn close(cursor: &mut Cursor<'_>, directive: &str) -> Result<(), String> {
    cursor.skip_spaces();
    if !cursor.eat(")") {
        let found: String = cursor.rest().chars().take(12).collect();
        return Err(
            cursor.fault(format!("{directive}(… is not closed by ): {found:?} cannot stand there"))
        );
    }
    end_of_line(cursor);
    Ok(())
}

/// Reads `$name` or `${name}` where it is written to.
fn variable(cursor: &mut Cursor<'_>, directive: &str) -> Result<String, String> {
    let start = cursor.clone();
    let found = cursor.eat("$").then(|| cursor.eat("{"));
    let name = found.and_then(|_| cursor.identifier()).map(str::to_owned);
    let is_closed = found != Some(true) || cursor.eat("}");
    match name {
        Some(name) if ["context", "input", "stageVariables", "util"].contains(&name.as_str()) => {
            Err(start.fault(format!("{directive} cannot write to ${name}")))
        }
        Some(name) if is_closed => Ok(name),
        _ => Err(start.fault(format!("{directive}( is not followed by a variable such as $name"))),
    }
}
