//! The backend on Amazon `DynamoDB`: one table, each write a conditional call or a transaction, its outcome never
//! guessed.
//!
//! `change` is the write protocol: a call whose expression (`condition`) allows it without anybody having looked, and
//! `store::judge` over the item that comes back where it does not. `retry` repeats what may be repeated, `together`
//! and `keyed` are transactions. `schema` is the table, `item` a row of it.

mod attempt;
mod bounds;
mod call;
mod change;
mod client;
mod coalesce;
mod collections;
mod condition;
mod conditional;
mod fault;
mod first;
mod full;
#[cfg(fuzzing)]
pub mod fuzzing;
mod item;
mod keyed;
mod memory;
mod number;
mod options;
mod plan;
mod probe;
mod read;
mod removal;
mod retry;
mod scan;
mod schema;
mod settings;
mod stamp;
mod table;
mod throttles;
mod together;
mod token;
mod transact;
mod update;
mod user_agent;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;

use crate::domain::{
    Charged, Clock, Collection, CollectionName, CollectionPage, CollectionQuery, Condition, Consistency,
    Context, OperationOutcome, PutCollection, Reply, Result, Written,
};
use crate::store::backend::{Address, Backend, Row, Rows, Scan, Single, Together};
use crate::telemetry::trace::Tracer;

pub use options::Options;
pub use table::{Billing, Found, Table, Unfit};

use client::Clients;
use coalesce::LoneReads;
use memory::Memory;
use retry::Budget;
use stamp::Stamps;

/// Connections that are opened before the first request needs them.
const WARM: usize = 4;

/// A table in `DynamoDB`.
pub struct Dynamo {
    clients: Clients,
    table: String,
    clock: Arc<dyn Clock>,
    stamps: Stamps,
    budget: Budget,
    lone_reads: Arc<LoneReads>,
    share_wait: Duration,
    memory: Memory,
    tracer: Tracer,
}

impl Dynamo {
    /// The table of that name. Asks for credentials and region as the SDK does, and for nothing else.
    pub async fn new(options: Options, clock: Arc<dyn Clock>) -> Arc<Dynamo> {
        Arc::new(Dynamo {
            clients: Clients::new(&options).await,
            memory: Memory::new(options.remembered, options.repeat_window),
            table: options.table,
            tracer: options.tracer,
            clock,
            stamps: Stamps::default(),
            budget: Budget::new(),
            lone_reads: Arc::default(),
            share_wait: options.share_wait,
        })
    }

    /// Opens connections, so that no request has to wait for one.
    ///
    /// # Errors
    /// As `ready`.
    pub async fn warm(&self, context: &Context) -> Result<()> {
        let asked = (0..WARM).map(|_| self.ready(context));
        join_all(asked).await.into_iter().collect()
    }
}

#[async_trait]
impl Backend for Dynamo {
    fn name(&self) -> &'static str {
        "dynamodb"
    }

    async fn get(
        &self,
        context: &Context,
        address: &Address,
        consistency: Consistency,
    ) -> Reply<Option<Row>> {
        self.row_for_many(context, address, consistency).await
    }

    async fn get_many(
        &self,
        context: &Context,
        reads: Vec<(Address, Consistency)>,
        most: usize,
    ) -> Reply<Vec<Result<Option<Row>>>> {
        self.rows(context, reads, most).await
    }

    async fn snapshot(&self, context: &Context, addresses: Vec<Address>) -> Reply<Vec<Option<Row>>> {
        self.rows_at_once(context, addresses).await
    }

    async fn scan(&self, context: &Context, scan: Scan) -> Reply<Rows> {
        self.scan_partition(context, scan).await
    }

    async fn change(&self, context: &Context, single: Single) -> Reply<Written> {
        self.change_one(context, single).await
    }

    async fn together(&self, context: &Context, together: Together) -> Reply<Vec<OperationOutcome>> {
        self.change_together(context, together).await
    }

    /// Free of charge: settings are fetched every few seconds, whoever asks first, so nobody is told the cost. The
    /// metric counts it.
    async fn collection(&self, context: &Context, name: &CollectionName) -> Reply<Option<Collection>> {
        let found = self.settings_of(context, name).await?;
        Ok(Charged::new(found.value, crate::domain::Charge::ZERO))
    }

    async fn collections(&self, context: &Context, query: CollectionQuery) -> Reply<CollectionPage> {
        self.page_of_collections(context, query).await
    }

    async fn put_collection(&self, context: &Context, put: PutCollection) -> Reply<Written> {
        self.put_settings(context, put).await
    }

    async fn delete_collection(
        &self,
        context: &Context,
        name: &CollectionName,
        condition: Condition,
    ) -> Reply<Option<Collection>> {
        Ok(self.remove_collection(context, name, condition).await?.map(Some))
    }

    async fn holds_live(&self, context: &Context, was: &Collection) -> Reply<bool> {
        self.has_live_rows(context, was).await
    }

    async fn ready(&self, context: &Context) -> Result<()> {
        let nobody = schema::key(schema::COLLECTIONS, "#ready");
        self.item(context, nobody, Consistency::Eventual).await.map(|_| ())
    }
}
