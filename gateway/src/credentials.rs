//! AWS credentials: those of the user, and those that functions get.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::path::PathBuf;

/// The variables that AWS SDKs read credentials from ("Using environment variables to globally configure AWS SDKs
/// and tools").
pub const ACCESS_KEY_ID: &str = "AWS_ACCESS_KEY_ID";
/// See [`ACCESS_KEY_ID`].
pub const SECRET_ACCESS_KEY: &str = "AWS_SECRET_ACCESS_KEY";
/// See [`ACCESS_KEY_ID`].
pub const SESSION_TOKEN: &str = "AWS_SESSION_TOKEN";

/// An access key.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Names the key; no secret.
    pub access_key_id: String,
    /// Signs requests.
    pub secret_access_key: String,
    /// Comes with keys of a role, which are temporary.
    pub session_token: Option<String>,
}

// No derive: secrets must not get into a log by accident.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

impl Credentials {
    /// New ones in the form of a role's: the id begins with ASIA ("IAM identifiers"). AWS knows nothing of them.
    pub fn generate() -> Self {
        const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let random: [u8; 16] = rand::random();
        let id = random.map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
        Self {
            access_key_id: format!("ASIA{}", String::from_iter(id)),
            secret_access_key: STANDARD.encode(rand::random::<[u8; 30]>()),
            session_token: Some(STANDARD.encode(rand::random::<[[u8; 32]; 6]>().as_flattened())),
        }
    }

    /// Those that variables name; `None` where the id or the secret is missing or empty.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let variable = |name| variable(name).filter(|value| !value.is_empty());
        Some(Self {
            access_key_id: variable(ACCESS_KEY_ID)?,
            secret_access_key: variable(SECRET_ACCESS_KEY)?,
            session_token: variable(SESSION_TOKEN),
        })
    }

    /// The variables that give them to an SDK.
    pub fn variables(&self) -> [(&'static str, &str); 3] {
        [
            (ACCESS_KEY_ID, &self.access_key_id),
            (SECRET_ACCESS_KEY, &self.secret_access_key),
            (SESSION_TOKEN, self.session_token.as_deref().unwrap_or_default()),
        ]
    }
}

/// What an AWS SDK would find in the gateway's own environment, which functions inherit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsersCredentials {
    /// Nothing.
    None,
    /// Keys in variables.
    InVariables(Credentials),
    /// A profile, a shared file, or another source that only the SDK reads.
    Elsewhere,
}

impl UsersCredentials {
    /// Looks where SDKs look, but asks nobody.
    pub fn find() -> Self {
        if let Some(keys) = Credentials::from_variables(|name| std::env::var(name).ok()) {
            return Self::InVariables(keys);
        }
        if are_elsewhere() { Self::Elsewhere } else { Self::None }
    }
}

fn are_elsewhere() -> bool {
    let variables = [
        // Half a key is the user's to repair.
        ACCESS_KEY_ID,
        "AWS_PROFILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ];
    if variables.iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty())) {
        return true;
    }
    let file = |variable: &str, default: &str| {
        let home = || {
            std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE")).map(PathBuf::from)
        };
        let path = std::env::var_os(variable)
            .map(PathBuf::from)
            .or_else(|| home().map(|home| home.join(default)));
        path.and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default()
    };
    let sources =
        ["aws_access_key_id", "sso_", "credential_process", "role_arn", "credential_source"];
    let files = file("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials")
        + &file("AWS_CONFIG_FILE", ".aws/config");
    sources.iter().any(|source| files.contains(source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_keys_have_the_form_of_a_roles_and_differ() {
        let keys = Credentials::generate();
        assert_eq!((keys.access_key_id.len(), keys.secret_access_key.len()), (20, 40));
        assert!(keys.access_key_id.starts_with("ASIA"), "{}", keys.access_key_id);
        assert!(keys.session_token.as_ref().is_some_and(|token| token.len() == 256));
        assert_ne!(keys, Credentials::generate());
    }

    #[test]
    fn no_secret_is_shown() {
        let keys = Credentials::generate();
        let shown = format!("{keys:?}");
        assert!(shown.contains(&keys.access_key_id) && !shown.contains(&keys.secret_access_key));
    }

    #[test]
    fn half_a_key_is_none() {
        let with = |names: &[&str]| {
            Credentials::from_variables(|name| names.contains(&name).then(|| "x".to_owned()))
        };
        assert_eq!(with(&[ACCESS_KEY_ID]), None);
        assert!(
            with(&[ACCESS_KEY_ID, SECRET_ACCESS_KEY])
                .is_some_and(|keys| keys.session_token.is_none())
        );
        assert_eq!(Credentials::from_variables(|_| Some(String::new())), None);
    }
}
