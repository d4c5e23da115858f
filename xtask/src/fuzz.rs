//! `cargo xtask fuzz`: cargo-fuzz on the targets of the core and of the gateway.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::process::{Step, output_of};
use crate::{cargo_tool, project};

/// What is fuzzed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Target {
    /// The core: any facts in any order, with any settings
    Session,
    /// The core's reader of control frames: any text
    ControlFrame,
    /// The gateway's reader of the first request: any bytes
    RequestHead,
}

impl Target {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// The folder with its `Cargo.toml`, its corpus and its dictionary.
    fn folder(self) -> PathBuf {
        project::path(match self {
            Target::Session | Target::ControlFrame => "fuzz",
            Target::RequestHead => "gateway/fuzz",
        })
    }

    /// The longest input in bytes: enough for what can be of interest, and small in the corpus.
    fn longest(self) -> u32 {
        match self {
            Target::Session => 512,
            Target::ControlFrame => 256,
            Target::RequestHead => 4096,
        }
    }
}

/// How to fuzz.
pub(crate) struct Fuzzing {
    /// One target; all where none is named.
    pub(crate) target: Option<Target>,
    /// How long each runs.
    pub(crate) seconds: u64,
    /// Whether the corpora in the project take in what was found, minimised.
    pub(crate) keep: bool,
}

impl Fuzzing {
    /// Runs the targets, each until it ends or fails.
    pub(crate) fn run(&self) -> Result<()> {
        let nightly = nightly()?;
        let tool = cargo_tool::cargo_fuzz().ensure()?;
        let tools = project::path_with(&[tool]);
        let targets = self.target.map_or(Target::value_variants().to_vec(), |target| vec![target]);
        for target in targets {
            let cargo_fuzz = |command: &str| {
                let mut cargo = Command::new("cargo");
                cargo
                    .args(["fuzz", command, "--fuzz-dir"])
                    .arg(target.folder())
                    .arg("--target-dir")
                    .arg(project::target().join("fuzz"))
                    .current_dir(project::root())
                    .env("RUSTUP_TOOLCHAIN", &nightly)
                    .env("PATH", &tools);
                cargo
            };
            self.run_target(target, cargo_fuzz)?;
        }
        Ok(())
    }

    fn run_target(&self, target: Target, cargo_fuzz: impl Fn(&str) -> Command) -> Result<()> {
        let name = target.name();
        let mut build = cargo_fuzz("build");
        build.arg(&name);
        Step::new(format!("Compiling the fuzz target {name}"), "about 1 minute at first", build)
            .run()?;

        // What a run finds stays out of the project until it is asked for.
        let corpus = target.folder().join("corpus").join(&name);
        let found = project::target().join("fuzz/found").join(&name);
        fs::create_dir_all(&found)?;
        let mut run = cargo_fuzz("run");
        run.arg(&name).args([&found, &corpus]).arg("--").args([
            format!("-max_total_time={}", self.seconds),
            format!("-max_len={}", target.longest()),
            "-print_final_stats=1".to_owned(),
        ]);
        let dictionary = target.folder().join(format!("{name}.dict"));
        if dictionary.exists() {
            run.arg(format!("-dict={}", dictionary.display()));
        }
        Step::new(format!("Fuzzing {name} for {} seconds", self.seconds), "", run).run_shown()?;
        if self.keep { keep(&name, &found, &corpus, &cargo_fuzz) } else { Ok(()) }
    }
}

/// Reduces what is known and what was found to the fewest inputs that reach as much, and makes them the corpus.
fn keep(
    name: &str,
    found: &Path,
    corpus: &Path,
    cargo_fuzz: &impl Fn(&str) -> Command,
) -> Result<()> {
    for entry in fs::read_dir(corpus)? {
        let entry = entry?;
        fs::copy(entry.path(), found.join(entry.file_name()))?;
    }
    let mut minimise = cargo_fuzz("cmin");
    // How often a line is reached makes no input worth keeping, or there would be thousands.
    minimise.arg(name).arg(found).args(["--", "-use_counters=0"]);
    Step::new(format!("Minimising the corpus of {name}"), "about 1 minute", minimise).run()?;
    fs::remove_dir_all(corpus)?;
    fs::create_dir_all(corpus)?;
    let mut bytes = 0;
    let mut files = 0;
    for entry in fs::read_dir(found)? {
        let entry = entry?;
        bytes += fs::copy(entry.path(), corpus.join(entry.file_name()))?;
        files += 1;
    }
    println!("{} has {files} files of {bytes} bytes together", project::shown(corpus));
    Ok(())
}

/// The nightly toolchain by rustup's name, for the coverage and the sanitizers that only it has.
fn nightly() -> Result<String> {
    let by_hand =
        "fuzzing needs a nightly Rust compiler; by hand: rustup toolchain install nightly";
    let list = output_of(Command::new("rustup").args(["toolchain", "list"])).context(by_hand)?;
    let first = |line: &str| line.split_whitespace().next().map(str::to_owned);
    match list.lines().find(|line| line.starts_with("nightly")).and_then(first) {
        Some(name) => Ok(name),
        None => bail!("{by_hand}"),
    }
}
