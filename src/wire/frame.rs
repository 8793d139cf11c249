//! The frame: 24 bytes of head, then a message or a piece of one.
//!
//! | offset | bytes | |
//! |---|---|---|
//! | 0 | 4 | bytes that follow the head |
//! | 4 | 1 | what it is: [`Kind`] |
//! | 5 | 1 | flags |
//! | 6 | 2 | spare, 0 |
//! | 8 | 8 | the id of the call: slot and generation, chosen by the caller, repeated in the answer |
//! | 16 | 4 | in a request: milliseconds until its deadline |
//! | 20 | 4 | bytes of the meta part; in a piece: bytes of the message that are still to come behind it |
//!
//! Numbers are little-endian. A message of at most [`line::PIECE_BYTES`](super::line::PIECE_BYTES) is one frame. A
//! larger one begins with a frame that has the flag [`MORE`], and goes on in pieces, which other frames may come
//! between. Frames of an unknown kind are skipped.

use super::malformed::Malformed;

/// Bytes of a head.
pub const HEAD_BYTES: usize = 24;

/// Bytes behind a head at most. More than a peer of this version sends, so that later ones may send more.
pub const FRAME_BYTES: usize = 1024 * 1024;

/// Where the kind stands in a head.
pub(super) const KIND_AT: usize = 4;

/// Flag of a first frame: pieces of the same message follow.
pub const MORE: u8 = 1;

/// Flag of a piece: its message is given up, and nothing more of it will come.
pub const ABORT: u8 = 2;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing: a frame that was called back while it waited.
    Void,
    /// Asks for an operation.
    Request,
    /// Answers it.
    Reply,
    /// Goes on with a message.
    Piece,
    /// From the store, first of all: who it is.
    Hello,
    /// From the store: send no more on this line, and end it.
    GoAway,
    /// Something that a later version knows.
    Unknown(u8),
}

impl Kind {
    /// The number that crosses.
    pub const fn code(self) -> u8 {
        match self {
            Kind::Void => 0,
            Kind::Request => 1,
            Kind::Reply => 2,
            Kind::Piece => 3,
            Kind::Hello => 4,
            Kind::GoAway => 5,
            Kind::Unknown(code) => code,
        }
    }

    const fn from_code(code: u8) -> Kind {
        match code {
            0 => Kind::Void,
            1 => Kind::Request,
            2 => Kind::Reply,
            3 => Kind::Piece,
            4 => Kind::Hello,
            5 => Kind::GoAway,
            code => Kind::Unknown(code),
        }
    }
}

/// The head of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Bytes that follow.
    pub bytes: u32,
    /// What it is.
    pub kind: Kind,
    /// [`MORE`], [`ABORT`].
    pub flags: u8,
    /// The call.
    pub id: u64,
    /// Milliseconds until the deadline of a request.
    pub deadline_ms: u32,
    /// Bytes of the meta part; in a piece: bytes still to come behind it.
    pub meta: u32,
}

impl Head {
    /// A head of nothing but a kind and an id.
    pub const fn bare(kind: Kind, id: u64) -> Head {
        Head { bytes: 0, kind, flags: 0, id, deadline_ms: 0, meta: 0 }
    }

    /// The bytes of the head.
    pub fn encode(&self) -> [u8; HEAD_BYTES] {
        let mut out = [0; HEAD_BYTES];
        out[0..4].copy_from_slice(&self.bytes.to_le_bytes());
        out[KIND_AT] = self.kind.code();
        out[5] = self.flags;
        out[8..16].copy_from_slice(&self.id.to_le_bytes());
        out[16..20].copy_from_slice(&self.deadline_ms.to_le_bytes());
        out[20..24].copy_from_slice(&self.meta.to_le_bytes());
        out
    }

    /// Reads a head; none where fewer than 24 bytes are there.
    ///
    /// # Errors
    /// Where a frame is longer than any frame is.
    pub fn decode(bytes: &[u8]) -> Result<Option<Head>, Malformed> {
        let Some(head) = bytes.first_chunk::<HEAD_BYTES>() else { return Ok(None) };
        let [
            b0,
            b1,
            b2,
            b3,
            kind,
            flags,
            _,
            _,
            i0,
            i1,
            i2,
            i3,
            i4,
            i5,
            i6,
            i7,
            d0,
            d1,
            d2,
            d3,
            m0,
            m1,
            m2,
            m3,
        ] = *head;
        let head = Head {
            bytes: u32::from_le_bytes([b0, b1, b2, b3]),
            kind: Kind::from_code(kind),
            flags,
            id: u64::from_le_bytes([i0, i1, i2, i3, i4, i5, i6, i7]),
            deadline_ms: u32::from_le_bytes([d0, d1, d2, d3]),
            meta: u32::from_le_bytes([m0, m1, m2, m3]),
        };
        if head.bytes as usize > FRAME_BYTES {
            return Err(Malformed::new(format!("a frame of {} bytes", head.bytes)));
        }
        Ok(Some(head))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn heads_come_back_as_they_were(bytes in 0..=FRAME_BYTES as u32, kind: u8, flags: u8, id: u64, deadline_ms: u32, meta: u32) {
            let head = Head { bytes, kind: Kind::from_code(kind), flags, id, deadline_ms, meta };
            prop_assert_eq!(Head::decode(&head.encode()), Ok(Some(head)));
        }

        #[test]
        fn any_24_bytes_are_a_head_or_refused(bytes: [u8; HEAD_BYTES]) {
            let head = Head::decode(&bytes);
            prop_assert!(head.is_err() || head.is_ok_and(|head| head.is_some()));
        }
    }
}
