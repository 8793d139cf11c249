//! Reads a backup frame by frame, and demands that it is whole, and nothing but a backup.

use std::io::Read;

use bytes::Bytes;

use crate::domain::{Error, Kind, Result};

use super::backup::{FRAME_HEAD, Frame, MAGIC, VERSION, check};
use super::bytes::Take;
use super::error::Damaged;
use super::queue::Loaded;
use super::restore::Restored;
use super::{keys, record, row};

/// Bytes of values that one step of a restore writes.
const STEP_BYTES: usize = 1024 * 1024;
/// A frame that is longer was not written by a backup.
const FRAME_BYTES: usize = 16 * 1024 * 1024;

/// A backup that is being read.
pub(super) struct Reader<R> {
    source: R,
    frames: u64,
}

impl<R: Read> Reader<R> {
    pub(super) fn new(source: R) -> Reader<R> {
        Reader { source, frames: 0 }
    }

    /// The greatest stamp in it; comes first.
    pub(super) fn header(&mut self) -> Result<u64> {
        let mut magic = [0; MAGIC.len()];
        self.fill(&mut magic)?;
        if magic != *MAGIC {
            return Err(broken("it does not begin like one"));
        }
        let (frame, content) = self.frame()?;
        let mut take = Take(&content);
        match (frame, take.u32(), take.u64()) {
            (Frame::Header, Ok(VERSION), Ok(stamp)) => Ok(stamp),
            (Frame::Header, Ok(version), _) if version > VERSION => {
                let known = format!("it has version {version}, this program knows versions up to {VERSION}");
                Err(broken(&known))
            }
            _ => Err(broken("it has no header")),
        }
    }

    /// The next values, enough for a step, and whether the backup ends behind them.
    pub(super) fn values(&mut self, restored: &mut Restored) -> Result<(Vec<Loaded>, bool)> {
        let (mut values, mut bytes) = (Vec::new(), 0);
        while bytes < STEP_BYTES {
            let (frame, content) = self.frame()?;
            if frame != Frame::End {
                bytes += content.len();
                values.push(value(frame, &content, restored)?);
                continue;
            }
            if content != (self.frames - 1).to_le_bytes() {
                return Err(broken("its end does not fit what came before"));
            }
            self.nothing_follows()?;
            return Ok((values, true));
        }
        Ok((values, false))
    }

    fn frame(&mut self) -> Result<(Frame, Vec<u8>)> {
        let mut head = [0; FRAME_HEAD];
        self.fill(&mut head)?;
        let mut take = Take(&head);
        let (length, kind, expected) = (take.u32()? as usize, take.u8()?, take.u64()?);
        if length > FRAME_BYTES {
            return Err(broken("a frame is too long"));
        }
        let mut content = vec![0; length];
        self.fill(&mut content)?;
        let number = self.frames;
        self.frames += 1;
        match Frame::from_byte(kind) {
            Some(frame) if check(number, kind, &content) == expected => Ok((frame, content)),
            _ => Err(broken(&format!("frame {number} does not fit its checksum"))),
        }
    }

    fn nothing_follows(&mut self) -> Result<()> {
        match self.source.read_exact(&mut [0]) {
            Ok(()) => Err(broken("something stands behind its end")),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(()),
            Err(error) => Err(broken("it cannot be read to its end").with_source(error)),
        }
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<()> {
        self.source.read_exact(buffer).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => broken("it ends too early"),
            _ => broken("it cannot be read to its end").with_source(error),
        })
    }
}

fn broken(how: &str) -> Error {
    let detail = format!("this is no whole backup: {how}; nothing was changed");
    Error::new(Kind::InvalidParameter, detail)
}

fn value(frame: Frame, content: &[u8], restored: &mut Restored) -> Result<Loaded> {
    let unfit = |damaged: Damaged| broken(&damaged.0);
    let mut take = Take(content);
    let key = take.bytes().map_err(unfit)?.to_vec();
    let value = take.0.to_vec();
    match frame {
        Frame::Item => {
            keys::parse_item(&key).map_err(unfit)?;
            let value = Bytes::from(value);
            let expires = row::decode(&key, &value).map_err(unfit)?.item.expires;
            restored.items += 1;
            Ok(Loaded::Item { key, value: value.into(), expires })
        }
        Frame::Collection => {
            let value = Bytes::from(value);
            record::decode_collection(&key, &value).map_err(unfit)?;
            restored.collections += 1;
            Ok(Loaded::Collection { key, value: value.into() })
        }
        Frame::Token => {
            let expires = record::decode_token(&key, &value).map_err(unfit)?.expires;
            let id = key.try_into().map_err(|_| broken("an idempotency key has the wrong length"))?;
            Ok(Loaded::Token { id, value, expires })
        }
        Frame::Header | Frame::End => Err(broken("a frame stands where it cannot")),
    }
}
