//! The Python that runs a function: one that has `awslambdaric`, AWS's own runtime client.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// Ends with 0 where the package is there; finding it is quicker than loading it.
const PROBE: &str =
    "import importlib.util,sys; sys.exit(importlib.util.find_spec('awslambdaric') is None)";

/// How long an interpreter may take to say so.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where an environment keeps its interpreter.
const INTERPRETER: &str = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };

/// The interpreter for a function's folder: that of its own environment (`.venv`, `venv`), of the environment that is
/// active (`VIRTUAL_ENV`), or the one on the PATH; the first that has `awslambdaric`.
///
/// # Errors
/// A sentence with the command that installs what is missing.
pub(super) async fn find(code: &Path) -> Result<PathBuf, String> {
    let active = std::env::var_os("VIRTUAL_ENV").filter(|path| !path.is_empty());
    let environments =
        [Some(code.join(".venv")), Some(code.join("venv")), active.map(PathBuf::from)];
    let own = environments.into_iter().flatten().map(|folder| folder.join(INTERPRETER));
    let own: Vec<PathBuf> = own.filter(|file| file.is_file()).collect();
    let on_path = ["python3", "python"].map(PathBuf::from);
    let mut first = None;
    for python in own.iter().chain(&on_path) {
        match probe(python).await {
            Some(true) => return Ok(python.clone()),
            Some(false) => first = first.or(Some(python)),
            None => {}
        }
    }
    let Some(first) = first else {
        return Err("no Python was found: there is neither python3 on the PATH nor an environment in the function's folder or in VIRTUAL_ENV. Install Python 3.10 or newer".to_owned());
    };
    let packages = "awslambdaric boto3";
    Err(if own.contains(first) {
        format!(
            "{python} has no awslambdaric, AWS's runtime client for Python: {python} -m pip install {packages} (Lambda brings boto3 as well)",
            python = first.display()
        )
    } else {
        let folder = code.join(".venv");
        format!(
            "Python has no awslambdaric, AWS's runtime client: {python} -m venv {environment} && {own} -m pip install {packages} (Lambda brings boto3 as well)",
            python = first.display(),
            environment = folder.display(),
            own = folder.join(INTERPRETER).display(),
        )
    })
}

/// Whether an interpreter has the package; `None` where it cannot be run.
async fn probe(python: &Path) -> Option<bool> {
    let mut command = Command::new(python);
    command.args(["-c", PROBE]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status = tokio::time::timeout(PATIENCE, command.kill_on_drop(true).status()).await;
    status.ok()?.ok().map(|status| status.success())
}

/// What helps when a package is missing that Lambda has and this machine has not.
pub(super) fn advice(message: &str) -> Option<&'static str> {
    let missing = ["boto3", "botocore"]
        .iter()
        .any(|name| message.contains(&format!("No module named '{name}'")));
    missing.then_some("Lambda's Python brings boto3, this one has none: python -m pip install boto3, with the Python that runs the function")
}
