//! Where things lie in the engine: keys of items in the order of their partition, and of what will expire.

use crate::domain::{CollectionName, Key, Place, Timestamp};
use crate::store::backend::Address;

use super::bytes::odd;
use super::error::Damaged;

/// Ends a collection's name; no name contains it, so no name is the beginning of another's rows.
const NAME_END: u8 = b'#';
/// Ends the partition.
const PARTITION_END: u8 = 0;

/// The key of an item: `<collection>#<shard>\0<key>`.
pub(super) fn item(address: &Address) -> Vec<u8> {
    let mut key = partition(&address.collection, address.shard, address.key.as_str().len());
    key.extend_from_slice(address.key.as_str().as_bytes());
    key
}

/// What all keys of a partition begin with, with room for that many bytes more.
pub(super) fn partition(collection: &CollectionName, shard: u16, room: usize) -> Vec<u8> {
    let name = collection.as_str().as_bytes();
    let mut key = Vec::with_capacity(name.len() + 4 + room);
    key.extend_from_slice(name);
    key.push(NAME_END);
    key.extend_from_slice(&shard.to_be_bytes());
    key.push(PARTITION_END);
    key
}

/// The first key behind a partition.
pub(super) fn behind_partition(collection: &CollectionName, shard: u16) -> Vec<u8> {
    let mut key = partition(collection, shard, 0);
    if let Some(last) = key.last_mut() {
        *last = PARTITION_END + 1;
    }
    key
}

/// What all keys of a collection begin with, and the first key behind them.
pub(super) fn collection(name: &CollectionName) -> (Vec<u8>, Vec<u8>) {
    let with = |end: u8| [name.as_str().as_bytes(), &[end]].concat();
    (with(NAME_END), with(NAME_END + 1))
}

/// Reads the key of an item.
pub(super) fn parse_item(bytes: &[u8]) -> Result<Address, Damaged> {
    let name_end = bytes.iter().position(|byte| *byte == NAME_END).ok_or_else(odd)?;
    let (name, rest) = bytes.split_at(name_end);
    let [_, high, low, PARTITION_END, key @ ..] = rest else { return Err(odd()) };
    let name = std::str::from_utf8(name).map_err(|_| odd())?;
    let key = std::str::from_utf8(key).map_err(|_| odd())?;
    Ok(Address {
        collection: CollectionName::parse(name).map_err(|_| odd())?,
        shard: u16::from_be_bytes([*high, *low]),
        key: self::key(key)?,
    })
}

/// The part of an item's key behind its partition.
pub(super) fn key(text: &str) -> Result<Key, Damaged> {
    Key::parse(text, Place::Parameter("key".into())).map_err(|_| odd())
}

/// Something that will expire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mortal {
    /// The key of an item.
    Item(Vec<u8>),
    /// The id of an idempotency record.
    Token([u8; 16]),
}

const ITEM: u8 = 0;
const TOKEN: u8 = 1;

/// The entry of the index of what expires: in the order of time.
pub(super) fn expiry(at: Timestamp, kind: &[u8], what: &[u8]) -> Vec<u8> {
    [&at.millis().to_be_bytes(), kind, what].concat()
}

/// The entry of an item.
pub(super) fn item_expiry(at: Timestamp, key: &[u8]) -> Vec<u8> {
    expiry(at, &[ITEM], key)
}

/// The entry of an idempotency record.
pub(super) fn token_expiry(at: Timestamp, id: &[u8; 16]) -> Vec<u8> {
    expiry(at, &[TOKEN], id)
}

/// Reads an entry of the index.
pub(super) fn parse_expiry(bytes: &[u8]) -> Result<(Timestamp, Mortal), Damaged> {
    let (millis, rest) = bytes.split_first_chunk::<8>().ok_or_else(odd)?;
    let at = Timestamp::checked_from_millis(u64::from_be_bytes(*millis)).ok_or_else(odd)?;
    match rest.split_first() {
        Some((&ITEM, key)) => Ok((at, Mortal::Item(key.to_vec()))),
        Some((&TOKEN, id)) => Ok((at, Mortal::Token(id.try_into().map_err(|_| odd())?))),
        _ => Err(odd()),
    }
}
