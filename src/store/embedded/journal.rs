//! Reads the engine's journals before the engine does, and tells a write cut short by a crash from damage.
//!
//! The engine (format 3) ends its reading at the first thing that it does not understand, cuts the file there, and
//! goes on; the beginning of a batch is under no checksum. So here every batch is checked first: its checksum, that
//! its number in the engine grows, and that our own number in it, see [`LastTurn`], is the next one.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3;

use super::error::Damaged;
use super::record::{LAST_TURN, LastTurn};

const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
const TRAILER: &[u8; 4] = b"FJL\x03";
/// Tag, kind, compression, keyspace, length of the key, lengths of the value as it is and as it lies here.
pub(super) const ITEM_HEAD: usize = 1 + 1 + 1 + 8 + 2 + 4 + 4;
/// Tag, number of items, number of the batch; in the end tag, checksum, trailer.
pub(super) const BATCH_FRAME: usize = (1 + 4 + 8) + (1 + 8 + TRAILER.len());
/// Keys and values that are longer were not written by us.
const VALUE_BYTES: u32 = 16 * 1024 * 1024;

/// Why journals cannot be used.
#[derive(Debug)]
pub(super) enum JournalError {
    Damaged(Damaged),
    Io(PathBuf, io::Error),
}

/// Checks all journals in a directory, cuts a torn end off the last one, and returns the last turn found there.
///
/// `acked` is the least turn that the database must hold: behind it, the end of the last journal in which anything is written
/// may be torn. The engine may have begun another one after a write failed.
pub(super) fn check(directory: &Path, acked: u64) -> Result<Option<u64>, JournalError> {
    let mut journals = find(directory).map_err(|e| io_at(directory, e))?;
    journals.sort_unstable();
    if journals.is_empty() {
        return Err(JournalError::Damaged(Damaged::new("the journal is missing")));
    }
    let mut place = Place::default();
    for (nth, (_, path)) in journals.iter().enumerate() {
        let mut scan = Scan::open(path)?;
        let end = scan.batches(&mut place).map_err(|fault| fault.at(path))?;
        match end {
            End::Clean => {}
            End::Odd(at)
                if place.turn.is_none_or(|turn| turn >= acked) && nothing_in(&journals[nth + 1..])? =>
            {
                scan.cut_torn(path, at, &place)?;
            }
            End::Odd(at) => return Err(JournalError::Damaged(unreadable(path, at))),
        }
    }
    Ok(place.turn)
}

/// Whether nothing was ever written into these.
fn nothing_in(journals: &[(u64, PathBuf)]) -> Result<bool, JournalError> {
    for (_, path) in journals {
        if !Scan::open(path)?.only_zeros().map_err(|fault| fault.at(path))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The journals in a directory, with their numbers.
pub(super) fn find(directory: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut journals = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "jnl") {
            let number = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
            let strange = || io::Error::new(io::ErrorKind::InvalidData, "a journal without a number");
            journals.push((number.ok_or_else(strange)?, path));
        }
    }
    Ok(journals)
}

/// How far the batches read so far have come.
#[derive(Default)]
struct Place {
    seqno: Option<u64>,
    turn: Option<u64>,
}

/// How a journal ends.
enum End {
    /// With a whole batch, and nothing but zeros behind it.
    Clean,
    /// With something else, from this byte on.
    Odd(u64),
}

enum Fault {
    /// Not what a batch looks like.
    Shape,
    /// A batch that is whole, but cannot stand here.
    Order(String),
    Io(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Fault::Shape } else { Fault::Io(error) }
    }
}

impl Fault {
    fn at(self, path: &Path) -> JournalError {
        match self {
            Fault::Io(error) => io_at(path, error),
            Fault::Shape => JournalError::Damaged(Damaged::new(format!("{} is unreadable", path.display()))),
            Fault::Order(how) => JournalError::Damaged(Damaged::new(format!("{}: {how}", path.display()))),
        }
    }
}

fn io_at(path: &Path, error: io::Error) -> JournalError {
    JournalError::Io(path.to_owned(), error)
}

fn unreadable(path: &Path, at: u64) -> Damaged {
    Damaged::new(format!(
        "{} cannot be read from byte {at} on, and acknowledged writes lie behind it",
        path.display()
    ))
}

/// A whole batch.
struct Batch {
    seqno: u64,
    turn: u64,
    bytes: u64,
}

struct Scan {
    reader: BufReader<File>,
    buffer: Vec<u8>,
}

impl Scan {
    fn open(path: &Path) -> Result<Scan, JournalError> {
        let file = OpenOptions::new().read(true).write(true).open(path).map_err(|e| io_at(path, e))?;
        Ok(Scan { reader: BufReader::with_capacity(256 * 1024, file), buffer: Vec::new() })
    }

    /// Reads batches as long as they are whole, each the successor of the one before.
    fn batches(&mut self, place: &mut Place) -> Result<End, Fault> {
        let mut at = 0;
        loop {
            match self.batch() {
                Ok(batch) => {
                    follows(place, &batch)?;
                    at += batch.bytes;
                }
                Err(Fault::Shape) => {
                    self.reader.seek(SeekFrom::Start(at))?;
                    return Ok(if self.only_zeros()? { End::Clean } else { End::Odd(at) });
                }
                Err(fault) => return Err(fault),
            }
        }
    }

    fn batch(&mut self) -> Result<Batch, Fault> {
        let mut start = [0; 1 + 4 + 8];
        self.reader.read_exact(&mut start)?;
        let [START, count @ .., _, _, _, _, _, _, _, _] = &start else { return Err(Fault::Shape) };
        let count = u32::from_le_bytes(*count);
        let mut seqno = [0; 8];
        seqno.copy_from_slice(&start[5..]);
        let mut hasher = Xxh3::new();
        let mut bytes = start.len() as u64;
        let mut turn = None;
        for _ in 0..count {
            let (length, last) = self.item(&mut hasher)?;
            bytes += length;
            turn = turn.or(last);
        }
        let mut end = [0; 1 + 8 + TRAILER.len()];
        self.reader.read_exact(&mut end)?;
        bytes += end.len() as u64;
        let mut expected = [END; 13];
        expected[1..9].copy_from_slice(&hasher.digest().to_le_bytes());
        expected[9..].copy_from_slice(TRAILER);
        match turn {
            Some(turn) if end == expected => Ok(Batch { seqno: u64::from_le_bytes(seqno), turn, bytes }),
            _ => Err(Fault::Shape),
        }
    }

    /// Reads an item of a batch; returns its length, and our own number of the batch if it is that.
    fn item(&mut self, hasher: &mut Xxh3) -> Result<(u64, Option<u64>), Fault> {
        let mut head = [0; ITEM_HEAD];
        self.reader.read_exact(&mut head)?;
        let key_length = usize::from(u16::from_le_bytes([head[11], head[12]]));
        let value_length = u32::from_le_bytes([head[17], head[18], head[19], head[20]]);
        // The compression is `none`; both lengths of the value are the same then.
        if head[0] != ITEM || head[2] != 0 || head[13..17] != head[17..21] || value_length > VALUE_BYTES {
            return Err(Fault::Shape);
        }
        self.buffer.resize(key_length + value_length as usize, 0);
        self.reader.read_exact(&mut self.buffer)?;
        hasher.update(&head);
        hasher.update(&self.buffer);
        let (key, value) = self.buffer.split_at(key_length);
        let turn = if key == LAST_TURN { LastTurn::decode(value).ok().map(|last| last.turn) } else { None };
        Ok(((ITEM_HEAD + self.buffer.len()) as u64, turn))
    }

    fn only_zeros(&mut self) -> Result<bool, Fault> {
        // A comparison of slices goes many bytes at a time, also where nothing is optimised.
        static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];
        self.buffer.resize(ZEROS.len(), 0);
        loop {
            let count = self.reader.read(&mut self.buffer)?;
            if count == 0 {
                return Ok(true);
            }
            if self.buffer[..count] != ZEROS[..count] {
                return Ok(false);
            }
        }
    }

    /// Cuts off what a crash left of a batch that nobody was promised, unless a later batch shows that somebody was:
    /// a batch is written only when the one before is synced.
    fn cut_torn(&mut self, path: &Path, at: u64, place: &Place) -> Result<(), JournalError> {
        let mut rest = Vec::new();
        self.reader.seek(SeekFrom::Start(at)).map_err(|e| io_at(path, e))?;
        self.reader.read_to_end(&mut rest).map_err(|e| io_at(path, e))?;
        let marker = [&TRAILER[..], &[START]].concat();
        for (offset, window) in rest.windows(marker.len()).enumerate() {
            if window != marker {
                continue;
            }
            let begin = at + offset as u64 + TRAILER.len() as u64;
            self.reader.seek(SeekFrom::Start(begin)).map_err(|e| io_at(path, e))?;
            if self.batch().is_ok_and(|batch| place.turn.is_none_or(|turn| batch.turn > turn)) {
                return Err(JournalError::Damaged(unreadable(path, at)));
            }
        }
        tracing::warn!(journal = %path.display(), byte = at, "dropped the end of a write that a crash cut short");
        let file = self.reader.get_mut();
        file.set_len(at).and_then(|()| file.sync_all()).map_err(|e| io_at(path, e))
    }
}

/// A whole batch of one item, as the engine writes it.
#[cfg(fuzzing)]
pub(super) fn batch_of(seqno: u64, key: &[u8], value: &[u8]) -> Vec<u8> {
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes();
    let mut item = vec![ITEM, 0, 0];
    item.extend_from_slice(&[0; 8]);
    item.extend_from_slice(&length(key)[..2]);
    item.extend_from_slice(&length(value));
    item.extend_from_slice(&length(value));
    item.extend_from_slice(key);
    item.extend_from_slice(value);
    let mut hasher = Xxh3::new();
    hasher.update(&item);
    let check = hasher.digest().to_le_bytes();
    [&[START, 1, 0, 0, 0][..], &seqno.to_le_bytes(), &item, &[END], &check, TRAILER].concat()
}

fn follows(place: &mut Place, batch: &Batch) -> Result<(), Fault> {
    if place.turn.is_some_and(|turn| batch.turn != turn + 1) {
        let (turn, before) = (batch.turn, place.turn.unwrap_or_default());
        return Err(Fault::Order(format!("batch {turn} stands behind batch {before}")));
    }
    if place.seqno.is_some_and(|seqno| batch.seqno <= seqno) || batch.seqno >= 1 << 62 {
        return Err(Fault::Order(format!("the number of batch {} does not grow", batch.turn)));
    }
    *place = Place { seqno: Some(batch.seqno), turn: Some(batch.turn) };
    Ok(())
}
