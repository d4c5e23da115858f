//! A place in a template's source.

/// The text that is left, and where in the whole it stands.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    source: &'a str,
    position: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self { source, position: 0 }
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.source[self.position..]
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// What has been read since a position.
    pub(super) fn since(&self, position: usize) -> &'a str {
        &self.source[position..self.position]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn advance(&mut self, bytes: usize) {
        self.position += bytes;
    }

    /// Reads one character, whatever it is.
    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.advance(c.len_utf8());
        Some(c)
    }

    /// Reads this text if it comes next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.advance(text.len());
        }
        found
    }

    /// Reads while characters match.
    pub(super) fn take_while(&mut self, matches: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !matches(c)).unwrap_or(rest.len());
        self.advance(end);
        &rest[..end]
    }

    pub(super) fn skip_spaces(&mut self) {
        self.take_while(char::is_whitespace);
    }

    /// Reads an identifier (VTL reference, "Variables"): a letter or `_`, then letters, digits, `_` and `-`.
    pub(super) fn identifier(&mut self) -> Option<&'a str> {
        let starts = |c: char| c.is_ascii_alphabetic() || c == '_';
        self.peek().filter(|c| starts(*c))?;
        Some(self.take_while(|c| starts(c) || c.is_ascii_digit() || c == '-'))
    }

    /// A fault at this place.
    pub(super) fn fault(&self, what: impl std::fmt::Display) -> String {
        let line = self.source[..self.position].matches('\n').count() + 1;
        format!("line {line}: {what}")
    }
}
