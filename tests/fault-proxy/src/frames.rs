//! Where the frames of a WebSocket begin and end in a stream of bytes (RFC 6455, section 5.2).

/// Follows one direction of a connection: the head of the handshake, then frames.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frames {
    place: Place,
}

#[derive(Clone, Debug)]
enum Place {
    /// In the handshake, with so many bytes of its end seen.
    Handshake(usize),
    /// Between two frames.
    Between,
    /// In the head of a frame, of which these bytes have come.
    Head(Vec<u8>),
    /// In a payload, with so much to come.
    Payload(u64),
}

impl Default for Place {
    fn default() -> Self {
        Place::Handshake(0)
    }
}

const END_OF_HANDSHAKE: &[u8] = b"\r\n\r\n";

impl Frames {
    /// Moves on by these bytes.
    pub(crate) fn pass(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.pass_one(*byte);
        }
    }

    /// How many of the next bytes to let through so that the stream ends within a frame; none where that can't be.
    pub(crate) fn cut(&self, bytes: &[u8]) -> Option<usize> {
        let mut ahead = self.clone();
        let inside = bytes.iter().enumerate().filter_map(|(index, byte)| {
            ahead.pass_one(*byte);
            ahead.is_inside().then_some(index + 1)
        });
        let inside: Vec<usize> = inside.collect();
        inside.get(inside.len() / 2).copied()
    }

    fn is_inside(&self) -> bool {
        matches!(self.place, Place::Head(_) | Place::Payload(_))
    }

    fn pass_one(&mut self, byte: u8) {
        self.place = match std::mem::take(&mut self.place) {
            Place::Handshake(seen) => {
                let seen = if byte == END_OF_HANDSHAKE[seen] {
                    seen + 1
                } else {
                    usize::from(byte == END_OF_HANDSHAKE[0])
                };
                if seen == END_OF_HANDSHAKE.len() { Place::Between } else { Place::Handshake(seen) }
            }
            Place::Between => Place::Head(vec![byte]),
            Place::Head(mut head) => {
                head.push(byte);
                match payload(&head) {
                    None => Place::Head(head),
                    Some(0) => Place::Between,
                    Some(length) => Place::Payload(length),
                }
            }
            Place::Payload(1) => Place::Between,
            Place::Payload(left) => Place::Payload(left - 1),
        };
    }
}

/// The length of a frame's payload, if its head is whole.
fn payload(head: &[u8]) -> Option<u64> {
    let [_, second, rest @ ..] = head else { return None };
    let mask = if second & 0x80 == 0 { 0 } else { 4 };
    let (wide, short) = match second & 0x7f {
        126 => (2, None),
        127 => (8, None),
        short => (0, Some(u64::from(short))),
    };
    if rest.len() < wide + mask {
        return None;
    }
    let long = rest[..wide].iter().fold(0, |length, byte| length << 8 | u64::from(*byte));
    Some(short.unwrap_or(long))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of the server, or of a client where it has a mask.
    fn frame(length: usize, masked: bool) -> Vec<u8> {
        let mask = if masked { 0x80 } else { 0 };
        let mut bytes = vec![0x81];
        match length {
            0..126 => bytes.push(mask | length as u8),
            126..65536 => {
                bytes.push(mask | 126);
                bytes.extend((length as u16).to_be_bytes());
            }
            _ => {
                bytes.push(mask | 127);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        bytes.extend([7; 4].iter().take(if masked { 4 } else { 0 }));
        bytes.extend(vec![b'x'; length]);
        bytes
    }

    fn after_the_handshake() -> Frames {
        let mut frames = Frames::default();
        frames.pass(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n");
        frames
    }

    #[test]
    fn every_length_of_frame_is_followed_to_its_end() {
        for masked in [false, true] {
            for length in [0, 1, 125, 126, 65_535, 65_536] {
                let mut frames = after_the_handshake();
                assert!(!frames.is_inside());
                let bytes = frame(length, masked);
                frames.pass(&bytes[..bytes.len() - 1]);
                assert!(frames.is_inside(), "{length}");
                frames.pass(&bytes[bytes.len() - 1..]);
                assert!(!frames.is_inside(), "{length}");
            }
        }
    }

    #[test]
    fn a_cut_is_within_a_frame_and_never_between_two() {
        let mut frames = after_the_handshake();
        let one = frame(3, true);
        let three = one.repeat(3);
        let cut = frames.cut(&three).expect("there is room in every frame");
        assert_ne!(cut % one.len(), 0);
        frames.pass(&three[..cut]);
        assert!(frames.is_inside());
    }

    #[test]
    fn a_handshake_is_not_cut() {
        let frames = Frames::default();
        assert_eq!(frames.cut(b"GET / HTTP/1.1\r\nHost: a\r\n"), None);
        let request_and_frame = [b"GET / HTTP/1.1\r\n\r\n".as_slice(), &frame(10, true)].concat();
        assert!(frames.cut(&request_and_frame).is_some_and(|cut| cut > 18));
    }
}
