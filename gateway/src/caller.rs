//! Who calls the management API: the functions, each with what its role may do.
//!
//! A function is known by the access key that the gateway gave it. Where it keeps the user's own credentials, for other
//! AWS services, all functions share a key; there it is known by the application id that its SDK sends ("Application
//! ID" in the AWS SDKs and Tools Reference Guide).

use crate::api::FunctionDefinition;
use crate::arn;
use crate::credentials::{Credentials, UsersCredentials};
use crate::permission::Policies;
use hyper::header::{HeaderMap, USER_AGENT};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

/// The variable that gives an SDK its application id.
const APPLICATION_ID: &str = "AWS_SDK_UA_APP_ID";

/// Variables that some SDKs heed before those with keys.
const PROFILES: [&str; 2] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

/// A function as a caller.
#[derive(Debug)]
pub struct Caller {
    /// The function's name.
    pub function: String,
    /// Its role's name.
    pub role: String,
    /// What its role may do; `None` where that is not known and nothing is refused.
    pub policies: Option<Policies>,
    /// `arn:aws:sts::{account}:assumed-role/{role}/{function}`, as sentences name it.
    pub principal: String,
    /// `arn:aws:iam::{account}:role/{role}`, as conditions name it.
    pub role_arn: String,
    /// `arn:aws:lambda:{region}:{account}:function:{function}`.
    pub function_arn: String,
    credentials: Keys,
    application_id: String,
    /// The actions for which the log has said what would allow them.
    advised: Mutex<BTreeSet<String>>,
}

#[derive(Debug)]
enum Keys {
    /// Made for this function.
    Own(Credentials),
    /// Those of the user, from the gateway's environment.
    Users,
}

impl Caller {
    fn new(
        definition: &FunctionDefinition,
        index: usize,
        settings: &Settings<'_>,
    ) -> Result<Self, String> {
        let Settings { region, account, verifies, users } = settings;
        let partition = arn::partition(region);
        let (function, role) = (definition.name.clone(), definition.role.name.clone());
        let variables = &definition.environment;
        // Not those of its definition: Lambda reserves their names, and no process gets them.
        let credentials = match users {
            UsersCredentials::InVariables(_) => Keys::Users,
            UsersCredentials::Elsewhere if !verifies => Keys::Users,
            _ => Keys::Own(Credentials::generate()),
        };
        let application_id = variables.get(APPLICATION_ID).cloned();
        Ok(Self {
            policies: policies(definition)?,
            principal: format!("arn:{partition}:sts::{account}:assumed-role/{role}/{function}"),
            role_arn: format!("arn:{partition}:iam::{account}:role/{role}"),
            function_arn: arn::of_function(region, account, &function),
            function,
            role,
            credentials,
            application_id: application_id.unwrap_or_else(|| format!("gatesocket-{index}")),
            advised: Mutex::default(),
        })
    }

    /// Whether this is the first time that the log is to say what would allow an action.
    pub fn is_first_refusal(&self, action: &str) -> bool {
        let mut advised = self.advised.lock().unwrap_or_else(PoisonError::into_inner);
        advised.insert(action.to_owned())
    }

    fn keys(&self) -> Option<&Credentials> {
        match &self.credentials {
            Keys::Own(keys) => Some(keys),
            Keys::Users => None,
        }
    }
}

fn policies(definition: &FunctionDefinition) -> Result<Option<Policies>, String> {
    let Some(documents) = &definition.role.policies else { return Ok(None) };
    let mut policies = Policies::default();
    for (index, document) in documents.iter().enumerate() {
        policies.add(&format!("policy {} of {}", index + 1, definition.role.name), document)?;
    }
    Ok(Some(policies))
}

/// What decides how functions are known.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// The region of the API.
    pub region: &'a str,
    /// The account's number.
    pub account: &'a str,
    /// Whether signatures are verified.
    pub verifies: bool,
    /// What functions inherit.
    pub users: &'a UsersCredentials,
}

/// All functions as callers, and the user.
#[derive(Debug, Default)]
pub struct Callers {
    all: Vec<Caller>,
    by_key: HashMap<String, usize>,
    by_application: HashMap<String, usize>,
    /// The user's own keys, as far as they are known.
    users: Option<Credentials>,
    /// Whether signatures are verified.
    pub verifies: bool,
    /// Whether there is anything to ask of a request at all.
    pub asks: bool,
    notes: Vec<String>,
}

/// The variables of a function that are about credentials.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CredentialVariables {
    /// Those that it gets.
    pub set: BTreeMap<&'static str, String>,
    /// Those of the gateway's environment that it does not get.
    pub removed: &'static [&'static str],
}

impl Callers {
    /// The functions of an API, by name.
    ///
    /// # Errors
    /// A sentence, when a policy is none.
    pub fn new(
        functions: &BTreeMap<String, FunctionDefinition>,
        settings: Settings<'_>,
    ) -> Result<Self, String> {
        let mut callers = Self { verifies: settings.verifies, ..Self::default() };
        if let UsersCredentials::InVariables(keys) = settings.users {
            callers.users = Some(keys.clone());
        }
        for (index, definition) in functions.values().enumerate() {
            let caller = Caller::new(definition, index, &settings)?;
            if let Some(keys) = caller.keys() {
                callers.by_key.insert(keys.access_key_id.clone(), index);
            }
            callers.by_application.insert(caller.application_id.clone(), index);
            let warnings = caller.policies.iter().flat_map(Policies::warnings);
            callers.notes.extend(warnings.cloned());
            callers.all.push(caller);
        }
        callers.asks =
            settings.verifies || callers.all.iter().any(|caller| caller.policies.is_some());
        if settings.verifies && *settings.users == UsersCredentials::Elsewhere {
            callers.notes.push("your AWS credentials are in a profile or another place that only an SDK reads, and what they sign cannot be verified: the functions get keys of their own, which AWS does not know (to keep yours, set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN)".to_owned());
        }
        Ok(callers)
    }

    /// What the user should know, a sentence each.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The variables that let a function call the management API and be known by it.
    pub fn variables(&self, function: &str) -> CredentialVariables {
        let Some(caller) = self.all.iter().find(|caller| caller.function == function) else {
            return CredentialVariables::default();
        };
        match &caller.credentials {
            Keys::Own(keys) => {
                let set = keys.variables().map(|(name, value)| (name, value.to_owned()));
                CredentialVariables { set: set.into(), removed: &PROFILES }
            }
            Keys::Users if caller.policies.is_some() => {
                let id = caller.application_id.clone();
                CredentialVariables { set: BTreeMap::from([(APPLICATION_ID, id)]), removed: &[] }
            }
            Keys::Users => CredentialVariables::default(),
        }
    }

    /// The keys of this id, where they are known.
    pub fn keys(&self, access_key_id: &str) -> Option<&Credentials> {
        let own = self.by_key.get(access_key_id).and_then(|index| self.all[*index].keys());
        own.or(self.users.as_ref().filter(|keys| keys.access_key_id == access_key_id))
    }

    /// The function that sent a request: the one whose access key it is, or else the one whose application id is in the
    /// headers; `None` for others.
    pub fn find(&self, access_key_id: Option<&str>, headers: &HeaderMap) -> Option<&Caller> {
        let by_key = access_key_id.and_then(|id| self.by_key.get(id));
        let index = by_key.or_else(|| {
            let agent = headers.get(USER_AGENT)?.to_str().ok()?;
            let mut ids = agent.split(' ').filter_map(|part| part.strip_prefix("app/"));
            ids.find_map(|id| self.by_application.get(id))
        })?;
        self.all.get(*index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Role, Runtime};
    use hyper::header::HeaderValue;
    use serde_json::json;
    use std::path::PathBuf;
    use std::time::Duration;

    fn callers(users: &UsersCredentials, verifies: bool, environment: &[(&str, &str)]) -> Callers {
        let variables = environment.iter();
        let function = FunctionDefinition {
            name: "f".to_owned(),
            runtime: Runtime::Python,
            handler: String::new(),
            code: PathBuf::new(),
            environment: variables
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            memory_size: 128,
            timeout: Duration::from_secs(1),
            concurrency: 1,
            role: Role {
                name: "f-role".to_owned(),
                policies: Some(vec![json!({ "Statement": [] })]),
            },
        };
        let functions = BTreeMap::from([("f".to_owned(), function)]);
        let settings = Settings { region: "us-east-1", account: "000000000000", verifies, users };
        Callers::new(&functions, settings).unwrap()
    }

    fn found<'a>(callers: &'a Callers, key: &str, agent: &str) -> Option<&'a str> {
        let mut headers = HeaderMap::new();
        headers.insert("user-agent", HeaderValue::from_str(agent).unwrap());
        callers.find(Some(key), &headers).map(|caller| caller.function.as_str())
    }

    #[test]
    fn without_credentials_of_the_user_a_function_gets_and_is_known_by_its_own() {
        let callers = callers(&UsersCredentials::None, false, &[]);
        let variables = callers.variables("f");
        let key = &variables.set["AWS_ACCESS_KEY_ID"];
        assert_eq!(found(&callers, key, "x"), Some("f"));
        assert_eq!(found(&callers, "AKIAOTHER", "x"), None);
        assert_eq!(
            callers.keys(key).map(|keys| &keys.secret_access_key),
            variables.set.get("AWS_SECRET_ACCESS_KEY")
        );
        assert_eq!(variables.removed, ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]);
    }

    #[test]
    fn a_function_that_keeps_the_users_credentials_is_known_by_its_application() {
        let keys = Credentials::generate();
        for users in [UsersCredentials::Elsewhere, UsersCredentials::InVariables(keys.clone())] {
            let callers = callers(&users, false, &[]);
            let variables = callers.variables("f");
            assert_eq!(variables.set.keys().collect::<Vec<_>>(), [&APPLICATION_ID]);
            assert!(variables.removed.is_empty());
            let agent = format!("aws-sdk-js/3.1 os/linux app/{}", variables.set[APPLICATION_ID]);
            assert_eq!(found(&callers, &keys.access_key_id, &agent), Some("f"));
            assert_eq!(found(&callers, &keys.access_key_id, "aws-cli/2 app/other"), None);
        }
    }

    #[test]
    fn credentials_that_cannot_be_verified_are_replaced_and_the_user_is_told() {
        let elsewhere = callers(&UsersCredentials::Elsewhere, true, &[]);
        assert!(elsewhere.variables("f").set.contains_key("AWS_ACCESS_KEY_ID"));
        assert!(elsewhere.notes()[0].contains("keys of their own"));
        let keys = Credentials::generate();
        let known = callers(&UsersCredentials::InVariables(keys.clone()), true, &[]);
        assert!(!known.variables("f").set.contains_key("AWS_ACCESS_KEY_ID"));
        assert_eq!(known.keys(&keys.access_key_id), Some(&keys));
        assert!(known.notes().is_empty());
    }

    #[test]
    fn keys_in_the_functions_own_variables_reach_no_process_and_so_count_for_nothing() {
        let environment = [("AWS_ACCESS_KEY_ID", "AKIAGIVEN"), ("AWS_SECRET_ACCESS_KEY", "secret")];
        let callers = callers(&UsersCredentials::None, true, &environment);
        let key = &callers.variables("f").set["AWS_ACCESS_KEY_ID"];
        assert_ne!(key, "AKIAGIVEN");
        assert_eq!(found(&callers, key, "x"), Some("f"));
        assert!(callers.keys("AKIAGIVEN").is_none());
    }
}
