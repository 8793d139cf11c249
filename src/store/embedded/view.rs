//! What readers see: the database as it was after the last synced turn.

use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use fjall::{Readable, Snapshot};

use crate::domain::{
    Charge, Collection, CollectionName, CollectionPage, CollectionQuery, Condition, Consistency, Document,
    Key, Result, Timestamp, item_bytes, read_charge,
};
use crate::store::backend::{self, Address, Filling, Row, Rows, Scan};

use super::database::{Collections, Spaces};
use super::error::{Damaged, read_failed};
use super::{keys, row};

/// A moment of the database. Cheap to share; keeps what it shows from being cleared away.
pub(super) struct View {
    pub(super) snapshot: Snapshot,
    pub(super) spaces: Arc<Spaces>,
    pub(super) collections: Collections,
    /// The greatest stamp in it.
    pub(super) stamp: u64,
}

impl View {
    /// The row there, even if it has expired.
    pub(super) fn row(&self, address: &Address) -> Result<Option<Row>> {
        let key = keys::item(address);
        match self.snapshot.get(&self.spaces.items, &key).map_err(read_failed)? {
            None => Ok(None),
            Some(value) => Ok(Some(row::decode(&key, &Bytes::from(value))?)),
        }
    }

    /// Rows of this moment, each with what it costs.
    pub(super) fn rows(&self, reads: &[(Address, Consistency)]) -> Vec<(Result<Option<Row>>, Charge)> {
        let read = |(address, consistency): &(Address, Consistency)| {
            let row = self.row(address);
            let found = row.as_ref().ok().and_then(Option::as_ref);
            let charge = charge(address, found, *consistency);
            (row, charge)
        };
        reads.iter().map(read).collect()
    }

    /// A page of rows, and how many bytes of items were read for it.
    pub(super) fn scan(&self, scan: &Scan) -> Result<(Rows, usize)> {
        let Some(bounds) = bounds(scan) else { return Ok((Rows::default(), 0)) };
        let mut entries = self.snapshot.range(&self.spaces.items, bounds);
        let mut next = || if scan.reverse { entries.next_back() } else { entries.next() };
        let mut page = Rows::default();
        let (mut documents, mut charged) = (0, 0);
        let head = keys::partition(&scan.collection, scan.shard, 0).len();
        while let Some(entry) = next() {
            if page.rows.len() >= scan.limit {
                page.more = !page.rows.is_empty();
                break;
            }
            let (key, value) = entry.into_inner().map_err(read_failed)?;
            let mut item = row::decode(&key, &Bytes::from(value))?.item;
            let length = item.document.bytes().len();
            if !page.rows.is_empty() && documents + length > scan.bytes {
                page.more = true;
                break;
            }
            documents += length;
            let key = key_behind(&key, head)?;
            charged += item_bytes(scan.collection.as_str(), key.as_str(), length, item.expires.is_some());
            if !scan.values {
                item.document = Document::trusted(Bytes::new());
            }
            page.rows.push((key, item));
        }
        Ok((page, charged))
    }

    /// Whether nothing keeps a collection from being removed that is sure already.
    ///
    /// # Errors
    /// `collection-not-empty`.
    pub(super) fn check_removal(
        &self,
        name: &CollectionName,
        condition: &Condition,
        now: Timestamp,
    ) -> Result<()> {
        if !self.collections.get(name).is_some_and(|there| condition.allows_write(Some(there.version))) {
            return Ok(());
        }
        let (lower, upper) = keys::collection(name);
        for entry in self.snapshot.range(&self.spaces.items, lower..upper) {
            let (key, value) = entry.into_inner().map_err(read_failed)?;
            if !row::decode(&key, &Bytes::from(value))?.item.expired(now) {
                return Err(backend::collection_not_empty(name));
            }
        }
        Ok(())
    }

    /// A page of the collections.
    pub(super) fn collections(&self, query: &CollectionQuery) -> CollectionPage {
        let lower = query.after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = self.collections.range::<CollectionName, _>((lower, Bound::Unbounded));
        let mut filling = Filling::new(query.limit);
        while rest.next().is_some_and(|(_, found)| filling.add(found.clone())) {}
        filling.page()
    }
}

fn bounds(scan: &Scan) -> Option<std::ops::Range<Vec<u8>>> {
    let with = |key: &[u8]| {
        let mut bound = keys::partition(&scan.collection, scan.shard, key.len());
        bound.extend_from_slice(key);
        bound
    };
    let lower = with(&scan.lower);
    let upper = match &scan.upper {
        Some(upper) => with(upper),
        None => keys::behind_partition(&scan.collection, scan.shard),
    };
    (lower < upper).then_some(lower..upper)
}

fn key_behind(bytes: &[u8], head: usize) -> Result<Key> {
    let text = bytes.get(head..).and_then(|rest| std::str::from_utf8(rest).ok());
    let text = text.ok_or_else(|| Damaged::new("a key is no text"))?;
    Ok(keys::key(text)?)
}

/// What reading a row costs, or finding that there is none.
pub(super) fn charge(address: &Address, row: Option<&Row>, consistency: Consistency) -> Charge {
    read_charge(row.map_or(0, |row| bytes(address, row)), consistency)
}

/// The size of a row as it is charged.
pub(super) fn bytes(address: &Address, row: &Row) -> usize {
    let Address { collection, key, .. } = address;
    let document = row.item.document.bytes().len();
    item_bytes(collection.as_str(), key.as_str(), document, row.item.expires.is_some())
}

/// The size of a collection's settings as it is charged.
pub(super) fn settings_bytes(collection: &Collection) -> usize {
    const FIXED: usize = 100;
    FIXED + collection.bytes()
}
