//! What the program does instead of running a gateway.

use super::Args;
use clap::{CommandFactory, Subcommand};
use clap_complete::Shell;

/// A command instead of flags.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Print a completion script: source <(gatesocket-gateway completion bash)
    Completion {
        /// The shell that will read it
        #[arg(value_enum)]
        shell: Shell,
    },
}

/// The script that teaches a shell the program's flags.
pub fn script(shell: Shell) -> Vec<u8> {
    // Into memory, because the generator panics where it cannot write, as into a closed pipe.
    let mut script = Vec::new();
    let mut command = Args::command();
    let name = command.get_name().to_owned();
    clap_complete::generate(shell, &mut command, name, &mut script);
    if shell == Shell::Bash { with_one_spelling(&script) } else { script }
}

/// clap_complete 4.6 spells a program whose name has a dash in two ways in its script for bash, so that nothing
/// completes behind a command.
fn with_one_spelling(script: &[u8]) -> Vec<u8> {
    let script = String::from_utf8_lossy(script);
    script.replace("gatesocket__subcmd__gateway", "gatesocket__gateway").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn every_shell_learns_every_flag() {
        for shell in Shell::value_variants() {
            let script = String::from_utf8(script(*shell)).unwrap();
            for flag in ["handler", "route-selection-expression", "no-console"] {
                assert!(script.contains(flag), "{shell}: {flag}");
            }
        }
    }
}
