//! What a statement selects: the actions of `Action` or `NotAction`, the resources of `Resource` or `NotResource`.

use super::wildcard;

/// The patterns of one element.
#[derive(Clone, Debug)]
pub(super) struct Selector {
    patterns: Vec<Pattern>,
    /// Everything but these is meant.
    negated: bool,
    same: fn(char, char) -> bool,
}

#[derive(Clone, Debug)]
struct Pattern {
    text: String,
    /// It holds policy variables, each replaced with `*`: what does not fit this fits in no case.
    is_uncertain: bool,
}

impl Selector {
    /// Of actions, whose case does not count.
    pub(super) fn of_actions(patterns: Vec<String>, negated: bool) -> Self {
        let certain = |text| Pattern { text, is_uncertain: false };
        let patterns = patterns.into_iter().map(certain).collect();
        Self { patterns, negated, same: wildcard::any_case }
    }

    /// Of ARNs. Missing parts at the end of an ARN are as good as `*` ("IAM JSON policy elements: Resource").
    pub(super) fn of_resources(
        patterns: Vec<String>,
        negated: bool,
        knows_variables: bool,
    ) -> Self {
        let complete = |text: String| {
            let is_uncertain = knows_variables && has_variable(&text);
            let text = if is_uncertain { without_variables(&text) } else { text };
            let is_short = text.starts_with("arn:") && text.matches(':').count() < 5;
            let text = if is_short { format!("{text}*") } else { text };
            Pattern { text, is_uncertain }
        };
        let patterns = patterns.into_iter().map(complete).collect();
        Self { patterns, negated, same: wildcard::exact }
    }

    /// Whether it selects a text; `None` where that depends on a policy variable.
    pub(super) fn selects(&self, text: &str) -> Option<bool> {
        let fits = |pattern: &&Pattern| wildcard::fits(&pattern.text, text, self.same);
        let mut fitting = self.patterns.iter().filter(fits).peekable();
        let is_listed = if fitting.peek().is_none() {
            Some(false)
        } else {
            fitting.any(|pattern| !pattern.is_uncertain).then_some(true)
        };
        is_listed.map(|is_listed| is_listed != self.negated)
    }
}

/// Whether text has a policy variable ("IAM policy elements: Variables and tags").
pub(super) fn has_variable(text: &str) -> bool {
    text.split_once("${").is_some_and(|(_, rest)| rest.contains('}'))
}

fn without_variables(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((_, after)) = after.split_once('}') else { break };
        plain.push_str(before);
        plain.push('*');
        rest = after;
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_leaves_open_only_what_it_could_change() {
        let patterns = || vec!["arn:aws:x:::${a}/b".to_owned(), "arn:aws:x:::certain/*".to_owned()];
        let selector = Selector::of_resources(patterns(), false, true);
        assert_eq!(selector.selects("arn:aws:x:::c/b"), None);
        assert_eq!(selector.selects("arn:aws:x:::certain/b"), Some(true));
        assert_eq!(selector.selects("arn:aws:y:::c/b"), Some(false));
        let negated = Selector::of_resources(patterns(), true, true);
        assert_eq!(negated.selects("arn:aws:x:::c/b"), None);
        assert_eq!(negated.selects("arn:aws:y:::c/b"), Some(true));
        assert_eq!(without_variables("${a}-${b}x${"), "*-*x${");
    }
}
