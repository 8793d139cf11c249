//! Reads of single items, and of many at once.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{Charge, Charged, CollectionName, Consistency, Context, Item, Read, Reply, Result};
use crate::store::backend::Row;

use super::{Engine, Known, address, no_such_collection};

impl Engine {
    pub(super) async fn read_one(&self, context: &Context, read: Read) -> Reply<(Option<Item>, Consistency)> {
        let Charged { value: known, mut charge } = self.known(context, &read.target.collection).await?;
        let Some(known) = known else {
            return Err(no_such_collection(&read.target.collection).with_charge(charge));
        };
        let address = address(read.target, known.collection.settings.shards);
        let mut consistency = read.consistency;
        let mut row = self.backend.get(context, &address, consistency).await?;
        charge += row.charge;
        if let (Some(least), Consistency::Eventual) = (read.min_version, consistency) {
            let old = |row: &Row| row.item.version.stamp < least.stamp || row.item.expired(self.clock.now());
            if row.value.as_ref().is_none_or(old) {
                consistency = Consistency::Strong;
                row = self.backend.get(context, &address, consistency).await?;
                charge += row.charge;
            }
        }
        let item = self.live(row.value).map(|row| row.item);
        Ok(Charged::new((item, consistency), charge))
    }

    pub(super) async fn read_several(
        &self,
        context: &Context,
        reads: Vec<Read>,
    ) -> Reply<Vec<Result<Option<Item>>>> {
        let names = reads.iter().map(|read| &read.target.collection);
        let Charged { value: known, mut charge } = self.known_all(context, names).await?;
        let mut answers: Vec<Result<Option<Item>>> = Vec::with_capacity(reads.len());
        let mut wanted = Vec::with_capacity(reads.len());
        let mut places = Vec::with_capacity(reads.len());
        for (place, read) in reads.into_iter().enumerate() {
            let Some(Some(known)) = known.get(&read.target.collection) else {
                answers.push(Err(no_such_collection(&read.target.collection)));
                continue;
            };
            answers.push(Ok(None));
            places.push(place);
            wanted.push((address(read.target, known.collection.settings.shards), read.consistency));
        }
        if wanted.is_empty() {
            return Ok(Charged::new(answers, charge));
        }
        let rows = self.backend.get_many(context, wanted).await?;
        charge += rows.charge;
        for (place, row) in places.into_iter().zip(rows.value) {
            answers[place] = row.map(|row| self.live(row).map(|row| row.item));
        }
        Ok(Charged::new(answers, charge))
    }

    /// The settings of several collections, each asked for once.
    pub(super) async fn known_all<'a>(
        &self,
        context: &Context,
        names: impl Iterator<Item = &'a CollectionName>,
    ) -> Reply<HashMap<CollectionName, Option<Arc<Known>>>> {
        let mut all = HashMap::new();
        let mut charge = Charge::ZERO;
        for name in names {
            if !all.contains_key(name) {
                let known = self.known(context, name).await?;
                charge += known.charge;
                all.insert(name.clone(), known.value);
            }
        }
        Ok(Charged::new(all, charge))
    }
}
