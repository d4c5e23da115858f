//! What `--handler` and `--runtime-command` name.

use std::path::{Path, PathBuf};

const NODE_EXTENSIONS: [&str; 3] = ["mjs", "js", "cjs"];

/// A handler exported by a JavaScript module.
#[derive(Debug, PartialEq, Eq)]
pub struct NodeHandler {
    /// The module's absolute path.
    pub file: PathBuf,
    /// The name of the exported function.
    pub export: String,
}

impl NodeHandler {
    /// The module's folder.
    pub fn folder(&self) -> PathBuf {
        self.file.parent().unwrap_or(Path::new("/")).to_owned()
    }

    /// The name that AWS knows the handler by, such as `index.handler`.
    pub fn aws_name(&self) -> String {
        let module = self.file.file_stem().unwrap_or_default().to_string_lossy();
        format!("{module}.{}", self.export)
    }
}

/// Finds the module that a handler is named by, with the flag that names it: a file, a file with `:exportName`, or AWS's `dir/index.handler`.
///
/// # Errors
/// A sentence, when there is no such file.
pub fn find(flag: &str, name: &str) -> Result<NodeHandler, String> {
    let handler = |path: &Path, export: &str| {
        let file = path
            .canonicalize()
            .map_err(|error| format!("{flag} {} cannot be read: {error}", path.display()))?;
        Ok(NodeHandler { file, export: export.to_owned() })
    };
    let whole = Path::new(name);
    if whole.is_file() {
        return handler(whole, "handler");
    }
    if let Some((path, export)) = name.rsplit_once(':')
        && !export.is_empty()
        && Path::new(path).is_file()
    {
        return handler(Path::new(path), export);
    }
    if let Some((module, export)) = name.rsplit_once('.') {
        let files = NODE_EXTENSIONS.map(|extension| PathBuf::from(format!("{module}.{extension}")));
        if let Some(file) = files.iter().find(|file| file.is_file()) {
            return handler(file, export);
        }
    }
    if whole.is_dir() {
        return Err(format!(
            "{flag} {name} is a folder: name the file in it, such as {}",
            whole.join("index.mjs").display()
        ));
    }
    Err(format!("{flag} {name}: there is no such file"))
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

    #[test]
    fn a_handler_is_found_by_file_by_export_and_by_its_aws_name() {
        let folder = std::env::temp_dir().join(crate::ids::uuid());
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("index.mjs"), "").unwrap();
        let at = |name: &str| find("--handler", &format!("{}/{name}", folder.display()));
        assert_eq!(at("index.mjs").unwrap().export, "handler");
        assert_eq!(at("index.mjs:other").unwrap().export, "other");
        assert_eq!(at("index.main").unwrap().export, "main");
        assert!(at("missing.mjs").unwrap_err().contains("no such file"));
        assert!(at("").unwrap_err().contains("is a folder"));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
