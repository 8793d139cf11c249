//! The backend for one machine: rows in an embedded engine, every acknowledged write on the disk.
//!
//! One thread writes, see `writer`; readers look at the last synced turn, see `view`, and wait for nobody.
//! `layout`, `journal` and `manifest` find damaged files when the database is opened; `preallocate` and `memtables` spare the
//! writer and the readers what they would else wait for; `rotation` keeps the engine's memory within its bounds.

mod acked;
mod backpressure;
mod backup;
mod batch;
mod bytes;
mod clearing;
mod database;
mod error;
mod flush;
#[cfg(fuzzing)]
pub mod fuzzing;
mod health;
mod journal;
mod keys;
mod layout;
mod manifest;
mod memtables;
mod options;
mod overlay;
mod pending;
mod preallocate;
mod queue;
mod record;
mod restore;
mod rotation;
mod row;
mod seal;
mod space;
mod sweep;
#[cfg(test)]
mod tests;
mod together;
mod turn;
mod unpack;
mod upkeep;
mod view;
mod writer;

use std::io::Read;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use async_trait::async_trait;
use tokio::sync::oneshot::{self, Sender};
use tokio::time::timeout_at;

use crate::domain::{
    Charge, Charged, Clock, Collection, CollectionName, CollectionPage, CollectionQuery, Condition,
    Consistency, Context, Error, OperationOutcome, PutCollection, Reply, Result, Timestamp, Written,
    read_charge,
};
use crate::store::backend::{Address, Backend, Row, Rows, Scan, Single, Together};
use crate::store::judge;
use crate::store::recent_writes::RecentWrites;

pub use backup::Backup;
pub use database::SHARE_OF_FILES;
pub use error::OpenError;
pub use options::Options;
pub use restore::Restored;

use health::Health;
use memtables::Memtables;
use overlay::Overlay;
use preallocate::Preallocation;
use queue::{Job, Queue, Work};
use rotation::Rotation;
use sweep::Sweep;
use turn::Turn;
use upkeep::Upkeep;
use view::View;
use writer::{Shared, Writer};

/// Rows that are read on the thread that asks for them.
const AT_ONCE: usize = 16;

/// An open database. Closes, with everything that still waits done, when it is dropped.
pub struct Embedded {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
}

impl Embedded {
    /// Opens the database in a directory, or makes one, and starts its writer.
    ///
    /// # Errors
    /// Another process uses it, a newer program wrote it, it is damaged, or the disk cannot be used.
    pub fn open(options: Options, clock: Arc<dyn Clock>) -> Result<Arc<Embedded>, OpenError> {
        let opened = database::open(&options.path, options.cache_bytes)?;
        let view = View {
            snapshot: opened.database.snapshot(),
            spaces: Arc::clone(&opened.spaces),
            collections: opened.collections.clone(),
            stamp: opened.last.stamp,
        };
        let shared = Arc::new(Shared {
            view: ArcSwap::from_pointee(view),
            queue: Queue::new(options.queue_jobs, options.queue_bytes),
            health: Health::new(),
            clock,
            #[cfg(test)]
            disk: tests::Disk::default(),
            layout: opened.layout,
        });
        let turn = Turn {
            overlay: Overlay::new(opened.spaces, opened.collections),
            recent: RecentWrites::new(options.remembered, options.repeat_window),
            now: Timestamp::from_micros(0),
            began: Instant::now(),
            stamp: opened.last.stamp,
        };
        let failed = |source| OpenError::Io { path: options.path.clone(), source };
        let writer = Writer {
            shared: Arc::clone(&shared),
            preallocation: Preallocation::new(&shared.layout.engine()).map_err(failed)?,
            memtables: Memtables::start().map_err(failed)?,
            rotation: Rotation::default(),
            upkeep: Upkeep::new(),
            turn_bytes: options.turn_bytes,
            database: opened.database,
            meta: opened.meta,
            acked: opened.acked,
            last: opened.last,
            turn,
            pending: Vec::new(),
            tracer: options.tracer,
            traces: Vec::new(),
            sweep: Sweep::new(options.sweep_every),
            restoring: None,
        };
        let thread = std::thread::Builder::new().name("store-writer".into()).spawn(move || writer.run());
        Ok(Arc::new(Embedded { shared, writer: Some(thread.map_err(failed)?) }))
    }

    /// Clears away what has expired; returns how many rows and records that were. Changes no answer.
    ///
    /// # Errors
    /// As writes.
    pub async fn sweep_now(&self) -> Result<usize> {
        let mut sum = 0;
        loop {
            let count = self.submit(None, Work::Sweep).await?.value;
            sum += count;
            if count == 0 {
                return Ok(sum);
            }
        }
    }

    /// A backup of this moment, to be read on a thread that may block. Writes go on meanwhile.
    pub fn backup(&self) -> Backup {
        Backup::new(&self.shared)
    }

    /// Puts a backup in the place of what is there, at one moment, or changes nothing. Until then reads see what
    /// was there, and writes are refused as `store-unavailable`. Blocks: not for an async worker.
    ///
    /// # Errors
    /// `invalid-parameter` where it is no whole backup; `conflict` where the store holds data and `replace` was
    /// not said, or another restore is running; `store-unavailable`; `outcome-unknown` where the disk failed at that
    /// moment.
    pub fn restore(&self, source: impl Read, replace: bool) -> Result<Restored> {
        restore::restore(&self.shared, source, replace)
    }

    async fn submit<T>(
        &self,
        context: Option<&Context>,
        work: impl FnOnce(Sender<Reply<T>>) -> Work,
    ) -> Reply<T> {
        self.shared.health.check()?;
        let (answer, waiting) = oneshot::channel();
        let deadline = context.map(|context| context.deadline);
        if deadline.is_some_and(|deadline| deadline < Instant::now()) {
            return Err(writer::too_late());
        }
        let trace = context.and_then(|context| context.trace).filter(|trace| trace.sampled());
        self.shared.push(Job { deadline, trace, work: work(answer) })?;
        let answer = match deadline {
            // Behind it nobody waits any more; the write may still be done.
            Some(deadline) => {
                timeout_at(deadline.into(), waiting).await.map_err(|_| judge::outcome_unknown())?
            }
            None => waiting.await,
        };
        answer.map_err(|_| judge::outcome_unknown())?
    }

    /// Looks at so many rows as they are now: at once if they are few, else on a thread that may take its time. A
    /// row takes 1 to 4 µs, going to another thread and back 20 µs.
    async fn look<T: Send + 'static>(
        &self,
        rows: usize,
        with: impl FnOnce(&View) -> T + Send + 'static,
    ) -> Result<T> {
        if rows <= AT_ONCE {
            return Ok(with(&self.shared.view.load()));
        }
        let view = self.shared.view.load_full();
        let read = tokio::task::spawn_blocking(move || with(&view)).await;
        read.map_err(|error| Error::internal("a read ended early").with_source(error))
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.shared.queue.close();
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the thread that writes ended by a fault of its own");
        }
    }
}

#[async_trait]
impl Backend for Embedded {
    fn name(&self) -> &'static str {
        "embedded"
    }

    fn settings_age(&self) -> Duration {
        Duration::ZERO
    }

    async fn get(&self, _: &Context, address: &Address, consistency: Consistency) -> Reply<Option<Row>> {
        let row = self.shared.view.load().row(address)?;
        let charge = view::charge(address, row.as_ref(), consistency);
        Ok(Charged::new(row, charge))
    }

    async fn get_many(
        &self,
        _: &Context,
        reads: Vec<(Address, Consistency)>,
        // Rows are shared with the cache: many take no memory of their own.
        _: usize,
    ) -> Reply<Vec<Result<Option<Row>>>> {
        let rows = self.look(reads.len(), move |view| view.rows(&reads)).await?;
        let charge = rows.iter().fold(Charge::ZERO, |sum, (_, charge)| sum + *charge);
        Ok(Charged::new(rows.into_iter().map(|(row, _)| row).collect(), charge))
    }

    async fn snapshot(&self, _: &Context, addresses: Vec<Address>) -> Reply<Vec<Option<Row>>> {
        let reads: Vec<_> = addresses.into_iter().map(|address| (address, Consistency::Strong)).collect();
        let rows = self.look(reads.len(), move |view| view.rows(&reads)).await?;
        // A transaction costs twice.
        let charge = rows.iter().fold(Charge::ZERO, |sum, (_, charge)| sum + *charge + *charge);
        let rows: Result<_> = rows.into_iter().map(|(row, _)| row).collect();
        Ok(Charged::new(rows?, charge))
    }

    async fn scan(&self, _: &Context, scan: Scan) -> Reply<Rows> {
        let view = self.shared.view.load_full();
        let consistency = scan.consistency;
        let read = tokio::task::spawn_blocking(move || view.scan(&scan)).await;
        let (rows, bytes) =
            read.map_err(|error| Error::internal("a scan ended early").with_source(error))??;
        Ok(Charged::new(rows, read_charge(bytes, consistency)))
    }

    async fn change(&self, context: &Context, single: Single) -> Reply<Written> {
        self.submit(Some(context), |answer| Work::Change(single, answer)).await
    }

    async fn together(&self, context: &Context, together: Together) -> Reply<Vec<OperationOutcome>> {
        self.submit(Some(context), |answer| Work::Together(together, answer)).await
    }

    /// Free of charge: settings are at hand here, as they nearly always are where they must be fetched.
    async fn collection(&self, _: &Context, name: &CollectionName) -> Reply<Option<Collection>> {
        let found = self.shared.view.load().collections.get(name).cloned();
        Ok(Charged::new(found, Charge::ZERO))
    }

    async fn collections(&self, _: &Context, query: CollectionQuery) -> Reply<CollectionPage> {
        let page = self.shared.view.load().collections(&query);
        let bytes: usize = page.collections.iter().map(view::settings_bytes).sum();
        Ok(Charged::new(page, read_charge(bytes, Consistency::Strong)))
    }

    async fn put_collection(&self, context: &Context, put: PutCollection) -> Reply<Written> {
        self.submit(Some(context), |answer| Work::PutCollection(put, answer)).await
    }

    /// Each write is judged by the settings of its turn.
    async fn delete_collection(
        &self,
        context: &Context,
        name: &CollectionName,
        condition: Condition,
    ) -> Reply<Option<Collection>> {
        let (named, asked, now) = (name.clone(), condition.clone(), self.shared.clock.now());
        // The writer would have to pass all that was deleted and lies there still, to find one that was not.
        self.look(usize::MAX, move |view| view.check_removal(&named, &asked, now)).await??;
        let work = |answer| Work::DeleteCollection(name.clone(), condition, answer);
        Ok(self.submit(Some(context), work).await?.map(|()| None))
    }

    async fn ready(&self, _: &Context) -> Result<()> {
        self.shared.health.check_progress(Instant::now())
    }
}
