//! Reload: a file of a function that is saved is run by the next invocation.

use crate::api::{Api, Runtime};
use crate::functions::Functions;
use crate::lambda::Function;
use crate::output::Output;
use crate::record::Tone;
use notify::event::{EventKind, ModifyKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Most folders that are watched: systems lend a limited number of watches.
const MOST_FOLDERS: usize = 1024;

/// Most changed files that are kept of one burst; which they are matters for the log alone.
const MOST_CHANGES: usize = 1000;

/// A burst of changes, as a build or a save of all files makes it, is over when nothing has come for so long.
const QUIET: Duration = Duration::from_millis(100);

/// How long a burst that does not end is waited for.
const LONGEST_BURST: Duration = Duration::from_secs(2);

/// How often a folder that was removed is looked for.
const REAPPEARING: Duration = Duration::from_millis(500);

/// Folders whose files are not a function's own: packages, caches and what other tools make. Hidden ones are left out too.
const IGNORED_FOLDERS: [&str; 5] = ["node_modules", "__pycache__", "target", "venv", "coverage"];

/// Endings of files that editors and handlers write on the way.
const IGNORED_ENDINGS: [&str; 9] =
    ["~", ".swp", ".swx", ".tmp", ".log", ".pyc", ".db", ".sqlite", "-journal"];

/// The watch over the functions' files. It ends when this is dropped.
#[derive(Debug)]
pub struct Reload {
    task: JoinHandle<()>,
}

impl Drop for Reload {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What has changed since it was looked at last.
#[derive(Default)]
struct Changes {
    paths: Mutex<BTreeSet<PathBuf>>,
    any: Notify,
}

impl Changes {
    fn add(&self, event: notify::Event) {
        // Reading a file is none, and a change of its attributes alone changes no code.
        let counts = match event.kind {
            EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) => false,
            _ => !event.paths.is_empty(),
        };
        if counts {
            let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
            let room = MOST_CHANGES.saturating_sub(paths.len());
            paths.extend(event.paths.into_iter().take(room));
            self.any.notify_one();
        }
    }

    fn take(&self) -> BTreeSet<PathBuf> {
        std::mem::take(&mut self.paths.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Files {
    watcher: RecommendedWatcher,
    /// Folders and files that are looked after, with the functions that they belong to.
    roots: BTreeMap<PathBuf, Vec<Function>>,
    folders: BTreeSet<PathBuf>,
    /// Roots that were there and are not at the moment.
    missing: BTreeSet<PathBuf>,
    output: Output,
}

/// Starts to watch the folders of all functions, and `others` for all of them. A watch that the system refuses is a line in
/// the log: the gateway runs without.
pub fn watch(
    api: &Api,
    functions: &Functions,
    others: &[PathBuf],
    output: &Output,
) -> Option<Reload> {
    let changes = Arc::new(Changes::default());
    let seen = changes.clone();
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if let Ok(event) = event {
            seen.add(event);
        }
    });
    let watcher = watcher.inspect_err(|error| {
        output.line(Tone::Bad, format!("changed files are not noticed: {error}"));
    });
    let mut files = Files {
        watcher: watcher.ok()?,
        roots: roots(api, functions, others),
        folders: BTreeSet::new(),
        missing: BTreeSet::new(),
        output: output.clone(),
    };
    for root in files.roots.keys().cloned().collect::<Vec<_>>() {
        files.add(&root);
    }
    Some(Reload { task: tokio::spawn(follow(files, changes)) })
}

fn roots(api: &Api, functions: &Functions, others: &[PathBuf]) -> BTreeMap<PathBuf, Vec<Function>> {
    let mut roots: BTreeMap<PathBuf, Vec<Function>> = BTreeMap::new();
    for definition in api.functions.values() {
        let Some(function) = functions.get(&definition.name) else { continue };
        let module = match &definition.runtime {
            Runtime::Node { module: Some(file) } => file.parent().map(Path::to_owned),
            _ => None,
        };
        let beyond = module.filter(|folder| !folder.starts_with(&definition.code));
        for root in
            beyond.into_iter().chain([definition.code.clone()]).chain(others.iter().cloned())
        {
            // As the system names it in its events.
            let root = root.canonicalize().unwrap_or(root);
            roots.entry(root).or_default().push(function.clone());
        }
    }
    roots
}

/// Waits for changes, lets each burst end, and reloads the functions that it belongs to.
async fn follow(mut files: Files, changes: Arc<Changes>) {
    loop {
        tokio::select! {
            () = changes.any.notified() => {}
            () = tokio::time::sleep(REAPPEARING), if !files.missing.is_empty() => {}
        }
        let started = Instant::now();
        let mut paths = changes.take();
        while !paths.is_empty() && started.elapsed() < LONGEST_BURST {
            tokio::time::sleep(QUIET).await;
            let more = changes.take();
            if more.is_empty() {
                break;
            }
            paths.extend(more);
        }
        let applied = tokio::task::spawn_blocking(move || {
            files.apply(paths);
            files
        });
        match applied.await {
            Ok(same) => files = same,
            Err(_) => return, // The program is ending.
        }
    }
}

impl Files {
    /// Watches a folder with the folders in it, and says whether it has files; the nearest first, so that the most are
    /// what is left out of a tree that is too large.
    fn add(&mut self, root: &Path) -> bool {
        let mut waiting = VecDeque::from([root.to_owned()]);
        let mut has_files = false;
        while let Some(folder) = waiting.pop_front() {
            if self.folders.len() >= MOST_FOLDERS && !self.folders.contains(&folder) {
                let line = format!(
                    "changes are not noticed in {} and other folders: {MOST_FOLDERS} are watched already (--no-reload watches none)",
                    folder.display()
                );
                self.output.line(Tone::Bad, line);
                break;
            }
            if let Err(error) = self.watcher.watch(&folder, RecursiveMode::NonRecursive) {
                let line = format!("changes are not noticed in {}: {error}", folder.display());
                self.output.line(Tone::Bad, line);
                continue;
            }
            self.folders.insert(folder.clone());
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            for entry in
                entries.flatten().filter(|entry| !is_ignored(Path::new(&entry.file_name())))
            {
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => waiting.push_back(entry.path()),
                    _ => has_files = true,
                }
            }
        }
        has_files
    }

    fn apply(&mut self, paths: BTreeSet<PathBuf>) {
        // The folder of what is built may have been removed and made again meanwhile.
        let mut changed: Vec<PathBuf> = Vec::new();
        for root in self.missing.clone().into_iter().filter(|root| root.is_dir()) {
            self.missing.remove(&root);
            self.add(&root);
            changed.push(root);
        }
        for path in paths {
            let is_root = self.roots.contains_key(&path);
            let below =
                |root: &PathBuf| path.strip_prefix(root).is_ok_and(|rest| !is_ignored(rest));
            if !self.roots.keys().any(below) {
                continue;
            }
            if path.is_dir() {
                if self.add(&path) {
                    changed.push(path);
                }
            } else {
                if self.folders.remove(&path) {
                    let _ = self.watcher.unwatch(&path);
                }
                if is_root {
                    self.missing.insert(path);
                } else {
                    changed.push(path);
                }
            }
        }
        // What is there still tells more than what an editor has put aside.
        changed.sort_by_key(|path| !path.is_file());
        for (root, functions) in &self.roots {
            let Some(path) = changed.iter().find(|path| path.starts_with(root)) else { continue };
            let shown = path.strip_prefix(root).unwrap_or(path);
            let shown = if shown.as_os_str().is_empty() { path } else { shown };
            for function in functions {
                function.reload(&shown.display().to_string());
            }
        }
    }
}

/// Whether a path below a function's folder is none of its code.
fn is_ignored(below: &Path) -> bool {
    below.iter().any(|part| {
        let part = part.to_string_lossy();
        part.starts_with('.')
            || IGNORED_FOLDERS.contains(&&*part)
            || IGNORED_ENDINGS.iter().any(|ending| part.ends_with(ending))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_what_it_reads_count_and_what_tools_write_does_not() {
        for path in ["app.mjs", "src/app.py", "dist/index.js", "schema.json", "bootstrap", ""] {
            assert!(!is_ignored(Path::new(path)), "{path}");
        }
        for path in [
            "node_modules/x/index.js",
            "src/node_modules/x.js",
            ".git/index",
            "src/.app.mjs.swp",
            "app.mjs~",
            "__pycache__/app.cpython-311.pyc",
            "target/debug/bootstrap",
            "handler.log",
        ] {
            assert!(is_ignored(Path::new(path)), "{path}");
        }
    }
}
