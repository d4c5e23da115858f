//! How variables are written: `${source, fallback}`.

use super::super::node::{Node, Value};

/// Where a variable's value can come from. `${AWS::Region}` and `${Resource.Attribute}` are CloudFormation's.
const SOURCES: [&str; 18] = [
    "self",
    "opt",
    "env",
    "sls",
    "aws",
    "param",
    "file",
    "strToBool",
    "ssm",
    "cf",
    "s3",
    "output",
    "state",
    "git",
    "terraform",
    "vault",
    "doppler",
    "azureKeyVault",
];

/// A piece of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'t> {
    /// As it is.
    Text(&'t str),
    /// The inside of `${}`.
    Variable(&'t str),
}

/// Takes a text apart.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut kept, mut from) = (0, 0);
    while let Some(found) = text[from..].find("${") {
        let start = from + found;
        from = start + 2;
        let Some(length) = closing(&text[from..]) else { continue };
        let content = &text[from..from + length];
        if is_variable(content) {
            if kept < start {
                parts.push(Part::Text(&text[kept..start]));
            }
            parts.push(Part::Variable(content));
            from += length + 1;
            kept = from;
        }
    }
    if kept < text.len() || parts.is_empty() {
        parts.push(Part::Text(&text[kept..]));
    }
    parts
}

/// Where the `}` is that closes what was opened before this text.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn is_variable(content: &str) -> bool {
    let content = content.trim_start();
    let name = content.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let rest = &content[name.len()..];
    SOURCES.contains(&name)
        && (rest.starts_with('(') || rest.starts_with(':') && !rest.starts_with("::"))
}

/// The sources of a variable, first to last: commas in quotes, brackets and variables do not part them.
pub(super) fn sources(content: &str) -> Vec<&str> {
    let mut sources = Vec::new();
    let (mut depth, mut quote, mut start) = (0_usize, None, 0);
    for (at, c) in content.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '{' | '(') => depth += 1,
            (None, '}' | ')') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                sources.push(content[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    sources.push(content[start..].trim());
    sources
}

/// A value that is written out: quoted text, a number, true, false or null.
pub(super) fn literal(source: &str, line: usize) -> Option<Node> {
    for quote in ['\'', '"'] {
        let inside = source.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        if let Some(inside) = inside {
            return Some(Node::text(line, inside));
        }
    }
    let is_plain =
        matches!(source, "true" | "false" | "null" | "") || source.parse::<f64>().is_ok();
    is_plain.then(|| Node { line, value: Value::Scalar { text: source.to_owned(), plain: true } })
}

/// `kind(argument):address`.
pub(super) fn split_source(source: &str) -> (&str, Option<&str>, &str) {
    let end = source.find([':', '(']).unwrap_or(source.len());
    let (kind, rest) = source.split_at(end);
    match rest.strip_prefix('(').and_then(|inside| inside.split_once(')')) {
        Some((argument, rest)) => (kind, Some(argument.trim()), rest.trim_start_matches(':')),
        None => (kind, None, rest.trim_start_matches(':')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_told_from_cloudformations_own() {
        use Part::{Text, Variable};
        assert_eq!(
            parts("a-${opt:stage, 'dev'}-${AWS::Region}-${Table.Arn}${self:a.${sls:stage}.b}"),
            [
                Text("a-"),
                Variable("opt:stage, 'dev'"),
                Text("-${AWS::Region}-${Table.Arn}"),
                Variable("self:a.${sls:stage}.b"),
            ]
        );
        assert_eq!(parts("${opt:stage"), [Text("${opt:stage")]);
        assert_eq!(parts(""), [Text("")]);
    }

    #[test]
    fn sources_are_parted_at_commas_outside_of_quotes_and_brackets() {
        assert_eq!(sources("opt:a, 'x, y', ${self:b, 1}"), ["opt:a", "'x, y'", "${self:b, 1}"]);
        assert_eq!(split_source("file(./a.yml):b.c"), ("file", Some("./a.yml"), "b.c"));
        assert_eq!(split_source("self:b"), ("self", None, "b"));
    }
}
