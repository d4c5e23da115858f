//! The command line that runs a function, as its runtime asks for it.

use super::python;
use crate::api::{FunctionDefinition, Runtime};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use tokio::sync::OnceCell;

/// What runs a function. It is looked for anew at each start of a process, since a build may bring it.
#[derive(Debug)]
pub(super) enum Program {
    /// Node with the gateway's bootstrap.
    Node {
        /// The bootstrap's file.
        bootstrap: PathBuf,
        /// AWS's name of the handler, such as `src/app.handler`.
        handler: String,
        /// The module, where it is not the one that the handler's name means.
        module: Option<PathBuf>,
    },
    /// Python with `awslambdaric`.
    Python {
        /// The folder that the handler's name starts in.
        code: PathBuf,
        /// AWS's name of the handler, such as `app.handler`.
        handler: String,
        /// The interpreter, once it has been found.
        interpreter: OnceCell<PathBuf>,
    },
    /// The executable `bootstrap`.
    Provided(PathBuf),
    /// Any program.
    Command(Vec<OsString>),
}

impl Program {
    pub(super) fn new(definition: &FunctionDefinition, bootstrap: &Path) -> Self {
        let FunctionDefinition { code, handler, .. } = definition;
        let (code, handler) = (code.clone(), handler.clone());
        match &definition.runtime {
            Runtime::Node { module } => {
                Self::Node { bootstrap: bootstrap.to_owned(), handler, module: module.clone() }
            }
            Runtime::Python => Self::Python { code, handler, interpreter: OnceCell::new() },
            Runtime::Provided => Self::Provided(code.join("bootstrap")),
            Runtime::Command(command) => Self::Command(command.clone()),
        }
    }

    /// The runtime's name, as `INIT_START` shows it.
    pub(super) fn runtime(&self) -> &'static str {
        match self {
            Self::Node { .. } => "nodejs",
            Self::Python { .. } => "python",
            Self::Provided(_) | Self::Command(_) => "provided",
        }
    }

    /// The program and its arguments.
    ///
    /// # Errors
    /// A sentence, when something that it needs is not there.
    pub(super) async fn command(&self) -> Result<Vec<OsString>, String> {
        Ok(match self {
            Self::Node { bootstrap, handler, module, .. } => {
                let arguments = [bootstrap.into(), handler.into()];
                let module = module.iter().map(OsString::from);
                std::iter::once("node".into()).chain(arguments).chain(module).collect()
            }
            Self::Python { code, handler, interpreter } => {
                let python = interpreter.get_or_try_init(|| python::find(code)).await?;
                vec![python.into(), "-m".into(), "awslambdaric".into(), handler.into()]
            }
            Self::Provided(file) => {
                executable(file)?;
                vec![file.into()]
            }
            Self::Command(command) => command.clone(),
        })
    }

    /// What can be seen to be wrong without running anything.
    ///
    /// # Errors
    /// A sentence.
    pub(super) async fn check(&self) -> Result<(), String> {
        match self {
            Self::Node { .. } | Self::Command(_) => Ok(()),
            Self::Python { .. } | Self::Provided(_) => self.command().await.map(|_| ()),
        }
    }
}

/// # Errors
/// A sentence, when there is no such file or it may not be run.
fn executable(file: &Path) -> Result<(), String> {
    let shown = file.display();
    let metadata = std::fs::metadata(file).map_err(|_| {
        format!("{shown} is missing: build the function to an executable of this name")
    })?;
    #[cfg(unix)]
    let may_run = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let may_run = true;
    match metadata.is_file() && may_run {
        true => Ok(()),
        false => Err(format!("{shown} cannot be run: chmod +x {shown}")),
    }
}
