//! Variables of a serverless.yml, such as `${opt:stage, 'dev'}` ("Serverless Framework Variables").

use super::super::node::{Node, Value};
use super::super::notes::Notes;
use super::super::stack::at;
use super::super::{Options, read_file, yaml};
use super::syntax::{self, Part};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::path::PathBuf;

/// Values that are looked at before a file counts as hostile.
const MOST_STEPS: u32 = 200_000;
/// How deep variables may lead into one another.
const DEEPEST: u32 = 120;
/// The longest text that variables may make.
const LONGEST_TEXT: usize = 256 * 1024;

/// What variables stand for.
pub(super) struct Variables<'a> {
    root: &'a Node,
    options: &'a Options<'a>,
    notes: &'a Notes,
    files: RefCell<HashMap<PathBuf, Node>>,
    steps: Cell<u32>,
    depth: Cell<u32>,
}

/// What one source of a variable gives.
enum Found {
    Value(Node),
    Missing,
    /// Something that only the cloud knows.
    Elsewhere,
}

impl<'a> Variables<'a> {
    /// The variables of a service.
    pub(super) fn new(root: &'a Node, options: &'a Options<'a>, notes: &'a Notes) -> Self {
        let (files, steps, depth) = (RefCell::default(), Cell::new(0), Cell::new(0));
        Self { root, options, notes, files, steps, depth }
    }

    /// The stage: `--stage`, else `provider.stage`, else `dev`.
    ///
    /// # Errors
    /// A sentence with the line, when it leads back to itself.
    pub(super) fn stage(&self) -> Result<String, String> {
        if let Some(stage) = &self.options.stage {
            return Ok(stage.clone());
        }
        let stage = self.at(&["provider", "stage"])?;
        Ok(stage.as_ref().and_then(Node::as_text).unwrap_or("dev").to_owned())
    }

    /// The region: that of a flag, else `provider.region`, else that of the environment.
    ///
    /// # Errors
    /// As [`Self::stage`].
    pub(super) fn region(&self) -> Result<String, String> {
        if let Some(region) = &self.options.asked_region {
            return Ok(region.clone());
        }
        let region = self.at(&["provider", "region"])?;
        let region = region.as_ref().and_then(Node::as_text);
        Ok(region.unwrap_or(&self.options.region).to_owned())
    }

    /// The value under several keys of the file, variables on the way and in it replaced.
    ///
    /// # Errors
    /// A sentence with the line, when one leads back to itself or names a file that cannot be read.
    pub(super) fn at(&self, path: &[&str]) -> Result<Option<Node>, String> {
        self.walk(self.root, path)
    }

    /// The value under several keys, its own text replaced and not what is in it; an empty map where there is none.
    ///
    /// # Errors
    /// As [`Self::at`].
    pub(super) fn shallow_at(&self, path: &[&str]) -> Result<Node, String> {
        let found = self.root.at(path);
        found.map_or_else(|| Ok(Node::empty(0)), |node| self.shallow(node))
    }

    fn walk(&self, from: &Node, path: &[&str]) -> Result<Option<Node>, String> {
        let mut node = from.clone();
        for key in path {
            node = self.shallow(&node)?;
            let next = match key.parse::<usize>() {
                Ok(index) if !node.items().is_empty() => node.items().get(index),
                _ => node.get(key),
            };
            match next {
                Some(next) => node = next.clone(),
                None => return Ok(None),
            }
        }
        self.resolve(&node).map(Some)
    }

    /// A value whose own text is replaced, and not what is in it.
    ///
    /// # Errors
    /// As [`Self::at`].
    pub(super) fn shallow(&self, node: &Node) -> Result<Node, String> {
        match &node.value {
            Value::Scalar { text, .. } if text.contains("${") => self.expand(text, node),
            _ => Ok(node.clone()),
        }
    }

    /// A value with all variables in it replaced.
    ///
    /// # Errors
    /// As [`Self::at`].
    pub(super) fn resolve(&self, node: &Node) -> Result<Node, String> {
        self.deeper(node.line, || match &node.value {
            Value::Scalar { .. } => self.shallow(node),
            Value::List(items) => {
                let items = items.iter().map(|item| self.resolve(item));
                Ok(Node::list(node.line, items.collect::<Result<_, _>>()?))
            }
            Value::Map(entries) => {
                let mut resolved = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    let mut new = self.resolve(value)?;
                    new.line = value.line;
                    resolved.push((key.clone(), new));
                }
                Ok(Node::map(node.line, resolved))
            }
        })
    }

    /// Replaces the variables of a text: one that is the whole text may be anything, others become part of it.
    fn expand(&self, text: &str, node: &Node) -> Result<Node, String> {
        let line = node.line;
        let parts = syntax::parts(text);
        if let [Part::Variable(content)] = &parts[..] {
            return self.deeper(line, || self.value(content, line));
        }
        let mut result = String::new();
        for part in parts {
            match part {
                Part::Text(text) => result.push_str(text),
                Part::Variable(content) => {
                    let value = self.deeper(line, || self.value(content, line))?;
                    let error = || {
                        at(
                            line,
                            format!(
                                "${{{content}}} is a list or a map, and stands inside of a text"
                            ),
                        )
                    };
                    let empty = value.is_null().then_some("");
                    result.push_str(value.as_text().or(empty).ok_or_else(error)?);
                }
            }
            if result.len() > LONGEST_TEXT {
                return Err(at(line, "variables make a text that is too long"));
            }
        }
        let plain = matches!(&node.value, Value::Scalar { plain: true, .. });
        Ok(Node { line, value: Value::Scalar { text: result, plain } })
    }

    /// What the inside of `${}` stands for: the first of its sources that has a value.
    fn value(&self, content: &str, line: usize) -> Result<Node, String> {
        let mut found_elsewhere = false;
        for source in syntax::sources(content) {
            let found = match syntax::parts(source).as_slice() {
                [Part::Variable(inner)] => {
                    Found::Value(self.deeper(line, || self.value(inner, line))?)
                }
                [Part::Text(text)] => self.source(text, line)?,
                _ => {
                    let expanded = self.expand(source, &Node::text(line, ""))?;
                    self.source(expanded.as_text().unwrap_or_default(), line)?
                }
            };
            match found {
                Found::Value(mut value) if !value.is_null() => {
                    value.line = line;
                    return Ok(value);
                }
                Found::Value(_) | Found::Missing => {}
                Found::Elsewhere => found_elsewhere = true,
            }
        }
        let why = match found_elsewhere {
            true => "is known to a deployed service only",
            false => "has no value (--parameter sets param and opt)",
        };
        let text = format!("${{{content}}}");
        self.notes.warn_once(line, &text, format!("{text} {why}: {content:?} stands for it"));
        Ok(Node::text(line, content))
    }

    fn source(&self, source: &str, line: usize) -> Result<Found, String> {
        let optional = |value: Option<Node>| value.map_or(Found::Missing, Found::Value);
        let text = |text: Option<String>| optional(text.map(|text| Node::text(line, text)));
        if let Some(literal) = syntax::literal(source, line) {
            return Ok(Found::Value(literal));
        }
        let (kind, argument, address) = syntax::split_source(source);
        let path: Vec<&str> = address.split('.').filter(|key| !key.is_empty()).collect();
        let given = || self.options.parameters.get(address).cloned();
        Ok(match (kind, address) {
            ("self", _) => optional(self.at(&path)?),
            ("opt", "stage") => text(self.options.stage.clone()),
            ("opt", _) => text(given()),
            ("env", _) => text(std::env::var(address).ok()),
            ("sls", "stage") => text(Some(self.stage()?)),
            ("sls", "instanceId") => text(Some("local".to_owned())),
            ("aws", "region") => text(Some(self.region()?)),
            ("aws", "accountId") => text(Some(self.options.account.clone())),
            ("param", _) => match given() {
                Some(given) => text(Some(given)),
                None => optional(self.declared_parameter(address)?),
            },
            ("file", _) => self.file(argument.unwrap_or_default(), &path, line)?,
            ("strToBool", _) => match argument.unwrap_or_default().to_ascii_lowercase().as_str() {
                "true" | "1" => optional(syntax::literal("true", line)),
                "false" | "0" => optional(syntax::literal("false", line)),
                other => return Err(at(line, format!("strToBool({other}): write true or false"))),
            },
            _ => Found::Elsewhere,
        })
    }

    /// `params`, or `stages.NAME.params` of version 4, of this stage and then of all.
    fn declared_parameter(&self, name: &str) -> Result<Option<Node>, String> {
        let stage = self.stage()?;
        for stage in [stage.as_str(), "default"] {
            for path in [&["stages", stage, "params", name][..], &["params", stage, name]] {
                if let Some(found) = self.at(path)? {
                    return Ok(Some(found));
                }
            }
        }
        Ok(None)
    }

    fn file(&self, name: &str, path: &[&str], line: usize) -> Result<Found, String> {
        let file = self.options.base.join(name);
        let extension =
            file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if !["yml", "yaml", "json"].contains(&extension) {
            let sentence = format!("{name} is no YAML or JSON, and is not run or read");
            self.notes.warn_once(line, &sentence.clone(), sentence);
            return Ok(Found::Missing);
        }
        let known = self.files.borrow().get(&file).cloned();
        let content = match known {
            Some(content) => content,
            None if !file.exists() => return Ok(Found::Missing),
            None => {
                let place = |why: String| at(line, format!("{}: {why}", file.display()));
                let content =
                    yaml::read(&read_file(&file).map_err(place)?).map_err(place)?.without_lines();
                self.files.borrow_mut().insert(file.clone(), content.clone());
                content
            }
        };
        Ok(self.walk(&content, path)?.map_or(Found::Missing, Found::Value))
    }

    fn deeper<T>(&self, line: usize, run: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > MOST_STEPS {
            return Err(at(line, "the variables take too many steps to compute"));
        }
        if self.depth.get() >= DEEPEST {
            return Err(at(line, "variables lead back to themselves, or too deep"));
        }
        self.depth.set(self.depth.get() + 1);
        let result = run();
        self.depth.set(self.depth.get() - 1);
        result
    }
}
