//! Reading policy documents ("Grammar of the IAM JSON policy language" in the IAM User Guide).

use super::Request;
use super::condition::{self, Condition};
use super::selector::{self, Selector};
use serde_json::{Map, Value};

/// The version with policy variables; the one before it, 2008-10-17, is what a document without `Version` has.
const CURRENT_VERSION: &str = "2012-10-17";
const OLD_VERSION: &str = "2008-10-17";

const STATEMENT_KEYS: [&str; 7] =
    ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// A statement, ready to be asked.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    /// Its place, its `Sid`, and its document.
    pub(super) name: String,
    pub(super) effect: Effect,
    actions: Selector,
    resources: Selector,
    conditions: Vec<Condition>,
}

impl Statement {
    /// Whether it is about a request; `None` where that depends on what cannot be decided here.
    pub(super) fn applies(&self, request: Request<'_>) -> Option<bool> {
        let parts =
            [self.actions.selects(request.action), self.resources.selects(request.resource)];
        let conditions = self.conditions.iter().map(|condition| condition.is_met(request.context));
        condition::all(parts.into_iter().chain(conditions))
    }
}

/// Reads a document into its statements, and sentences about what cannot be decided here.
pub(super) fn read(
    source: &str,
    document: &Value,
) -> Result<(Vec<Statement>, Vec<String>), String> {
    let no_policy = |what: &str| format!("{source} is no IAM policy: {what}");
    let Value::Object(document) = document else {
        return Err(no_policy("it must be a JSON object with the key Statement"));
    };
    let unknown = |key: &&String| !["Version", "Id", "Statement"].contains(&key.as_str());
    if let Some(key) = document.keys().find(unknown) {
        return Err(no_policy(&format!(
            "it has no key {key:?}: there are Version, Id and Statement"
        )));
    }
    let knows_variables = match document.get("Version") {
        Some(Value::String(version)) if version == CURRENT_VERSION => true,
        Some(Value::String(version)) if version == OLD_VERSION => false,
        None => false,
        Some(other) => {
            return Err(no_policy(&format!(
                "Version is {other}: write \"{CURRENT_VERSION}\" (it is the version of the language)"
            )));
        }
    };
    let statements: Vec<&Value> = match document.get("Statement") {
        Some(Value::Array(statements)) => statements.iter().collect(),
        Some(statement) => vec![statement],
        None => return Err(no_policy("it has no Statement")),
    };
    let mut warnings = Vec::new();
    let statements = statements.into_iter().enumerate().map(|(index, value)| {
        let place = format!("statement {}", index + 1);
        let reader = Reader { knows_variables, warnings: Vec::new() };
        let (statement, found) = reader
            .statement(value, &place, source)
            .map_err(|what| format!("{source}: {place}: {what}"))?;
        warnings.extend(found.into_iter().map(|what| format!("{source}: {place}: {what}")));
        Ok(statement)
    });
    let statements = statements.collect::<Result<_, String>>()?;
    Ok((statements, warnings))
}

struct Reader {
    knows_variables: bool,
    warnings: Vec<String>,
}

impl Reader {
    fn statement(
        mut self,
        value: &Value,
        place: &str,
        source: &str,
    ) -> Result<(Statement, Vec<String>), String> {
        let Value::Object(map) = value else {
            return Err("it must be an object with Effect, Action and Resource".to_owned());
        };
        if let Some(key) = map.keys().find(|key| key.ends_with("Principal")) {
            return Err(format!(
                "{key} belongs to policies of resources: leave it out, the policy is that of a role"
            ));
        }
        if let Some(key) = map.keys().find(|key| !STATEMENT_KEYS.contains(&key.as_str())) {
            return Err(format!(
                "there is no key {key:?}: there are {}",
                STATEMENT_KEYS.join(", ")
            ));
        }
        let sid = match map.get("Sid") {
            None => String::new(),
            Some(Value::String(sid)) if sid.is_empty() => String::new(),
            Some(Value::String(sid)) => format!(" ({sid})"),
            Some(other) => return Err(format!("Sid is {other}: it must be text")),
        };
        let effect = match map.get("Effect") {
            Some(Value::String(effect)) if effect == "Allow" => Effect::Allow,
            Some(Value::String(effect)) if effect == "Deny" => Effect::Deny,
            Some(other) => {
                return Err(format!("Effect is {other}: it must be \"Allow\" or \"Deny\""));
            }
            None => return Err("Effect is missing: write \"Allow\" or \"Deny\"".to_owned()),
        };
        let (key, actions) = one_of(map, "Action", "NotAction")?;
        if let Some(action) = actions.iter().find(|action| *action != "*" && !action.contains(':'))
        {
            return Err(format!("{key} has {action:?}: an action is written service:Name, or *"));
        }
        let actions = Selector::of_actions(actions, key == "NotAction");
        let (key, resources) = one_of(map, "Resource", "NotResource")?;
        let is_arn = |text: &&String| *text == "*" || text.starts_with("arn:");
        if let Some(resource) = resources.iter().find(|text| !is_arn(text)) {
            return Err(format!("{key} has {resource:?}: a resource is written as an ARN, or *"));
        }
        if self.knows_variables {
            for resource in resources.iter().filter(|text| selector::has_variable(text)) {
                self.warnings
                    .push(uncertain(effect, &format!("the policy variable in {key} {resource}")));
            }
        }
        let resources =
            Selector::of_resources(resources, key == "NotResource", self.knows_variables);
        let conditions = match map.get("Condition") {
            None => Vec::new(),
            Some(conditions) => condition::read(conditions, self.knows_variables)?,
        };
        let undecidable = conditions.iter().filter_map(|condition| condition.undecidable());
        self.warnings
            .extend(undecidable.map(|what| uncertain(effect, &format!("the condition {what}"))));
        let name = format!("{place}{sid} of {source}");
        Ok((Statement { name, effect, actions, resources, conditions }, self.warnings))
    }
}

fn uncertain(effect: Effect, what: &str) -> String {
    let counted = match effect {
        Effect::Allow => "so this Allow does not allow",
        Effect::Deny => "so this Deny denies",
    };
    format!("{what} is not evaluated here, {counted}")
}

/// The texts of one of two elements that exclude each other, and which one it is.
fn one_of<'a>(
    map: &Map<String, Value>,
    name: &'a str,
    negated: &'a str,
) -> Result<(&'a str, Vec<String>), String> {
    let (key, value) = match (map.get(name), map.get(negated)) {
        (Some(value), None) => (name, value),
        (None, Some(value)) => (negated, value),
        (None, None) => return Err(format!("{name} is missing")),
        (Some(_), Some(_)) => return Err(format!("{name} and {negated} exclude each other")),
    };
    let texts = texts(value).filter(|texts| !texts.is_empty());
    texts
        .map(|texts| (key, texts))
        .ok_or_else(|| format!("{key} is {value}: it must be text or a list of texts"))
}

/// One text or a list of texts.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match value {
        Value::Array(values) => values.iter().map(text).collect(),
        value => text(value).map(|text| vec![text]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_no_policy_is_refused_with_its_place_and_key() {
        let statement = |changes: Value| {
            let mut statement = json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*" });
            for (key, value) in changes.as_object().unwrap() {
                match value {
                    Value::Null => statement.as_object_mut().unwrap().remove(key),
                    value => statement.as_object_mut().unwrap().insert(key.clone(), value.clone()),
                };
            }
            json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Action": "*", "Resource": "*" }, statement] })
        };
        for (document, sentence) in [
            (json!([]), "p.json is no IAM policy: it must be a JSON object"),
            (json!({}), "it has no Statement"),
            (json!({ "Statement": [], "statement": [] }), r#"it has no key "statement""#),
            (json!({ "Version": "2026-01-01", "Statement": [] }), r#"Version is "2026-01-01""#),
            (json!({ "Statement": "x" }), "p.json: statement 1: it must be an object"),
            (statement(json!({ "Effect": "allow" })), r#"p.json: statement 2: Effect is "allow""#),
            (statement(json!({ "Effect": null })), "statement 2: Effect is missing"),
            (statement(json!({ "Action": null })), "Action is missing"),
            (statement(json!({ "Action": [] })), "Action is []"),
            (statement(json!({ "Action": ["s3:Get*", 1] })), r#"Action is ["s3:Get*",1]"#),
            (
                statement(json!({ "Action": "ManageConnections" })),
                r#"Action has "ManageConnections""#,
            ),
            (statement(json!({ "NotAction": "s3:*" })), "Action and NotAction exclude each other"),
            (statement(json!({ "Resource": null })), "Resource is missing"),
            (statement(json!({ "Resource": "api/*" })), r#"Resource has "api/*""#),
            (statement(json!({ "Principal": "*" })), "Principal belongs to policies of resources"),
            (statement(json!({ "NotPrincipal": "*" })), "NotPrincipal belongs"),
            (statement(json!({ "Sid": 1 })), "Sid is 1"),
            (statement(json!({ "Conditions": {} })), r#"there is no key "Conditions""#),
            (statement(json!({ "Condition": [] })), "Condition is []"),
        ] {
            let error = read("p.json", &document).unwrap_err();
            assert!(error.contains(sentence), "{error}\n{sentence}");
        }
    }
}
