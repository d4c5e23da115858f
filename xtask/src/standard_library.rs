//! The standard library that the package's wasm is compiled with.
//!
//! The compiled one that comes with Rust is made for speed, and brings the text and the machinery of its panics. A
//! release compiles it from its source instead, for size, and with panics that are one trap without a message. The
//! source is a component of rustup; where it can't be fetched, Debian's compiler and its source serve.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::fingerprint::write;
use crate::process::{Step, interrupted, output_of};
use crate::project;
use crate::rust_target::{self, WasmToolchain};

/// What lets a stable compiler take the flags below, and `-Ztrim-paths`.
pub(crate) const UNSTABLE: (&str, &str) = ("RUSTC_BOOTSTRAP", "1");

/// A panic traps at once, and nothing is kept of where it was.
const IMMEDIATE_ABORT: [&str; 3] =
    ["-Zunstable-options", "-Cpanic=immediate-abort", "-Zlocation-detail=none"];

/// Which library a release has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Library {
    /// Compiled here for size, with panics that trap at once.
    Smallest,
    /// As it comes with the compiler.
    Compiled,
}

impl Library {
    /// A few words for reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Library::Smallest => "built from source for size, with panics that trap at once",
            Library::Compiled => "as it comes with the compiler",
        }
    }

    fn fact(self) -> String {
        format!("standard library: {}", self.name())
    }

    /// Adds what cargo must be told.
    pub(crate) fn apply(self, cargo: &mut Command) {
        if self == Library::Smallest {
            cargo
                .args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"])
                .env("RUSTFLAGS", IMMEDIATE_ABORT.join(" "))
                .env_remove("CARGO_ENCODED_RUSTFLAGS");
        }
    }
}

/// What compiles a release.
pub(crate) struct Release {
    pub(crate) toolchain: WasmToolchain,
    pub(crate) library: Library,
}

impl Release {
    /// All that decides which bytes come out, besides the project's files.
    fn facts(&self) -> String {
        format!("{}\n{}\n", self.toolchain.version(), self.library.fact())
    }
}

/// What is to compile the package, set up first if it must be, and a file that changes with it.
pub(crate) fn ensure() -> Result<(Release, PathBuf)> {
    let file = file();
    let toolchain = rust_target::ensure()?;
    let before = fs::read_to_string(&file).unwrap_or_default();
    let release = choose(toolchain, &before, can_build, with_source)?;
    let facts = release.facts();
    if !fs::read_to_string(&file).is_ok_and(|text| text == facts) {
        write(&file, &facts)?;
    }
    Ok((release, file))
}

/// The smallest library where its source is there or can be had, and the compiled one otherwise. `before` is what was chosen
/// last: where the source could not be had, that is not tried again with every build.
fn choose(
    toolchain: WasmToolchain,
    before: &str,
    can_build: impl FnOnce(&WasmToolchain) -> bool,
    with_source: impl FnOnce(&WasmToolchain) -> Result<Option<WasmToolchain>>,
) -> Result<Release> {
    let compiled = Release { toolchain, library: Library::Compiled };
    if can_build(&compiled.toolchain) {
        return Ok(Release { library: Library::Smallest, ..compiled });
    }
    if before == compiled.facts() {
        return Ok(compiled);
    }
    if let Some(toolchain) = with_source(&compiled.toolchain)? {
        return Ok(Release { toolchain, library: Library::Smallest });
    }
    eprintln!(
        "  neither rustup nor Debian has the source of Rust's standard library for this compiler: the package \
         is built with the compiled library, which makes it larger"
    );
    Ok(compiled)
}

/// What doctor prints, if a release can be built with the smallest library as things are.
pub(crate) fn find() -> Option<String> {
    let toolchain = rust_target::find().filter(can_build)?;
    Some(format!("of {}", toolchain.version().lines().next().unwrap_or_default()))
}

/// What the package was compiled with when it was last built.
pub(crate) struct Compiler {
    /// As "1.95.0".
    pub(crate) rustc: String,
    pub(crate) library: Library,
}

/// Reads what [`ensure`] wrote.
pub(crate) fn compiler() -> Result<Compiler> {
    let text = fs::read_to_string(file()).context("the package was not built")?;
    let rustc = text.lines().find_map(|line| line.strip_prefix("release: "));
    let library = [Library::Smallest, Library::Compiled]
        .into_iter()
        .find(|library| text.contains(&library.fact()))
        .context("what the package was built with is not known")?;
    Ok(Compiler { rustc: rustc.unwrap_or("of unknown version").to_owned(), library })
}

fn file() -> PathBuf {
    project::target().join("xtask/release")
}

/// A toolchain that can compile its standard library, if one can be set up.
fn with_source(found: &WasmToolchain) -> Result<Option<WasmToolchain>> {
    let ordinary = matches!(found, WasmToolchain::Ordinary);
    if ordinary && project::on_path("rustup").is_some() {
        let mut add = Command::new("rustup");
        add.args(["component", "add", "rust-src"]);
        let what = "Adding the source of the standard library to Rust, for the smallest wasm";
        match Step::new(what, "about 10 seconds, once", add).run() {
            Ok(()) if can_build(found) => return Ok(Some(WasmToolchain::Ordinary)),
            Err(error) if interrupted() => return Err(error),
            _ => eprintln!("  rustup could not; Debian's compiler may do"),
        }
    }
    if ordinary {
        match rust_target::ensure_debian() {
            Ok(toolchain) if can_build(&toolchain) => return Ok(Some(toolchain)),
            Err(error) if interrupted() => return Err(error),
            Err(error) => eprintln!("  {error:#}"),
            Ok(_) => {}
        }
    }
    Ok(None)
}

/// Whether the compiler has the source and knows the flags, which it does since version 1.92.
fn can_build(toolchain: &WasmToolchain) -> bool {
    let Some(sysroot) = output_of(toolchain.rustc().args(["--print", "sysroot"])) else {
        return false;
    };
    let source = Path::new(&sysroot).join("lib/rustlib/src/rust/library/std/Cargo.toml");
    let (name, value) = UNSTABLE;
    let mut ask = toolchain.rustc();
    ask.args(IMMEDIATE_ABORT).args(["--print", "cfg", "--target", rust_target::TARGET]);
    source.exists() && output_of(ask.env(name, value)).is_some()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// The library that is chosen, and how often somebody went to fetch the source.
    fn chosen(before: &str, can_build: bool, source: Option<WasmToolchain>) -> (Library, u32) {
        let asked = Cell::new(0);
        let fetch = |_: &WasmToolchain| {
            asked.set(asked.get() + 1);
            Ok(source)
        };
        let release = choose(WasmToolchain::Ordinary, before, |_| can_build, fetch);
        (release.expect("a choice").library, asked.get())
    }

    #[test]
    fn without_the_source_a_release_has_the_compiled_library_and_asks_once() {
        assert_eq!(chosen("", true, None), (Library::Smallest, 0));
        assert_eq!(chosen("", false, Some(WasmToolchain::Ordinary)), (Library::Smallest, 1));
        assert_eq!(chosen("", false, None), (Library::Compiled, 1));
        let compiled = Release { toolchain: WasmToolchain::Ordinary, library: Library::Compiled };
        let before = compiled.facts();
        assert_eq!(chosen(&before, false, None), (Library::Compiled, 0));
        // The source that has come since is taken.
        assert_eq!(chosen(&before, true, None), (Library::Smallest, 0));
    }

    #[test]
    fn an_interrupt_while_the_source_is_fetched_ends_the_build() {
        let interrupted = |_: &WasmToolchain| anyhow::bail!("interrupted");
        assert!(choose(WasmToolchain::Ordinary, "", |_| false, interrupted).is_err());
    }
}
