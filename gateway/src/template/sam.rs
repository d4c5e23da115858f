//! What SAM makes of its own types before CloudFormation sees them: `Globals`, a role for each function, and
//! `AWS::Serverless::WebSocketApi` ("Generated CloudFormation resources for AWS SAM").

use super::node::{Node, Value};
use super::roles::SAM_POLICIES;
use super::sam_websocket_api;
use super::stack::at;

const FUNCTION: &str = "AWS::Serverless::Function";
const WEB_SOCKET_API: &str = "AWS::Serverless::WebSocketApi";

/// Replaces what is SAM's by what it stands for, and returns how the logical ids of what else it makes may start.
///
/// # Errors
/// A sentence with the line, when SAM would refuse it.
pub(super) fn expand(template: &mut Node) -> Result<Vec<String>, String> {
    let global = |kind: &str| template.at(&["Globals", kind]).cloned();
    let (functions, apis) = (global("Function"), global("WebSocketApi"));
    let Some(resources) = template.get("Resources") else { return Ok(Vec::new()) };
    let mut expanded = Vec::new();
    let mut generated = vec!["ServerlessRestApi".to_owned(), "ServerlessHttpApi".to_owned()];
    for (name, resource) in resources.entries() {
        let mut resource = resource.clone();
        let kind = resource.get("Type").and_then(Node::as_text).unwrap_or_default();
        if kind.starts_with("AWS::Serverless::") {
            generated.push(name.clone());
        }
        match resource.get("Type").and_then(Node::as_text) {
            Some(FUNCTION) => {
                merge_globals(&mut resource, functions.as_ref());
                let role = role(name, &mut resource);
                expanded.push((name.clone(), resource));
                expanded.extend(role);
            }
            Some(WEB_SOCKET_API) => {
                merge_globals(&mut resource, apis.as_ref());
                expanded.extend(sam_websocket_api::expand(name, &resource)?);
            }
            _ => expanded.push((name.clone(), resource)),
        }
    }
    let mut known = std::collections::HashSet::new();
    if let Some((name, node)) = expanded.iter().find(|(name, _)| !known.insert(name.clone())) {
        return Err(at(
            node.line,
            format!("SAM makes a resource {name} that the template has as well"),
        ));
    }
    let line = resources.line;
    template.set("Resources", Node::map(line, expanded));
    Ok(generated)
}

/// Maps are merged, lists joined with the global part first, and anything else is the resource's own where it has
/// some ("Globals section of the AWS SAM template"). `IgnoreGlobals` names what a resource wants none of.
fn merge_globals(resource: &mut Node, globals: Option<&Node>) {
    let Some(globals) = globals else { return };
    let ignored = resource.get("IgnoreGlobals").cloned();
    let is_ignored = |key: &str| {
        ignored.as_ref().is_some_and(|ignored| {
            ignored
                .one_or_many()
                .iter()
                .any(|item| matches!(item.as_text(), Some(name) if name == "*" || name == key))
        })
    };
    let line = resource.line;
    let own = resource.get("Properties").cloned().unwrap_or_else(|| Node::empty(line));
    let kept = globals.entries().iter().filter(|(key, _)| !is_ignored(key)).cloned().collect();
    resource.set("Properties", merge(&Node::map(line, kept), &own));
}

fn merge(global: &Node, own: &Node) -> Node {
    let is_function = |node: &Node| {
        node.as_single().is_some_and(|(key, _)| key == "Ref" || key.starts_with("Fn::"))
    };
    match (&global.value, &own.value) {
        (Value::Map(from), Value::Map(_)) if !is_function(global) && !is_function(own) => {
            let mut merged = own.clone();
            for (key, value) in from {
                let both = own.get(key).map_or_else(|| value.clone(), |own| merge(value, own));
                merged.set(key, both);
            }
            merged
        }
        (Value::List(first), Value::List(second)) => {
            Node::list(own.line, first.iter().chain(second).cloned().collect())
        }
        _ => own.clone(),
    }
}

/// The role that SAM makes for a function without one, and the function's reference to it.
fn role(name: &str, function: &mut Node) -> Option<(String, Node)> {
    if function.at(&["Properties", "Role"]).is_some() {
        return None;
    }
    let line = function.line;
    let role_name = format!("{name}Role");
    let basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    let mut properties =
        Node::single(line, "ManagedPolicyArns", Node::list(line, vec![Node::text(line, basic)]));
    if let Some(policies) = function.at(&["Properties", "Policies"]) {
        properties.set(SAM_POLICIES, policies.clone());
    }
    let mut role = Node::single(line, "Type", Node::text(line, "AWS::IAM::Role"));
    role.set("Properties", properties);
    if let Some(condition) = function.get("Condition") {
        role.set("Condition", condition.clone());
    }
    let mut own = function.get("Properties").cloned().unwrap_or_else(|| Node::empty(line));
    own.set("Role", Node::single(line, "Fn::GetAtt", Node::text(line, format!("{role_name}.Arn"))));
    function.set("Properties", own);
    Some((role_name, role))
}

#[cfg(test)]
mod tests {
    use super::super::yaml;
    use super::*;
    use serde_json::json;

    #[test]
    fn globals_merge_maps_and_lists_and_leave_functions_alone() {
        let global = yaml::read(
            "Timeout: 5\nLayers: [a]\nEnvironment: {Variables: {A: 1, B: 2}}\nRole: {Ref: R}\n",
        )
        .unwrap();
        let own = yaml::read(
            "Timeout: 9\nLayers: [b]\nEnvironment: {Variables: {B: 3}}\nRole: !GetAtt X.Arn\n",
        )
        .unwrap();
        assert_eq!(
            merge(&global, &own).to_json(),
            json!({
                "Timeout": 9,
                "Layers": ["a", "b"],
                "Environment": {"Variables": {"A": 1, "B": 3}},
                "Role": {"Fn::GetAtt": "X.Arn"},
            })
        );
    }

    #[test]
    fn a_function_may_want_no_globals() {
        let mut template = yaml::read(
            "Globals: {Function: {Timeout: 5, MemorySize: 256}}\nResources:\n  F: {Type: 'AWS::Serverless::Function', IgnoreGlobals: [Timeout]}\n",
        )
        .unwrap();
        expand(&mut template).unwrap();
        let properties = template.at(&["Resources", "F", "Properties"]).unwrap();
        assert_eq!(properties.get("MemorySize").and_then(Node::as_text), Some("256"));
        assert!(properties.get("Timeout").is_none());
        assert!(template.at(&["Resources", "FRole", "Properties"]).is_some());
    }
}
