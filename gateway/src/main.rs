//! The local API Gateway's program.

use gatesocket_gateway::args::{self, Args, Command};
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::read(std::env::args_os()).unwrap_or_else(|error| error.exit());
    if let Some(Command::Completion { shell }) = args.command {
        return match std::io::stdout().write_all(&args::script(shell)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&format!("the script cannot be written: {error}")),
        };
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("the program cannot start its threads: {error}")),
    };
    match runtime.block_on(gatesocket_gateway::run(args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => fail(&sentence),
    }
}

fn fail(sentence: &str) -> ExitCode {
    eprintln!("error: {sentence}");
    ExitCode::FAILURE
}
