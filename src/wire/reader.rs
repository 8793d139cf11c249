//! Turns the chunks of a body back into messages, whatever the chunks' bounds; keeps what has come in part.

use std::collections::HashMap;

use bytes::{Buf, Bytes, BytesMut};
use prost::Message;

use super::frame::{ABORT, HEAD_BYTES, Head, Kind, MORE};
use super::hello::Hello;
use super::line::{CALLS, MESSAGE_BYTES, PARTIAL_BYTES};
use super::malformed::Malformed;

/// A message that has come whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// The call.
    pub id: u64,
    /// Milliseconds until the deadline of a request.
    pub deadline_ms: u32,
    /// The meta part.
    pub meta: Bytes,
    /// The documents.
    pub body: Bytes,
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Asks for an operation.
    Request(Incoming),
    /// Answers one.
    Reply(Incoming),
    /// The store said who it is.
    Hello(Hello),
    /// The store wants the line to end.
    GoAway,
}

/// Reads one direction of a line.
///
/// A frame that lies in one chunk is not copied: its message shares the chunk's memory.
#[derive(Debug, Default)]
pub struct Reader {
    chunk: Bytes,
    /// The beginning of a frame whose end is in a chunk to come.
    begun: BytesMut,
    partial: HashMap<u64, Partial>,
    partial_bytes: usize,
}

#[derive(Debug)]
struct Partial {
    head: Head,
    first: Bytes,
    /// Begins with `first`, once the size of the whole is known.
    joined: BytesMut,
    whole: usize,
    /// Whether a piece has come, and so the size of the whole is known.
    sized: bool,
}

impl Reader {
    /// Adds a chunk; the one before must have been read to its end.
    pub fn push(&mut self, chunk: Bytes) {
        debug_assert!(self.chunk.is_empty(), "a chunk is read before the next one comes");
        self.chunk = chunk;
    }

    /// The next message of the chunk; none at its end.
    ///
    /// # Errors
    /// Where the bytes are no frames, or more than a line may hold. The line can't be read on.
    pub fn event(&mut self) -> Result<Option<Event>, Malformed> {
        while let Some((head, payload)) = self.frame()? {
            if let Some(event) = self.apply(head, payload)? {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// Takes the next whole frame.
    fn frame(&mut self) -> Result<Option<(Head, Bytes)>, Malformed> {
        if self.begun.is_empty() {
            if let Some(head) = Head::decode(&self.chunk)? {
                let end = HEAD_BYTES + head.bytes as usize;
                if end <= self.chunk.len() {
                    self.chunk.advance(HEAD_BYTES);
                    return Ok(Some((head, self.chunk.split_to(head.bytes as usize))));
                }
                self.begun.reserve(end);
            }
            self.begun.extend_from_slice(&self.chunk.split_off(0));
            return Ok(None);
        }
        self.fill(HEAD_BYTES);
        let Some(head) = Head::decode(&self.begun)? else { return Ok(None) };
        let end = HEAD_BYTES + head.bytes as usize;
        self.fill(end);
        if self.begun.len() < end {
            return Ok(None);
        }
        let mut frame = std::mem::take(&mut self.begun).freeze();
        frame.advance(HEAD_BYTES);
        Ok(Some((head, frame)))
    }

    /// Moves bytes of the chunk to the frame that has begun, until it has that many.
    fn fill(&mut self, end: usize) {
        let missing = end.saturating_sub(self.begun.len());
        let some = self.chunk.split_to(missing.min(self.chunk.len()));
        self.begun.extend_from_slice(&some);
    }

    fn apply(&mut self, head: Head, payload: Bytes) -> Result<Option<Event>, Malformed> {
        match head.kind {
            Kind::Request | Kind::Reply if head.flags & MORE != 0 => self.begin(head, payload).map(|()| None),
            Kind::Request | Kind::Reply => whole(head, payload).map(Some),
            Kind::Piece if head.flags & ABORT != 0 => {
                self.forget(head.id);
                Ok(None)
            }
            Kind::Piece => self.go_on(head, &payload),
            Kind::Hello => Ok(Some(Event::Hello(Hello::decode(payload)?))),
            Kind::GoAway => Ok(Some(Event::GoAway)),
            Kind::Void | Kind::Unknown(_) => Ok(None),
        }
    }

    fn begin(&mut self, head: Head, first: Bytes) -> Result<(), Malformed> {
        if self.partial.len() >= CALLS {
            return Err(Malformed::new(format!("more than {CALLS} messages in pieces at once")));
        }
        let whole = first.len();
        self.account(whole)?;
        let partial = Partial { head, first, joined: BytesMut::new(), whole, sized: false };
        match self.partial.insert(head.id, partial) {
            None => Ok(()),
            Some(_) => Err(Malformed::new(format!("message {:x} began twice", head.id))),
        }
    }

    fn go_on(&mut self, head: Head, payload: &[u8]) -> Result<Option<Event>, Malformed> {
        let unknown = || Malformed::new(format!("a piece of message {:x}, which has not begun", head.id));
        let mut partial = self.partial.remove(&head.id).ok_or_else(unknown)?;
        let left = head.meta as usize;
        if !partial.sized {
            let whole = partial.first.len() + payload.len() + left;
            if whole > MESSAGE_BYTES {
                return Err(Malformed::new(format!("a message of {whole} bytes, over {MESSAGE_BYTES}")));
            }
            self.account(whole - partial.whole)?;
            partial.whole = whole;
            partial.sized = true;
            partial.joined.reserve(whole);
            partial.joined.extend_from_slice(&std::mem::take(&mut partial.first));
        }
        if partial.joined.len() + payload.len() + left != partial.whole {
            return Err(Malformed::new(format!("message {:x} changed its size", head.id)));
        }
        partial.joined.extend_from_slice(payload);
        if left > 0 {
            self.partial.insert(head.id, partial);
            return Ok(None);
        }
        self.partial_bytes -= partial.whole;
        whole(partial.head, partial.joined.freeze()).map(Some)
    }

    fn forget(&mut self, id: u64) {
        if let Some(partial) = self.partial.remove(&id) {
            self.partial_bytes -= partial.whole;
        }
    }

    fn account(&mut self, bytes: usize) -> Result<(), Malformed> {
        self.partial_bytes += bytes;
        if self.partial_bytes > PARTIAL_BYTES {
            return Err(Malformed::new(format!("more than {PARTIAL_BYTES} bytes of messages in pieces")));
        }
        Ok(())
    }
}

fn whole(head: Head, mut payload: Bytes) -> Result<Event, Malformed> {
    let meta = head.meta as usize;
    if meta > payload.len() {
        return Err(Malformed::new(format!("a meta part of {meta} bytes in {}", payload.len())));
    }
    let meta = payload.split_to(meta);
    let message = Incoming { id: head.id, deadline_ms: head.deadline_ms, meta, body: payload };
    Ok(if head.kind == Kind::Reply { Event::Reply(message) } else { Event::Request(message) })
}
