//! Python packages of tests, each set in an environment of its own below `target`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::fingerprint::{forget, unless_fresh};
use crate::process::{Step, output_of};
use crate::{debian, project};

/// The oldest Python that all of them run on.
const OLDEST: (u32, u32) = (3, 10);

/// Packages that some tests need.
pub(crate) struct Environment {
    /// Below `target`.
    folder: &'static str,
    /// What is installed, every version pinned.
    requirements: &'static str,
    /// What that is and what for.
    what: &'static str,
    takes: &'static str,
}

/// Clients and runtimes of the gateway's tests.
pub(crate) const GATEWAY: Environment = Environment {
    folder: "python",
    requirements: "tests/gateway/requirements.txt",
    what: "boto3 and websockets, clients that the gateway is tested with, and awslambdaric, which runs Python handlers",
    takes: "about 10 seconds, once",
};

/// What reads templates as AWS does, and a queue.
pub(crate) const TEMPLATES: Environment = Environment {
    folder: "python-templates",
    requirements: "tests/templates/requirements.txt",
    what: "cfn-lint and AWS SAM's translator, which check the templates, and moto, which stands in for SQS",
    takes: "about 1 minute, 310 MB, once",
};

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

impl Environment {
    /// The interpreter, if the environment is there.
    pub(crate) fn find(&self) -> Option<PathBuf> {
        Some(self.interpreter()).filter(|file| file.exists())
    }

    /// The interpreter, installed with the packages first if it must be.
    pub(crate) fn ensure(&self) -> Result<PathBuf> {
        if project::on_path("python3").is_none() {
            debian::install(&["python3", "python3-venv"], "Python", "about 20 seconds, once")?;
        }
        // Another Python needs another environment.
        let version = check()?;
        let stamp = format!("{}-{}", self.folder, version.replace(' ', "-"));
        if self.find().is_none() {
            forget(&stamp);
        }
        let requirements = project::path(self.requirements);
        // Names the Python that it belongs to, so an environment that another one made counts as stale.
        let made = self.root().join("pyvenv.cfg");
        unless_fresh(&stamp, std::slice::from_ref(&requirements), &[made], || {
            self.make()?;
            let mut pip = Command::new(self.interpreter());
            pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-r"])
                .arg(&requirements);
            let what = format!("Installing Python packages: {}", self.what);
            Step::new(what, self.takes, pip).run().map_err(|error| {
                error.context(format!(
                    "Python packages are missing; by hand: {} -m pip install -r {}",
                    project::shown(&self.interpreter()),
                    self.requirements
                ))
            })
        })?;
        Ok(self.interpreter())
    }

    /// Makes it anew and empty. Debian keeps what `venv` needs in a package of its own.
    fn make(&self) -> Result<()> {
        let venv = || {
            let mut command = Command::new("python3");
            command.args(["-m", "venv", "--clear"]).arg(self.root());
            command
        };
        let Err(error) = Step::new("Making a Python environment", "", venv()).run() else {
            return Ok(());
        };
        if project::on_path("apt-get").is_none() {
            return Err(
                error.context("python3 can't make an environment: its module venv is missing")
            );
        }
        let why = "venv, Python's module that makes environments";
        debian::install(&["python3-venv"], why, "about 20 seconds, once")?;
        Step::new("Making a Python environment", "", venv()).run()
    }

    fn root(&self) -> PathBuf {
        project::target().join(self.folder)
    }

    fn interpreter(&self) -> PathBuf {
        self.root().join("bin/python")
    }
}
