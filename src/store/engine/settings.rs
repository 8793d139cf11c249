//! Collection settings as the engine uses them: cached, with the schema compiled.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::domain::Charged;
use crate::domain::{Collection, CollectionName, Context, Reply, Result, Schema, Timestamp};

use super::Engine;

/// Collections that are remembered; beyond that, all are forgotten and read again.
const REMEMBERED: usize = 10_000;

/// A collection that is there.
pub(super) struct Known {
    pub(super) collection: Collection,
    pub(super) schema: Option<Schema>,
    read_at: Timestamp,
}

/// What was read lately. Only collections that are there: that one is missing is never remembered, so that a
/// strong read sees an item whose collection another store has just made.
#[derive(Default)]
pub(super) struct SettingsCache {
    known: RwLock<HashMap<CollectionName, Arc<Known>>>,
}

impl SettingsCache {
    fn get(&self, name: &CollectionName) -> Option<Arc<Known>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn put(&self, known: &Arc<Known>) {
        let mut map = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if map.len() >= REMEMBERED {
            map.clear();
        }
        map.insert(known.collection.name.clone(), Arc::clone(known));
    }

    pub(super) fn forget(&self, name: &CollectionName) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}

impl Engine {
    /// The collection, if it is there; at most as old as the backend allows.
    pub(super) async fn known(&self, context: &Context, name: &CollectionName) -> Reply<Option<Arc<Known>>> {
        let now = self.clock.now();
        let cached = self.settings.get(name);
        if let Some(known) = &cached {
            let age = now.micros().saturating_sub(known.read_at.micros());
            if u128::from(age) < self.backend.settings_age().as_micros() {
                return Ok(Charged::new(cached, crate::domain::Charge::ZERO));
            }
        }
        let read = self.backend.collection(context, name).await?;
        let Some(collection) = read.value else {
            self.settings.forget(name);
            return Ok(Charged::new(None, read.charge));
        };
        let known = match cached {
            // A backend that must always be asked answers the same thing nearly always.
            Some(known) if known.collection.version == collection.version && self.always_asks() => known,
            _ => self.remember(collection, now)?,
        };
        Ok(Charged::new(Some(known), read.charge))
    }

    fn always_asks(&self) -> bool {
        self.backend.settings_age().is_zero()
    }

    fn remember(&self, collection: Collection, now: Timestamp) -> Result<Arc<Known>> {
        let schema =
            collection.settings.schema.as_ref().map(|text| Schema::parse(text, "/schema")).transpose()?;
        let known = Arc::new(Known { collection, schema, read_at: now });
        self.settings.put(&known);
        Ok(known)
    }
}
