//! Follows the frames of HTTP/2 in bytes that pass by, however they are cut.

/// The head of a frame.
pub(super) const HEAD: usize = 9;

/// What a client sends before its first frame.
const PREFACE: usize = 24;

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PUSH_PROMISE: u8 = 5;
pub(super) const GOAWAY: u8 = 7;
pub(super) const CONTINUATION: u8 = 9;

/// Of DATA and HEADERS.
pub(super) const END_STREAM: u8 = 1;
/// Of SETTINGS.
pub(super) const ACK: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;
pub(super) const PADDED: u8 = 8;
pub(super) const PRIORITIZED: u8 = 32;

/// What the head of a frame says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) stream: u32,
    pub(super) length: usize,
}

impl Head {
    pub(super) fn of(bytes: [u8; HEAD]) -> Head {
        let [a, b, c, kind, flags, s, t, u, v] = bytes;
        let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        Head { kind, flags, stream: u32::from_be_bytes([s & 0x7f, t, u, v]), length }
    }

    pub(super) fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    pub(super) fn to_bytes(self) -> [u8; HEAD] {
        let [_, a, b, c] = (self.length as u32).to_be_bytes();
        let [s, t, u, v] = self.stream.to_be_bytes();
        [a, b, c, self.kind, self.flags, s, t, u, v]
    }
}

/// A piece of what passed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A frame begins.
    Head(Head),
    /// A part of its payload.
    Payload(&'a [u8]),
}

/// Where in a sequence of frames a stream stands.
#[derive(Debug)]
pub(super) struct Frames {
    preface: usize,
    head: [u8; HEAD],
    held: usize,
    payload: usize,
    begun: bool,
    /// Whether a block of header fields goes on in the next frame; nothing else may come before that.
    within_block: bool,
}

impl Frames {
    pub(super) fn of_server() -> Frames {
        Frames { preface: 0, head: [0; HEAD], held: 0, payload: 0, begun: false, within_block: false }
    }

    pub(super) fn of_client() -> Frames {
        Frames { preface: PREFACE, ..Frames::of_server() }
    }

    /// Takes the next piece from the beginning of what passes.
    pub(super) fn next<'a>(&mut self, bytes: &mut &'a [u8]) -> Option<Piece<'a>> {
        if self.preface > 0 {
            let skipped = take(bytes, self.preface);
            self.preface -= skipped.len();
        }
        if self.payload > 0 {
            let payload = take(bytes, self.payload);
            self.payload -= payload.len();
            return (!payload.is_empty()).then_some(Piece::Payload(payload));
        }
        let part = take(bytes, HEAD - self.held);
        self.head[self.held..self.held + part.len()].copy_from_slice(part);
        self.held += part.len();
        self.begun |= self.held > 0;
        if self.held < HEAD {
            return None;
        }
        self.held = 0;
        let head = Head::of(self.head);
        self.payload = head.length;
        if matches!(head.kind, HEADERS | PUSH_PROMISE | CONTINUATION) {
            self.within_block = !head.has(END_HEADERS);
        }
        Some(Piece::Head(head))
    }

    /// Follows what passes, where nobody cares what it is.
    pub(super) fn follow(&mut self, mut bytes: &[u8]) {
        while self.next(&mut bytes).is_some() {}
    }

    /// Whether a frame of ours may come next. The first one is never ours.
    pub(super) fn between(&self) -> bool {
        self.begun && self.payload == 0 && self.held == 0 && !self.within_block
    }
}

fn take<'a>(bytes: &mut &'a [u8], most: usize) -> &'a [u8] {
    let (now, later) = bytes.split_at(most.min(bytes.len()));
    *bytes = later;
    now
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let head = Head { kind, flags, stream, length: payload.len() };
        [&head.to_bytes()[..], payload].concat()
    }

    #[test]
    fn the_place_between_frames_is_found_however_they_are_cut() {
        let parts = [
            frame(SETTINGS, 0, 0, &[]),
            frame(DATA, END_STREAM, 1, &[7; 3]),
            [frame(HEADERS, 0, 3, &[8; 2]), frame(CONTINUATION, END_HEADERS, 3, &[])].concat(),
            frame(GOAWAY, 0, 0, &[0; 8]),
        ];
        let bytes = parts.concat();
        let mut end = 0;
        let ends = parts.map(|part| {
            end += part.len();
            end
        });
        for step in 1..=bytes.len() {
            let (mut frames, mut at) = (Frames::of_server(), 0);
            assert!(!frames.between(), "the first frame is not ours");
            for piece in bytes.chunks(step) {
                frames.follow(piece);
                at += piece.len();
                assert_eq!(frames.between(), ends.contains(&at), "step {step}, at {at}");
            }
        }
    }

    type Frame = (u8, u8, u32, Vec<u8>);

    fn seen(frames: &mut Frames, mut bytes: &[u8], seen: &mut Vec<Frame>) {
        while let Some(piece) = frames.next(&mut bytes) {
            match piece {
                Piece::Head(head) => {
                    seen.push((head.kind, head.flags, head.stream, Vec::with_capacity(head.length)));
                }
                Piece::Payload(more) => seen.last_mut().unwrap().3.extend_from_slice(more),
            }
        }
    }

    proptest! {
        #[test]
        fn frames_are_the_same_however_they_are_cut(
            sent in prop::collection::vec((0..12_u8, any::<u8>(), 0..1_u32 << 31, prop::collection::vec(any::<u8>(), 0..40)), 0..8),
            cuts in prop::collection::vec(1..20_usize, 1..30),
        ) {
            let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
            for (kind, flags, stream, payload) in &sent {
                bytes.extend(frame(*kind, *flags, *stream, payload));
            }
            let (mut frames, mut came, mut rest) = (Frames::of_client(), Vec::new(), &bytes[..]);
            for cut in cuts.iter().cycle() {
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                seen(&mut frames, now, &mut came);
                rest = later;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(came, sent);
        }
    }
}
