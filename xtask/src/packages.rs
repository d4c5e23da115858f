//! `cargo xtask packages`: apps of every framework and bundler, with the packed npm package in them.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process::output_of_step;
use crate::{browsers, gateway, node, package, page, project, test};

/// An app of `tests/packages`.
pub(crate) struct Fixture {
    name: String,
    /// Below `tests/packages`. Several apps may be made of one.
    folder: String,
}

/// Runs fixtures, and writes their rows of the table in docs/frameworks.md.
pub(crate) fn run(full: bool, names: &[String]) -> Result<()> {
    let mut environment = prepare(&chosen(full, names)?)?;
    environment.push(("GATESOCKET_TABLE", "1".into()));
    test::node_tests(&["tests/packages"], &environment, 1)
}

/// The fixtures of these names, else all that the tests run, with `full` all there are.
pub(crate) fn chosen(full: bool, names: &[String]) -> Result<Vec<Fixture>> {
    let mut list = Command::new("node");
    list.arg(project::path("tests/packages/list.mjs")).args(full.then_some("--full")).args(names);
    let text = output_of_step("Choosing apps of tests/packages", list)?;
    let found: Vec<Value> = serde_json::from_str(&text).context("the list of fixtures")?;
    let field = |fixture: &Value, name: &str| {
        fixture[name].as_str().map(str::to_owned).with_context(|| format!("a fixture's {name}"))
    };
    let fixtures = found.iter().map(|fixture| {
        Ok(Fixture { name: field(fixture, "name")?, folder: field(fixture, "folder")? })
    });
    fixtures.collect()
}

/// Installs what fixtures need, each into a folder of its own that no other package is above of, and the tarball
/// beside it. Returns what the tests must be told.
pub(crate) fn prepare(fixtures: &[Fixture]) -> Result<Vec<(&'static str, PathBuf)>> {
    let mut environment = browsers::ensure()?;
    let tarball = package::pack()?;
    gateway::install_handlers()?;
    page::install_drivers()?;
    let work = project::target().join("packages");
    for folder in fixtures.iter().map(|fixture| &fixture.folder).collect::<BTreeSet<_>>() {
        let source = project::path("tests/packages").join(folder);
        let place = work.join(folder);
        fs::create_dir_all(&place)?;
        for entry in fs::read_dir(&source)? {
            let entry = entry?;
            // The rest is copied by the tests, before each run.
            if entry.path().extension().is_some_and(|extension| extension == "json")
                || entry.file_name() == ".npmrc"
            {
                fs::copy(entry.path(), place.join(entry.file_name()))?;
            }
        }
        node::install_in(&place, "an app with gatesocket", "up to 1 minute at first")?;
        node::install_tarball(&place, &tarball)?;
    }
    let names: Vec<&str> = fixtures.iter().map(|fixture| fixture.name.as_str()).collect();
    environment.extend([
        ("GATESOCKET_FIXTURES", work),
        ("GATESOCKET_PACKAGES", names.join(",").into()),
        ("GATESOCKET_TARBALL", tarball),
    ]);
    Ok(environment)
}
