//! Mapping templates: what an integration is sent, and what a client gets of its answer.
//!
//! They are written in the Velocity Template Language with the variables of "WebSocket API mapping template reference
//! for API Gateway". No maintained library reads that language here, so this folder does: text, references, `#set`,
//! `#if`, `#foreach`, comments, and the methods that templates use. A template is parsed once, when the gateway starts,
//! and what it uses beyond that is named then.

mod cursor;
mod evaluate;
mod functions;
mod methods;
mod parse;
mod parse_expression;
mod parse_reference;
mod syntax;
#[cfg(test)]
mod tests;

use crate::integration::Context;
use crate::payload::Payload;
use evaluate::Evaluation;
use parse::Parser;
use serde_json::Value;
use syntax::Node;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// Largest template ("Amazon API Gateway quotas": mapping template size, 300 KB).
const TEMPLATE_BYTES: usize = 300 * 1024;

/// A parsed template.
#[derive(Clone, Debug)]
pub struct Template {
    form: Form,
    unknown: Vec<String>,
}

#[derive(Clone, Debug)]
enum Form {
    /// Text alone, which is handed out as it is.
    Text(Utf8Bytes),
    Nodes(Vec<Node>),
}

/// What the variables of a template stand for.
#[derive(Debug)]
pub struct Input<'a> {
    /// `$input`.
    pub body: &'a Payload,
    /// `$context`.
    pub context: &'a Context<'a>,
    /// `$stageVariables`: an object of strings.
    pub stage_variables: &'a Value,
}

impl Template {
    /// Parses a template.
    ///
    /// # Errors
    /// A sentence with the line and what is not understood there.
    pub fn parse(source: &str) -> Result<Self, String> {
        if source.len() > TEMPLATE_BYTES {
            return Err(format!(
                "a mapping template has {TEMPLATE_BYTES} bytes at most, and this one has {}",
                source.len()
            ));
        }
        let mut parser = Parser::default();
        let nodes = parser.template(source)?;
        let unknown = parser.read.difference(&parser.set).cloned().collect();
        let form = match &nodes[..] {
            [] => Form::Text(Utf8Bytes::default()),
            [Node::Text(text)] => Form::Text(text.as_str().into()),
            _ => Form::Nodes(nodes),
        };
        Ok(Self { form, unknown })
    }

    /// Variables that the template reads and never sets; the language prints them as they are written.
    pub fn unknown_variables(&self) -> &[String] {
        &self.unknown
    }

    /// The template's text where it is the same for every input.
    pub fn constant(&self) -> Option<&Utf8Bytes> {
        match &self.form {
            Form::Text(text) => Some(text),
            Form::Nodes(_) => None,
        }
    }

    /// The text for an input.
    ///
    /// # Errors
    /// A sentence, when it takes too long or grows too large, or a computed path or regular expression is none.
    pub fn render(&self, input: &Input<'_>) -> Result<Utf8Bytes, String> {
        match &self.form {
            Form::Text(text) => Ok(text.clone()),
            Form::Nodes(nodes) => {
                let mut output = String::new();
                Evaluation::new(input).print(nodes, &mut output)?;
                Ok(output.into())
            }
        }
    }
}
