//! Text with `*` for any characters and `?` for one, as policies write actions, resources and values.

use std::str::Chars;

/// Whether the whole text fits the pattern, where `same` compares two characters.
///
/// A `*` goes beyond `/` and `:`, as the IAM User Guide says of resources ("IAM JSON policy elements:
/// Resource").
pub(crate) fn fits(pattern: &str, text: &str, same: fn(char, char) -> bool) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // Where to go on when what follows the last `*` does not fit: that `*` takes one character more.
    let mut retry: Option<(Chars<'_>, Chars<'_>)> = None;
    loop {
        let here = text.clone();
        match (pattern.next(), text.next()) {
            (Some('*'), _) => {
                retry = Some((pattern.clone(), here.clone()));
                text = here;
            }
            (Some('?'), Some(_)) => {}
            (Some(expected), Some(found)) if same(expected, found) => {}
            (None, None) => return true,
            _ => {
                let Some((after, from)) = &mut retry else { return false };
                if from.next().is_none() {
                    return false;
                }
                pattern = after.clone();
                text = from.clone();
            }
        }
    }
}

/// Equal characters.
pub(crate) fn exact(a: char, b: char) -> bool {
    a == b
}

/// Characters that are equal but for their case.
pub(super) fn any_case(a: char, b: char) -> bool {
    a.eq_ignore_ascii_case(&b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_as_in_policies() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "a/b:c", true),
            ("?", "", false),
            ("?", "é", true),
            ("a*c", "abbbc", true),
            ("a*c", "abcb", false),
            ("*ab*ab", "ababab", true),
            ("a?c*", "abc", true),
            ("a**", "a", true),
            ("*b", "abab", true),
            ("a.c", "abc", false),
            ("*?", "", false),
            ("{connectionId}", "{connectionId}", true),
        ] {
            assert_eq!(fits(pattern, text, exact), expected, "{pattern} {text}");
        }
        assert!(fits("EXECUTE-api:*", "execute-API:Invoke", any_case));
        assert!(!fits("A", "a", exact));
    }

    #[test]
    fn a_hostile_pattern_takes_no_longer_than_its_length_times_the_text() {
        let pattern = "*a".repeat(2000);
        let text = "a".repeat(4000) + "b";
        assert!(!fits(&pattern, &text, exact));
    }
}
