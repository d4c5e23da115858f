//! What a template consists of once it has been parsed.

use super::functions::Function;
use super::methods::Method;
use crate::json_path::JsonPath;
use serde_json::Value;

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// Printed as it stands.
    Text(String),
    /// Printed as its value's text; as its source when it is a variable that has not been set.
    Reference { reference: Reference, source: String },
    /// `#set($name = value)`.
    Set { name: String, value: Expression },
    /// `#if`, `#elseif` and `#else`.
    If { branches: Vec<(Expression, Vec<Node>)>, otherwise: Vec<Node> },
    /// `#foreach($name in list)`. `counts` tells whether somebody reads `$foreach` or `$velocityCount`.
    Foreach { name: String, list: Expression, body: Vec<Node>, counts: bool },
}

/// A value to be computed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    Literal(Value),
    /// Text in double quotes, which may contain references.
    Interpolated(Vec<Node>),
    Reference(Reference),
    List(Vec<Expression>),
    Map(Vec<(Expression, Expression)>),
    /// `[from..to]`, both included.
    Range(Box<(Expression, Expression)>),
    Not(Box<Expression>),
    Binary(Operator, Box<(Expression, Expression)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// `$root.name[index].method(arguments)`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reference {
    pub(super) root: Root,
    pub(super) steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Root {
    /// Set by `#set` or `#foreach`.
    Variable(String),
    /// `$context`.
    Context,
    /// `$stageVariables`.
    StageVariables,
    /// `$input.body`.
    InputBody,
    /// `$input.json(…)`.
    InputJson(Path),
    /// `$input.path(…)`.
    InputPath(Path),
    /// `$util.name(…)`.
    Util(Function, Box<Expression>),
}

/// The argument of `$input.json` and `$input.path`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Path {
    Fixed(JsonPath),
    Computed(Box<Expression>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Name(String),
    Index(Expression),
    Call(Method, Vec<Expression>),
}
