//! What a function may do: `AWS::IAM::*` as far as the management API asks for it.

use super::managed_policies;
use super::node::Node;
use super::stack::{Resource, Stack, at};
use crate::api::Role;
use serde_json::{Value, json};

/// The property of a role that SAM's `Policies` are kept in, which are of several kinds.
pub(super) const SAM_POLICIES: &str = "SAM Policies";

/// The role of a function: `policies` are `None`, with a warning, where they cannot be known.
///
/// # Errors
/// A sentence with the line, when a document cannot be computed.
pub(super) fn of_function(stack: &Stack, function: &Resource) -> Result<Role, String> {
    let unknown = |name: String, why: String| {
        let line = function.raw("Role").map_or(function.line(), |node| node.line);
        stack
            .notes
            .warn(line, format!("{why}: {} may send to all connections here", function.name));
        Ok(Role { name, policies: None })
    };
    let arn = stack.quietly(|| stack.text(function, "Role"))?;
    let Some(arn) = arn else {
        return unknown(format!("{}Role", function.name), format!("{} has no Role", function.name));
    };
    let name = arn.rsplit('/').next().unwrap_or_default().to_owned();
    let mut found = None;
    for role in stack.of_kind("AWS::IAM::Role") {
        if stack.role_name(role)? == name {
            found = Some(role);
        }
    }
    let Some(role) = found else {
        return unknown(name, format!("the role {arn} is not described in the template"));
    };
    if role.raw("PermissionsBoundary").is_some() {
        stack
            .notes
            .warn(role.line(), format!("PermissionsBoundary of {} is not evaluated", role.name));
    }
    match policies(stack, role, &name)? {
        Ok(policies) => Ok(Role { name, policies: Some(policies) }),
        Err(policy) => unknown(name, format!("what the policy {policy} allows is not known")),
    }
}

/// The documents of a role, or the managed policy that nobody here knows.
fn policies(
    stack: &Stack,
    role: &Resource,
    name: &str,
) -> Result<Result<Vec<Value>, String>, String> {
    let mut documents = Vec::new();
    let mut managed = Vec::new();
    for item in role.raw("ManagedPolicyArns").map_or(&[][..], Node::one_or_many) {
        managed.extend(stack.quietly(|| stack.resolve(item))?);
    }
    for policy in role.raw("Policies").map_or(&[][..], Node::one_or_many) {
        documents.extend(inline(stack, policy)?);
    }
    for item in role.raw(SAM_POLICIES).map_or(&[][..], Node::one_or_many) {
        match item.get("Statement") {
            Some(_) => documents.push(document(stack, item)?),
            None => match stack.quietly(|| stack.resolve(item))? {
                Some(item) if item.get("Statement").is_some() => {
                    documents.push(document(stack, &item)?)
                }
                // SAM's policy templates speak of other services.
                Some(item) if item.as_text().is_none() => {}
                Some(item) => managed.push(item),
                None => {}
            },
        }
    }
    for kind in ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"] {
        for policy in stack.of_kind(kind) {
            let listed = stack.quietly(|| stack.property(policy, "Roles"))?;
            let listed = listed
                .as_ref()
                .map_or(&[][..], Node::items)
                .iter()
                .any(|item| item.as_text() == Some(name));
            let by_name =
                stack.quietly(|| stack.text(policy, "RoleName"))?.as_deref() == Some(name);
            if listed || by_name {
                documents.extend(inline(stack, &policy.node)?);
            }
        }
    }
    for policy in managed.iter().flat_map(Node::one_or_many) {
        let arn =
            policy.as_text().ok_or_else(|| at(policy.line, "ManagedPolicyArns must be texts"))?;
        let short = arn.rsplit('/').next().unwrap_or_default();
        let own = stack.of_kind("AWS::IAM::ManagedPolicy").find(|own| {
            let named = stack.quietly(|| stack.text(own, "ManagedPolicyName")).ok().flatten();
            own.name == short || named.as_deref() == Some(short)
        });
        match (own, managed_policies::document(short)) {
            (Some(own), _) => documents.extend(inline(stack, &own.node)?),
            (None, Some(document)) => documents.push(document),
            (None, None) => return Ok(Err(arn.to_owned())),
        }
    }
    Ok(Ok(documents))
}

/// The document of a policy, whether `PolicyDocument` stands in it or in its `Properties`.
fn inline(stack: &Stack, policy: &Node) -> Result<Option<Value>, String> {
    let found =
        policy.get("PolicyDocument").or_else(|| policy.at(&["Properties", "PolicyDocument"]));
    if let Some(found) = found {
        return document(stack, found).map(Some);
    }
    match stack.quietly(|| stack.resolve(policy))? {
        Some(resolved) if resolved.get("PolicyDocument").is_some() => inline(stack, &resolved),
        _ => Ok(None),
    }
}

/// A policy document, of which statements about other services are left out: they would bring warnings about tables
/// and decide nothing.
fn document(stack: &Stack, node: &Node) -> Result<Value, String> {
    let mut statements = Vec::new();
    for statement in node.get("Statement").map_or(&[][..], Node::one_or_many) {
        let read = stack.quietly(|| stack.resolve(statement))?;
        if read.as_ref().is_some_and(concerns_connections) {
            statements.extend(stack.resolve(statement)?.map(|statement| statement.to_json()));
        }
    }
    let version =
        stack.quietly(|| node.get("Version").map_or(Ok(None), |node| stack.resolve(node)))?;
    Ok(match version {
        Some(version) => json!({ "Version": version.as_text(), "Statement": statements }),
        None => json!({ "Statement": statements }),
    })
}

/// Whether a statement can match an action of `execute-api`.
fn concerns_connections(statement: &Node) -> bool {
    let of_service = |action: &Node| {
        let action = action.as_text().unwrap_or_default().to_ascii_lowercase();
        let service = action.split(':').next().unwrap_or_default();
        service == "execute-api" || service.contains(['*', '?'])
    };
    statement.get("NotAction").is_some()
        || statement.get("Action").is_some_and(|action| action.one_or_many().iter().any(of_service))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{BASE, read_with};
    use super::*;

    /// The role of the function `F` with more properties and resources, and the warnings.
    fn role(properties: &str, resources: &str) -> (Role, Vec<String>) {
        let template = BASE.replace("InlineCode:", &format!("{properties} InlineCode:"));
        let read = read_with(&format!("{template}{resources}"), |_| ()).unwrap();
        (read.api.functions["F"].role.clone(), read.notes.warnings)
    }

    fn statements(role: &Role) -> Vec<Value> {
        let documents = role.policies.as_ref().unwrap();
        documents
            .iter()
            .flat_map(|document| document["Statement"].as_array().unwrap().clone())
            .collect()
    }

    #[test]
    fn a_sam_function_without_policies_may_do_nothing() {
        let (role, warnings) = role("", "");
        assert_eq!((role.name.as_str(), statements(&role)), ("FRole", Vec::new()));
        assert_eq!(warnings, Vec::<String>::new());
    }

    #[test]
    fn sams_policies_may_be_names_templates_documents_and_chosen_by_a_condition() {
        let policies = "Policies: [AWSLambdaBasicExecutionRole, {DynamoDBCrudPolicy: {TableName: !Ref T}}, \
            {Version: '2012-10-17', Statement: {Effect: Allow, Action: 'execute-api:*', Resource: !Sub 'arn:${Api}'}}, \
            {Statement: [{Effect: Allow, Action: 's3:*', Resource: !GetAtt T.StreamArn}]}, \
            !If [C, arn:aws:iam::aws:policy/AmazonAPIGatewayInvokeFullAccess, !Ref AWS::NoValue]],";
        let resources = "  T: {Type: 'AWS::DynamoDB::Table'}\nConditions: {C: !Equals [a, a]}\n";
        let (role, warnings) = role(policies, resources);
        let found = statements(&role);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(
            found[0],
            json!({"Effect": "Allow", "Action": "execute-api:*", "Resource": "arn:Api"})
        );
        assert_eq!(found[1]["Action"][1], "execute-api:ManageConnections");
        assert_eq!(warnings, Vec::<String>::new());
    }

    #[test]
    fn a_role_of_the_template_has_its_own_policies_and_those_attached_to_it() {
        let allow = |action: &str| {
            format!(
                "PolicyDocument: {{Statement: [{{Effect: Allow, Action: ['logs:*', '{action}'], Resource: '*'}}]}}"
            )
        };
        let resources = format!("
  MyRole: {{Type: 'AWS::IAM::Role', Properties: {{RoleName: mine, Policies: [{{PolicyName: a, {}}}], ManagedPolicyArns: [!Ref Own]}}}}
  Own: {{Type: 'AWS::IAM::ManagedPolicy', Properties: {{{}}}}}
  Attached: {{Type: 'AWS::IAM::Policy', Properties: {{Roles: [!Ref MyRole], {}}}}}
  Other: {{Type: 'AWS::IAM::Policy', Properties: {{Roles: [another], {}}}}}
", allow("execute-api:a"), allow("*"), allow("EXECUTE-API:c"), allow("execute-api:d"));
        let (role, warnings) = role("Role: !GetAtt MyRole.Arn,", &resources);
        let mut actions: Vec<_> =
            statements(&role).iter().map(|statement| statement["Action"][1].to_string()).collect();
        actions.sort();
        assert_eq!(actions, ["\"*\"", "\"EXECUTE-API:c\"", "\"execute-api:a\""]);
        assert_eq!((role.name.as_str(), warnings.len()), ("mine", 0), "{warnings:?}");
    }

    #[test]
    fn what_cannot_be_known_is_named_and_refuses_nothing() {
        for (properties, part) in [
            (
                "Role: 'arn:aws:iam::123456789012:role/shared',",
                "the role arn:aws:iam::123456789012:role/shared is not described",
            ),
            ("Policies: [SomethingOfOurs],", "the policy SomethingOfOurs allows is not known"),
        ] {
            let (role, warnings) = role(properties, "");
            assert_eq!(role.policies, None);
            assert!(warnings[0].contains(part), "{warnings:?}");
        }
    }
}
