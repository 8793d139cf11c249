//! Measures a store: how long each operation took, and how it ended.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;

use crate::domain::{
    Action, Collection, CollectionName, CollectionPage, CollectionQuery, Condition, Consistency, Context,
    Error, Item, ListQuery, OperationOutcome, Page, PutCollection, Read, Reply, Result, Store, Transaction,
    Write, Written,
};
use crate::telemetry::metrics::{self, Operation, StoreOperations};

/// A store that behaves as the one inside, and is measured.
pub struct Measured {
    inner: Arc<dyn Store>,
    operations: StoreOperations,
}

impl Measured {
    /// Measures a store under the name of its backend.
    pub fn new(inner: Arc<dyn Store>, backend: &'static str) -> Self {
        Measured { inner, operations: StoreOperations::new(backend) }
    }

    async fn timed<T>(&self, operation: Operation, work: impl Future<Output = Result<T>>) -> Result<T> {
        let started = Instant::now();
        let outcome = work.await;
        self.operations.end(operation, outcome.as_ref().err().map(Error::kind), started.elapsed());
        outcome
    }
}

#[async_trait]
impl Store for Measured {
    async fn read(&self, context: &Context, read: Read) -> Reply<(Option<Item>, Consistency)> {
        self.timed(Operation::Read, self.inner.read(context, read)).await
    }

    async fn read_many(&self, context: &Context, reads: Vec<Read>) -> Reply<Vec<Result<Option<Item>>>> {
        self.timed(Operation::ReadMany, self.inner.read_many(context, reads)).await
    }

    async fn write(&self, context: &Context, write: Write) -> Reply<Written> {
        let operation = Operation::of_write(&write.action);
        let stores = match &write.action {
            Action::Put(document) => Some(document.bytes().len()),
            Action::Patch(_) | Action::Increment(_) | Action::Delete => None,
        };
        let written = self.timed(operation, self.inner.write(context, write)).await?;
        if let Some(bytes) = stores {
            metrics::document_written(bytes);
        }
        Ok(written)
    }

    async fn list(&self, context: &Context, query: ListQuery) -> Reply<Page> {
        self.timed(Operation::List, self.inner.list(context, query)).await
    }

    async fn transact(&self, context: &Context, transaction: Transaction) -> Reply<Vec<OperationOutcome>> {
        self.timed(Operation::Transact, self.inner.transact(context, transaction)).await
    }

    async fn collections(&self, context: &Context, query: CollectionQuery) -> Reply<CollectionPage> {
        self.timed(Operation::Collections, self.inner.collections(context, query)).await
    }

    async fn collection(&self, context: &Context, name: CollectionName) -> Reply<Collection> {
        self.timed(Operation::Collection, self.inner.collection(context, name)).await
    }

    async fn put_collection(&self, context: &Context, put: PutCollection) -> Reply<Written> {
        self.timed(Operation::PutCollection, self.inner.put_collection(context, put)).await
    }

    async fn delete_collection(
        &self,
        context: &Context,
        name: CollectionName,
        condition: Condition,
    ) -> Reply<()> {
        let work = self.inner.delete_collection(context, name, condition);
        self.timed(Operation::DeleteCollection, work).await
    }

    async fn ready(&self, context: &Context) -> Result<()> {
        self.inner.ready(context).await
    }
}
