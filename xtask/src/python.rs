//! Python packages of the gateway's tests, in an environment of their own below `target`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::fingerprint::{forget, unless_fresh};
use crate::process::{Step, output_of};
use crate::{debian, project};

/// The oldest Python that boto3 and awslambdaric run on.
const OLDEST: (u32, u32) = (3, 10);

/// What is installed, every version pinned.
const REQUIREMENTS: &str = "tests/gateway/requirements.txt";

/// The interpreter of the environment, if that is there.
pub(crate) fn find() -> Option<PathBuf> {
    Some(interpreter()).filter(|file| file.exists())
}

/// The version of `python3`, if it is new enough.
pub(crate) fn check() -> Result<String> {
    let by_hand = "install Python 3.11 or newer, on Debian: sudo apt-get install python3";
    let Some(version) = output_of(Command::new("python3").arg("--version")) else {
        bail!("python3 is missing; {by_hand}");
    };
    let mut numbers =
        version.trim_start_matches("Python ").split('.').map(|part| part.parse().unwrap_or(0));
    if (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < OLDEST {
        bail!("{version} is too old, {}.{} is needed; {by_hand}", OLDEST.0, OLDEST.1);
    }
    Ok(version)
}

/// The interpreter of an environment with boto3, websockets and awslambdaric, installed first if it
/// must be. Tests find it in `GATESOCKET_PYTHON`.
pub(crate) fn ensure() -> Result<PathBuf> {
    if project::on_path("python3").is_none() {
        debian::install(&["python3", "python3-venv"], "Python", "about 20 seconds, once")?;
    }
    // Another Python needs another environment.
    let version = check()?;
    let stamp = format!("python-{}", version.replace(' ', "-"));
    if find().is_none() {
        forget(&stamp);
    }
    // Names the Python that it belongs to, so an environment that another one made counts as stale.
    unless_fresh(&stamp, &[project::path(REQUIREMENTS)], &[folder().join("pyvenv.cfg")], || {
        make_environment()?;
        let mut pip = Command::new(interpreter());
        pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-r"])
            .arg(project::path(REQUIREMENTS));
        let what = "Installing Python packages: boto3 and websockets, clients that the gateway is tested with, and awslambdaric, which runs Python handlers";
        Step::new(what, "about 10 seconds, once", pip).run().map_err(|error| {
            error.context(format!(
                "Python packages are missing; by hand: {} -m pip install -r {REQUIREMENTS}",
                project::shown(&interpreter())
            ))
        })
    })?;
    Ok(interpreter())
}

/// Makes the empty environment anew. Debian keeps what `venv` needs in a package of its own.
fn make_environment() -> Result<()> {
    let venv = || {
        let mut command = Command::new("python3");
        command.args(["-m", "venv", "--clear"]).arg(folder());
        command
    };
    let Err(error) = Step::new("Making a Python environment", "", venv()).run() else {
        return Ok(());
    };
    if project::on_path("apt-get").is_none() {
        return Err(error.context("python3 can't make an environment: its module venv is missing"));
    }
    let why = "venv, Python's module that makes environments";
    debian::install(&["python3-venv"], why, "about 20 seconds, once")?;
    Step::new("Making a Python environment", "", venv()).run()
}

fn folder() -> PathBuf {
    project::target().join("python")
}

fn interpreter() -> PathBuf {
    folder().join("bin/python")
}
