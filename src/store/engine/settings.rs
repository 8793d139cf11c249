//! Collection settings as the engine uses them: cached, with the schema compiled.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::domain::{Charged, Collection, CollectionName, Context, Reply, Schema, Timestamp};

use super::Engine;

/// Collections that are remembered; beyond that, all are forgotten and read again.
const REMEMBERED: usize = 10_000;

/// A collection that is there.
pub(super) struct Known {
    pub(super) collection: Collection,
    pub(super) schema: Option<Arc<Schema>>,
    read_at: Timestamp,
}

/// What was read lately. Only collections that are there: that one is missing is never remembered, so that a
/// strong read sees an item whose collection another store has just made.
#[derive(Default)]
pub(super) struct SettingsCache {
    known: RwLock<HashMap<CollectionName, Arc<Known>>>,
    /// How often settings were changed here: what was asked for before a change is not remembered behind it.
    changes: AtomicU64,
}

impl SettingsCache {
    pub(super) fn get(&self, name: &CollectionName) -> Option<Arc<Known>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Remembers what was asked for after that many changes.
    fn put(&self, known: &Arc<Known>, asked_after: u64) {
        let mut map = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if self.changes() != asked_after {
            return;
        }
        if map.len() >= REMEMBERED {
            map.clear();
        }
        map.insert(known.collection.name.clone(), Arc::clone(known));
    }

    /// Reads it anew when it is asked for.
    pub(super) fn forget(&self, name: &CollectionName) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    /// The settings have been changed, or may have been.
    pub(super) fn changed(&self, name: &CollectionName) {
        let mut map = self.known.write().unwrap_or_else(PoisonError::into_inner);
        self.changes.fetch_add(1, Ordering::AcqRel);
        map.remove(name);
    }
}

impl Engine {
    /// The collection, if it is there; at most as old as the backend allows.
    pub(super) async fn known(&self, context: &Context, name: &CollectionName) -> Reply<Option<Arc<Known>>> {
        let now = self.clock.now();
        let cached = self.settings.get(name);
        if let Some(known) = &cached {
            // A clock that was set back makes them old at once, and not young for as long.
            let age = now.micros().checked_sub(known.read_at.micros());
            if age.is_some_and(|age| u128::from(age) < self.backend.settings_age().as_micros()) {
                return Ok(Charged::new(cached, crate::domain::Charge::ZERO));
            }
        }
        let asked_after = self.settings.changes();
        let read = self.backend.collection(context, name).await?;
        let Some(collection) = read.value else {
            self.settings.forget(name);
            return Ok(Charged::new(None, read.charge));
        };
        let schema = match cached.filter(|known| known.collection.version == collection.version) {
            // A backend that must always be asked answers the same thing nearly always.
            Some(known) if self.always_asks() => return Ok(Charged::new(Some(known), read.charge)),
            Some(known) => known.schema.clone(),
            // To compile one can take a good part of a second.
            None => {
                let compiled = Box::pin(self.compiled(context, &collection)).await;
                compiled.map_err(|error| error.with_charge(read.charge))?
            }
        };
        let known = self.remember(schema, collection, now, asked_after);
        Ok(Charged::new(Some(known), read.charge))
    }

    /// Whether settings are asked for at each use, by the backend's own look at them.
    pub(super) fn always_asks(&self) -> bool {
        self.backend.settings_age().is_zero()
    }

    fn remember(
        &self,
        schema: Option<Arc<Schema>>,
        collection: Collection,
        now: Timestamp,
        asked_after: u64,
    ) -> Arc<Known> {
        let known = Arc::new(Known { collection, schema, read_at: now });
        self.settings.put(&known, asked_after);
        known
    }
}
