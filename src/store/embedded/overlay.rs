//! What a turn has changed so far, over what is committed; in the end, one batch for the engine.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use fjall::Keyspace;

use crate::domain::{Collection, CollectionName, Result, Timestamp};
use crate::store::backend::Row;

use super::batch::Batch;
use super::database::{Collections, Spaces};
use super::error::read_failed;
use super::record::{self, TokenRecord};
use super::{keys, row};

/// Something that is, or was, under a key.
pub(super) struct Slot<T> {
    /// Whether it was there before the turn, and when it would have ended.
    before: Option<Option<Timestamp>>,
    value: Option<T>,
    dirty: bool,
}

impl<T> Slot<T> {
    /// What is there now.
    pub(super) fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// Puts something else there; returns what was.
    pub(super) fn set(&mut self, value: Option<T>) -> Option<T> {
        self.dirty = true;
        std::mem::replace(&mut self.value, value)
    }

    /// The end under which the index knows it from before the turn.
    pub(super) fn indexed(&self) -> Option<Timestamp> {
        self.before.flatten()
    }
}

/// Room for that many rows is kept from turn to turn.
const KEPT_ROOM: usize = 4096;

/// The changes of a turn.
pub(super) struct Overlay {
    pub(super) spaces: Arc<Spaces>,
    collections: Collections,
    changed_collections: BTreeSet<CollectionName>,
    rows: HashMap<Vec<u8>, Slot<Row>>,
    /// Bytes of the documents that were read.
    found: usize,
    tokens: HashMap<[u8; 16], Slot<TokenRecord>>,
    stray_index: Vec<Vec<u8>>,
    /// The earliest end that was added to the index.
    pub(super) earliest_end: Option<Timestamp>,
}

impl Overlay {
    /// Nothing changed yet over these.
    pub(super) fn new(spaces: Arc<Spaces>, collections: Collections) -> Overlay {
        Overlay {
            spaces,
            collections,
            changed_collections: BTreeSet::new(),
            rows: HashMap::new(),
            found: 0,
            tokens: HashMap::new(),
            stray_index: Vec::new(),
            earliest_end: None,
        }
    }

    /// The row under a key.
    pub(super) fn row(&mut self, key: Vec<u8>) -> Result<&mut Slot<Row>> {
        match self.rows.entry(key) {
            Entry::Occupied(slot) => Ok(slot.into_mut()),
            Entry::Vacant(vacant) => {
                let value = match self.spaces.items.get(vacant.key()).map_err(read_failed)? {
                    Some(value) => Some(row::decode(vacant.key(), &Bytes::from(value))?),
                    None => None,
                };
                let before = value.as_ref().map(|row| row.item.expires);
                self.found += value.as_ref().map_or(0, |row| row.item.document.bytes().len());
                Ok(vacant.insert(Slot { before, value, dirty: false }))
            }
        }
    }

    /// Bytes of documents that the turn has read.
    pub(super) fn found(&self) -> usize {
        self.found
    }

    /// What the turn has put under a key, if it has looked there at all.
    pub(super) fn touched(&self, key: &[u8]) -> Option<Option<&Row>> {
        self.rows.get(key).map(Slot::value)
    }

    /// Everything under keys in a range that the turn has looked at.
    pub(super) fn touched_in(&self, range: &std::ops::Range<Vec<u8>>) -> impl Iterator<Item = &Row> {
        let inside = |(key, _): &(&Vec<u8>, &Slot<Row>)| range.contains(*key);
        self.rows.iter().filter(inside).filter_map(|(_, slot)| slot.value())
    }

    /// The record of an idempotency key.
    pub(super) fn token(&mut self, id: [u8; 16]) -> Result<&mut Slot<TokenRecord>> {
        match self.tokens.entry(id) {
            Entry::Occupied(slot) => Ok(slot.into_mut()),
            Entry::Vacant(vacant) => {
                let value = match self.spaces.tokens.get(id).map_err(read_failed)? {
                    Some(value) => Some(record::decode_token(&id, &value)?),
                    None => None,
                };
                let before = value.as_ref().map(|record| Some(record.expires));
                Ok(vacant.insert(Slot { before, value, dirty: false }))
            }
        }
    }

    /// The collections.
    pub(super) fn collections(&self) -> &Collections {
        &self.collections
    }

    /// Makes, changes or removes a collection.
    pub(super) fn set_collection(&mut self, name: &CollectionName, collection: Option<Collection>) {
        match collection {
            Some(collection) => self.collections.insert_mut(name.clone(), collection),
            None => {
                self.collections.remove_mut(name);
            }
        }
        self.changed_collections.insert(name.clone());
    }

    /// Removes an entry of the index that belongs to nothing.
    pub(super) fn drop_stray(&mut self, entry: Vec<u8>) {
        self.stray_index.push(entry);
    }

    /// Whether there is nothing to write.
    pub(super) fn is_clean(&self) -> bool {
        self.changed_collections.is_empty()
            && self.stray_index.is_empty()
            && !self.rows.values().any(|slot| slot.dirty)
            && !self.tokens.values().any(|slot| slot.dirty)
    }

    /// How many rows and records the turn looked at; room for that many in a batch is enough.
    pub(super) fn size(&self) -> usize {
        2 * (self.rows.len() + self.tokens.len()) + self.changed_collections.len()
    }

    /// Goes on over what is committed now.
    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.found = 0;
        self.tokens.clear();
        // After a turn of large transactions.
        self.rows.shrink_to(KEPT_ROOM);
        self.tokens.shrink_to(KEPT_ROOM);
    }

    /// Goes on over another generation of the data.
    pub(super) fn replace(&mut self, spaces: Arc<Spaces>, collections: Collections) {
        *self = Overlay::new(spaces, collections);
    }

    /// Moves all changes into a batch.
    pub(super) fn drain_into(&mut self, batch: &mut Batch) {
        let spaces = Arc::clone(&self.spaces);
        for (key, slot) in self.rows.drain().filter(|(_, slot)| slot.dirty) {
            let until = slot.value.as_ref().and_then(|row| row.item.expires);
            let mut index = Index { space: &spaces.expiry, batch, earliest: &mut self.earliest_end };
            index.moved(slot.indexed(), until, |at| keys::item_expiry(at, &key));
            match slot.value {
                Some(row) => {
                    let value = row::encode(&key, &row);
                    batch.insert(&spaces.items, key, value);
                }
                None if slot.before.is_some() => batch.remove(&spaces.items, key),
                None => {}
            }
        }
        for (id, slot) in self.tokens.drain().filter(|(_, slot)| slot.dirty) {
            let until = slot.value.as_ref().map(|record| record.expires);
            let mut index = Index { space: &spaces.expiry, batch, earliest: &mut self.earliest_end };
            index.moved(slot.indexed(), until, |at| keys::token_expiry(at, &id));
            match slot.value {
                Some(record) => batch.insert(&spaces.tokens, id, record::encode_token(&id, &record)),
                None if slot.before.is_some() => batch.remove(&spaces.tokens, id),
                None => {}
            }
        }
        for name in std::mem::take(&mut self.changed_collections) {
            let key = name.as_str().as_bytes();
            match self.collections.get(&name) {
                Some(collection) => {
                    batch.insert(&spaces.collections, key, record::encode_collection(collection));
                }
                None => batch.remove(&spaces.collections, key),
            }
        }
        self.stray_index.drain(..).for_each(|entry| batch.remove(&spaces.expiry, entry));
    }
}

/// The index of what expires, as a batch changes it.
struct Index<'a> {
    space: &'a Keyspace,
    batch: &'a mut Batch,
    earliest: &'a mut Option<Timestamp>,
}

impl Index<'_> {
    fn moved(
        &mut self,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
        entry: impl Fn(Timestamp) -> Vec<u8>,
    ) {
        if from.map(Timestamp::millis) == to.map(Timestamp::millis) {
            return;
        }
        if let Some(from) = from {
            self.batch.remove(self.space, entry(from));
        }
        if let Some(to) = to {
            self.batch.insert(self.space, entry(to), Vec::new());
            *self.earliest = Some(self.earliest.map_or(to, |earliest| earliest.min(to)));
        }
    }
}
