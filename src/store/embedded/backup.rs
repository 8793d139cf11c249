//! The backup stream: frames with checksums, from a header to an end record, all of one moment.
//!
//! A frame is a length (4 bytes), a kind (1), a checksum (8) over its number, kind and content, and the content.
//! Values are as they lie in the engine, each with the checksum that binds it to its key.

use std::sync::Arc;

use bytes::Bytes;
use fjall::{Iter, Keyspace, Readable};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::domain::Result;

use super::bytes::Put;
use super::error::read_failed;
use super::view::View;
use super::writer::Shared;

/// The first bytes of every backup.
pub(super) const MAGIC: &[u8; 8] = b"LARDERBK";
/// The version of the stream.
pub(super) const VERSION: u32 = 1;
/// Bytes of a frame before its content.
pub(super) const FRAME_HEAD: usize = 4 + 1 + 8;
/// Bytes of a chunk, roughly: how much of a backup is in memory.
const CHUNK: usize = 256 * 1024;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// The version, and the greatest stamp.
    Header = 1,
    /// A key and a value of that keyspace.
    Collection = 2,
    Item = 3,
    Token = 4,
    /// The number of frames before it.
    End = 5,
}

impl Frame {
    pub(super) fn from_byte(byte: u8) -> Option<Frame> {
        [Frame::Header, Frame::Collection, Frame::Item, Frame::Token, Frame::End]
            .into_iter()
            .find(|frame| *frame as u8 == byte)
    }
}

/// The checksum of a frame.
pub(super) fn check(number: u64, frame: u8, content: &[u8]) -> u64 {
    xxh3_64_with_seed(content, number << 8 | u64::from(frame))
}

/// A backup, chunk by chunk. Reading it blocks on the disk: not for an async worker.
pub struct Backup {
    view: Arc<View>,
    rest: Vec<(Frame, Keyspace)>,
    current: Option<(Frame, Iter)>,
    frames: u64,
    done: bool,
    /// Keeps the directory locked while it is read.
    _shared: Arc<Shared>,
}

impl Backup {
    pub(super) fn new(shared: &Arc<Shared>) -> Backup {
        let view = shared.view.load_full();
        let spaces = &view.spaces;
        let rest = vec![
            (Frame::Token, spaces.tokens.clone()),
            (Frame::Item, spaces.items.clone()),
            (Frame::Collection, spaces.collections.clone()),
        ];
        Backup { view, rest, current: None, frames: 0, done: false, _shared: Arc::clone(shared) }
    }

    fn chunk(&mut self) -> Result<Vec<u8>> {
        let mut chunk = Vec::with_capacity(CHUNK + 4096);
        if self.frames == 0 {
            chunk.extend_from_slice(MAGIC);
            let mut header = Vec::new();
            header.put_u32(VERSION);
            header.put_u64(self.view.stamp);
            self.frame(&mut chunk, Frame::Header, &header);
        }
        while chunk.len() < CHUNK {
            let Some((frame, entries)) = &mut self.current else {
                let Some((frame, space)) = self.rest.pop() else {
                    let count = self.frames.to_le_bytes();
                    self.frame(&mut chunk, Frame::End, &count);
                    self.done = true;
                    break;
                };
                self.current = Some((frame, self.view.snapshot.iter(&space)));
                continue;
            };
            let frame = *frame;
            match entries.next() {
                None => self.current = None,
                Some(entry) => {
                    let (key, value) = entry.into_inner().map_err(read_failed)?;
                    let mut content = Vec::with_capacity(4 + key.len() + value.len());
                    content.put_bytes(&key);
                    content.extend_from_slice(&value);
                    self.frame(&mut chunk, frame, &content);
                }
            }
        }
        Ok(chunk)
    }

    fn frame(&mut self, chunk: &mut Vec<u8>, frame: Frame, content: &[u8]) {
        chunk.put_u32(u32::try_from(content.len()).unwrap_or(u32::MAX));
        chunk.put_u8(frame as u8);
        chunk.put_u64(check(self.frames, frame as u8, content));
        chunk.extend_from_slice(content);
        self.frames += 1;
    }
}

impl Iterator for Backup {
    type Item = Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let chunk = self.chunk().map(Bytes::from);
        self.done |= chunk.is_err();
        Some(chunk)
    }
}
