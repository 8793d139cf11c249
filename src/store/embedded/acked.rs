//! The number of the last turn that was acknowledged, beside the engine's files.
//!
//! The engine drops an unreadable end of its journal without a word, as it may be a write that a crash cut short. A
//! number that is written only after the sync tells such a write from one that somebody was promised. It is not
//! synced itself: after a loss of power it may be too small, never too great.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;

/// Two places, written in turns, each in a sector of its own: one is whole at any time.
const PLACES: u64 = 2;
const SECTOR: u64 = 4096;
const BYTES: usize = 16;

/// The file.
pub(super) struct Acked {
    file: File,
}

impl Acked {
    /// Makes the file of a database in which nothing was acknowledged.
    pub(super) fn create(path: &Path) -> io::Result<Acked> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?;
        file.set_len(PLACES * SECTOR)?;
        let acked = Acked { file };
        (0..PLACES).try_for_each(|turn| acked.store(turn))?;
        acked.file.sync_all()?;
        Ok(acked)
    }

    /// Opens the file.
    pub(super) fn open(path: &Path) -> io::Result<Acked> {
        Ok(Acked { file: OpenOptions::new().read(true).write(true).open(path)? })
    }

    /// The last turn that is known to have been acknowledged; none where both places are unreadable.
    pub(super) fn load(&self) -> io::Result<Option<u64>> {
        let mut last = None;
        for place in 0..PLACES {
            let mut bytes = [0; BYTES];
            match self.file.read_exact_at(&mut bytes, place * SECTOR) {
                Ok(()) => last = last.max(decode(bytes)),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {}
                Err(error) => return Err(error),
            }
        }
        Ok(last)
    }

    /// Notes that a turn is about to be acknowledged.
    pub(super) fn store(&self, turn: u64) -> io::Result<()> {
        self.file.write_all_at(&encode(turn), turn % PLACES * SECTOR)
    }

    /// Makes the number as durable as the data.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }
}

fn encode(turn: u64) -> [u8; BYTES] {
    let number = turn.to_le_bytes();
    let mut bytes = [0; BYTES];
    bytes[..8].copy_from_slice(&number);
    bytes[8..].copy_from_slice(&xxh3_64(&number).to_le_bytes());
    bytes
}

fn decode(bytes: [u8; BYTES]) -> Option<u64> {
    let (number, _) = bytes.split_first_chunk::<8>()?;
    let turn = u64::from_le_bytes(*number);
    (encode(turn) == bytes).then_some(turn)
}
