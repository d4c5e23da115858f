//! The wasm as text for a JavaScript file, so that it compresses better than the bytes themselves.
//!
//! What stands beside an instruction says little about its operands: brotli does better where all indices of locals follow
//! each other, and all offsets, and all instructions. So the code is taken apart into streams of numbers, one for each kind
//! of operand, and `pkg-template/src/unpack.wat` puts it together again. base64 would hide what repeats, because a byte
//! begins at each of three places in it; here a number is one letter or a few, all of them plain ASCII for every bundler.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};

/// Ends each stream.
const END: char = '#';
/// Begins the number of a byte among letters that stand for themselves. With this one, small bytes have two letters.
const ESCAPE: char = '}';
/// So many letters end a number; the others stand before them.
const LAST: u64 = 60;

/// Letters: printable ASCII without what a string of JavaScript or HTML would escape.
fn letters() -> Vec<char> {
    ('%'..='~').filter(|letter| !"<\\`".contains(*letter)).collect()
}

/// The streams, in the order in which they stand. The number of one says in `Operands` where an instruction has its own
/// from; 0 that it has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stream {
    /// What comes before the code of the first function.
    Head,
    /// What comes after the code of the last one.
    Tail,
    /// Opcodes, from the most frequent to the rarest.
    Opcodes,
    /// For each of these the stream of its operands.
    Operands,
    /// The code: places among `Opcodes`.
    Code,
    /// What functions say of their locals.
    Locals,
    /// Rare operands: how many bytes, and the bytes.
    Rare,
    /// Numbers as bytes: the last is below 128, the others are not.
    BlockType,
    I32,
    /// Those that the next instruction adds or subtracts, and those before what 0xfc begins.
    I32Added,
    I64,
    /// Numbers.
    Offset,
    Break,
    BreakIf,
    Call,
    Local,
    LocalSet,
    Global,
}

impl Stream {
    const COUNT: usize = Stream::Global as usize + 1;
    const NONE: u64 = 0;
    const NUMBERS: u64 = Stream::Offset as u64;

    /// Of the operands of an instruction, if it has any.
    fn of(opcode: u8) -> Result<Option<Stream>> {
        Ok(Some(match opcode {
            0x02..=0x04 => Stream::BlockType,
            0x0c => Stream::Break,
            0x0d => Stream::BreakIf,
            0x10 => Stream::Call,
            0x20 | 0x22 => Stream::Local,
            0x21 => Stream::LocalSet,
            0x23 | 0x24 => Stream::Global,
            0x28..=0x3e => Stream::Offset,
            0x41 => Stream::I32,
            0x42 => Stream::I64,
            0x0e | 0x11 | 0x1c | 0x25 | 0x26 | 0x3f | 0x40 | 0x43 | 0x44 | 0xd0 | 0xd2 | 0xfc => {
                Stream::Rare
            }
            0x00 | 0x01 | 0x05 | 0x0b | 0x0f | 0x1a | 0x1b | 0x45..=0xc4 | 0xd1 => return Ok(None),
            other => bail!("an instruction of the wasm is unknown: {other:#x}"),
        }))
    }
}

/// Reads a module.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8> {
        let Some(byte) = self.bytes.get(self.at) else { bail!("the wasm ends too soon") };
        self.at += 1;
        Ok(*byte)
    }

    /// A number without a sign (LEB128), which must not be longer than need be.
    fn number(&mut self) -> Result<u64> {
        let begin = self.at;
        let number = self.any_number()?;
        ensure!(
            leb(number) == self.bytes[begin..self.at],
            "a number of the wasm is longer than need be"
        );
        Ok(number)
    }

    fn any_number(&mut self) -> Result<u64> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            number |= u64::from(byte & 127) << shift;
            shift += 7;
            if byte < 128 {
                return Ok(number);
            }
        }
    }

    fn since(&self, begin: usize) -> impl Iterator<Item = u64> + use<'a> {
        self.bytes[begin..self.at].iter().map(|byte| u64::from(*byte))
    }

    /// Skips the operands of an instruction that has rare ones.
    fn rare(&mut self, opcode: u8) -> Result<()> {
        let numbers = match opcode {
            0x0e => self.number()? + 1,
            0x11 => 2,
            0x1c => self.number()?,
            0x43 | 0x44 => {
                self.at += if opcode == 0x43 { 4 } else { 8 };
                0
            }
            0xfc => match self.number()? {
                0..=7 => 0,
                8 | 10 | 12 | 14 => 2,
                9 | 11 | 13 | 15..=17 => 1,
                other => bail!("an instruction of the wasm is unknown: 0xfc {other}"),
            },
            _ => 1,
        };
        for _ in 0..numbers {
            self.any_number()?;
        }
        Ok(())
    }
}

fn leb(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 127 {
        bytes.push(number as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// The size of a function as it is written when it is put together: in four bytes, because it is known only afterwards.
const SIZE: usize = 4;

/// Takes a module apart.
fn streams(wasm: &[u8]) -> Result<Vec<Vec<u64>>> {
    let mut streams = vec![Vec::new(); Stream::COUNT];
    let mut reader = Reader { bytes: wasm, at: 8 };
    let (begin, size) = loop {
        let begin = reader.at + 1;
        let section = reader.byte()?;
        let size = reader.number()? as usize;
        if section == 10 {
            break (begin, size);
        }
        reader.at += size;
    };
    let end = reader.at + size;
    let count_at = reader.at;
    let functions = reader.number()?;
    let code_at = reader.at;
    let mut new_size = code_at - count_at;
    let mut opcodes = Vec::new();
    for _ in 0..functions {
        let size = reader.number()? as usize;
        new_size += SIZE + size;
        function(&mut reader, size, &mut streams, &mut opcodes)?;
    }
    ensure!(reader.at == end, "the code of the wasm ends elsewhere");
    let head = [&wasm[..begin], &leb(new_size as u64), &wasm[count_at..code_at]].concat();
    streams[Stream::Head as usize] = head.into_iter().map(u64::from).collect();
    streams[Stream::Tail as usize] = wasm[end..].iter().map(|byte| u64::from(*byte)).collect();

    let mut counts = BTreeMap::new();
    for opcode in &opcodes {
        *counts.entry(*opcode).or_insert(0_usize) += 1;
    }
    let mut order: Vec<u8> = counts.keys().copied().collect();
    order.sort_by_key(|opcode| std::cmp::Reverse(counts[opcode]));
    let place: BTreeMap<u8, u64> = order.iter().copied().zip(0..).collect();
    streams[Stream::Code as usize] = opcodes.iter().map(|opcode| place[opcode]).collect();
    for opcode in &order {
        let operands = Stream::of(*opcode)?.map_or(Stream::NONE, |stream| stream as u64);
        streams[Stream::Operands as usize].push(operands);
    }
    streams[Stream::Opcodes as usize] = order.into_iter().map(u64::from).collect();
    Ok(streams)
}

fn function(
    reader: &mut Reader,
    size: usize,
    streams: &mut [Vec<u64>],
    opcodes: &mut Vec<u8>,
) -> Result<()> {
    let end = reader.at + size;
    let groups = reader.number()?;
    streams[Stream::Locals as usize].push(groups);
    for _ in 0..2 * groups {
        streams[Stream::Locals as usize].push(reader.number()?);
    }
    let mut depth = 1;
    while depth > 0 {
        let opcode = reader.byte()?;
        opcodes.push(opcode);
        depth += i32::from((0x02..=0x04).contains(&opcode)) - i32::from(opcode == 0x0b);
        let Some(mut stream) = Stream::of(opcode)? else { continue };
        if stream == Stream::Offset {
            ensure!(reader.byte()? == 0, "an access of the wasm has a hint of alignment");
        }
        let begin = reader.at;
        if stream as u64 >= Stream::NUMBERS {
            streams[stream as usize].push(reader.number()?);
            continue;
        }
        if stream == Stream::Rare {
            reader.rare(opcode)?;
            streams[stream as usize].push((reader.at - begin) as u64);
        } else {
            reader.any_number()?;
        }
        if stream == Stream::I32 && is_sum(reader.bytes.get(reader.at)) {
            stream = Stream::I32Added;
        }
        streams[stream as usize].extend(reader.since(begin));
    }
    ensure!(reader.at == end, "a function of the wasm ends elsewhere");
    Ok(())
}

/// Whether constants before this instruction are mostly offsets and sizes.
fn is_sum(opcode: Option<&u8>) -> bool {
    matches!(opcode, Some(0x6a | 0x6b | 0xfc))
}

/// The streams, one after the other.
pub(crate) fn text(wasm: &[u8]) -> Result<String> {
    let mut text = String::new();
    for (stream, numbers) in streams(wasm)?.iter().enumerate() {
        text += &if stream == Stream::Tail as usize { legible(numbers) } else { written(numbers) };
        text.push(END);
    }
    Ok(text)
}

/// Bytes of which most are texts: a letter is itself, because the same words are in the JavaScript around it. For another byte
/// stands a number that begins with [`ESCAPE`], of which only the last eight bits count.
fn legible(bytes: &[u64]) -> String {
    let escaped = |byte: &u64| {
        let mut numbers = (*byte..).step_by(256).map(|number| written(&[number]));
        numbers.find(|text| text.starts_with(ESCAPE)).unwrap_or_default()
    };
    let text = |byte: &u64| match u8::try_from(*byte) {
        Ok(letter @ b' '..=b'z') if !b"\"#$<\\`".contains(&letter) => {
            char::from(letter).to_string()
        }
        _ => escaped(byte),
    };
    bytes.iter().map(text).collect()
}

/// Bytes as two digits each.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Numbers: the last letter of each is one of the first 60, and the higher digits are of the others.
fn written(numbers: &[u64]) -> String {
    let letters = letters();
    let others = letters.len() as u64 - LAST;
    let mut text = String::new();
    for number in numbers {
        let mut high = number / LAST;
        let begin = text.len();
        while high > 0 {
            text.insert(begin, letters[(LAST + high % others) as usize]);
            high /= others;
        }
        text.push(letters[(number % LAST) as usize]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `pkg-template/src/unpack.wat` reads it.
    fn read(text: &str) -> Vec<Vec<u64>> {
        let letters = letters();
        let stream = |text: &str| {
            let (mut numbers, mut high) = (Vec::new(), 0);
            for letter in text.chars() {
                let digit = letters.iter().position(|known| *known == letter).expect("a letter");
                let digit = digit as u64;
                if digit < LAST {
                    numbers.push(high * LAST + digit);
                    high = 0;
                } else {
                    high = high * (letters.len() as u64 - LAST) + digit - LAST;
                }
            }
            numbers
        };
        text.split_terminator(END).map(stream).collect()
    }

    #[test]
    fn legible_bytes_are_themselves_and_the_others_numbers() {
        let bytes: Vec<u64> = (0..256).collect();
        let text = legible(&bytes);
        assert!(text.chars().all(|c| (' '..='}').contains(&c) && !"\"\\`$<#".contains(c)));
        let (mut rest, mut read_again) = (text.as_str(), Vec::new());
        while let Some(letter) = rest.chars().next() {
            let letters = letters();
            let ends = |c: char| letters.iter().position(|l| *l == c).expect("a letter") < 60;
            let escaped = letter == ESCAPE;
            let length = if escaped { rest.find(ends).expect("the last letter") + 1 } else { 1 };
            let (one, others) = rest.split_at(length);
            let byte = if escaped { read(one)[0][0] % 256 } else { u64::from(u32::from(letter)) };
            read_again.push(byte);
            rest = others;
        }
        assert_eq!(read_again, bytes);
    }

    #[test]
    fn numbers_that_were_written_are_read_again() {
        let numbers: Vec<u64> = (0..5_000).chain([87 * 87 * 87, 1 << 40]).collect();
        let text = [&written(&numbers)[..], "#", &written(&[]), "#", &written(&[0]), "#"].concat();
        assert_eq!(read(&text), [numbers, vec![], vec![0]]);
    }

    #[test]
    fn the_text_has_nothing_that_a_bundler_would_escape() {
        let text = written(&(0..50_000).collect::<Vec<u64>>());
        assert!(text.chars().all(|c| (' '..='~').contains(&c) && !"\"\\`$<#".contains(c)));
    }

    /// A module with one section, that of the code, of two functions with these bodies.
    fn module(bodies: [&[u8]; 2]) -> Vec<u8> {
        let mut code = vec![2];
        for body in bodies {
            code.extend(leb(body.len() as u64));
            code.extend(body);
        }
        [&b"\0asm\x01\0\0\0"[..], &[10], &leb(code.len() as u64)[..], &code, &[11, 1, 0]].concat()
    }

    /// Nothing but `end`, and one that loads from 200 bytes behind its local 3, adds -300 and branches by a table.
    const SMALL: &[u8] = &[0, 0x0b];
    const LARGE: &[u8] = &[
        1, 2, 0x7f, 0x02, 0x40, 0x20, 3, 0x28, 0, 0xc8, 1, 0x41, 0xd4, 0x7d, 0x6a, 0x0e, 1, 0, 1,
        0x0b, 0x0b,
    ];

    #[test]
    fn the_operands_of_each_kind_follow_each_other() {
        let streams = streams(&module([SMALL, LARGE])).expect("a module");
        let of = |stream: Stream| &streams[stream as usize][..];
        assert_eq!(
            of(Stream::Head)[8..],
            [10, 2 * 4 + 1 + SMALL.len() as u64 + LARGE.len() as u64, 2]
        );
        assert_eq!(of(Stream::Tail), [11, 1, 0]);
        let code: Vec<u64> =
            of(Stream::Code).iter().map(|at| of(Stream::Opcodes)[*at as usize]).collect();
        assert_eq!(code, [0x0b, 0x02, 0x20, 0x28, 0x41, 0x6a, 0x0e, 0x0b, 0x0b]);
        assert_eq!((of(Stream::Opcodes)[0], of(Stream::Operands)[0]), (0x0b, 0));
        assert_eq!(of(Stream::Locals), [0, 1, 2, 0x7f]);
        assert_eq!(of(Stream::Rare), [3, 1, 0, 1]);
        assert_eq!(of(Stream::BlockType), [0x40]);
        assert_eq!((of(Stream::I32), of(Stream::I32Added)), (&[][..], &[0xd4, 0x7d][..]));
        assert_eq!((of(Stream::Offset), of(Stream::Local)), (&[200][..], &[3][..]));
    }

    #[test]
    fn what_would_be_put_together_as_another_module_is_refused() {
        let refused =
            |body: &[u8]| streams(&module([SMALL, body])).expect_err("refused").to_string();
        assert!(refused(&[0, 0x20, 0, 0x28, 2, 0, 0x1a, 0x0b]).contains("alignment"));
        assert!(refused(&[0, 0x20, 0x80, 0, 0x1a, 0x0b]).contains("longer than need be"));
        assert!(refused(&[0, 0x08, 0, 0x0b]).contains("unknown: 0x8"));
        assert!(refused(&[0, 0x0b, 0x0b]).contains("ends elsewhere"));
    }
}
