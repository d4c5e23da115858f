//! What the owner of a template should know of how it was read.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Warnings and remarks, gathered while a template is read.
#[derive(Debug, Default)]
pub(super) struct Notes {
    warnings: RefCell<Vec<(usize, String)>>,
    seen: RefCell<BTreeSet<String>>,
    not_emulated: RefCell<BTreeMap<String, Vec<String>>>,
    tables: RefCell<BTreeSet<String>>,
    remarks: RefCell<Vec<String>>,
}

/// The same, ready to print.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoteLines {
    /// What is understood otherwise than AWS would, or not at all; with its line.
    pub warnings: Vec<String>,
    /// What is good to know.
    pub remarks: Vec<String>,
}

impl Notes {
    /// Warns of something in a line; 0 stands for none.
    pub(super) fn warn(&self, line: usize, sentence: impl Into<String>) {
        let sentence = sentence.into();
        self.warn_once(line, &sentence.clone(), sentence);
    }

    /// Warns unless the same kind of thing has been warned of.
    pub(super) fn warn_once(&self, line: usize, kind: &str, sentence: impl Into<String>) {
        if self.seen.borrow_mut().insert(kind.to_owned()) {
            self.warnings.borrow_mut().push((line, sentence.into()));
        }
    }

    /// Says something that is good to know.
    pub(super) fn remark(&self, sentence: impl Into<String>) {
        self.remarks.borrow_mut().push(sentence.into());
    }

    /// Names a resource that has no part in the local API.
    pub(super) fn not_emulated(&self, kind: &str, name: &str) {
        self.not_emulated.borrow_mut().entry(kind.to_owned()).or_default().push(name.to_owned());
    }

    /// Says that a table to which a deployment would give a name goes by its logical id here.
    pub(super) fn table_without_name(&self, logical_id: &str) {
        self.tables.borrow_mut().insert(logical_id.to_owned());
    }

    /// Everything, in the order of the file.
    pub(super) fn into_lines(self) -> NoteLines {
        let mut warnings = self.warnings.into_inner();
        warnings.sort_by_key(|(line, _)| *line);
        let place = |(line, sentence): (usize, String)| match line {
            0 => sentence,
            line => format!("line {line}: {sentence}"),
        };
        let mut remarks = self.remarks.into_inner();
        let others = self.not_emulated.into_inner();
        if !others.is_empty() {
            let shown = |(kind, names): (String, Vec<String>)| match &names[..] {
                [name] => format!("{name} ({kind})"),
                names => format!("{} of {kind}", names.len()),
            };
            let others: Vec<String> = others.into_iter().map(shown).collect();
            remarks.push(format!("not emulated: {}", others.join(", ")));
        }
        let tables: Vec<String> = self.tables.into_inner().into_iter().collect();
        if !tables.is_empty() {
            let tables = tables.join(", ");
            remarks.push(format!("tables without a TableName go by their logical ids: {tables}"));
        }
        NoteLines { warnings: warnings.into_iter().map(place).collect(), remarks }
    }
}
