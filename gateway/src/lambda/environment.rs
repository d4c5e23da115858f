//! The environment of a handler process: Lambda's variables, and trust in the gateway's certificate.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where distributions keep the authorities that the system trusts.
const SYSTEM_BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The names that Lambda keeps for itself ("Create Lambda environment variables", reserved environment variables): it refuses
/// a function whose configuration has one.
const RESERVED: [&str; 21] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_MAX_CONCURRENCY",
    "AWS_LAMBDA_METADATA_API",
    "AWS_LAMBDA_METADATA_TOKEN",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
];

/// Whether a function's configuration may not set this variable.
pub(super) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// The files that make a handler trust the gateway without losing the trust it had.
#[derive(Debug)]
pub(super) struct Trust {
    /// The gateway's authority alone, followed by what `NODE_EXTRA_CA_CERTS` named before: Node adds it to its own.
    node_extra: PathBuf,
    /// The gateway's authority and everything trusted before: other runtimes trust this file and nothing else.
    bundle: PathBuf,
}

impl Trust {
    /// Writes both files into a folder.
    ///
    /// # Errors
    /// A sentence, when a file cannot be written.
    pub(super) fn write(folder: &Path, authority_pem: &str) -> Result<Self, String> {
        let named =
            |name: &str| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        let before = |names: &[&str]| {
            names
                .iter()
                .filter_map(|name| named(name))
                .find_map(|path| std::fs::read_to_string(path).ok())
        };
        let system = || SYSTEM_BUNDLES.iter().find_map(|path| std::fs::read_to_string(path).ok());
        let extra =
            before(&["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "AWS_CA_BUNDLE"]).unwrap_or_default();
        let rest = before(&["AWS_CA_BUNDLE", "SSL_CERT_FILE"]).or_else(system).unwrap_or_default();
        let trust = Self {
            node_extra: folder.join("node-extra-ca-certs.pem"),
            bundle: folder.join("ca-bundle.pem"),
        };
        for (path, others) in [(&trust.node_extra, extra), (&trust.bundle, rest)] {
            std::fs::write(path, format!("{authority_pem}{others}"))
                .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
        }
        Ok(trust)
    }
}

/// What a handler's environment is made from.
#[derive(Debug)]
pub(super) struct Environment<'a> {
    /// `_HANDLER`.
    pub handler: &'a str,
    /// `LAMBDA_TASK_ROOT`.
    pub task_root: &'a Path,
    /// `AWS_LAMBDA_FUNCTION_NAME`.
    pub function_name: &'a str,
    /// `AWS_LAMBDA_FUNCTION_MEMORY_SIZE`, in MB.
    pub memory_size: u32,
    /// `AWS_REGION`.
    pub region: &'a str,
    /// `AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI`.
    pub management_endpoint: &'a str,
    /// The credentials that it gets, if any.
    pub credentials: &'a BTreeMap<&'static str, String>,
    /// Files with certificates.
    pub trust: &'a Trust,
    /// The user's own variables; they win over all others but the reserved ones.
    pub extra: &'a [(String, String)],
}

impl Environment<'_> {
    /// The variables to set in addition to the gateway's own environment ("Defined runtime environment
    /// variables" in the Lambda developer guide).
    pub(super) fn variables(&self) -> Vec<(String, OsString)> {
        let mut variables: Vec<(String, OsString)> = Vec::new();
        let mut set = |name: &str, value: &std::ffi::OsStr| {
            variables.push((name.to_owned(), value.to_owned()))
        };
        let memory_size = self.memory_size.to_string();
        let log_group = format!("/aws/lambda/{}", self.function_name);
        for (name, value) in [
            ("_HANDLER", self.handler),
            ("AWS_LAMBDA_FUNCTION_NAME", self.function_name),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory_size.as_str()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", log_group.as_str()),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
            // Unless the user sets another, the time zone is this one on all machines of Lambda.
            ("TZ", ":UTC"),
            ("AWS_REGION", self.region),
            ("AWS_DEFAULT_REGION", self.region),
            ("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", self.management_endpoint),
        ] {
            set(name, value.as_ref());
        }
        set("LAMBDA_TASK_ROOT", self.task_root.as_os_str());
        set("NODE_EXTRA_CA_CERTS", self.trust.node_extra.as_os_str());
        set("AWS_CA_BUNDLE", self.trust.bundle.as_os_str());
        set("SSL_CERT_FILE", self.trust.bundle.as_os_str());
        for (name, value) in self.credentials {
            set(name, value.as_ref());
        }
        // A proxy must not come between the handler and this machine.
        for name in ["NO_PROXY", "no_proxy"] {
            let before = std::env::var(name).unwrap_or_default();
            let separator = if before.is_empty() { "" } else { "," };
            set(name, format!("{before}{separator}localhost,127.0.0.1,::1").as_ref());
        }
        let allowed = self.extra.iter().filter(|(name, _)| !is_reserved(name));
        variables.extend(allowed.map(|(name, value)| (name.clone(), value.into())));
        variables
    }
}
