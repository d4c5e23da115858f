//! The crate in real browsers, by wasm-pack, against the real local gateway.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::process::Step;
use crate::rust_target::WasmToolchain;
use crate::{cargo_tool, chromium, firefox, gateway, project, rust_target};

/// The backend that the tests talk to.
const HANDLER: &str = "tests/session/handler.mjs";

/// The routes whose answer is what that backend returns.
const ANSWERED: [&str; 4] = ["ADD", "JOIN_ROOM", "ENTER", "LEAVE_ROOM"];

/// Runs the unit tests of the driver, and `tests/*.rs` in a window, a dedicated worker and a shared
/// worker, in Chromium and in Firefox; then compiles the examples of the documentation.
pub(crate) fn run() -> Result<()> {
    let toolchain = rust_target::ensure()?;
    let tools = [cargo_tool::wasm_bindgen()?.ensure()?, cargo_tool::wasm_pack().ensure()?];
    gateway::install_handlers()?;
    std::fs::create_dir_all(project::logs())?;
    let log = File::create(project::logs().join("gateway-of-browser-tests.log"))?;
    let mut command = Command::new(gateway::build()?);
    command.args(["--handler", HANDLER, "--serial", "--port", "0"]);
    for route in ["$connect", "$default", "$disconnect"].iter().chain(&ANSWERED) {
        command.args(["--route", route]);
    }
    for route in ANSWERED {
        command.args(["--route-response", route]);
    }
    let gateway = gateway::launch(command, log.into())?;

    let run = |name: &str, flags: [&str; 2], driver: &Path, capabilities: PathBuf| {
        let mut command = Command::new(tools[1].join("wasm-pack"));
        command
            .args(["test", "--headless"])
            .args(flags)
            .arg(driver)
            .current_dir(project::root())
            .env("CARGO_TARGET_DIR", project::target())
            .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", capabilities)
            // Read by the tests when they are compiled: a browser has no environment.
            .env("GATESOCKET_TEST_URL", gateway.address("ws"))
            .env("WASM_BINDGEN_TEST_TIMEOUT", "120");
        toolchain.apply(&mut command, &tools);
        let what = format!("Tests of the crate in headless {name}");
        Step::new(what, "about 1 minute at first", command).run_shown()
    };
    let driver = chromium::ensure_driver()?;
    let chrome =
        run("Chromium", ["--chrome", "--chromedriver"], &driver, project::path("webdriver.json"));
    let firefox = match firefox::ensure_driver() {
        Ok((driver, capabilities)) => {
            run("Firefox", ["--firefox", "--geckodriver"], &driver, capabilities)
        }
        // On a machine of CI a browser that is not there is a fault of the set-up.
        Err(error) if std::env::var_os("CI").is_some() || crate::process::interrupted() => {
            Err(error)
        }
        Err(error) => {
            eprintln!("• SKIPPED: tests of the crate in Firefox. {error:#}");
            Ok(())
        }
    };
    chrome.and(firefox).and(examples(&toolchain))
}

/// Compiles every example of the crate's documentation for the browser, where it would run.
fn examples(toolchain: &WasmToolchain) -> Result<()> {
    let mut command = project::cargo(&[
        "test",
        "--doc",
        "--package",
        "gatesocket",
        "--target",
        rust_target::TARGET,
    ]);
    toolchain.apply(&mut command, &[]);
    // rustdoc runs what it has compiled, unless this runs in its place.
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "true");
    Step::new(
        "Compiling the examples of the crate's documentation",
        "about 20 seconds at first",
        command,
    )
    .run()
}
