//! `cargo xtask simulate`: the session's core under simulated faults, and the check of that check.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use serde_json::{Value, json};

use crate::process::{Step, interrupted};
use crate::project;

/// What to run.
pub(crate) struct Simulation {
    /// How many seeds; 20,000, or one where the first is given.
    pub(crate) seeds: Option<u64>,
    /// The first of them, 0.
    pub(crate) seed: Option<u64>,
    /// Whether the last line is one JSON object.
    pub(crate) json: bool,
}

#[derive(Subcommand)]
pub(crate) enum Storm {
    /// Cuts all clients of an API at once, ours and those of other libraries, and sees how they come back
    /// through the gateway's limit on new connections
    #[command(disable_help_flag = true)]
    Storm {
        /// Arguments of the simulation; --help lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// Compares what libraries do after everybody was cut.
pub(crate) fn run_storm(Storm::Storm { arguments }: &Storm) -> Result<()> {
    let mut command = built()?;
    command.arg("storm").args(arguments);
    Step::new("Simulating a storm", "", command).run_shown()
}

/// The simulation's program, compiled.
fn built() -> Result<Command> {
    let package = "gatesocket-simulation";
    let cargo = project::cargo(&["build", "--release", "--package", package]);
    Step::new("Compiling the simulation", "about 15 seconds at first", cargo).run()?;
    Ok(Command::new(project::target().join("release").join(package)))
}

impl Simulation {
    /// Runs the core as it is.
    pub(crate) fn run(&self) -> Result<()> {
        let mut command = built()?;
        command.args(self.seeds.map(|seeds| format!("--seeds={seeds}")));
        command.args(self.seed.map(|seed| format!("--seed={seed}")));
        command.args(self.json.then_some("--json"));
        Step::new("Simulating sessions under faults", "", command).run_shown()
    }
}

/// Seeds that each mutant is given to break a rule.
const SEEDS_FOR_A_MUTANT: &str = "20000";

/// Breaks the core in every way that `tests/simulation/mutants/mutants.json` lists, one at a time, and fails where
/// the simulation does not see it.
pub(crate) fn run_mutants(json: bool) -> Result<()> {
    let list = fs::read_to_string(project::path("tests/simulation/mutants/mutants.json"))?;
    let list: Value =
        serde_json::from_str(&list).context("tests/simulation/mutants/mutants.json")?;
    let list = list.as_array().context("mutants.json holds a list")?;
    let copies = [Copy::make(0)?, Copy::make(1)?];
    if let Some(rule) = copies[0].broken_rule()? {
        bail!("the core as it is breaks a rule ({rule}), so that mutants show nothing");
    }
    // Compiling is most of it, and that of one small crate keeps one core busy.
    let next = AtomicUsize::new(0);
    let tried = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for copy in &copies {
            scope.spawn(|| {
                while let Some((index, mutant)) = take_next(list, &next) {
                    let rule = copy.with(mutant, Copy::broken_rule).and_then(|rule| rule);
                    if let Ok(mut tried) = tried.lock() {
                        tried.push((index, rule));
                    }
                }
            });
        }
    });
    if interrupted() {
        bail!("interrupted");
    }
    let mut tried = tried.into_inner().unwrap_or_default();
    tried.sort_by_key(|(index, _)| *index);
    let mut survivors = 0;
    let mut results = Vec::new();
    for (index, rule) in tried {
        let name = list[index]["name"].as_str().context("a mutant has a name")?;
        match &rule {
            Ok(Some(rule)) => println!("caught    {name}: {rule}"),
            Ok(None) => println!("SURVIVED  {name}"),
            Err(error) => println!("NOT TRIED {name}: {error:#}"),
        }
        let caught_by = rule.ok().flatten();
        survivors += usize::from(caught_by.is_none());
        results.push(json!({ "name": name, "caughtBy": caught_by }));
    }
    println!("mutants: {} caught, {survivors} survived", results.len() - survivors);
    if json {
        println!("{}", json!({ "ok": survivors == 0, "mutants": results }));
    }
    if survivors > 0 {
        bail!("the simulation does not see {survivors} of {} broken cores", results.len());
    }
    Ok(())
}

/// The next mutant that nobody has taken.
fn take_next<'a>(list: &'a [Value], next: &AtomicUsize) -> Option<(usize, &'a Value)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    list.get(index).filter(|_| !interrupted()).map(|mutant| (index, mutant))
}

/// The core and the simulation in a workspace of their own, where they may be broken.
struct Copy {
    root: PathBuf,
    target: PathBuf,
}

/// The crate of the copy: the core without the browser.
const LIBRARY: &str = r#"
[package]
name = "gatesocket"
version = "0.0.0"
edition = "2024"

[dependencies]
serde = { version = "1", features = ["derive"] }
"#;

/// Optimised just as far as pays: compiling takes longer than running.
const WORKSPACE: &str = r#"
[workspace]
members = ["tests/simulation"]
resolver = "3"

[workspace.package]
version = "0.0.0"
edition = "2024"
license = "MIT OR Apache-2.0"
rust-version = "1.90"

[workspace.lints]

[workspace.dependencies]
serde_json = "1"

[profile.dev]
opt-level = 1
debug = false
"#;

impl Copy {
    fn make(number: usize) -> Result<Self> {
        let folder = project::target().join("mutants").join(number.to_string());
        let (root, target) = (folder.join("project"), folder.join("target"));
        if root.exists() {
            fs::remove_dir_all(&root)?;
        }
        copy_folder(&project::path("src/core"), &root.join("src/core"))?;
        copy_folder(&project::path("tests/simulation"), &root.join("tests/simulation"))?;
        fs::write(root.join("src/lib.rs"), "pub mod core;\n")?;
        fs::write(root.join("Cargo.toml"), format!("{WORKSPACE}{LIBRARY}"))?;
        // The same versions as the project's, so that nothing is fetched.
        fs::copy(project::path("Cargo.lock"), root.join("Cargo.lock"))?;
        Ok(Copy { root, target })
    }

    /// Runs `act` while the core is broken in one way.
    fn with<T>(&self, mutant: &Value, act: impl FnOnce(&Self) -> T) -> Result<T> {
        let file = mutant["file"].as_str().context("a mutant names a file of src/core")?;
        let path = self.root.join("src/core").join(file);
        let whole = fs::read_to_string(&path).with_context(|| format!("src/core/{file}"))?;
        let (from, to) = (lines(&mutant["from"]), lines(&mutant["to"]));
        if whole.matches(&from).count() != 1 {
            bail!("src/core/{file} does not have this once, so that it can't be replaced:\n{from}");
        }
        fs::write(&path, whole.replace(&from, &to))?;
        let result = act(self);
        fs::write(&path, whole)?;
        Ok(result)
    }

    /// The rule that the core breaks, if it breaks any.
    fn broken_rule(&self) -> Result<Option<String>> {
        let built = Command::new("cargo")
            .args(["build", "--quiet", "--offline", "--package", "gatesocket-simulation"])
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("RUSTFLAGS", "-Awarnings")
            .output()?;
        if !built.status.success() {
            bail!("it does not compile:\n{}", String::from_utf8_lossy(&built.stderr));
        }
        let ran = Command::new(self.target.join("debug/gatesocket-simulation"))
            .args(["--seeds", SEEDS_FOR_A_MUTANT, "--json"])
            .output()?;
        let text = String::from_utf8_lossy(&ran.stdout);
        let last = text.lines().last().context("the simulation says something")?;
        let result: Value = serde_json::from_str(last)?;
        Ok(result["broken"]["rule"].as_str().map(str::to_owned))
    }
}

fn lines(list: &Value) -> String {
    let lines = list.as_array().map(Vec::as_slice).unwrap_or_default();
    lines.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_folder(&path, &target)?;
        } else {
            fs::copy(&path, &target)?;
        }
    }
    Ok(())
}
