//! Collection settings as the engine uses them: cached, with the schema compiled.

use std::hash::RandomState;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{OptionsBuilder, Weighter};

use crate::domain::{Charged, Collection, CollectionName, Context, Reply, Schema, Timestamp};

use super::Engine;

/// Bytes of what is remembered, about; beyond that, what was not used lately is forgotten and read again.
const REMEMBERED_BYTES: u64 = 128 * 1024 * 1024;
/// Bytes of one without a schema, about.
const PLAIN_BYTES: usize = 512;

/// A collection that is there.
pub(super) struct Known {
    pub(super) collection: Collection,
    pub(super) schema: Option<Arc<Schema>>,
    read_at: Timestamp,
}

/// What was read lately. Only collections that are there: that one is missing is never remembered, so that a
/// strong read sees an item whose collection another store has just made.
pub(super) struct SettingsCache {
    known: Cache<CollectionName, Arc<Known>, Memory>,
    /// How often settings were changed here: what was asked for before a change is not remembered behind it.
    changes: Mutex<u64>,
}

/// What a collection takes in memory.
#[derive(Clone)]
struct Memory;

impl Weighter<CollectionName, Arc<Known>> for Memory {
    fn weight(&self, _: &CollectionName, known: &Arc<Known>) -> u64 {
        let schema = known.schema.as_ref().map_or(0, |schema| schema.memory());
        (PLAIN_BYTES + known.collection.bytes() + schema) as u64
    }
}

impl SettingsCache {
    /// Remembers so many bytes at most.
    fn new(bytes: u64) -> SettingsCache {
        let mut options = OptionsBuilder::new();
        // A part of it could be smaller than a schema may be.
        options.shards(1).estimated_items_capacity(10_000).weight_capacity(bytes);
        let options = options.build().expect("both capacities are given");
        let known = Cache::with_options(options, Memory, RandomState::new(), DefaultLifecycle::default());
        SettingsCache { known, changes: Mutex::default() }
    }

    pub(super) fn get(&self, name: &CollectionName) -> Option<Arc<Known>> {
        self.known.get(name)
    }

    fn changes(&self) -> MutexGuard<'_, u64> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers what was asked for after that many changes.
    fn put(&self, known: &Arc<Known>, asked_after: u64) {
        let changes = self.changes();
        if *changes == asked_after {
            self.known.insert(known.collection.name.clone(), Arc::clone(known));
        }
    }

    /// Reads it anew when it is asked for.
    pub(super) fn forget(&self, name: &CollectionName) {
        self.known.remove(name);
    }

    /// The settings have been changed, or may have been.
    pub(super) fn changed(&self, name: &CollectionName) {
        let mut changes = self.changes();
        *changes += 1;
        self.known.remove(name);
    }
}

impl Default for SettingsCache {
    fn default() -> Self {
        SettingsCache::new(REMEMBERED_BYTES)
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
        let asked_after = *self.settings.changes();
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::domain::{Settings, Version, WriteId};

    fn known(name: &str, schema: &str) -> Arc<Known> {
        let text = Bytes::from(schema.to_owned());
        let collection = Collection {
            name: CollectionName::parse(name).unwrap(),
            settings: Settings { schema: Some(text.clone()), ..Settings::default() },
            version: Version { stamp: 1, write: WriteId::from_bits(1) },
            created: true,
        };
        Arc::new(Known {
            collection,
            schema: Some(Arc::new(Schema::kept(&text))),
            read_at: Timestamp::from_micros(0),
        })
    }

    #[test]
    fn what_is_remembered_has_a_bound_in_bytes() {
        let expressions: Vec<String> =
            (0..40).map(|n| format!(r#""p{n}":{{"pattern":"^a{n}[a-z]*$"}}"#)).collect();
        let schema = format!(r#"{{"properties":{{{}}}}}"#, expressions.join(","));
        let one = known("one", &schema);
        let bytes = Memory.weight(&one.collection.name, &one);
        assert!(bytes > 40 * 12 * 1024, "{bytes}: forty expressions count");
        let cache = SettingsCache::new(10 * bytes);
        for n in 0..50 {
            cache.put(&known(&format!("c{n}"), &schema), 0);
        }
        let there =
            (0..50).filter(|n| cache.get(&CollectionName::parse(&format!("c{n}")).unwrap()).is_some());
        assert!((5..=10).contains(&there.count()));
        // One that is nearly as large as all may be is remembered, too.
        let most = SettingsCache::new(bytes + bytes / 10);
        most.put(&one, 0);
        assert!(most.get(&one.collection.name).is_some());
        most.changed(&one.collection.name);
        most.put(&one, 0);
        assert!(most.get(&one.collection.name).is_none(), "it was read before the change");
    }
}
