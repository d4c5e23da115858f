//! The wasm as text for a JavaScript file, so that it compresses nearly as well as the bytes themselves.
//!
//! base64 puts three bytes into four characters, so that a repeated piece of code looks different at each of three
//! offsets, and brotli and gzip find it only where it falls the same way. Here a byte is one character, or two for
//! the larger ones: a fifth smaller than base64 once it is compressed, and still plain ASCII for every bundler.

/// Characters that say by themselves that the next one is of the second or third page of bytes. Brotli tells them, and
/// what follows them, from all others.
const PAGES: [char; 2] = [' ', '!'];

/// What stands for a byte within its page: printable ASCII without what a string of JavaScript or HTML would escape.
fn letters() -> Vec<char> {
    ('%'..='~').filter(|letter| !"<\\`".contains(*letter)).collect()
}

/// Each byte is the letter with its number, after a space if that is beyond the letters and after `!` if it is beyond
/// them twice. Numbers by frequency would need fewer of these, and a table of as many bytes as that saves.
pub(crate) fn text(bytes: &[u8]) -> String {
    let letters = letters();
    let mut text = String::new();
    for byte in bytes {
        let number = usize::from(*byte);
        if let Some(page) = (number / letters.len()).checked_sub(1) {
            text.push(PAGES[page]);
        }
        text.push(letters[number % letters.len()]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `pkg-template/src/inlined.ts` reads it.
    fn read(text: &str) -> Vec<u8> {
        let mut page = 0;
        let mut bytes = Vec::new();
        for code in text.bytes() {
            if code < b'%' {
                page = 87 * (code - 31);
            } else {
                let gaps = [b'<', b'\\', b'`'].into_iter().filter(|gap| code > *gap).count();
                bytes.push(page + code - b'%' - gaps as u8);
                page = 0;
            }
        }
        bytes
    }

    #[test]
    fn what_was_written_as_text_is_read_again_byte_for_byte() {
        let all: Vec<u8> = (0..=255).chain((0..100).flat_map(|count| vec![7; count])).collect();
        for bytes in [&all[..], &[], &[0], b"\0asm\x01\0\0\0"] {
            assert_eq!(read(&text(bytes)), bytes);
        }
    }

    #[test]
    fn the_text_has_nothing_that_a_bundler_would_escape() {
        let all: Vec<u8> = (0..=255).collect();
        assert!(text(&all).chars().all(|c| (' '..='~').contains(&c) && !"\"\\`$<".contains(c)));
    }
}
