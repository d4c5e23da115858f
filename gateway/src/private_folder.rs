//! A folder for the gateway's own files, which nobody else can read and which goes away with it.

use crate::lambda::Watchdog;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A new folder among the system's temporary files, removed on drop, and on Unix also when the gateway is killed.
#[derive(Debug)]
pub struct PrivateFolder {
    path: PathBuf,
    watchdog: Arc<Watchdog>,
}

impl PrivateFolder {
    /// Makes the folder, on Unix with access for this user only.
    ///
    /// # Errors
    /// A sentence, when it cannot be made.
    pub fn create() -> Result<Self, String> {
        let path = std::env::temp_dir().join(format!("gatesocket-{}", crate::ids::uuid()));
        make(&path)
            .map_err(|error| format!("the folder {} cannot be made: {error}", path.display()))?;
        let watchdog = Arc::new(Watchdog::start(&path));
        Ok(Self { path, watchdog })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What removes it when the gateway cannot.
    pub(crate) fn watchdog(&self) -> &Arc<Watchdog> {
        &self.watchdog
    }

    /// Writes a file into it and returns the file's path.
    ///
    /// # Errors
    /// A sentence, when it cannot be written.
    pub fn write(&self, name: &str, text: &str) -> Result<PathBuf, String> {
        let path = self.path.join(name);
        std::fs::write(&path, text)
            .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
        Ok(path)
    }
}

fn make(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        self.watchdog.end();
        // What is left behind lies in the system's temporary folder and holds no secret.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
