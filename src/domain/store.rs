//! The port: what a place that keeps items can do.
//!
//! The conformance suite is written from the sentences here and runs against every implementation. They hold
//! for all of them:
//!
//! - An operation that was answered with success is durable, and every strong read after it sees it.
//! - An operation that failed changed nothing, but for `outcome-unknown` and `deadline-exceeded`, of which that
//!   is not known.
//! - An item whose time has come is absent: in reads, lists and conditions, to the millisecond.
//! - A read, list or delete in a collection that is not there is `no-such-collection`. The first successful write
//!   makes the collection, with default settings; a failed one does not. A transaction is one write: where it
//!   makes a collection, each of its operations finds it, empty.
//! - Where several things are wrong, the first of these answers: `no-such-collection`, `schema-violation` (of a
//!   document that is given), `precondition-required`, `no-such-item`, the condition, and what comes of applying
//!   a patch: `conflict`, `too-large`, `schema-violation`.
//! - Errors carry what the attempt cost.

use async_trait::async_trait;

use super::charge::Charge;
use super::context::Context;
use super::error::Result;
use super::item::Item;
use super::key::CollectionName;
use super::operation::{Consistency, Read, Write, Written};
use super::page::{ListQuery, Page};
use super::settings::{Collection, CollectionPage, CollectionQuery, PutCollection};
use super::transaction::{OperationOutcome, Transaction};

/// A value, and what it cost to get it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charged<T> {
    /// The value.
    pub value: T,
    /// Its cost.
    pub charge: Charge,
}

impl<T> Charged<T> {
    /// A value with its cost.
    pub fn new(value: T, charge: Charge) -> Self {
        Charged { value, charge }
    }

    /// The same cost for another value.
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> Charged<U> {
        Charged { value: with(self.value), charge: self.charge }
    }
}

/// The answer of a store.
pub type Reply<T> = Result<Charged<T>>;

/// Keeps items in collections.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Reads an item; none where it is absent. Says how recent the answer is.
    ///
    /// With `min_version`: reads eventually, and, if that is absent or older, once more strongly.
    async fn read(&self, context: &Context, read: Read) -> Reply<(Option<Item>, Consistency)>;

    /// Reads many items, answers in the same order. Each has its own outcome, `too-large` where its document and those before
    /// it are more than [`limits::ANSWER_BYTES`](super::limits::ANSWER_BYTES); the whole fails only where none could be tried.
    async fn read_many(&self, context: &Context, reads: Vec<Read>) -> Reply<Vec<Result<Option<Item>>>>;

    /// Changes an item if its condition holds.
    ///
    /// - `stamp` of the new version is greater than that of the version before, even one that has expired.
    /// - A condition that does not hold is `precondition-failed` with the current version (none when absent), and
    ///   its document if wanted.
    /// - Patch and delete of an absent item are `no-such-item`, whatever the condition says.
    /// - If the current version carries the same `write_id`, this write was done before: the same answer as
    ///   then. The same key with other content is `idempotency-key-reused`.
    /// - An increment with a token that was used within ten minutes gives its first answer, or
    ///   `idempotency-key-reused`.
    /// - A patch or increment that does not fit the document is `conflict` with a pointer; the same kind with
    ///   `retry_after` where others kept overtaking it.
    /// - A missing ttl keeps the expiry on patch and increment, and means the collection's default on put and
    ///   for what is created.
    async fn write(&self, context: &Context, write: Write) -> Reply<Written>;

    /// A page of a collection in the order of the keys' bytes.
    ///
    /// Holds at most `limit` entries and common prefixes, and at most 1 MiB of documents, but always the first
    /// one. A walk sees everything that stays throughout exactly once.
    async fn list(&self, context: &Context, query: ListQuery) -> Reply<Page>;

    /// Does all operations at one moment, or none.
    ///
    /// - Failed conditions are `transaction-precondition` and name every operation that failed.
    /// - Schema violations come first, then missing preconditions, with pointers that begin with `/ops/<n>`.
    /// - A delete without condition succeeds on nothing.
    /// - With a token that was used within ten minutes: the first answer, or `idempotency-key-reused`.
    /// - Documents that are read beyond [`limits::ANSWER_BYTES`](super::limits::ANSWER_BYTES) are left out of the answer.
    async fn transact(&self, context: &Context, transaction: Transaction) -> Reply<Vec<OperationOutcome>>;

    /// A page of the collections, by name.
    async fn collections(&self, context: &Context, query: CollectionQuery) -> Reply<CollectionPage>;

    /// One collection.
    async fn collection(&self, context: &Context, name: CollectionName) -> Reply<Collection>;

    /// Makes a collection or replaces its settings. Changing `shards` is `conflict`.
    async fn put_collection(&self, context: &Context, put: PutCollection) -> Reply<Written>;

    /// Removes an empty collection; one that holds an item is `collection-not-empty`. The condition is
    /// judged against the version of the settings.
    async fn delete_collection(
        &self,
        context: &Context,
        name: CollectionName,
        condition: super::condition::Condition,
    ) -> Reply<()>;

    /// Whether it can serve now; fails with what is wrong, and what to do.
    async fn ready(&self, context: &Context) -> Result<()>;
}
