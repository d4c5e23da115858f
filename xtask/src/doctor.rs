//! `cargo xtask doctor`: what is there and what is missing.

use std::path::PathBuf;

use anyhow::Result;
use serde_json::json;

use crate::{
    cargo_tool, chromium, firefox, node, project, python, rust_target, standard_library, webkit,
};

/// One thing that the project needs.
struct Need {
    name: String,
    /// Which commands need it.
    by: &'static str,
    /// What was found, or what to do.
    found: Result<String, String>,
}

/// Prints every need. Ends well also where something is missing: the other commands install it.
pub(crate) fn run(as_json: bool) -> Result<()> {
    let needs = needs()?;
    if as_json {
        let rows: Vec<_> = needs
            .iter()
            .map(|need| {
                let (found, note) = match &need.found {
                    Ok(note) => (true, note),
                    Err(note) => (false, note),
                };
                json!({"name": need.name, "by": need.by, "found": found, "note": note})
            })
            .collect();
        println!("{}", json!({"ok": needs.iter().all(|need| need.found.is_ok()), "needs": rows}));
        return Ok(());
    }
    for Need { name, by, found } in &needs {
        match found {
            Ok(note) => println!("  ok       {name:<38} {note}"),
            Err(note) => println!("  missing  {name:<38} {note} (for {by})"),
        }
    }
    println!("\nTools that xtask installs are kept in {}.", project::cache().display());
    if needs.iter().any(|need| need.found.is_err()) {
        println!("What is missing is installed by the command that needs it, which says so first.");
    }
    Ok(())
}

fn needs() -> Result<Vec<Need>> {
    let where_ = |folder: Option<PathBuf>, missing: &str| {
        folder.map(|folder| folder.display().to_string()).ok_or_else(|| missing.to_owned())
    };
    let (bindgen, pack) = (cargo_tool::wasm_bindgen()?, cargo_tool::wasm_pack());
    let gecko = cargo_tool::geckodriver();
    let mut needs = vec![
        Need {
            name: "Node.js and npm".into(),
            by: "all",
            found: node::check().map_err(|error| error.to_string()),
        },
        Need {
            name: "Python".into(),
            by: "test",
            found: python::check().map_err(|error| error.to_string()),
        },
        Need {
            name: "Python packages of tests/gateway".into(),
            by: "test",
            found: where_(python::GATEWAY.find(), "by pip, into target/python"),
        },
        Need {
            name: "Python packages of tests/templates".into(),
            by: "test",
            found: where_(python::TEMPLATES.find(), "by pip, into target/python-templates"),
        },
        Need {
            name: "Rust for wasm".into(),
            by: "demo, build, pack, test",
            found: rust_target::find()
                .map(|toolchain| toolchain.name())
                .ok_or_else(|| "by rustup, else from Debian's source".to_owned()),
        },
        Need {
            name: "Source of Rust's library".into(),
            by: "demo, build, pack, test",
            found: standard_library::find().ok_or_else(|| {
                "by rustup, else Debian's; without it the package is larger".to_owned()
            }),
        },
        Need {
            name: bindgen.name(),
            by: "demo, build, pack, test",
            found: where_(bindgen.find(), "by cargo install, about 90 seconds"),
        },
        Need {
            name: pack.name(),
            by: "test",
            found: where_(pack.find(), "by cargo install, about 90 seconds"),
        },
        Need {
            name: "Chromium".into(),
            by: "demo --check, test",
            found: where_(chromium::find_browser(), "by apt-get"),
        },
        Need {
            name: "chromedriver".into(),
            by: "test",
            found: where_(chromium::find_driver(), "by apt-get"),
        },
        Need {
            name: "Firefox".into(),
            by: "test",
            found: where_(firefox::find_browser(), "by apt-get"),
        },
        Need {
            name: "WebKitGTK, its driver and Xvfb".into(),
            by: "test",
            found: where_(webkit::find().map(|webkit| webkit.browser), "by apt-get"),
        },
        Need {
            name: gecko.name(),
            by: "test",
            found: where_(gecko.find(), "by cargo install, about 2 minutes"),
        },
        Need {
            name: "rustfmt and clippy".into(),
            by: "test",
            found: where_(
                project::on_path("cargo-clippy")
                    .filter(|_| project::on_path("cargo-fmt").is_some()),
                "by rustup",
            ),
        },
    ];
    for folder in [
        "pkg-template",
        "lambda/connection-id",
        "lambda/chat",
        "lambda/chat/local",
        "www",
        "tests/page",
        "tests/unit",
        "tests/engines",
        "tests/gateway",
        "tests/tarball",
    ] {
        // npm writes this file last.
        let whole = project::path(folder).join("node_modules/.package-lock.json");
        let there = Some(whole).filter(|path| path.exists());
        needs.push(Need {
            name: format!("npm packages of {folder}"),
            by: if folder.starts_with("tests") { "test" } else { "demo, test" },
            found: there.map(|_| "installed".to_owned()).ok_or_else(|| "by npm ci".to_owned()),
        });
    }
    Ok(needs)
}
