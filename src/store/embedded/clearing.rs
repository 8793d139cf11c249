//! A turn makes, changes and removes collections, and clears away what has expired.

use bytes::Bytes;

use crate::domain::{
    Attempt, Charge, Charged, CollectionName, Condition, Current, Error, Kind, PutCollection, Reply, Result,
    Timestamp, Written, write_charge,
};
use crate::store::backend;
use crate::store::judge::{self, SettingsDecision};

use super::error::read_failed;
use super::keys::{self, Mortal};
use super::row;
use super::turn::Turn;
use crate::store::recent_writes::WriteName;

/// Expired rows that the removal of a collection may have to clear away in one turn.
const EXPIRED_AT_ONCE: usize = 10_000;

impl Turn {
    /// Makes a collection or changes its settings.
    pub(super) fn put_collection(&mut self, mut put: PutCollection) -> Reply<Written> {
        let name = WriteName::of(put.write_id, put.name.as_str().as_bytes());
        let first = put.attempt;
        if !self.recent.is_first(name, first)
            && let Some(written) = self.recent.written(name, first, false)?
        {
            return Ok(Charged::new(written, write_charge(0)));
        }
        put.attempt = self.recent.attempt(first, self.began);
        let reply = self.settle(&put, name, first);
        if reply.is_err() && first != Attempt::First {
            self.recent.note_refused(name, self.began);
        }
        reply
    }

    fn settle(&mut self, put: &PutCollection, name: WriteName, by: Attempt) -> Reply<Written> {
        let there = self.overlay.collections().get(&put.name);
        let charge = settings_charge(there.and_then(|there| there.settings.schema.as_deref()));
        let decision = judge::settings(put, there, self.now);
        match decision.map_err(|error| error.with_charge(charge))? {
            SettingsDecision::Replay(there) => Ok(Charged::new(Written::settings(there), charge)),
            SettingsDecision::Store(mut collection) => {
                self.stamp = collection.version.stamp.max(self.stamp + 1);
                collection.version.stamp = self.stamp;
                let written = Written::settings(&collection);
                let charge = settings_charge(collection.settings.schema.as_deref());
                self.overlay.set_collection(&put.name, Some(collection));
                self.recent.note_written_by(name, &written, by, self.began);
                Ok(Charged::new(written, charge))
            }
        }
    }

    /// Removes a collection in which nothing is live.
    pub(super) fn delete_collection(&mut self, name: &CollectionName, condition: &Condition) -> Reply<()> {
        let charge = settings_charge(None);
        let Some(there) = self.overlay.collections().get(name) else {
            return Err(backend::no_such_collection(name).with_charge(charge));
        };
        if !condition.allows_write(Some(there.version)) {
            let current = Some(Current { version: there.version, document: None });
            let error = Error::new(Kind::PreconditionFailed, "the settings have changed");
            return Err(error.with_current(current).with_charge(charge));
        }
        for key in self.expired_in(name)? {
            self.overlay.row(key)?.set(None);
        }
        self.overlay.set_collection(name, None);
        Ok(Charged::new((), charge))
    }

    /// The keys of a collection's rows, all of which have expired.
    fn expired_in(&self, name: &CollectionName) -> Result<Vec<Vec<u8>>> {
        let (lower, upper) = keys::collection(name);
        let range = lower..upper;
        let not_empty = || Err(backend::collection_not_empty(name));
        if self.overlay.touched_in(&range).any(|row| !row.item.expired(self.now)) {
            return not_empty();
        }
        let mut expired = Vec::new();
        for entry in self.overlay.spaces.items.range(range) {
            let (key, value) = entry.into_inner().map_err(read_failed)?;
            match self.overlay.touched(&key) {
                Some(None) => continue,
                Some(Some(_)) => {}
                None if row::decode(&key, &Bytes::from(value))?.item.expired(self.now) => {}
                None => return not_empty(),
            }
            if expired.len() == EXPIRED_AT_ONCE {
                let detail =
                    "expired items of the collection are still being cleared away; repeat the request";
                return Err(Error::new(Kind::Conflict, detail).with_retry_after(5));
            }
            expired.push(key.to_vec());
        }
        Ok(expired)
    }

    /// Removes what has expired, so much at most, beginning at an entry of the index.
    pub(super) fn sweep(&mut self, from: &[u8], most: Most) -> Result<Swept> {
        // Behind every entry of this millisecond.
        let behind = Timestamp::from_millis(self.now.millis() + 1);
        let range = from.to_vec()..keys::expiry(behind, &[], &[]);
        let mut swept = Swept::default();
        if range.is_empty() {
            return Ok(swept);
        }
        for entry in self.overlay.spaces.expiry.range(range) {
            if swept.count == most.entries || self.overlay.found() > most.bytes {
                swept.more = true;
                break;
            }
            let entry = entry.key().map_err(read_failed)?.to_vec();
            let (at, what) = keys::parse_expiry(&entry)?;
            if !self.bury(at, what)? {
                self.overlay.drop_stray(entry.clone());
            }
            swept.count += 1;
            swept.last = Some(entry);
        }
        Ok(swept)
    }

    /// Removes one thing, if its end is still what the index says; false where the index knows nothing of it.
    fn bury(&mut self, at: Timestamp, what: Mortal) -> Result<bool> {
        let same = |end: Option<Timestamp>| end.is_some_and(|end| end.millis() == at.millis());
        match what {
            Mortal::Item(key) => {
                let slot = self.overlay.row(key)?;
                if same(slot.value().and_then(|row| row.item.expires)) {
                    slot.set(None);
                }
                Ok(same(slot.indexed()))
            }
            Mortal::Token(id) => {
                let slot = self.overlay.token(id)?;
                if same(slot.value().map(|record| record.expires)) {
                    slot.set(None);
                }
                Ok(same(slot.indexed()))
            }
        }
    }
}

/// How much is cleared away at once.
#[derive(Clone, Copy)]
pub(super) struct Most {
    /// Rows and records.
    pub(super) entries: usize,
    /// Bytes of documents that the turn has read, behind which it clears no more away.
    pub(super) bytes: usize,
}

/// What was cleared away.
#[derive(Default)]
pub(super) struct Swept {
    /// Entries of the index that were looked at.
    pub(super) count: usize,
    /// The entry behind which to go on.
    pub(super) last: Option<Vec<u8>>,
    /// Whether there may be more.
    pub(super) more: bool,
}

fn settings_charge(schema: Option<&[u8]>) -> Charge {
    const FIXED: usize = 100;
    write_charge(FIXED + schema.map_or(0, <[u8]>::len))
}
