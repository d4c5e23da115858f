//! Where a function's code lies.

use super::Options;
use super::stack::{Resource, Stack, at};
use crate::api::Runtime;
use std::path::{Path, PathBuf};

/// The folder with a function's code, its handler found in it. Inline code is written into the gateway's own folder.
///
/// # Errors
/// A sentence with the function and the path, when the code is not on this machine.
pub(super) fn find(
    stack: &Stack,
    function: &Resource,
    runtime: &Runtime,
    handler: &str,
    options: &Options,
) -> Result<PathBuf, String> {
    let (name, line) = (&function.name, function.line());
    let code = stack.property(function, "Code")?;
    let inline = stack.text(function, "InlineCode")?;
    let inline =
        inline.or(code.as_ref().and_then(|code| code.get("ZipFile")?.as_text().map(str::to_owned)));
    if let Some(text) = inline {
        return write_inline(&text, name, runtime, options).map_err(|why| at(line, why));
    }
    let uri = stack.property(function, "CodeUri")?.or(code);
    let Some(uri) = uri else {
        return Err(at(line, format!("{name} has no CodeUri: name the folder with its code")));
    };
    let local =
        uri.as_text().filter(|uri| !uri.starts_with("s3://") && !uri.starts_with("https://"));
    let Some(local) = local else {
        let place = uri.as_text().map_or_else(|| uri.to_json().to_string(), str::to_owned);
        return Err(at(
            uri.line,
            format!(
                "the code of {name} lies at {place}: use the template with the folder on this machine"
            ),
        ));
    };
    let path = options.base.join(local);
    let folder = path.canonicalize().map_err(|error| {
        at(
            uri.line,
            format!("the code of {name} is not at {}: {error}{}", path.display(), advice(function)),
        )
    })?;
    if !folder.is_dir() {
        return Err(at(
            uri.line,
            format!(
                "the code of {name}, {}, is a file: name the folder that it is made from",
                path.display()
            ),
        ));
    }
    find_handler(&folder, runtime, handler).map_err(|missing| {
        let typescript = folder.join(format!("{}.ts", module_of(handler))).is_file();
        let advice = if typescript { BUILD } else { advice(function) };
        at(
            line,
            format!(
                "the handler {handler:?} of {name} is not there: no {}{advice}",
                missing.display()
            ),
        )
    })?;
    if matches!(runtime, Runtime::Node { .. }) && !has_modules(&folder) {
        stack.notes.warn(
            line,
            format!(
                "{} has dependencies in package.json and no node_modules: npm install there",
                folder.display()
            ),
        );
    }
    Ok(folder)
}

const BUILD: &str =
    "; build it first and use the built template, such as .aws-sam/build/template.yaml";

/// What to do about missing files of a function that `sam build` makes.
fn advice(function: &Resource) -> &'static str {
    if function.node.at(&["Metadata", "BuildMethod"]).is_some() { BUILD } else { "" }
}

fn module_of(handler: &str) -> &str {
    handler.rsplit_once('.').map_or(handler, |(module, _)| module)
}

/// Looks for the file that a handler is in; the error is the path where it should be.
fn find_handler(folder: &Path, runtime: &Runtime, handler: &str) -> Result<(), PathBuf> {
    let module = module_of(handler);
    let candidates: Vec<PathBuf> = match runtime {
        Runtime::Node { .. } => ["mjs", "js", "cjs"]
            .iter()
            .map(|extension| folder.join(format!("{module}.{extension}")))
            .collect(),
        Runtime::Python => {
            let module = folder.join(module.replace('.', "/"));
            vec![module.with_extension("py"), module.join("__init__.py")]
        }
        Runtime::Provided => vec![folder.join("bootstrap")],
        Runtime::Command(_) => return Ok(()),
    };
    match candidates.iter().any(|file| file.is_file()) {
        true => Ok(()),
        false => Err(candidates.into_iter().next().unwrap_or_default()),
    }
}

/// Whether what a package.json asks for can have been installed.
fn has_modules(folder: &Path) -> bool {
    let package = std::fs::read_to_string(folder.join("package.json")).ok();
    let package = package.and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
    let needs = package.is_some_and(|package| {
        package["dependencies"].as_object().is_some_and(|dependencies| !dependencies.is_empty())
    });
    !needs || folder.ancestors().any(|folder| folder.join("node_modules").is_dir())
}

/// Lambda names the file `index` ("AWS::Lambda::Function Code", ZipFile).
fn write_inline(
    text: &str,
    name: &str,
    runtime: &Runtime,
    options: &Options,
) -> Result<PathBuf, String> {
    let extension = match runtime {
        Runtime::Node { .. } => "js",
        Runtime::Python => "py",
        _ => {
            return Err(format!(
                "{name} has inline code, which only Node and Python functions may have"
            ));
        }
    };
    // A logical id has letters and digits only, but nothing has checked this one.
    let folder: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let folder = options.folder.path().join(format!("inline-{folder}"));
    let file = folder.join(format!("index.{extension}"));
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&file, text))
        .map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handler_is_looked_for_where_its_runtime_does() {
        let folder = std::env::temp_dir().join(crate::ids::uuid());
        std::fs::create_dir_all(folder.join("pack/age")).unwrap();
        for file in ["a.mjs", "b.py", "pack/c.py", "pack/age/__init__.py"] {
            std::fs::write(folder.join(file), "").unwrap();
        }
        let node = Runtime::Node { module: None };
        assert_eq!(find_handler(&folder, &node, "a.handler"), Ok(()));
        assert_eq!(find_handler(&folder, &node, "b.handler"), Err(folder.join("b.mjs")));
        for handler in ["b.handler", "pack.c.handler", "pack/c.handler", "pack.age.handler"] {
            assert_eq!(find_handler(&folder, &Runtime::Python, handler), Ok(()), "{handler}");
        }
        assert_eq!(find_handler(&folder, &Runtime::Python, "a.handler"), Err(folder.join("a.py")));
        assert_eq!(find_handler(&folder, &Runtime::Provided, ""), Err(folder.join("bootstrap")));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_package_with_dependencies_needs_node_modules() {
        let folder = std::env::temp_dir().join(crate::ids::uuid());
        std::fs::create_dir_all(&folder).unwrap();
        assert!(has_modules(&folder));
        std::fs::write(folder.join("package.json"), r#"{"dependencies":{"ws":"8"}}"#).unwrap();
        assert!(!has_modules(&folder));
        std::fs::create_dir(folder.join("node_modules")).unwrap();
        assert!(has_modules(&folder));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
