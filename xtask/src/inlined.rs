//! The wasm as text for a JavaScript file, so that it compresses nearly as well as the bytes themselves.
//!
//! base64 puts three bytes into four characters, so that a repeated piece of code looks different at each of three
//! offsets, and brotli and gzip find it only where it falls the same way. Here a byte is one character, or two for
//! the rarer ones: a fifth smaller than base64 once it is compressed, and still plain ASCII for every bundler.

use std::fmt::Write;

/// Characters that say by themselves that the next one is of the second or third page of bytes.
const PAGES: [char; 2] = ['~', '}'];

/// What stands for a byte within its page: printable ASCII without what a string of JavaScript or HTML would escape.
fn letters() -> Vec<char> {
    (' '..='~').filter(|letter| !"\"\\`$<".contains(*letter) && !PAGES.contains(letter)).collect()
}

/// All bytes from the most frequent to the rarest in 512 hexadecimal digits, and then the bytes: each is the letter
/// with its place among them, after `~` if that is beyond the letters and after `}` if it is beyond them twice.
pub(crate) fn text(bytes: &[u8]) -> String {
    let letters = letters();
    let mut counts = [0_usize; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    let mut order: Vec<u8> = (0..=255).collect();
    order.sort_by_key(|byte| std::cmp::Reverse(counts[usize::from(*byte)]));
    let mut places = [0_usize; 256];
    let mut text = String::new();
    for (place, byte) in order.into_iter().enumerate() {
        places[usize::from(byte)] = place;
        // Can't fail: a String takes everything.
        let _ = write!(text, "{byte:02x}");
    }
    for byte in bytes {
        let place = places[usize::from(*byte)];
        if let Some(page) = (place / letters.len()).checked_sub(1) {
            text.push(PAGES[page]);
        }
        text.push(letters[place % letters.len()]);
    }
    text
}

/// Bytes as two digits each.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `pkg-template/src/unpack.wat` reads it.
    fn read(text: &str) -> Vec<u8> {
        let (table, body) = text.split_at(512);
        let table: Vec<u8> = (0..256)
            .map(|place| u8::from_str_radix(&table[2 * place..2 * place + 2], 16).expect("hex"))
            .collect();
        let letters = letters();
        let mut page = 0;
        let mut bytes = Vec::new();
        for letter in body.chars() {
            if let Some(found) = PAGES.iter().position(|mark| *mark == letter) {
                page = found + 1;
            } else {
                let place = letters.iter().position(|known| *known == letter).expect("a letter");
                bytes.push(table[page * letters.len() + place]);
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
