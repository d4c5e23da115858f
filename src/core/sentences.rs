//! The sentences of failures, which the facade of the npm package shares: it reads the same file.

use std::fmt::{Display, Write};

/// One sentence, or a part of one, a line: its name, a colon, a space, and its text, in which `{name}`
/// stands for a fact.
const SENTENCES: &str = include_str!("sentences.txt");

/// The sentence of this name with its facts in it.
pub(crate) fn sentence(name: &str, facts: &[(&str, &dyn Display)]) -> String {
    let is_named = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(": "));
    let line = SENTENCES.lines().find(is_named);
    let mut rest = line.and_then(|line| line.get(name.len() + 2..)).unwrap_or_default();
    let mut text = String::new();
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let fact = facts
            .iter()
            .find_map(|(name, fact)| Some((fact, after.strip_prefix(name)?.strip_prefix('}')?)));
        rest = match fact {
            Some((fact, after)) => {
                // Can't fail: a String takes everything.
                let _ = write!(text, "{fact}");
                after
            }
            // A brace that belongs to the sentence.
            None => {
                text.push('{');
                after
            }
        };
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_stands_in_its_place_and_is_not_looked_into() {
        let why = "{code} \"{status}\"";
        assert_eq!(
            sentence("url-rejected", &[("why", &why), ("code", &1)]),
            format!("The URL was rejected: {why}")
        );
    }

    #[test]
    fn a_brace_of_the_sentence_itself_stays() {
        let facts: [(&str, &dyn Display); 3] = [("sends", &3), ("timeout", &5), ("last", &"x")];
        let text = sentence("identify-failed, message", &facts);
        assert!(text.contains("3 x 5 ms") && text.contains("{\"connectionId\": \"…\"}"), "{text}");
    }

    #[test]
    fn every_line_has_a_name_of_its_own_and_a_text() {
        let mut names = std::collections::HashSet::new();
        for line in SENTENCES.lines() {
            let (name, text) = line.split_once(": ").expect("a name and a text");
            assert!(!text.is_empty() && names.insert(name), "{line}");
        }
    }
}
