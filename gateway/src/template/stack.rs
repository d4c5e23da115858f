//! A template as a stack: its resources, and what their values are once functions are computed.

use super::node::Node;
use super::notes::Notes;
use super::parameters::Parameters;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};

/// Values that are looked at before a template counts as hostile; real ones need some thousands.
const MOST_STEPS: u32 = 500_000;
/// How deep functions and references may lead into one another.
const DEEPEST: u32 = 120;

/// Where the stack would be deployed: what pseudo parameters stand for.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// `AWS::Region`.
    pub(super) region: String,
    /// `AWS::AccountId`.
    pub(super) account: String,
    /// `AWS::StackName`.
    pub(super) stack_name: String,
}

impl Place {
    /// `AWS::Partition`.
    pub(super) fn partition(&self) -> &'static str {
        crate::arn::partition(&self.region)
    }

    /// `AWS::URLSuffix`.
    pub(super) fn url_suffix(&self) -> &'static str {
        super::url_suffix(&self.region)
    }

    /// An ARN of this region and account.
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{resource}", self.partition(), self.region, self.account)
    }

    /// The default endpoint's domain name of an API.
    pub(super) fn domain(&self, api: &str) -> String {
        format!("{api}.execute-api.{}.{}", self.region, self.url_suffix())
    }
}

/// An entry of `Resources`.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    /// The logical id.
    pub(super) name: String,
    /// `Type`.
    pub(super) kind: String,
    /// The whole entry.
    pub(super) node: Node,
}

impl Resource {
    /// The line of the logical id.
    pub(super) fn line(&self) -> usize {
        self.node.line
    }

    /// `Properties` as they are written.
    pub(super) fn properties(&self) -> &[(String, Node)] {
        self.node.get("Properties").map_or(&[], Node::entries)
    }

    /// A property as it is written.
    pub(super) fn raw(&self, key: &str) -> Option<&Node> {
        self.node.at(&["Properties", key])
    }
}

/// The stack.
pub(super) struct Stack {
    /// What is noticed on the way.
    pub(super) notes: Notes,
    /// Where it would be.
    pub(super) place: Place,
    pub(super) parameters: Parameters,
    pub(super) mappings: Node,
    pub(super) conditions: HashMap<String, Node>,
    pub(super) known_conditions: RefCell<BTreeMap<String, bool>>,
    resources: Vec<Resource>,
    by_name: HashMap<String, usize>,
    left_out: Vec<String>,
    /// Starts of logical ids that SAM or the Serverless Framework may have given to what it makes beside.
    pub(super) generated: Vec<String>,
    steps: Cell<u32>,
    depth: Cell<u32>,
    quiet: Cell<bool>,
}

impl Stack {
    /// A stack of a CloudFormation template, `Resources` whose `Condition` is false left out.
    ///
    /// # Errors
    /// A sentence, when a condition cannot be computed or a resource has no type.
    pub(super) fn new(
        template: &Node,
        parameters: Parameters,
        place: Place,
        notes: Notes,
    ) -> Result<Self, String> {
        let section = |name: &str| template.get(name).map_or(&[][..], Node::entries);
        let mut stack = Self {
            notes,
            place,
            parameters,
            mappings: template.get("Mappings").cloned().unwrap_or_else(|| Node::empty(0)),
            conditions: section("Conditions").iter().cloned().collect(),
            known_conditions: RefCell::default(),
            resources: Vec::new(),
            by_name: HashMap::new(),
            left_out: Vec::new(),
            generated: Vec::new(),
            steps: Cell::new(0),
            depth: Cell::new(0),
            quiet: Cell::new(false),
        };
        for (name, node) in section("Resources") {
            if name.starts_with("Fn::") {
                return Err(at(
                    node.line,
                    format!("{name} among the resources is not supported: write them one by one"),
                ));
            }
            let Some(kind) = node.get("Type").and_then(Node::as_text) else {
                return Err(at(node.line, format!("the resource {name} has no Type")));
            };
            let condition = node.get("Condition").and_then(Node::as_text);
            if condition.map_or(Ok(true), |name| stack.condition(name, node.line))? {
                stack.by_name.insert(name.clone(), stack.resources.len());
                let (name, kind) = (name.clone(), kind.to_owned());
                stack.resources.push(Resource { name, kind, node: node.clone() });
            } else {
                stack.left_out.push(name.clone());
            }
        }
        Ok(stack)
    }

    /// All resources in the order of the file.
    pub(super) fn resources(&self) -> &[Resource] {
        &self.resources
    }

    /// The resources of a type.
    pub(super) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Resource> {
        self.resources.iter().filter(move |resource| resource.kind == kind)
    }

    /// The resource with a logical id.
    pub(super) fn resource(&self, name: &str) -> Option<&Resource> {
        self.by_name.get(name).map(|index| &self.resources[*index])
    }

    /// Whether a resource is described and its condition false.
    pub(super) fn is_left_out(&self, name: &str) -> bool {
        self.left_out.iter().any(|left_out| left_out == name)
    }

    /// A property with its functions computed; `None` where it is missing or `AWS::NoValue`.
    ///
    /// # Errors
    /// A sentence with the line, when a function cannot be computed.
    pub(super) fn property(&self, resource: &Resource, key: &str) -> Result<Option<Node>, String> {
        let resolved = resource.raw(key).map_or(Ok(None), |node| self.resolve(node))?;
        Ok(resolved.filter(|node| !node.is_null()))
    }

    /// A property that must be text, number or boolean.
    ///
    /// # Errors
    /// A sentence with the line, when it is a list or map, or cannot be computed.
    pub(super) fn text(&self, resource: &Resource, key: &str) -> Result<Option<String>, String> {
        let Some(node) = self.property(resource, key)? else { return Ok(None) };
        let text = node.as_text().map(str::to_owned);
        let error = || at(node.line, format!("{key} of {} must be text", resource.name));
        text.ok_or_else(error).map(Some)
    }

    /// A property that must be a map of texts.
    ///
    /// # Errors
    /// A sentence with the line, when it is not, or cannot be computed.
    pub(super) fn texts(
        &self,
        resource: &Resource,
        key: &str,
    ) -> Result<BTreeMap<String, String>, String> {
        let node = self.property(resource, key)?;
        node.map_or(Ok(BTreeMap::new()), |node| {
            texts(&node, &format!("{key} of {}", resource.name))
        })
    }

    /// A property that must be a whole number.
    ///
    /// # Errors
    /// A sentence with the line, when it is not, or cannot be computed.
    pub(super) fn number(&self, resource: &Resource, key: &str) -> Result<Option<u64>, String> {
        let Some(text) = self.text(resource, key)? else { return Ok(None) };
        let line = resource.raw(key).map_or(0, |node| node.line);
        let error =
            |_| at(line, format!("{key} of {} is {text:?}: write a whole number", resource.name));
        text.parse().map_err(error).map(Some)
    }

    /// Runs something without warnings of what it meets: for values that have no part in the local API.
    pub(super) fn quietly<T>(&self, run: impl FnOnce() -> T) -> T {
        let before = self.quiet.replace(true);
        let result = run();
        self.quiet.set(before);
        result
    }

    /// Warns of a value that only a deployed stack knows, once for each.
    pub(super) fn warn_unknown(&self, line: usize, what: &str, placeholder: &str) {
        if !self.quiet.get() {
            self.notes.warn_once(
                line,
                &format!("unknown {what}"),
                format!("{what} is known to a deployed stack only: {placeholder:?} stands for it"),
            );
        }
    }

    /// Says that a table's logical id is its name.
    pub(super) fn tell_of_table(&self, logical_id: &str) {
        if !self.quiet.get() {
            self.notes.table_without_name(logical_id);
        }
    }

    /// Counts one step of work, one level deeper.
    ///
    /// # Errors
    /// A sentence, when there are too many, as in references that lead back to themselves.
    pub(super) fn deeper<T>(
        &self,
        line: usize,
        run: impl FnOnce() -> Result<T, String>,
    ) -> Result<T, String> {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > MOST_STEPS {
            return Err(at(line, "the template's functions take too many steps to compute"));
        }
        if self.depth.get() >= DEEPEST {
            return Err(at(line, "functions or references lead back to themselves, or too deep"));
        }
        self.depth.set(self.depth.get() + 1);
        let result = run();
        self.depth.set(self.depth.get() - 1);
        result
    }
}

/// A map of texts.
///
/// # Errors
/// A sentence with the line, when it is something else; `what` names it.
pub(super) fn texts(node: &Node, what: &str) -> Result<BTreeMap<String, String>, String> {
    let mut all = BTreeMap::new();
    for (key, value) in node.entries() {
        let text = match value.as_text() {
            Some(text) => text.to_owned(),
            None if value.is_null() => String::new(),
            None => return Err(at(value.line, format!("{key} in {what} must be text"))),
        };
        all.insert(key.clone(), text);
    }
    Ok(all)
}

/// A sentence with its line, unless that is 0.
pub(super) fn at(line: usize, sentence: impl std::fmt::Display) -> String {
    if line == 0 { sentence.to_string() } else { format!("line {line}: {sentence}") }
}
