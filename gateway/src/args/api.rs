//! Flags that describe the API where no template does.

use crate::delivery::{Delivery, NonSuccess};
use crate::route;
use clap::Args;

/// The API.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "API")]
pub struct ApiArgs {
    /// The stage's name, the first part of every path; a template's stage, where it has several
    /// [default: the template's first, or production]
    #[arg(long, value_name = "NAME", value_parser = stage_name)]
    pub stage: Option<String>,

    /// A route key that goes to the handler (repeatable) [default: $connect, $default and $disconnect]
    #[arg(long = "route", value_name = "KEY")]
    pub routes: Vec<String>,

    /// A route whose answer's body is sent to the client, as with a route response on AWS (repeatable)
    #[arg(long, value_name = "KEY")]
    pub route_response: Vec<String>,

    /// A route that the gateway answers by itself, with a mapping template in which $input.path('$.message') is the
    /// client's message (repeatable)
    #[arg(long, value_name = "KEY=TEMPLATE", value_parser = pair)]
    pub mock: Vec<(String, String)>,

    /// A route that goes to a web server by HTTP_PROXY, such as 'join=POST http://localhost:8000/join' (repeatable)
    #[arg(long, value_name = "KEY=METHOD URL", value_parser = pair)]
    pub http: Vec<(String, String)>,

    /// A JSON schema, draft 4, that a route's messages must meet (repeatable)
    #[arg(long, value_name = "KEY=FILE", value_parser = pair)]
    pub model: Vec<(String, String)>,

    /// Deal with a connection's messages one after the other; AWS promises no order
    #[arg(long)]
    pub serial: bool,

    /// What a client gets when a function or web server answers its message with a status that is not 2xx
    #[arg(long, value_name = "WHAT", value_enum, default_value_t)]
    pub non_2xx: NonSuccess,

    /// Where a message names its route
    #[arg(long, value_name = "EXPRESSION", default_value = "$request.body.action")]
    pub route_selection_expression: route::SelectionExpression,

    /// Set a variable of the stage (repeatable)
    #[arg(long, value_name = "KEY=VALUE", value_parser = stage_variable)]
    pub stage_variable: Vec<(String, String)>,
}

impl ApiArgs {
    /// The route keys that were asked for, or the three that a backend of one handler has.
    ///
    /// # Errors
    /// A sentence, when a key is no route key.
    pub fn route_keys(&self) -> Result<Vec<String>, String> {
        let predefined = [route::CONNECT, route::DEFAULT, route::DISCONNECT].map(str::to_owned);
        let keys = if self.routes.is_empty() { &predefined[..] } else { &self.routes[..] };
        keys.iter().map(|key| route::check_key(key).map(|()| key.clone())).collect()
    }
}

impl ApiArgs {
    /// How messages and answers are dealt with.
    pub fn delivery(&self) -> Delivery {
        let (serial, non_success) = (self.serial, self.non_2xx);
        Delivery { serial, non_success, ..Delivery::default() }
    }
}

/// Splits `KEY=VALUE` at the first `=`.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write a name, = and a value".to_owned()),
    }
}

/// Stage names "can contain only alphanumeric characters, hyphens, and underscores" or be `$default`
/// (API Gateway console); up to 128 characters.
///
/// # Errors
/// A sentence, when a name is not of that form.
pub fn stage_name(text: &str) -> Result<String, String> {
    let plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if !text.is_empty() && text.len() <= 128 && plain(text) {
        Ok(text.to_owned())
    } else {
        Err("use letters, digits, - and _, 128 at most".to_owned())
    }
}

/// Names of stage variables "can have alphanumeric and underscore characters, and the values must match
/// `[A-Za-z0-9-._~:/?#&=,]+`" (API reference: CreateStage).
fn stage_variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write KEY=VALUE")?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_value = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#&=,".contains(c);
    if name.is_empty() || !name.chars().all(is_name) {
        return Err("a stage variable's name has letters, digits and _ only".to_owned());
    }
    if value.is_empty() || !value.chars().all(is_value) {
        return Err("a stage variable's value has letters, digits and -._~:/?#&=, only".to_owned());
    }
    Ok((name.to_owned(), value.to_owned()))
}
