//! The store as the public role sees it: elsewhere, at the other end of a line.
//!
//! [`Remote`] implements `domain::Store`. Each thread that serves requests has a `worker` of its own, which keeps one
//! `line` to each store `endpoint`, so that a call takes no lock that another thread wants. `discovery` finds the
//! endpoints, `members` knows them, `balance` chooses among them, `retry` carries a call through the loss of a line.

mod backoff;
mod balance;
mod body;
mod calls;
mod connect;
mod discovery;
mod endpoint;
mod exchange;
mod line;
mod members;
mod notices;
mod options;
mod outlier;
mod probe;
mod retry;
mod tls;
mod worker;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use async_trait::async_trait;

use crate::config::ClientTls;
use crate::domain::{
    Charged, Collection, CollectionName, CollectionPage, CollectionQuery, Condition, Consistency, Context,
    Error, Item, ListQuery, OperationOutcome, Page, PutCollection, Read, Reply, Result, Store, TraceContext,
    Transaction, Write, Written,
};
use crate::telemetry::metrics::{ClientOperations, Operation};
use crate::wire::{Answer, Call};

pub use options::Options;

use worker::{Shared, Worker};

/// A store at the other end of lines.
pub struct Remote {
    shared: Arc<Shared>,
    /// Serves the threads that have no worker of their own.
    spare: Mutex<Option<Arc<Worker>>>,
    operations: ClientOperations,
}

impl Remote {
    /// A store of these options. Lines are opened by the workers.
    ///
    /// # Errors
    /// When the HTTP client can't be made.
    pub fn new(options: Options) -> Result<Arc<Remote>> {
        static REMOTES: AtomicU64 = AtomicU64::new(0);
        let id = REMOTES.fetch_add(1, Ordering::Relaxed);
        let shared = Shared::new(id, options)?;
        Ok(Arc::new(Remote { shared, spare: Mutex::default(), operations: ClientOperations::new() }))
    }

    /// Makes lines with other certificates from now on. Lines that are open stay until their age, and where there was
    /// no TLS there is none.
    ///
    /// # Errors
    /// When these can't be used; those of before stay.
    pub fn secure(&self, tls: &ClientTls) -> Result<()> {
        self.shared.secure(tls)
    }

    /// Begins to keep lines for calls from this thread, on its runtime. To be called on each thread that serves
    /// requests, within its single-threaded runtime; a second time it does nothing.
    pub fn start_worker(&self) {
        worker::start_here(&self.shared);
    }

    fn worker(&self) -> Result<Arc<Worker>> {
        if let Some(worker) = worker::of_this_thread(&self.shared) {
            return Ok(worker);
        }
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        match &*spare {
            Some(worker) => Ok(Arc::clone(worker)),
            None => Ok(Arc::clone(spare.insert(worker::start_thread(&self.shared)?))),
        }
    }

    async fn call(&self, context: &Context, operation: Operation, call: Call) -> Reply<Answer> {
        let started = Instant::now();
        let Options { tracer, host, port, .. } = self.shared.options();
        let mut span = tracer.store_client(context.trace, operation, host, *port);
        let answer = self.call_unmeasured(context, span.context().or(context.trace), &call).await;
        span.outcome(answer.as_ref().err());
        self.operations.end(operation, answer.as_ref().err().map(Error::kind), started.elapsed());
        answer
    }

    async fn call_unmeasured(
        &self,
        context: &Context,
        trace: Option<TraceContext>,
        call: &Call,
    ) -> Reply<Answer> {
        let worker = self.worker()?;
        retry::call(&worker, context, trace, call).await
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.shared.stop();
    }
}

/// Takes the answer of an operation apart, which is never of another operation unless the store is broken.
fn expect<T>(answer: Charged<Answer>, take: impl FnOnce(Answer) -> Option<T>) -> Reply<T> {
    let Charged { value, charge } = answer;
    match take(value) {
        Some(value) => Ok(Charged::new(value, charge)),
        None => Err(Error::internal("the store answered another operation than it was asked")),
    }
}

#[async_trait]
impl Store for Remote {
    async fn read(&self, context: &Context, read: Read) -> Reply<(Option<Item>, Consistency)> {
        let answer = self.call(context, Operation::Read, Call::Read(read)).await?;
        expect(answer, |answer| match answer {
            Answer::Read(item, consistency) => Some((item, consistency)),
            _ => None,
        })
    }

    async fn read_many(&self, context: &Context, reads: Vec<Read>) -> Reply<Vec<Result<Option<Item>>>> {
        let wanted = reads.len();
        let answer = self.call(context, Operation::ReadMany, Call::ReadMany(reads)).await?;
        expect(answer, |answer| match answer {
            Answer::ReadMany(results) if results.len() == wanted => Some(results),
            _ => None,
        })
    }

    async fn write(&self, context: &Context, write: Write) -> Reply<Written> {
        let operation = Operation::of_write(&write.action);
        expect(self.call(context, operation, Call::Write(write)).await?, written)
    }

    async fn list(&self, context: &Context, query: ListQuery) -> Reply<Page> {
        let answer = self.call(context, Operation::List, Call::List(query)).await?;
        expect(answer, |answer| match answer {
            Answer::Page(page) => Some(page),
            _ => None,
        })
    }

    async fn transact(&self, context: &Context, transaction: Transaction) -> Reply<Vec<OperationOutcome>> {
        let wanted = transaction.operations.len();
        let answer = self.call(context, Operation::Transact, Call::Transact(transaction)).await?;
        expect(answer, |answer| match answer {
            Answer::Outcomes(outcomes) if outcomes.len() == wanted => Some(outcomes),
            _ => None,
        })
    }

    async fn collections(&self, context: &Context, query: CollectionQuery) -> Reply<CollectionPage> {
        let answer = self.call(context, Operation::Collections, Call::Collections(query)).await?;
        expect(answer, |answer| match answer {
            Answer::Collections(page) => Some(page),
            _ => None,
        })
    }

    async fn collection(&self, context: &Context, name: CollectionName) -> Reply<Collection> {
        let answer = self.call(context, Operation::Collection, Call::Collection(name)).await?;
        expect(answer, |answer| match answer {
            Answer::Collection(collection) => Some(collection),
            _ => None,
        })
    }

    async fn put_collection(&self, context: &Context, put: PutCollection) -> Reply<Written> {
        let call = Call::PutCollection(put);
        expect(self.call(context, Operation::PutCollection, call).await?, written)
    }

    async fn delete_collection(
        &self,
        context: &Context,
        name: CollectionName,
        condition: Condition,
    ) -> Reply<()> {
        let call = Call::DeleteCollection(name, condition);
        expect(self.call(context, Operation::DeleteCollection, call).await?, |answer| {
            matches!(answer, Answer::Done).then_some(())
        })
    }

    async fn ready(&self, context: &Context) -> Result<()> {
        expect(self.call_unmeasured(context, None, &Call::Ready).await?, |answer| {
            matches!(answer, Answer::Done).then_some(())
        })
        .map(|_| ())
    }
}

fn written(answer: Answer) -> Option<Written> {
    match answer {
        Answer::Written(written) => Some(written),
        _ => None,
    }
}
