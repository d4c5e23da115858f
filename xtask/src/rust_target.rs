//! A Rust toolchain that compiles for `wasm32-unknown-unknown`.
//!
//! The ordinary way is `rustup target add`. Where its downloads can't be reached, Debian's compiler
//! and the source of its standard library serve: the library is built once and laid, with links to
//! the rest, into a folder of the cache that looks like a toolchain.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::debian;
use crate::fingerprint::write;
use crate::process::{Step, output_of};
use crate::project;

/// The name of the target.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";
const LINKER: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER";

/// Where a build for wasm finds its compiler.
pub(crate) enum WasmToolchain {
    /// The one that is in use anyway.
    Ordinary,
    /// A folder in the shape of a toolchain, and the name of the linker.
    Debian { folder: PathBuf, linker: String },
}

impl WasmToolchain {
    /// Prepares a command that calls cargo, directly or not, with `folders` at the front of `PATH`.
    pub(crate) fn apply(&self, command: &mut Command, folders: &[PathBuf]) {
        let mut folders = folders.to_vec();
        if let WasmToolchain::Debian { folder, linker } = self {
            folders.push(folder.join("bin"));
            command
                .env(LINKER, linker)
                .env("SYSROOT", folder)
                .env("RUSTC", folder.join("bin/rustc"))
                .env("RUSTDOC", folder.join("bin/rustdoc"))
                .env("CARGO", folder.join("bin/cargo"))
                .env_remove("RUSTUP_TOOLCHAIN");
        }
        command.env("PATH", project::path_with(&folders));
    }

    /// The compiler.
    pub(crate) fn rustc(&self) -> Command {
        match self {
            WasmToolchain::Ordinary => Command::new("rustc"),
            WasmToolchain::Debian { folder, .. } => Command::new(folder.join("bin/rustc")),
        }
    }

    /// All that the compiler says of its version.
    pub(crate) fn version(&self) -> String {
        output_of(self.rustc().arg("-vV")).unwrap_or_default()
    }

    /// What doctor prints of it.
    pub(crate) fn name(&self) -> String {
        match self {
            WasmToolchain::Ordinary => format!("{TARGET} of the active Rust toolchain"),
            WasmToolchain::Debian { linker, .. } => {
                format!("{TARGET} built from Debian's Rust source, linked by {linker}")
            }
        }
    }
}

/// A toolchain that is ready, if there is one.
pub(crate) fn find() -> Option<WasmToolchain> {
    let ordinary =
        output_of(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]))
            .is_some_and(|folder| has_std(Path::new(&folder)));
    if ordinary {
        return Some(WasmToolchain::Ordinary);
    }
    find_debian()
}

fn find_debian() -> Option<WasmToolchain> {
    let folder = debian_folder()?;
    let ready = has_std(&target_libdir(&folder)) && folder.join("bin/rustc").exists();
    Some(WasmToolchain::Debian { folder, linker: find_linker()? }).filter(|_| ready)
}

/// A toolchain, set up first if it must be.
pub(crate) fn ensure() -> Result<WasmToolchain> {
    if let Some(toolchain) = find() {
        return Ok(toolchain);
    }
    if project::on_path("rustup").is_some() {
        let mut command = Command::new("rustup");
        command.args(["target", "add", TARGET]);
        let what = "Adding the wasm target to Rust, which compiles the core for browsers";
        match Step::new(what, "about 10 seconds, once", command).run() {
            Ok(()) => {
                if let Some(toolchain) = find() {
                    return Ok(toolchain);
                }
            }
            Err(error) if crate::process::interrupted() => return Err(error),
            Err(_) => eprintln!("  rustup could not; Debian's compiler will do"),
        }
    }
    from_debian().map_err(|error| {
        error.context(format!(
            "Rust can't compile for wasm here; by hand: rustup target add {TARGET}"
        ))
    })?;
    find().context("the wasm target was built, yet it can't be found")
}

/// Debian's toolchain, whatever else there is, set up first if it must be.
pub(crate) fn ensure_debian() -> Result<WasmToolchain> {
    if let Some(toolchain) = find_debian() {
        return Ok(toolchain);
    }
    from_debian()?;
    find_debian().context("Debian's wasm target was built, yet it can't be found")
}

/// A component of the active toolchain, added first if it is not there.
pub(crate) fn ensure_component(component: &str, program: &str) -> Result<()> {
    if output_of(Command::new(program).arg("--version")).is_some() {
        return Ok(());
    }
    let mut command = Command::new("rustup");
    command.args(["component", "add", component]);
    Step::new(format!("Adding {component} to Rust"), "about 10 seconds, once", command)
        .run()
        .map_err(|error| {
            error.context(format!(
                "{component} is missing; by hand: rustup component add {component}"
            ))
        })
}

fn from_debian() -> Result<()> {
    if !debian_rustc_is_new() || find_linker().is_none() || debian_source().is_none() {
        let linker = debian::first_offered(&["lld-22", "lld-21", "lld-20", "lld-19", "lld"])?;
        let packages = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy", linker];
        debian::install(&packages, "a Rust compiler for wasm", "about 1 minute, once")?;
    }
    if debian_source().is_none() {
        bail!("Debian's Rust has no source of the standard library; install rust-web-src");
    }
    let folder = debian_folder().context("Debian's rustc does not run")?;
    // Built aside and renamed when whole, so that an interrupted build is never taken for a library.
    let aside = folder.with_extension("unfinished");
    let _ = fs::remove_dir_all(&aside);
    let rlibs = build_std(&aside.join("build"))?;
    let libdir = target_libdir(&aside);
    fs::create_dir_all(&libdir)?;
    for rlib in rlibs {
        fs::copy(&rlib, libdir.join(rlib.file_name().context("a file has a name")?))?;
    }
    fs::remove_dir_all(aside.join("build"))?;
    for entry in fs::read_dir("/usr/lib/rustlib")? {
        let entry = entry?;
        if entry.file_name() != TARGET {
            symlink(entry.path(), aside.join("lib/rustlib").join(entry.file_name()))?;
        }
    }
    fs::create_dir_all(aside.join("bin"))?;
    for program in ["cargo", "cargo-clippy", "clippy-driver"] {
        symlink(Path::new("/usr/bin").join(program), aside.join("bin").join(program))?;
    }
    for program in ["rustc", "rustdoc"] {
        let script = aside.join("bin").join(program);
        let sysroot = folder.display();
        let text = format!("#!/bin/sh\nexec /usr/bin/{program} --sysroot '{sysroot}' \"$@\"\n");
        write(&script, &text)?;
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    }
    let _ = fs::remove_dir_all(&folder);
    fs::rename(&aside, &folder).context("the built wasm target could not be put in its place")
}

/// Compiles the standard library from Debian's source; returns its libraries.
fn build_std(folder: &Path) -> Result<Vec<PathBuf>> {
    write(&folder.join("src/lib.rs"), "")?;
    write(
        &folder.join("Cargo.toml"),
        "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[workspace]\n",
    )?;
    let mut command = Command::new("/usr/bin/cargo");
    command
        .args(["build", "--release", "-Zbuild-std=std,panic_abort,test", "--target", TARGET])
        .current_dir(folder)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC", "/usr/bin/rustc")
        // Link-time optimisation of the crate needs the library's bitcode.
        .env("RUSTFLAGS", "-C embed-bitcode=yes")
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("RUSTUP_TOOLCHAIN");
    let what = "Building Rust's standard library for wasm from Debian's source";
    Step::new(what, "about 90 seconds, once", command).run()?;
    let deps = folder.join("target").join(TARGET).join("release/deps");
    let mut rlibs = Vec::new();
    for entry in fs::read_dir(&deps)? {
        let file = entry?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libempty") {
            rlibs.push(file);
        }
    }
    Ok(rlibs)
}

/// The version of Debian's compiler, as "1.96.0".
fn debian_rustc() -> Option<String> {
    let version = output_of(Command::new("/usr/bin/rustc").arg("--version"))?;
    version.split_whitespace().nth(1).map(str::to_owned)
}

fn debian_rustc_is_new() -> bool {
    let minor = |version: &str| version.split('.').nth(1)?.parse::<u32>().ok();
    let needed = minor(env!("CARGO_PKG_RUST_VERSION"));
    debian_rustc().is_some_and(|version| minor(&version) >= needed)
}

fn debian_folder() -> Option<PathBuf> {
    Some(project::cache().join(format!("rust-{}-wasm", debian_rustc()?)))
}

fn debian_source() -> Option<PathBuf> {
    let source = PathBuf::from("/usr/lib/rustlib/src/rust/library/std");
    source.exists().then_some(source)
}

fn find_linker() -> Option<String> {
    let versions = (18..40).rev().map(|version| format!("wasm-ld-{version}"));
    versions.chain(["wasm-ld".to_owned()]).find(|name| project::on_path(name).is_some())
}

fn target_libdir(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

fn has_std(libdir: &Path) -> bool {
    fs::read_dir(libdir).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            name.starts_with("libstd-") && name.ends_with(".rlib")
        })
    })
}
