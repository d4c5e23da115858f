//! What cleans up when the gateway cannot: a small process that outlives it by a moment.

use std::io::Write;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Reads `+ GROUP` and `- GROUP` from the gateway. The end of that pipe means that the gateway is gone, however it
/// went: then the groups that are left are killed and the gateway's folder is removed.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
groups=
while read -r sign group; do
  case $sign in
    +) groups="$groups $group" ;;
    -) rest=
       for one in $groups; do [ "$one" = "$group" ] || rest="$rest $one"; done
       groups=$rest ;;
  esac
done
for group in $groups; do kill -9 "-$group"; done 2>/dev/null
rm -rf -- "$1"
"#;

/// How long [`Watchdog::end`] waits.
const PATIENCE: Duration = Duration::from_secs(1);

/// A shell that waits for the gateway's end. Where there is none (on Windows, on a system without `sh`), a gateway that
/// is killed leaves its folder behind, and handler processes that never look at their standard input.
#[derive(Debug)]
pub(crate) struct Watchdog {
    shell: Mutex<Option<(Child, ChildStdin)>>,
}

impl Watchdog {
    /// Starts it for a gateway whose own files lie in `folder`.
    pub(crate) fn start(folder: &Path) -> Self {
        let shell = cfg!(unix).then(|| shell(folder)).flatten();
        Self { shell: Mutex::new(shell) }
    }

    /// Takes a process group, by its number, into its care.
    pub(crate) fn add(&self, group: u32) {
        self.tell('+', group);
    }

    /// Forgets a process group: it is gone, and its number may be given to another.
    pub(crate) fn remove(&self, group: u32) {
        self.tell('-', group);
    }

    fn tell(&self, sign: char, group: u32) {
        if let Some((_, pipe)) = self.lock().as_mut() {
            // A shell that is gone cannot be helped, and the handlers do not depend on it.
            let _ = pipe.write_all(format!("{sign} {group}\n").as_bytes());
        }
    }

    /// Lets it do its work now, and waits for that, a second at most.
    pub(crate) fn end(&self) {
        let Some((mut shell, pipe)) = self.lock().take() else { return };
        drop(pipe);
        let started = Instant::now();
        while matches!(shell.try_wait(), Ok(None)) && started.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<(Child, ChildStdin)>> {
        self.shell.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shell(folder: &Path) -> Option<(Child, ChildStdin)> {
    let mut command = Command::new("sh");
    command
        .args(["-c", SCRIPT, "gatesocket-watchdog"])
        .arg(folder)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // A signal to the gateway's group, such as a terminal's Ctrl-C, is not for the one that cleans up after it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut shell = command.spawn().ok()?;
    let pipe = shell.stdin.take()?;
    Some((shell, pipe))
}
