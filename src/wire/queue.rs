//! Messages that wait to leave on a line, and how they leave: small ones together, large ones in pieces between.

use std::collections::VecDeque;

use bytes::{Buf, Bytes, BytesMut};
use prost::Message;

use super::documents::Outgoing;
use super::frame::{ABORT, HEAD_BYTES, Head, KIND_AT, Kind, MORE};
use super::line::{CHUNK_BYTES, PARTIAL_BYTES, PIECE_BYTES};

/// Where a message stands in a queue, so that it can be called back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ticket {
    /// Among the small ones, at that byte since the line began.
    Small(u64),
    /// Among the large ones, under its id.
    Large,
}

/// The messages that wait.
///
/// Those that fit one frame leave in their order, all in one chunk; then one piece of
/// one of the others, in turn. So nothing small waits for more than one piece, however much waits beside it. Of the large
/// ones no more are begun than the other end takes in part.
#[derive(Debug, Default)]
pub struct Queue {
    small: BytesMut,
    /// Bytes of small frames that have left since the line began.
    left: u64,
    large: VecDeque<Large>,
    large_bytes: usize,
    /// Bytes of those that have left in part.
    begun_bytes: usize,
}

#[derive(Debug)]
struct Large {
    head: Head,
    begun: bool,
    parts: VecDeque<Bytes>,
    /// Bytes that have not left.
    rest: usize,
    /// Bytes of the whole; they count as waiting until the last of them has left.
    whole: usize,
}

impl Queue {
    /// Adds a message. `deadline_ms` is of a request.
    pub fn push<M: Message>(
        &mut self,
        kind: Kind,
        id: u64,
        deadline_ms: u32,
        message: &Outgoing<M>,
    ) -> Ticket {
        let meta = message.meta.encoded_len();
        let whole = meta + message.documents.iter().map(Bytes::len).sum::<usize>();
        let head = Head { bytes: whole as u32, kind, flags: 0, id, deadline_ms, meta: meta as u32 };
        if whole > PIECE_BYTES {
            let parts = std::iter::once(Bytes::from(message.meta.encode_to_vec()));
            let parts = parts.chain(message.documents.iter().cloned()).collect();
            self.large.push_back(Large { head, begun: false, parts, rest: whole, whole });
            self.large_bytes += whole;
            return Ticket::Large;
        }
        let ticket = Ticket::Small(self.left + self.small.len() as u64);
        self.small.reserve(HEAD_BYTES + whole);
        self.small.extend_from_slice(&head.encode());
        message.meta.encode_raw(&mut self.small);
        message.documents.iter().for_each(|document| self.small.extend_from_slice(document));
        ticket
    }

    /// Adds a frame that is no call.
    pub fn push_control(&mut self, kind: Kind, payload: &[u8]) {
        let head = Head { bytes: payload.len() as u32, meta: payload.len() as u32, ..Head::bare(kind, 0) };
        self.small.extend_from_slice(&head.encode());
        self.small.extend_from_slice(payload);
    }

    /// Takes what is to leave next; none where nothing waits.
    pub fn take(&mut self) -> Option<Bytes> {
        if self.small.len() <= CHUNK_BYTES {
            self.add_piece();
        }
        if self.small.is_empty() {
            return None;
        }
        let chunk = self.small.split_to(self.small.len().min(CHUNK_BYTES + HEAD_BYTES + PIECE_BYTES));
        self.left += chunk.len() as u64;
        Some(chunk.freeze())
    }

    /// Puts the next piece behind the small frames.
    fn add_piece(&mut self) {
        let room = PARTIAL_BYTES.saturating_sub(self.begun_bytes);
        let may_leave = |large: &Large| large.begun || large.whole <= room;
        let Some(at) = self.large.iter().position(may_leave) else { return };
        let Some(mut large) = self.large.remove(at) else { return };
        let bytes = large.rest.min(PIECE_BYTES);
        large.rest -= bytes;
        let head = if large.begun {
            let bare = Head::bare(Kind::Piece, large.head.id);
            Head { bytes: bytes as u32, meta: large.rest as u32, ..bare }
        } else {
            self.begun_bytes += large.whole;
            Head { bytes: bytes as u32, flags: MORE, ..large.head }
        };
        large.begun = true;
        self.small.reserve(HEAD_BYTES + bytes);
        self.small.extend_from_slice(&head.encode());
        large.move_to(&mut self.small, bytes);
        if large.rest > 0 {
            self.large.push_back(large);
        } else {
            self.large_bytes -= large.whole;
            self.begun_bytes -= large.whole;
        }
    }

    /// Calls a message back. True where the other end will never have it whole, and so does nothing about it.
    pub fn revoke(&mut self, id: u64, ticket: Ticket) -> bool {
        match ticket {
            Ticket::Small(at) => {
                let Some(offset) = at.checked_sub(self.left) else { return false };
                match self.small.get_mut(offset as usize + KIND_AT) {
                    Some(kind) => *kind = Kind::Void.code(),
                    None => return false,
                }
            }
            Ticket::Large => {
                let Some(at) = self.large.iter().position(|large| large.head.id == id) else { return false };
                let Some(large) = self.large.remove(at) else { return false };
                self.large_bytes -= large.whole;
                if large.begun {
                    self.begun_bytes -= large.whole;
                    let head = Head { flags: ABORT, ..Head::bare(Kind::Piece, id) };
                    self.small.extend_from_slice(&head.encode());
                }
            }
        }
        true
    }

    /// Bytes of small frames that wait.
    pub fn small_bytes(&self) -> usize {
        self.small.len()
    }

    /// Bytes of large messages that wait, those that have left in part counted whole.
    pub fn large_bytes(&self) -> usize {
        self.large_bytes
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.small.is_empty() && self.large.is_empty()
    }
}

impl Large {
    fn move_to(&mut self, out: &mut BytesMut, mut bytes: usize) {
        while let Some(part) = self.parts.front_mut() {
            let some = part.len().min(bytes);
            out.extend_from_slice(&part[..some]);
            part.advance(some);
            bytes -= some;
            if part.is_empty() {
                self.parts.pop_front();
            }
            if bytes == 0 {
                return;
            }
        }
    }
}
