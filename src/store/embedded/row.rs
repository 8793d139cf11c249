//! Items as they are kept: flags, stamp, write id, expiry, and the document as it was written.

use bytes::Bytes;

use crate::domain::{Document, Item, Timestamp, Version, WriteId};
use crate::store::backend::Row;

use super::bytes::{Put, Take, odd};
use super::error::Damaged;
use super::seal;

const CREATED: u8 = 1;
const EXPIRES: u8 = 2;
const FIXED: usize = 1 + 8 + 8 + 8;

/// The value that keeps a row under its key. Copies the document once, into it.
pub(super) fn encode(key: &[u8], row: &Row) -> Vec<u8> {
    let Item { document, version, expires } = &row.item;
    let mut value = seal::begin(FIXED + document.bytes().len());
    let created = if row.created { CREATED } else { 0 };
    let mortal = if expires.is_some() { EXPIRES } else { 0 };
    value.put_u8(created | mortal);
    value.put_u64(version.stamp);
    value.put_u64(version.write.bits());
    if let Some(expires) = expires {
        value.put_u64(expires.micros());
    }
    value.extend_from_slice(document.bytes());
    seal::finish(key, value)
}

/// The row that a value keeps. The document shares the value's memory.
pub(super) fn decode(key: &[u8], value: &Bytes) -> Result<Row, Damaged> {
    let content = seal::open(key, value)?;
    let mut take = Take(content);
    let flags = take.u8()?;
    if flags & !(CREATED | EXPIRES) != 0 {
        return Err(odd());
    }
    let version = Version { stamp: take.u64()?, write: WriteId::from_bits(take.u64()?) };
    let mortal = flags & EXPIRES != 0;
    let expires = if mortal { Some(Timestamp::from_micros(take.u64()?)) } else { None };
    let document = Document::trusted(value.slice(value.len() - take.0.len()..));
    Ok(Row { item: Item { document, version, expires }, created: flags & CREATED != 0 })
}
