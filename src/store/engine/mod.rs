//! Implements `domain::Store` once, over any backend: settings, schemas, patches, merged lists.
//!
//! Whatever is the same on every backend lives here, so that a backend is only rows and conditions. Knows no
//! HTTP, no wire, and no particular backend.

mod changes;
mod collections;
mod judged;
mod judging;
mod list;
mod read;
mod rewrite;
mod settings;
mod transact;
mod under_way;
mod write;

use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::{
    Clock, Collection, CollectionName, CollectionPage, CollectionQuery, Condition, Consistency, Context,
    Item, ListQuery, OperationOutcome, Page, PutCollection, Read, Reply, Result, Store, Target, Transaction,
    Write, Written,
};
use crate::store::backend::{Address, Backend, Row, no_such_collection, shard};

use judging::Places;
use settings::{Known, SettingsCache};
use under_way::{UnderWay, Writes};

/// What an engine can be told.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether the first write makes its collection.
    pub auto_create: bool,
}

/// A `Store` over a backend.
pub struct Engine {
    backend: Arc<dyn Backend>,
    clock: Arc<dyn Clock>,
    options: Options,
    settings: SettingsCache,
    writes: Writes,
    judging: Places,
}

impl Engine {
    /// A store over that backend. Both must tell the time by the same clock.
    pub fn new(backend: Arc<dyn Backend>, options: Options, clock: Arc<dyn Clock>) -> Self {
        let (settings, writes, judging) = (SettingsCache::default(), Writes::default(), Places::default());
        Engine { backend, clock, options, settings, writes, judging }
    }

    /// Notes that a write begins, where it may go by settings that are gone when it is done.
    fn begin(&self, name: &CollectionName) -> Option<UnderWay> {
        (!self.always_asks()).then(|| self.writes.begin(name))
    }

    /// The row, if it counts as being there.
    fn live(&self, row: Option<Row>) -> Option<Row> {
        let now = self.clock.now();
        row.filter(|row| !row.item.expired(now))
    }
}

/// Where an item of a collection with that many shards lies.
fn address(target: Target, shards: u16) -> Address {
    let shard = shard(&target.key, shards);
    Address { collection: target.collection, shard, key: target.key }
}

#[async_trait]
impl Store for Engine {
    async fn read(&self, context: &Context, read: Read) -> Reply<(Option<Item>, Consistency)> {
        self.read_one(context, read).await
    }

    async fn read_many(&self, context: &Context, reads: Vec<Read>) -> Reply<Vec<Result<Option<Item>>>> {
        self.read_several(context, reads).await
    }

    async fn write(&self, context: &Context, write: Write) -> Reply<Written> {
        self.write_one(context, write).await
    }

    async fn list(&self, context: &Context, query: ListQuery) -> Reply<Page> {
        self.list_page(context, query).await
    }

    async fn transact(&self, context: &Context, transaction: Transaction) -> Reply<Vec<OperationOutcome>> {
        self.transact_all(context, transaction).await
    }

    async fn collections(&self, context: &Context, query: CollectionQuery) -> Reply<CollectionPage> {
        self.backend.collections(context, query).await
    }

    async fn collection(&self, context: &Context, name: CollectionName) -> Reply<Collection> {
        self.read_collection(context, name).await
    }

    async fn put_collection(&self, context: &Context, put: PutCollection) -> Reply<Written> {
        self.write_collection(context, put).await
    }

    async fn delete_collection(
        &self,
        context: &Context,
        name: CollectionName,
        condition: Condition,
    ) -> Reply<()> {
        self.remove_collection(context, name, condition).await
    }

    async fn ready(&self, context: &Context) -> Result<()> {
        self.backend.ready(context).await
    }
}
