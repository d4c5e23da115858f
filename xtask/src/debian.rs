//! Debian packages, for what neither cargo nor npm can bring.

use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};

use crate::process::{Step, output_of};
use crate::project;

/// Installs packages with `apt-get`, with `sudo` for those who are not root.
pub(crate) fn install(packages: &[&str], why: &str, takes: &'static str) -> Result<()> {
    let by_hand = format!("sudo apt-get install {}", packages.join(" "));
    if project::on_path("apt-get").is_none() {
        bail!("{why} is missing and there is no apt-get here. On Debian it is: {by_hand}");
    }
    if !may_install() {
        bail!("{why} is missing. Install it and run this again: {by_hand}");
    }
    update().map_err(|error| error.context(format!("{why} is missing; by hand: {by_hand}")))?;
    let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
    arguments.extend(packages);
    let what = format!("Installing {why} (Debian: {})", packages.join(", "));
    Step::new(what, takes, apt_get(&arguments))
        // A package manager that is killed half-way must be repaired by hand.
        .uninterruptible()
        .run()
        .map_err(|error| error.context(format!("{why} could not be installed; by hand: {by_hand}")))
}

/// The first of these packages that Debian has; the first of all where that can't be asked.
pub(crate) fn first_offered<'a>(packages: &[&'a str]) -> Result<&'a str> {
    if may_install() {
        update()?;
    }
    let offers = |package: &&&str| {
        output_of(Command::new("apt-cache").args(["show", "--no-all-versions", package]))
            .is_some_and(|text| !text.is_empty())
    };
    let first = packages.iter().find(offers).or(packages.first());
    first.copied().context("there is nothing to choose from")
}

/// Reads the package lists anew, once in a run.
fn update() -> Result<()> {
    static DONE: OnceLock<()> = OnceLock::new();
    if DONE.get().is_none() {
        Step::new("Reading Debian's package lists", "", apt_get(&["update"]))
            .uninterruptible()
            .run()?;
        let _ = DONE.set(());
    }
    Ok(())
}

fn may_install() -> bool {
    project::on_path("apt-get").is_some() && (is_root() || sudo_without_password())
}

fn is_root() -> bool {
    output_of(Command::new("id").arg("-u")).is_some_and(|id| id == "0")
}

fn apt_get(arguments: &[&str]) -> Command {
    let mut command = if is_root() {
        Command::new("apt-get")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["--non-interactive", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        sudo
    };
    // Waits for another apt-get to end instead of failing at once.
    command.args(["-o", "DPkg::Lock::Timeout=120"]);
    command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
    command
}

fn sudo_without_password() -> bool {
    Command::new("sudo")
        .args(["--non-interactive", "true"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
