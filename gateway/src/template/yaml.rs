//! Reading YAML, and with it JSON, into a tree: bounded whatever the file holds.
//!
//! CloudFormation's short tags become the long form at once: `!GetAtt Function.Arn` is
//! `{"Fn::GetAtt": "Function.Arn"}` for the rest of the program.

use super::node::{Node, Value};
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use std::collections::{HashMap, HashSet};

/// CloudFormation takes templates up to 1 MB ("Understand CloudFormation quotas"); four times that is still read.
pub(super) const LARGEST_FILE: u64 = 4 * 1024 * 1024;
/// Levels of lists and maps in one another; real templates have about 20.
const DEEPEST: usize = 100;
/// Values once every alias is replaced by what it stands for, so that a few lines cannot mean gigabytes.
const MOST_NODES: usize = 200_000;

/// The functions that have a short form ("Intrinsic function reference" in the CloudFormation guide). `Ref` and
/// `Condition` have no prefix in the long form.
const TAGS: [&str; 20] = [
    "And",
    "Base64",
    "Cidr",
    "Equals",
    "FindInMap",
    "ForEach",
    "GetAtt",
    "GetAZs",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
    "Contains",
];

/// Reads the first document of a text. An empty text is an empty map.
///
/// # Errors
/// A sentence with line and column, when it is no YAML, has a key twice, an unknown tag, or is too large or too deep.
pub(super) fn read(text: &str) -> Result<Node, String> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let mark = error.marker();
            format!("line {}, column {}: {}", mark.line(), mark.col() + 1, error.info())
        })?;
        let at = At { line: span.start.line(), column: span.start.col() + 1 };
        if builder.take(event, at)? {
            break;
        }
    }
    Ok(builder.root.unwrap_or_else(|| Node::empty(1)))
}

#[derive(Clone, Copy)]
struct At {
    line: usize,
    column: usize,
}

impl At {
    fn error(self, sentence: impl std::fmt::Display) -> String {
        format!("line {}, column {}: {sentence}", self.line, self.column)
    }
}

/// A list or a map that is not at its end yet.
struct Open {
    at: At,
    anchor: usize,
    tag: Option<String>,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map { entries: Vec<(String, Node)>, keys: HashSet<String>, key: Option<(String, At)> },
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    root: Option<Node>,
}

impl Builder {
    /// Takes one event; true at the end of the document.
    fn take(&mut self, event: Event, at: At) -> Result<bool, String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag_name(tag.as_deref(), at)?;
                let plain = style == ScalarStyle::Plain && tag.as_deref() != Some("!!str");
                let value = Value::Scalar { text: text.into_owned(), plain };
                self.finish(Node { line: at.line, value }, at, anchor, tag)?;
            }
            Event::SequenceStart(anchor, tag) => {
                self.start(at, anchor, tag.as_deref(), Content::List(Vec::new()))?;
            }
            Event::MappingStart(anchor, tag) => {
                let content = Content::Map { entries: Vec::new(), keys: HashSet::new(), key: None };
                self.start(at, anchor, tag.as_deref(), content)?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.open.pop() {
                    let line = open.at.line;
                    let node = match open.content {
                        Content::List(items) => Node::list(line, items),
                        Content::Map { entries, .. } => Node::map(line, merged(entries)),
                    };
                    self.finish(node, open.at, open.anchor, open.tag)?;
                }
            }
            Event::Alias(anchor) => {
                // An anchor inside of itself is not finished yet, so nothing can be endless.
                let Some((node, size)) = self.anchors.get(&anchor) else {
                    return Err(at.error("an alias stands for something that contains it"));
                };
                let (node, size) = (node.clone(), *size);
                self.count(size, at)?;
                self.add(node, at)?;
            }
            Event::DocumentEnd => return Ok(true),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => {}
        }
        Ok(false)
    }

    fn start(
        &mut self,
        at: At,
        anchor: usize,
        tag: Option<&Tag>,
        content: Content,
    ) -> Result<(), String> {
        if self.open.len() >= DEEPEST {
            return Err(at.error(format!("more than {DEEPEST} lists and maps in one another")));
        }
        self.open.push(Open { at, anchor, tag: tag_name(tag, at)?, content });
        Ok(())
    }

    fn finish(
        &mut self,
        node: Node,
        at: At,
        anchor: usize,
        tag: Option<String>,
    ) -> Result<(), String> {
        let node = match tag {
            Some(function) if !function.starts_with('!') => {
                self.count(1, at)?;
                Node::single(node.line, &function, node)
            }
            _ => node,
        };
        self.count(1, at)?;
        if anchor > 0 {
            let size = node.size();
            self.count(size, at)?;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        self.add(node, at)
    }

    fn count(&mut self, nodes: usize, at: At) -> Result<(), String> {
        self.nodes += nodes;
        if self.nodes > MOST_NODES {
            return Err(at.error(format!("more than {MOST_NODES} values, aliases included")));
        }
        Ok(())
    }

    fn add(&mut self, mut node: Node, at: At) -> Result<(), String> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut open.content {
            Content::List(items) => items.push(node),
            Content::Map { entries, keys, key } => match key.take() {
                Some((name, key_at)) => {
                    node.line = key_at.line;
                    entries.push((name, node));
                }
                None => {
                    let Value::Scalar { text, .. } = node.value else {
                        return Err(at.error("a key must be text"));
                    };
                    if !keys.insert(text.clone()) {
                        return Err(at.error(format!("the key {text:?} is there twice")));
                    }
                    *key = Some((text, at));
                }
            },
        }
        Ok(())
    }
}

/// YAML 1.1's merge key `<<`, which serverless.yml files use: what the map itself says wins.
fn merged(entries: Vec<(String, Node)>) -> Vec<(String, Node)> {
    if entries.iter().all(|(key, _)| key != "<<") {
        return entries;
    }
    let (sources, mut own): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|(key, _)| key == "<<");
    let mut known: HashSet<String> = own.iter().map(|(key, _)| key.clone()).collect();
    let maps = sources.iter().flat_map(|(_, source)| source.one_or_many());
    for (key, value) in maps.flat_map(Node::entries) {
        if known.insert(key.clone()) {
            own.push((key.clone(), value.clone()));
        }
    }
    own
}

/// The function that a short tag stands for; `!!str` and the like as they are.
fn tag_name(tag: Option<&Tag>, at: At) -> Result<Option<String>, String> {
    let Some(tag) = tag else { return Ok(None) };
    if tag.is_yaml_core_schema() {
        return Ok(Some(format!("!!{}", tag.suffix)));
    }
    match tag.suffix.as_str() {
        name @ ("Ref" | "Condition") => Ok(Some(name.to_owned())),
        name if TAGS.contains(&name) => Ok(Some(format!("Fn::{name}"))),
        name => Err(at.error(format!("!{name} is no function of CloudFormation"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn json(text: &str) -> serde_json::Value {
        read(text).unwrap().to_json()
    }

    #[test]
    fn short_tags_become_the_long_form() {
        let yaml = "a: !Ref X\nb: !GetAtt F.Arn\nc: !Sub 'x-${Y}'\nd: !Join ['', [!Ref X, y]]\ne: !If\n  - C\n  - !Sub [a, {b: c}]\n  - !Ref AWS::NoValue\nf: !Condition C\n";
        assert_eq!(
            json(yaml),
            json!({
                "a": {"Ref": "X"},
                "b": {"Fn::GetAtt": "F.Arn"},
                "c": {"Fn::Sub": "x-${Y}"},
                "d": {"Fn::Join": ["", [{"Ref": "X"}, "y"]]},
                "e": {"Fn::If": ["C", {"Fn::Sub": ["a", {"b": "c"}]}, {"Ref": "AWS::NoValue"}]},
                "f": {"Condition": "C"},
            })
        );
    }

    #[test]
    fn json_is_read_as_well_and_values_know_the_line_of_their_key() {
        let node = read("{\n  \"a\": {\n    \"b\": [1, \"2\"]\n  }\n}").unwrap();
        assert_eq!(node.to_json(), json!({"a": {"b": [1, "2"]}}));
        assert_eq!(node.at(&["a", "b"]).unwrap().line, 3);
        assert_eq!(read("x:\n\n  y:\n    z: 1\n").unwrap().at(&["x", "y"]).unwrap().line, 3);
    }

    #[test]
    fn aliases_and_merge_keys_are_replaced_by_what_they_stand_for() {
        let yaml = "base: &b {a: 1, b: 2}\nuse: {<<: *b, b: 3}\nsame: *b\n";
        assert_eq!(
            json(yaml),
            json!({"base": {"a": 1, "b": 2}, "use": {"b": 3, "a": 1}, "same": {"a": 1, "b": 2}})
        );
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_place() {
        for (yaml, part) in [
            ("a: 1\nb: [1", "line "),
            ("a: 1\na: 2\n", "line 2, column 1: the key \"a\" is there twice"),
            ("a: !Nope x\n", "line 1, column 4: !Nope is no function"),
            ("? [a]\n: 1\n", "a key must be text"),
            ("a: &x [*x]\n", "contains it"),
        ] {
            let error = read(yaml).unwrap_err();
            assert!(error.contains(part), "{yaml:?}: {error}");
        }
        assert!(read("a: \tb: c").is_err());
        assert_eq!(json(""), json!({}));
    }

    #[test]
    fn a_few_lines_cannot_mean_gigabytes() {
        let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let before = level - 1;
            let items = vec![format!("*a{before}"); 10].join(", ");
            laughs += &format!("a{level}: &a{level} [{items}]\n");
        }
        assert!(read(&laughs).unwrap_err().contains("aliases included"));
        assert!(read(&"[".repeat(100_000)).is_err());
        assert!(read(&"{a: ".repeat(120)).unwrap_err().contains("in one another"));
        assert!(read(&"- ".repeat(100_000)).unwrap_err().contains("in one another"));
    }
}
