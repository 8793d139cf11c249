//! The table: names of attributes and of partitions. Part of the data format.
//!
//! ```text
//! pk   S   <collection>#<shard>, #collections or #tokens
//! sk   S   the key, the name of the collection, or the id of the token
//! d    S   the text of the document
//! n    N   in the place of d: a document that is a number, and short enough to be counted in by DynamoDB itself
//! v    N   the stamp of the version
//! w    B   the write that made it: 8 bytes
//! e    N   when it ends, in milliseconds; [`NEVER`] where it does not
//! c    N   when what was there before ended or would have; 0 where nothing was there
//! x    N   the second in which DynamoDB may collect it; not where it never ends
//! ```

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::domain::{Timestamp, WriteId};
use crate::store::backend::Address;

/// The key of the table: partition and sort key.
pub(super) const PARTITION: &str = "pk";
pub(super) const SORT: &str = "sk";
pub(super) const DOCUMENT: &str = "d";
pub(super) const NUMBER: &str = "n";
pub(super) const STAMP: &str = "v";
pub(super) const WRITE: &str = "w";
pub(super) const END: &str = "e";
pub(super) const BEFORE: &str = "c";
/// The attribute by which `DynamoDB` deletes what has expired, days later.
pub(super) const COLLECT: &str = "x";

/// The end of what never ends, in milliseconds: far away, and stored in two bytes.
pub(super) const NEVER: u64 = 1_000_000_000_000_000;

/// The partition of the collections' settings. No collection's name begins so.
pub(super) const COLLECTIONS: &str = "#collections";
/// The partition of idempotency keys of increments and transactions begins so; what follows spreads them.
pub(super) const TOKENS: &str = "#tokens";

/// The attributes of an item of the table.
pub(super) type Attributes = HashMap<String, AttributeValue>;

/// The partition of a shard of a collection.
pub(super) fn partition(collection: &str, shard: u16) -> String {
    format!("{collection}#{shard}")
}

/// The key of an item of the table.
pub(super) fn key(partition: impl Into<String>, sort: impl Into<String>) -> Attributes {
    HashMap::from([(PARTITION.to_owned(), text(partition)), (SORT.to_owned(), text(sort))])
}

/// The key of a row.
pub(super) fn row_key(address: &Address) -> Attributes {
    key(partition(address.collection.as_str(), address.shard), address.key.as_str())
}

/// A string.
pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number.
pub(super) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A write id: ordered as its bits are, so that those of one idempotency key lie side by side.
pub(super) fn write(id: WriteId) -> AttributeValue {
    AttributeValue::B(Blob::new(id.bits().to_be_bytes()))
}

/// When an item ends, in milliseconds.
pub(super) fn end(expires: Option<Timestamp>) -> u64 {
    expires.map_or(NEVER, Timestamp::millis)
}
