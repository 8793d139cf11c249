//! A batch of changes for the engine, which is on the disk when its commit returns, and the room it takes in the journal.

use fjall::{Database, Keyspace, OwnedWriteBatch, PersistMode, UserKey, UserValue};

use super::journal::{BATCH_FRAME, ITEM_HEAD};

/// Changes that happen together.
pub(super) struct Batch {
    changes: OwnedWriteBatch,
    bytes: usize,
}

impl Batch {
    /// An empty one, with room for that many changes.
    pub(super) fn new(database: &Database, capacity: usize) -> Batch {
        let changes = OwnedWriteBatch::with_capacity(database.clone(), capacity);
        Batch { changes: changes.durability(Some(PersistMode::SyncData)), bytes: BATCH_FRAME }
    }

    /// Stores a value under a key.
    pub(super) fn insert(
        &mut self,
        keyspace: &Keyspace,
        key: impl Into<UserKey>,
        value: impl Into<UserValue>,
    ) {
        let (key, value) = (key.into(), value.into());
        self.bytes += ITEM_HEAD + key.len() + value.len();
        self.changes.insert(keyspace, key, value);
    }

    /// Removes what is under a key.
    pub(super) fn remove(&mut self, keyspace: &Keyspace, key: impl Into<UserKey>) {
        let key = key.into();
        self.bytes += ITEM_HEAD + key.len();
        self.changes.remove(keyspace, key);
    }

    /// What it takes in the journal.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Writes it to the journal, syncs that, and makes the changes visible.
    pub(super) fn commit(self) -> fjall::Result<()> {
        self.changes.commit()
    }
}
