//! Reads of single items, and of many at once.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;

use crate::domain::{
    AnswerRoom, Charge, Charged, CollectionName, Consistency, Context, Document, Item, Read, Reply, Result,
    limits,
};
use crate::store::backend::{Address, Row};

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
        let (mut documents, mut versions) = (Wanted::default(), Wanted::default());
        for (place, read) in reads.into_iter().enumerate() {
            let Some(Some(known)) = known.get(&read.target.collection) else {
                answers.push(Err(no_such_collection(&read.target.collection)));
                continue;
            };
            answers.push(Ok(None));
            let wanted = if read.want_document { &mut documents } else { &mut versions };
            wanted.places.push(place);
            wanted.reads.push((address(read.target, known.collection.settings.shards), read.consistency));
        }
        let mut room = AnswerRoom::default();
        for (place, item) in self.read_wanted(context, documents, limits::ANSWER_BYTES, &mut charge).await? {
            answers[place] = item.and_then(|item| {
                item.as_ref().map_or(Ok(()), |item| room.take(&item.document))?;
                Ok(item)
            });
        }
        for (place, item) in self.read_wanted(context, versions, usize::MAX, &mut charge).await? {
            answers[place] = item.map(|item| item.map(|item| Item { document: nothing(), ..item }));
        }
        Ok(Charged::new(answers, charge))
    }

    async fn read_wanted(
        &self,
        context: &Context,
        wanted: Wanted,
        most: usize,
        charge: &mut Charge,
    ) -> Result<Vec<(usize, Result<Option<Item>>)>> {
        if wanted.reads.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.backend.get_many(context, wanted.reads, most).await;
        let rows = rows.map_err(|error| error.with_charge(*charge))?;
        *charge += rows.charge;
        let items = rows.value.into_iter().map(|row| row.map(|row| self.live(row).map(|row| row.item)));
        Ok(wanted.places.into_iter().zip(items).collect())
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

/// Rows to be read, and the places of their reads.
#[derive(Default)]
struct Wanted {
    places: Vec<usize>,
    reads: Vec<(Address, Consistency)>,
}

/// What stands for a document that nobody wants.
fn nothing() -> Document {
    Document::trusted(Bytes::from_static(b"null"))
}
