//! What `--handler` and `--runtime-command` name.

use crate::api::Runtime;
use std::path::{Path, PathBuf};

const NODE_EXTENSIONS: [&str; 6] = ["js", "mjs", "cjs", "ts", "mts", "cts"];

/// A handler that was found.
#[derive(Debug, PartialEq, Eq)]
pub struct Handler {
    /// What runs it, told by the file's name.
    pub runtime: Runtime,
    /// Its name as AWS writes it, below `code`, such as `index.handler`.
    pub name: String,
    /// The function's folder.
    pub code: PathBuf,
}

/// Finds what a handler is named by, with the flag that names it: a file (`app.mjs`, `app.py`, `bootstrap`), a file with `:exportName`, or AWS's
/// `dir/index.handler`, which starts in `task_root` where that is given. Without `task_root` the function's folder is that of the
/// file.
///
/// # Errors
/// A sentence, when there is no such file.
pub fn find(flag: &str, name: &str, task_root: Option<&Path>) -> Result<Handler, String> {
    let whole = Path::new(name);
    if whole.is_file() {
        return of_file(flag, whole, None, task_root);
    }
    if let Some((path, export)) = name.rsplit_once(':')
        && !export.is_empty()
        && Path::new(path).is_file()
    {
        return of_file(flag, Path::new(path), Some(export), task_root);
    }
    if whole.is_dir() {
        return Err(format!(
            "{flag} {name} is a folder: name the file in it, such as {}",
            whole.join("index.mjs").display()
        ));
    }
    of_aws_name(flag, name, task_root)
}

fn of_file(
    flag: &str,
    file: &Path,
    export: Option<&str>,
    task_root: Option<&Path>,
) -> Result<Handler, String> {
    let file = file
        .canonicalize()
        .map_err(|error| format!("{flag} {} cannot be read: {error}", file.display()))?;
    let beside = file.parent().unwrap_or(Path::new("/"));
    let module = file.file_stem().unwrap_or_default().to_string_lossy();
    let extension = file.extension().unwrap_or_default().to_string_lossy();
    let code = task_root.unwrap_or(beside).to_owned();
    Ok(match &*extension {
        "py" => {
            // Its name must be one that Python can import.
            let below =
                file.strip_prefix(&code).unwrap_or(Path::new(file.file_name().unwrap_or_default()));
            let module = below.with_extension("").to_string_lossy().replace(['/', '\\'], ".");
            let code = if file.starts_with(&code) { code } else { beside.to_owned() };
            let function = export.map_or_else(|| python_function(&file), str::to_owned);
            Handler { runtime: Runtime::Python, name: format!("{module}.{function}"), code }
        }
        "" if module == "bootstrap" => Handler {
            runtime: Runtime::Provided,
            name: export.unwrap_or("bootstrap").to_owned(),
            code: beside.to_owned(),
        },
        extension if NODE_EXTENSIONS.contains(&extension) => {
            let name = format!("{module}.{}", export.unwrap_or("handler"));
            Handler { runtime: Runtime::Node { module: Some(file) }, name, code }
        }
        _ => {
            return Err(format!(
                "{flag} {}: nothing tells which runtime this file is for. Node runs .js, .mjs, .cjs (and .ts), Python runs .py, and a program that speaks the Lambda Runtime API is called bootstrap, or is named by --runtime-command",
                file.display()
            ));
        }
    })
}

/// The function that a Python file is likely to be named for: AWS's own examples call it `lambda_handler`.
fn python_function(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let has = |name: &str| text.lines().any(|line| line.starts_with(&format!("def {name}(")));
    let name = if has("lambda_handler") && !has("handler") { "lambda_handler" } else { "handler" };
    name.to_owned()
}

/// `dir/index.handler` is `handler` of dir/index.js, and `dir/app.api.handler` is `api.handler` of dir/app.js, or `handler`
/// of dir/app/api.py.
fn of_aws_name(flag: &str, name: &str, task_root: Option<&Path>) -> Result<Handler, String> {
    let (folder, base) = name.rsplit_once('/').map_or(("", name), |(folder, base)| (folder, base));
    let root = task_root.unwrap_or(Path::new(""));
    let inner = root.join(folder);
    // Without a task root the function's folder is the module's, and its name there has no folders.
    let (code, prefix) = match (task_root, folder) {
        (Some(root), "") => (root.to_owned(), String::new()),
        (Some(root), folder) => (root.to_owned(), format!("{folder}/")),
        (None, "") => (PathBuf::from("."), String::new()),
        (None, folder) => (PathBuf::from(folder), String::new()),
    };
    let found = |runtime| {
        let code = code
            .canonicalize()
            .map_err(|error| format!("the folder {} cannot be read: {error}", code.display()))?;
        Ok(Handler { runtime, name: format!("{prefix}{base}"), code })
    };
    if let Some((module, export)) = base.split_once('.')
        && !export.is_empty()
    {
        let is_there = |extension: &str| inner.join(format!("{module}.{extension}")).is_file();
        if NODE_EXTENSIONS.into_iter().any(is_there) {
            return found(Runtime::Node { module: None });
        }
    }
    if let Some((module, _)) = base.rsplit_once('.')
        && inner.join(format!("{}.py", module.replace('.', "/"))).is_file()
    {
        return found(Runtime::Python);
    }
    let place =
        task_root.map_or_else(String::new, |root| format!(", also not in {}", root.display()));
    Err(format!("{flag} {name}: there is no such file{place}"))
}

/// Splits a command at spaces; single and double quotes keep spaces together.
///
/// # Errors
/// A sentence, when a quote is left open or there is no word at all.
pub fn split_command(command: &str) -> Result<Vec<String>, String> {
    let mut words: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    for c in command.chars() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    if quote.is_some() {
        return Err(format!("--runtime-command {command:?} has a quote that is not closed"));
    }
    if words.first().is_none_or(String::is_empty) {
        return Err("--runtime-command is empty: write a command, such as 'python3 -m awslambdaric app.handler'".to_owned());
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_keep_the_words_of_a_command_together() {
        let words = split_command(r#"python3  -m "my module" 'a "b"'c '' x"#).unwrap();
        assert_eq!(words, ["python3", "-m", "my module", "a \"b\"c", "", "x"]);
        assert!(split_command("a 'b").is_err());
        assert!(split_command("  ").is_err());
    }

    struct Folder(PathBuf);

    impl Folder {
        /// A folder with these empty files.
        fn with(files: &[&str]) -> Self {
            let path = std::env::temp_dir().join(crate::ids::uuid());
            for file in files {
                let file = path.join(file);
                std::fs::create_dir_all(file.parent().unwrap()).unwrap();
                std::fs::write(file, "").unwrap();
            }
            Self(path.canonicalize().unwrap())
        }

        fn find(&self, name: &str) -> Result<Handler, String> {
            find("--handler", &format!("{}/{name}", self.0.display()), None)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_handler_is_found_by_file_by_export_and_by_its_aws_name() {
        let folder = Folder::with(&["index.mjs"]);
        let file = || Runtime::Node { module: Some(folder.0.join("index.mjs")) };
        let handler = |runtime, name: &str| {
            Ok(Handler { runtime, name: name.into(), code: folder.0.clone() })
        };
        assert_eq!(folder.find("index.mjs"), handler(file(), "index.handler"));
        assert_eq!(folder.find("index.mjs:other"), handler(file(), "index.other"));
        assert_eq!(
            folder.find("index.main"),
            handler(Runtime::Node { module: None }, "index.main")
        );
        assert_eq!(
            folder.find("index.api.main"),
            handler(Runtime::Node { module: None }, "index.api.main")
        );
        assert!(folder.find("missing.mjs").unwrap_err().contains("no such file"));
        assert!(folder.find("").unwrap_err().contains("is a folder"));
    }

    #[test]
    fn python_and_programs_are_told_by_the_file() {
        let folder = Folder::with(&["app.py", "pack/api.py", "bootstrap", "notes.txt"]);
        let of = |name: &str| folder.find(name).map(|found| (found.runtime, found.name)).unwrap();
        assert_eq!(of("app.py"), (Runtime::Python, "app.handler".into()));
        assert_eq!(of("app.py:main"), (Runtime::Python, "app.main".into()));
        assert_eq!(of("app.main"), (Runtime::Python, "app.main".into()));
        assert_eq!(of("pack.api.main"), (Runtime::Python, "pack.api.main".into()));
        assert_eq!(of("bootstrap"), (Runtime::Provided, "bootstrap".into()));
        assert!(folder.find("notes.txt").unwrap_err().contains("which runtime"));
        std::fs::write(folder.0.join("app.py"), "def lambda_handler(event, context):\n    pass\n")
            .unwrap();
        assert_eq!(of("app.py").1, "app.lambda_handler");
    }

    #[test]
    fn an_aws_name_starts_in_the_task_root() {
        let folder = Folder::with(&["dist/index.js", "src/app.py"]);
        let found = |name: &str| find("--handler", name, Some(&folder.0)).unwrap();
        let node = Runtime::Node { module: None };
        assert_eq!(
            found("dist/index.main"),
            Handler { runtime: node, name: "dist/index.main".into(), code: folder.0.clone() }
        );
        assert_eq!(found("src/app.main").name, "src/app.main");
        let file = folder.0.join("src/app.py");
        assert_eq!(found(&file.to_string_lossy()).name, "src.app.handler");
        assert!(
            find("--handler", "index.main", Some(&folder.0)).unwrap_err().contains("also not in")
        );
    }
}
