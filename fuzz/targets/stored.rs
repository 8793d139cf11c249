//! What is read from the disk, from backups and from the table: what is taken is written as it was, or at least
//! means the same when it was written once more.
//!
//! The first letter says what the rest is. Checksums are made here, so that what lies behind them is reached.

#![no_main]

use std::fs;
use std::sync::OnceLock;

use bytes::Bytes;
use larder::domain::{Document, Timestamp};
use larder::store::dynamo::fuzzing::{self as table, Item, Value};
use larder::store::embedded::fuzzing as disk;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

fuzz_target!(|input: &[u8]| {
    let Some((kind, rest)) = input.split_first() else { return };
    match kind {
        b'r' => row(rest),
        b'c' => collection(rest),
        b't' => token(rest),
        b'l' => last_turn(rest),
        b'k' => item_key(rest),
        b'x' => expiry(rest),
        b'v' => unsealed(rest),
        b'b' => backup(rest),
        b'w' => {
            disk::restored(rest);
        }
        b'j' => journal(rest),
        b'i' => item(rest),
        b'd' => document(rest),
        _ => {}
    }
});

/// The kind of the last frame of a backup.
const END: u8 = 5;
const KEY: &[u8] = b"notes#\0\0\0a";

fn row(content: &[u8]) {
    let value = disk::sealed(KEY, content);
    if let Some(row) = disk::row(KEY, &value) {
        assert_eq!(disk::row_value(KEY, &row), value);
        assert!(disk::row(b"notes#\0\0\0b", &value).is_none());
    }
}

/// A name on the first line, and settings behind it.
fn collection(bytes: &[u8]) {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return };
    let name = &bytes[..end];
    let Some(collection) = disk::collection(name, &disk::sealed(name, &bytes[end + 1..])) else { return };
    let again = disk::collection(name, &disk::collection_value(&collection));
    assert_eq!(again.as_ref(), Some(&collection));
}

fn token(content: &[u8]) {
    let id = [7; 16];
    let Some(once) = disk::token_again(&id, &disk::sealed(&id, content)) else { return };
    assert_eq!(disk::token_again(&id, &once).as_ref(), Some(&once));
}

fn last_turn(content: &[u8]) {
    if let Some(again) = disk::last_turn_again(content) {
        assert!(again.ends_with(content));
    }
}

fn item_key(key: &[u8]) {
    if let Some(address) = disk::item_address(key) {
        assert_eq!(disk::item_key(&address), key);
    }
}

fn expiry(entry: &[u8]) {
    if let Some(again) = disk::expiry_again(entry) {
        assert_eq!(again, entry);
    }
}

/// Values as they lie there, checksum and all.
fn unsealed(value: &[u8]) {
    let value = Bytes::copy_from_slice(value);
    if let Some(row) = disk::row(KEY, &value) {
        assert_eq!(disk::row_value(KEY, &row), value);
    }
}

/// Frames between lines' ends, the first byte of each its kind, which are put together to a backup.
fn backup(bytes: &[u8]) {
    let parts = bytes.split(|byte| *byte == b'\n').filter_map(<[u8]>::split_first);
    let frames: Vec<(u8, Vec<u8>)> =
        parts.map(|(kind, content)| (kind & 7, frame(kind & 7, content))).collect();
    let mut stream = disk::backup(&frames);
    let end = frames.iter().position(|(kind, _)| *kind == END);
    assert!(disk::restored(&stream).is_none() || end.is_some());
    if end.is_none_or(|end| end + 1 == frames.len()) {
        stream.pop();
        assert_eq!(disk::restored(&stream), None, "a backup without its end brings nothing");
    }
}

/// The content of a frame; of a value, its key up to a tab, and what is sealed under that.
fn frame(kind: u8, content: &[u8]) -> Vec<u8> {
    if !(2..=4).contains(&kind) {
        return content.to_vec();
    }
    let end = content.iter().position(|byte| *byte == b'\t').unwrap_or(content.len());
    let (key, rest) = content.split_at(end);
    let length = u32::try_from(key.len()).unwrap_or(u32::MAX);
    let value = disk::sealed(key, rest.get(1..).unwrap_or_default());
    [&length.to_le_bytes()[..], key, &value].concat()
}

/// Batches, a line each for their numbers in the engine and in ours, up to a byte 1; and then what is torn. They are
/// read twice: the first time cuts off what is torn, and the second finds nothing more to cut.
fn journal(said: &[u8]) {
    let end = said.iter().position(|byte| *byte == 1).unwrap_or(said.len());
    let (lines, torn) = said.split_at(end);
    let batch = |line: &[u8]| {
        let (seqno, turn) = std::str::from_utf8(line).ok()?.split_once(' ')?;
        Some(disk::batch(seqno.parse().ok()?, turn.parse().ok()?))
    };
    let mut bytes = lines.split(|byte| *byte == b'\n').filter_map(batch).collect::<Vec<_>>().concat();
    bytes.extend_from_slice(torn);
    static DIRECTORY: OnceLock<TempDir> = OnceLock::new();
    let directory = DIRECTORY.get_or_init(|| tempfile::tempdir().expect("a directory")).path();
    let path = directory.join("0.jnl");
    fs::write(&path, &bytes).expect("a file");
    let once = disk::last_journalled(directory, 0);
    let left = fs::read(&path).expect("a file");
    assert!(bytes.starts_with(&left));
    if once.is_ok() {
        assert_eq!(disk::last_journalled(directory, 0), once);
        assert_eq!(fs::read(&path).expect("a file"), left);
    } else {
        assert_eq!(left, bytes, "what is damaged stays as it is");
    }
}

/// An attribute a line: its name, its type and its value, between spaces.
fn attributes(bytes: &[u8]) -> Item {
    let attribute = |line: &[u8]| {
        let mut parts = line.splitn(3, |byte| *byte == b' ');
        let (name, kind, value) = (parts.next()?, parts.next()?, parts.next()?);
        let text = || String::from_utf8(value.to_vec()).ok();
        let value = match kind {
            b"S" => Value::S(text()?),
            b"N" => Value::N(text()?),
            b"B" => Value::B(value.to_vec()),
            b"BOOL" => Value::Bool(value == b"true"),
            _ => return None,
        };
        Some((String::from_utf8(name.to_vec()).ok()?, value))
    };
    bytes.split(|byte| *byte == b'\n').filter_map(attribute).collect()
}

fn item(bytes: &[u8]) {
    let item = attributes(bytes);
    if let Some((_, row)) = table::entry(&item) {
        assert_eq!(table::row(&item).as_ref(), Some(&row));
        if let Some(document) = table::document_again(&row.item.document) {
            assert_eq!(document, row.item.document);
        }
    }
    if let Some((once, again)) = table::collection_twice(&item) {
        assert_eq!(again.as_ref(), Some(&once));
    }
    if let Some(agrees) = table::token_agrees(&item, Timestamp::from_millis(1)) {
        assert!(agrees);
    }
}

fn document(bytes: &[u8]) {
    let Ok(document) = Document::parse(Bytes::copy_from_slice(bytes)) else { return };
    assert_eq!(table::document_again(&document).as_ref(), Some(&document));
}
