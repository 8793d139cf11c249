//! What a place that keeps rows must do; `store::engine` builds the port `domain::Store` on it.
//!
//! Cut so that each method is one step: what it writes happens whole or not at all. That is a part of a turn of the
//! embedded writer, and usually one call to `DynamoDB`. Backends return rows that have expired as they find them in
//! `get`, `get_many`, `snapshot` and `scan` (the engine drops them), and treat them as absent wherever they judge a
//! condition.

use std::time::Duration;

use async_trait::async_trait;

use crate::domain::Action as DomainAction;
use crate::domain::{
    Attempt, Charge, Charged, Collection, CollectionName, CollectionPage, CollectionQuery, Condition,
    Consistency, Context, Document, Error, Increments, Item, Key, Kind, OperationOutcome, PutCollection,
    Reply, Result, Timestamp, Token, Ttl, WriteId, Written, limits,
};

/// Where a row lies: a key in a partition of a collection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// The collection.
    pub collection: CollectionName,
    /// The partition, below the collection's `shards`.
    pub shard: u16,
    /// The key.
    pub key: Key,
}

/// An item as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The item, maybe expired.
    pub item: Item,
    /// Whether the write that made this version found nothing before it.
    pub created: bool,
}

/// How a written item gets its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// A time to live from now on.
    From(Ttl),
    /// Exactly this.
    At(Option<Timestamp>),
    /// What it was; seconds from now on for an item that is created.
    Keep {
        /// The collection's default.
        default: Option<u64>,
    },
}

impl Lifetime {
    /// The end of an item written now over one that is there (`None`: nothing, or expired).
    pub fn expires(self, now: Timestamp, live: Option<&Item>) -> Option<Timestamp> {
        match (self, live) {
            (Lifetime::From(ttl), _) => ttl.expiry(now),
            (Lifetime::At(at), _) => at,
            (Lifetime::Keep { .. }, Some(item)) => item.expires,
            (Lifetime::Keep { default }, None) => default.map(|seconds| now.expiry(seconds)),
        }
    }
}

/// A change of one row.
#[derive(Clone, Debug)]
pub enum Action {
    /// Stores a document.
    Put(Document),
    /// Adds to numbers; may create the row. Never loses one, however many run at once.
    Increment(Increments),
    /// Removes the row; of an absent one `no-such-item` in a single change, and nothing in a transaction.
    Delete,
    /// Changes nothing, but its condition must hold (transactions only).
    Check,
}

impl Action {
    /// What the domain calls it; patches have none, the engine turns them into puts.
    pub fn plain(action: DomainAction) -> Option<Action> {
        match action {
            DomainAction::Put(document) => Some(Action::Put(document)),
            DomainAction::Increment(increments) => Some(Action::Increment(increments)),
            DomainAction::Delete => Some(Action::Delete),
            DomainAction::Patch(_) => None,
        }
    }
}

/// One conditional change.
#[derive(Clone, Debug)]
pub struct Change {
    /// Which row.
    pub address: Address,
    /// What to do.
    pub action: Action,
    /// Under which condition.
    pub condition: Condition,
    /// Whether the caller demands that. Then the very version that it names tells that this was not done before; one
    /// that the engine only saw when it looked does not.
    pub by_caller: bool,
    /// When the row ends.
    pub lifetime: Lifetime,
    /// Makes the collection with default settings, in the same moment, if it is not there. Without this, and
    /// without the collection: `no-such-collection`.
    pub create_collection: bool,
}

/// A change on its own: `domain::Write` with everything decided that settings decide.
#[derive(Clone, Debug)]
pub struct Single {
    /// The change.
    pub change: Change,
    /// The name of the write.
    pub write_id: WriteId,
    /// Whether that comes from an `Idempotency-Key`.
    pub keyed: bool,
    /// Remembered for ten minutes (increments).
    pub token: Option<Token>,
    /// Whether it may have been tried before.
    pub attempt: Attempt,
    /// Whether the answer is to hold the document.
    pub want_document: bool,
}

/// Changes that happen together, or not at all.
#[derive(Clone, Debug)]
pub struct Together {
    /// Each about another row.
    pub changes: Vec<Change>,
    /// The name of the writes.
    pub write_id: WriteId,
    /// Remembered for ten minutes.
    pub token: Option<Token>,
    /// Whether it may have been tried before.
    pub attempt: Attempt,
}

/// Asks for rows of one partition in the order of their keys' bytes.
#[derive(Clone, Debug)]
pub struct Scan {
    /// The collection.
    pub collection: CollectionName,
    /// The partition.
    pub shard: u16,
    /// The first key that may come, inclusive.
    pub lower: Vec<u8>,
    /// Where it ends, exclusive; none means at the end of the partition.
    pub upper: Option<Vec<u8>>,
    /// From the greatest key down.
    pub reverse: bool,
    /// Rows at most.
    pub limit: usize,
    /// Bytes of documents at most, though a single row may be larger. A backend that can't bound them, as `DynamoDB`,
    /// is bounded by `limit` alone, and by its own pages.
    pub bytes: usize,
    /// Whether rows come with documents.
    pub values: bool,
    /// How recent.
    pub consistency: Consistency,
}

/// What a scan found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Rows in the order asked for; a page ends at one of the limits, or near 1 MiB of rows.
    pub rows: Vec<(Key, Item)>,
    /// Whether more may follow behind the last row; never without a row.
    pub more: bool,
}

/// Keeps rows.
#[async_trait]
pub trait Backend: Send + Sync + 'static {
    /// The word for it in configuration and metrics.
    fn name(&self) -> &'static str;

    /// How long settings that were read may be used without asking again. Zero where asking costs nothing.
    fn settings_age(&self) -> Duration {
        limits::SETTINGS_AGE
    }

    /// The row there, even if expired.
    async fn get(&self, context: &Context, address: &Address, consistency: Consistency)
    -> Reply<Option<Row>>;

    /// Many rows, answers in the same order. Where their documents come to more than `most` bytes, those that are not read
    /// by then may be answered by [`BeyondAnswer`](crate::domain::BeyondAnswer).
    async fn get_many(
        &self,
        context: &Context,
        reads: Vec<(Address, Consistency)>,
        most: usize,
    ) -> Reply<Vec<Result<Option<Row>>>>;

    /// Rows as they were at one moment, answers in the same order.
    async fn snapshot(&self, context: &Context, addresses: Vec<Address>) -> Reply<Vec<Option<Row>>>;

    /// Rows of a partition.
    async fn scan(&self, context: &Context, scan: Scan) -> Reply<Rows>;

    /// Does one change as `judge::single` decides.
    async fn change(&self, context: &Context, single: Single) -> Reply<Written>;

    /// Does all changes as `judge::together` decides, or none.
    async fn together(&self, context: &Context, together: Together) -> Reply<Vec<OperationOutcome>>;

    /// The settings of a collection.
    async fn collection(&self, context: &Context, name: &CollectionName) -> Reply<Option<Collection>>;

    /// A page of the collections, by name.
    async fn collections(&self, context: &Context, query: CollectionQuery) -> Reply<CollectionPage>;

    /// Makes a collection or replaces its settings, as `judge::settings` decides.
    async fn put_collection(&self, context: &Context, put: PutCollection) -> Reply<Written>;

    /// Removes a collection that has no live rows. What it was, where a write that takes it for one that is there may
    /// still be on its way.
    async fn delete_collection(
        &self,
        context: &Context,
        name: &CollectionName,
        condition: Condition,
    ) -> Reply<Option<Collection>>;

    /// Whether rows live in a collection that was handed back at its removal.
    async fn holds_live(&self, _: &Context, _: &Collection) -> Reply<bool> {
        Ok(Charged::new(false, Charge::ZERO))
    }

    /// Whether it can serve now.
    async fn ready(&self, context: &Context) -> Result<()>;
}

/// In which partition of a collection a key lies. Part of the data format: never change it.
pub fn shard(key: &Key, shards: u16) -> u16 {
    match shards {
        0 | 1 => 0,
        shards => (xxhash_rust::xxh3::xxh3_64(key.as_str().as_bytes()) % u64::from(shards)) as u16,
    }
}

/// A page of collections that is being filled.
pub struct Filling {
    page: CollectionPage,
    limit: usize,
    bytes: usize,
}

impl Filling {
    /// A page that holds so many at most.
    pub fn new(limit: u16) -> Filling {
        Filling { page: CollectionPage::default(), limit: usize::from(limit), bytes: 0 }
    }

    /// How many more there may be, and one that tells whether there is a next page.
    pub fn wanted(&self) -> usize {
        self.limit + 1 - self.page.collections.len()
    }

    /// Adds the next one; one fits, however large. False where the page is full, and the next begins behind its last.
    pub fn add(&mut self, collection: Collection) -> bool {
        self.bytes += collection.bytes();
        let full = self.page.collections.len() == self.limit || self.bytes > limits::PAGE_BYTES;
        if full && let Some(last) = self.page.collections.last() {
            self.page.next = Some(last.name.clone());
            return false;
        }
        self.page.collections.push(collection);
        true
    }

    /// The page.
    pub fn page(self) -> CollectionPage {
        self.page
    }
}

/// The error of the removal of a collection in which something lives.
pub fn collection_not_empty(name: &CollectionName) -> Error {
    let detail = format!("the collection `{name}` holds items; delete them first");
    Error::new(Kind::CollectionNotEmpty, detail)
}

/// The error of whatever needs a collection that is not there.
pub fn no_such_collection(name: &CollectionName) -> Error {
    Error::new(
        Kind::NoSuchCollection,
        format!(
            "there is no collection `{name}`; make it by a PUT of its settings, or of a first item where the service allows that"
        ),
    )
}
