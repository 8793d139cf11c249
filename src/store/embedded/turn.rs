//! One turn of the writer: judges each change over what is there and what the turn itself has done so far.

use std::time::Instant;

use crate::domain::{
    Attempt, Charge, Charged, Collection, Error, Kind, Reply, Result, Settings, Timestamp, Token, Version,
    WriteId, Written, item_bytes, limits, read_charge, write_charge,
};
use crate::store::backend::{self, Action, Address, Change, Row, Single};
use crate::store::judge::{self, Decision};

use super::overlay::{Overlay, Slot};
use super::record::{Answer, TokenRecord};
use super::{keys, view};
use crate::store::recent_writes::{RecentWrites, WriteName};

/// The state of the writer, and the changes of the current turn.
pub(super) struct Turn {
    pub(super) overlay: Overlay,
    pub(super) recent: RecentWrites,
    /// By the injected clock: what is written now is written at this time.
    pub(super) now: Timestamp,
    pub(super) began: Instant,
    /// The greatest stamp given so far.
    pub(super) stamp: u64,
}

impl Turn {
    /// Does one change, as far as it may be done.
    pub(super) fn change(&mut self, mut single: Single) -> Reply<Written> {
        let first = single.attempt;
        let key = keys::item(&single.change.address);
        let name = WriteName::of(single.write_id, &key);
        if let Some(answer) = self.answered(single.token, &key, single.want_document)? {
            return Ok(answer);
        }
        if let Some(written) = self.recent.written(name, first, single.keyed)? {
            return Ok(Charged::new(written, write_charge(0)));
        }
        self.admit(&single.change)?;
        single.attempt = match single.token {
            // Its record would be there.
            Some(_) => Attempt::First,
            None => self.recent.attempt(first, self.began),
        };
        let reply = self.apply(&single, key, name);
        if reply.is_err() && first != Attempt::First && !single.keyed {
            self.recent.note_refused(name, self.began);
        }
        reply
    }

    fn apply(&mut self, single: &Single, key: Vec<u8>, name: WriteName) -> Reply<Written> {
        let Change { address, create_collection, .. } = &single.change;
        let slot = self.overlay.row(key)?;
        let before = slot.value().map_or(0, |row| view::bytes(address, row));
        let would_be = asked(&single.change, self.now);
        let decision = judge::single(single, slot.value(), self.now);
        let written = match decision.map_err(|error| error.with_charge(write_charge(before.max(would_be))))? {
            Decision::Replay(written) => return Ok(Charged::new(written, write_charge(before))),
            Decision::Store(row) => {
                let row = stamped(row, &mut self.stamp);
                let written = Written::item(&row.item, row.created, single.want_document);
                let after = view::bytes(address, &row);
                let over = slot.set(Some(row));
                self.superseded(over, name);
                if *create_collection {
                    self.create_collection(address, single.write_id);
                }
                Charged::new(written, write_charge(before.max(after)))
            }
            Decision::Remove => {
                let over = slot.set(None);
                self.superseded(over, name);
                self.recent.note_written(name, &Written::DELETED, self.began);
                Charged::new(Written::DELETED, write_charge(before))
            }
            Decision::Nothing => Charged::new(Written::DELETED, write_charge(before)),
        };
        if let Some(token) = single.token {
            let answer = Answer::Written(Written { document: None, ..written.value.clone() });
            self.answer(token, answer)?;
        }
        Ok(written)
    }

    /// The answer of an earlier change with the same idempotency key.
    fn answered(
        &mut self,
        token: Option<Token>,
        key: &[u8],
        want_document: bool,
    ) -> Result<Option<Charged<Written>>> {
        let Some(token) = token else { return Ok(None) };
        let mut written = match self.used(token)? {
            Some(Answer::Written(written)) => written,
            Some(Answer::Outcomes(_)) => return Err(judge::key_reused()),
            None => return Ok(None),
        };
        if want_document {
            let row = self.overlay.row(key.to_vec())?.value();
            written.document = judge::still_there(row, written.version, self.now);
        }
        Ok(Some(Charged::new(written, replayed(1))))
    }

    /// What was answered under an idempotency key, if it was used lately.
    ///
    /// # Errors
    /// `idempotency-key-reused` where that was for another content.
    pub(super) fn used(&mut self, token: Token) -> Result<Option<Answer>> {
        let now = self.now;
        let Some(record) = self.overlay.token(token.id)?.value().filter(|record| now < record.expires) else {
            return Ok(None);
        };
        if record.content == token.content {
            Ok(Some(record.answer.clone()))
        } else {
            Err(judge::key_reused())
        }
    }

    /// Remembers what was answered under an idempotency key.
    pub(super) fn answer(&mut self, token: Token, answer: Answer) -> Result<()> {
        let expires = self.now.expiry(limits::IDEMPOTENCY_WINDOW.as_secs());
        let record = TokenRecord { content: token.content, expires, answer };
        self.overlay.token(token.id)?.set(Some(record));
        Ok(())
    }

    /// Whether a change may happen in its collection as it is now.
    pub(super) fn admit(&self, change: &Change) -> Result<()> {
        let Address { collection, shard, key } = &change.address;
        let shards = match self.overlay.collections().get(collection) {
            Some(there) => there.settings.shards,
            None if change.create_collection => Settings::default().shards,
            None => return Err(backend::no_such_collection(collection)),
        };
        if *shard == backend::shard(key, shards) {
            return Ok(());
        }
        let detail = "the collection was made anew with another number of shards; repeat the request";
        Err(Error::new(Kind::Conflict, detail).with_retry_after(1))
    }

    /// Makes the collection of a row, unless it is there.
    pub(super) fn create_collection(&mut self, address: &Address, write: WriteId) {
        let name = &address.collection;
        if !self.overlay.collections().contains_key(name) {
            self.stamp = self.now.micros().max(self.stamp + 1);
            let version = Version { stamp: self.stamp, write };
            let collection =
                Collection { name: name.clone(), settings: Settings::default(), version, created: true };
            self.overlay.set_collection(name, Some(collection));
        }
    }

    /// Remembers a write whose row is there no more. `by` is the write that came over it.
    pub(super) fn superseded(&mut self, row: Option<Row>, by: WriteName) {
        let Some(row) = row else { return };
        let window = u64::try_from(self.recent.window().as_micros()).unwrap_or(u64::MAX);
        let recent = row.item.version.stamp.saturating_add(window) >= self.now.micros();
        if recent {
            let written = Written::item(&row.item, row.created, false);
            self.recent.note_written(by.by(row.item.version.write), &written, self.began);
        }
    }
}

/// The size of the item that a put asks for, which is billed even where its condition forbids it.
pub(super) fn asked(change: &Change, now: Timestamp) -> usize {
    let Action::Put(document) = &change.action else { return 0 };
    let Address { collection, key, .. } = &change.address;
    let expires = change.lifetime.expires(now, None).is_some();
    item_bytes(collection.as_str(), key.as_str(), document.bytes().len(), expires)
}

/// Gives a row a stamp greater than any before, even where the clock was set back.
pub(super) fn stamped(mut row: Row, last: &mut u64) -> Row {
    *last = row.item.version.stamp.max(*last + 1);
    row.item.version.stamp = *last;
    row
}

/// What finding an earlier answer costs: a transactional read of each item.
pub(super) fn replayed(items: usize) -> Charge {
    let one = read_charge(0, crate::domain::Consistency::Strong);
    Charge { read_halves: one.read_halves * 2 * items as u64, writes: 0 }
}

/// What is in a slot, as an owned row.
pub(super) fn owned(slot: &Slot<Row>) -> Option<Row> {
    slot.value().cloned()
}
