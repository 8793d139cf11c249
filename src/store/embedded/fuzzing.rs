//! Doors for the fuzz targets to what is read from the disk and from backups.

use std::path::Path;

use ::bytes::Bytes;

use crate::domain::Collection;
use crate::store::backend::{Address, Row};

use super::backup::{self, MAGIC};
use super::bytes::Put;
use super::keys::{self, Mortal};
use super::record::{self, LastTurn};
use super::{Restored, journal, restore, row, seal};

/// A value with a good checksum, whatever it holds.
pub fn sealed(key: &[u8], content: &[u8]) -> Bytes {
    let mut value = seal::begin(content.len());
    value.extend_from_slice(content);
    seal::finish(key, value).into()
}

/// The row that a value keeps.
pub fn row(key: &[u8], value: &Bytes) -> Option<Row> {
    row::decode(key, value).ok()
}

/// The value that keeps a row.
pub fn row_value(key: &[u8], row: &Row) -> Bytes {
    row::encode(key, row).into()
}

/// The settings that a value keeps.
pub fn collection(key: &[u8], value: &Bytes) -> Option<Collection> {
    record::decode_collection(key, value).ok()
}

/// The value that keeps settings.
pub fn collection_value(collection: &Collection) -> Bytes {
    record::encode_collection(collection).into()
}

/// The record of an idempotency key, read and written again.
pub fn token_again(id: &[u8; 16], value: &[u8]) -> Option<Bytes> {
    let record = record::decode_token(id, value).ok()?;
    Some(record::encode_token(id, &record).into())
}

/// The last turn, read and written again.
pub fn last_turn_again(content: &[u8]) -> Option<Bytes> {
    let last = LastTurn::decode(&sealed(record::LAST_TURN, content)).ok()?;
    Some(last.encode().into())
}

/// Where the key of an item says that it lies.
pub fn item_address(key: &[u8]) -> Option<Address> {
    keys::parse_item(key).ok()
}

/// The key of an item.
pub fn item_key(address: &Address) -> Vec<u8> {
    keys::item(address)
}

/// An entry of the index of what expires, read and written again.
pub fn expiry_again(entry: &[u8]) -> Option<Vec<u8>> {
    let (at, mortal) = keys::parse_expiry(entry).ok()?;
    Some(match mortal {
        Mortal::Item(key) => keys::item_expiry(at, &key),
        Mortal::Token(id) => keys::token_expiry(at, &id),
    })
}

/// A backup of these frames, each of a kind and a content, with good checksums.
pub fn backup(frames: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut stream = MAGIC.to_vec();
    for (number, (kind, content)) in frames.iter().enumerate() {
        stream.put_u32(u32::try_from(content.len()).unwrap_or(u32::MAX));
        stream.put_u8(*kind);
        stream.put_u64(backup::check(number as u64, *kind, content));
        stream.extend_from_slice(content);
    }
    stream
}

/// What a backup would bring.
pub fn restored(stream: &[u8]) -> Option<Restored> {
    restore::read_through(stream).ok()
}

/// A batch of a journal with a good checksum, that says only which turn it is.
pub fn batch(seqno: u64, turn: u64) -> Vec<u8> {
    let last = LastTurn { turn, stamp: 0, generation: 0 };
    journal::batch_of(seqno, record::LAST_TURN, &last.encode())
}

/// The last turn in the journals of a directory, whose torn end is cut off.
pub fn last_journalled(directory: &Path, acked: u64) -> Result<Option<u64>, String> {
    journal::check(directory, acked).map_err(|error| format!("{error:?}"))
}
