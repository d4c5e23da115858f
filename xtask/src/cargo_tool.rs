//! Command-line tools that are Rust crates, installed into the cache and not into `~/.cargo/bin`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::process::{Step, output_of};
use crate::project;

/// A tool of which one exact version is wanted.
pub(crate) struct CargoTool {
    /// The crate that holds it.
    krate: &'static str,
    /// One of its programs, asked for its version.
    program: &'static str,
    version: String,
    why: &'static str,
    takes: &'static str,
    locked: bool,
}

/// Turns the compiled wasm into a JavaScript module. Its version must be that of the crate.
pub(crate) fn wasm_bindgen() -> Result<CargoTool> {
    let Some(version) = project::locked_version("wasm-bindgen") else {
        bail!("Cargo.lock does not name wasm-bindgen; run cargo check once");
    };
    Ok(CargoTool {
        krate: "wasm-bindgen-cli",
        program: "wasm-bindgen",
        version,
        why: "turns compiled wasm into a JavaScript module",
        takes: "about 90 seconds, once",
        // With its lock file it can fail: a crate named there may be gone.
        locked: false,
    })
}

/// Builds the crate as its users would, and runs the browser tests.
pub(crate) fn wasm_pack() -> CargoTool {
    CargoTool {
        krate: "wasm-pack",
        program: "wasm-pack",
        version: "0.15.1".to_owned(),
        why: "runs the tests in a browser",
        takes: "about 90 seconds, once",
        locked: true,
    }
}

/// Drives Firefox for wasm-pack. Debian has the browser alone.
pub(crate) fn geckodriver() -> CargoTool {
    CargoTool {
        krate: "geckodriver",
        program: "geckodriver",
        version: "0.37.1".to_owned(),
        why: "drives Firefox for the tests",
        takes: "about 2 minutes, once",
        locked: true,
    }
}

/// Says what the bytes of the wasm are.
pub(crate) fn twiggy() -> CargoTool {
    CargoTool {
        krate: "twiggy",
        program: "twiggy",
        version: "0.8.0".to_owned(),
        why: "says what the bytes of the wasm are",
        takes: "about 40 seconds, once",
        locked: true,
    }
}

/// Builds and runs fuzz targets.
pub(crate) fn cargo_fuzz() -> CargoTool {
    CargoTool {
        krate: "cargo-fuzz",
        program: "cargo-fuzz",
        version: "0.13.2".to_owned(),
        why: "builds and runs fuzz targets",
        takes: "about 30 seconds, once",
        locked: true,
    }
}

impl CargoTool {
    /// The folder of the tool, if it is there: from `PATH` in the right version, else from the cache.
    pub(crate) fn find(&self) -> Option<PathBuf> {
        let candidates = [project::on_path(self.program), Some(self.bin().join(self.program))];
        candidates.into_iter().flatten().find_map(|file| {
            let version = output_of(Command::new(&file).arg("--version"))?;
            let right = version.split_whitespace().any(|word| word == self.version);
            right.then(|| file.parent().map(PathBuf::from))?
        })
    }

    /// The folder of the tool, installed first if it must be.
    pub(crate) fn ensure(&self) -> Result<PathBuf> {
        if let Some(folder) = self.find() {
            return Ok(folder);
        }
        let mut command = Command::new("cargo");
        command
            .args(["install", self.krate, "--version", &self.version, "--root"])
            .arg(self.install_root())
            // Not in the project's target folder, and kept if interrupted.
            .env("CARGO_TARGET_DIR", project::cache().join("build").join(self.krate))
            // They run for a second each time, and compile in half the time unoptimised.
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "256")
            .current_dir(std::env::temp_dir());
        if self.locked {
            command.arg("--locked");
        }
        let what = format!("Installing {} {}, which {}", self.krate, self.version, self.why);
        Step::new(what, self.takes, command).run().map_err(|error| {
            error.context(format!(
                "{0} is missing; by hand: cargo install {0} --version {1}",
                self.krate, self.version
            ))
        })?;
        let _ = std::fs::remove_dir_all(project::cache().join("build").join(self.krate));
        Ok(self.bin())
    }

    /// What doctor prints of it.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.program, self.version)
    }

    fn install_root(&self) -> PathBuf {
        project::cache().join(format!("{}-{}", self.krate, self.version))
    }

    fn bin(&self) -> PathBuf {
        self.install_root().join("bin")
    }
}
