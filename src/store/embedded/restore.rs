//! Restores a backup into a running store: beside what is there, then in its place, all or nothing.

use std::io::Read;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::oneshot::{self, Sender};

use crate::domain::{Charge, Charged, Error, Kind, Reply, Result};

use super::batch::Batch;
use super::database::{Collections, Spaces, pass_removals};
use super::error::read_failed;
use super::pending::Pending;
use super::queue::{Job, Loaded, Step, Work};
use super::unpack::Reader;
use super::writer::{Broken, Shared, Writer};
use super::{keys, record};

/// What a restore brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Collections.
    pub collections: u64,
    /// Items, expired ones among them.
    pub items: u64,
}

/// Reads a backup and puts it in the place of what is there. Blocks; see `Embedded::restore`.
pub(super) fn restore(shared: &Arc<Shared>, source: impl Read, replace: bool) -> Result<Restored> {
    let mut reader = Reader::new(source);
    let mut restored = Restored::default();
    let stamp = reader.header()?;
    // What does not even begin well leaves no trace.
    let (values, mut ended) = reader.values(&mut restored)?;
    step(shared, Step::Begin { replace })?;
    // Gives the new generation up unless it became the current one.
    let mut guard = Guard { shared, done: false };
    step(shared, Step::Load(values))?;
    while !ended {
        let values;
        (values, ended) = reader.values(&mut restored)?;
        step(shared, Step::Load(values))?;
    }
    let finished = step(shared, Step::Finish { stamp });
    let unknown = finished.as_ref().is_err_and(|error| error.kind() == Kind::OutcomeUnknown);
    guard.done = finished.is_ok() || unknown;
    finished.map(|()| restored)
}

/// Reads a backup to its end, without a store to put it in.
#[cfg(fuzzing)]
pub(super) fn read_through(source: impl Read) -> Result<Restored> {
    let mut reader = Reader::new(source);
    let mut restored = Restored::default();
    reader.header()?;
    while !reader.values(&mut restored)?.1 {}
    Ok(restored)
}

fn step(shared: &Shared, step: Step) -> Result<()> {
    let (answer, waiting) = oneshot::channel();
    let last = matches!(step, Step::Finish { .. });
    shared.push(Job { deadline: None, trace: None, work: Work::Restore(step, answer) })?;
    let gone = |_| if last { unknown() } else { stopped(shared) };
    waiting.blocking_recv().map_err(gone)?.map(|_| ())
}

struct Guard<'a> {
    shared: &'a Shared,
    done: bool,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        let (answer, _) = oneshot::channel();
        let job = Job { deadline: None, trace: None, work: Work::Restore(Step::Abort, answer) };
        if !self.done && self.shared.queue.push(job).is_err() {
            tracing::warn!("a restore was given up; its files go at the next start");
        }
    }
}

impl Writer {
    /// Does a step of a restore, between turns.
    pub(super) fn restore(&mut self, step: Step, answer: Sender<Reply<usize>>) -> Result<(), Broken> {
        let done = match step {
            Step::Begin { replace } => self.begin_restore(replace)?,
            Step::Load(values) => match self.restoring.clone() {
                Some(spaces) => self.load(&spaces, values)?,
                None => Err(none_running()),
            },
            Step::Finish { stamp } => match self.restoring.take() {
                Some(spaces) => self.finish_restore(spaces, stamp)?,
                None => Err(none_running()),
            },
            Step::Abort => {
                self.give_up();
                Ok(())
            }
        };
        Pending::Count(answer, done.map(|()| Charged::new(0, Charge::ZERO))).send(true);
        Ok(())
    }

    fn begin_restore(&mut self, replace: bool) -> Result<Result<()>, Broken> {
        if let Err(error) = self.may_restore(replace) {
            return Ok(Err(error));
        }
        if let Err(error) = pass_removals(&self.database, &self.meta, &mut self.last) {
            self.shared.health.fail(format!("the disk did not take the beginning of a restore ({error})"));
            return Err(Broken);
        }
        // One that was given up may have left something behind.
        let fresh = Spaces::unused(&self.database, self.last.generation);
        let spaces = Spaces::open(&self.database, fresh).map_err(read_failed);
        Ok(spaces.map(|spaces| self.restoring = Some(Arc::new(spaces))))
    }

    fn may_restore(&self, replace: bool) -> Result<()> {
        if self.restoring.is_some() {
            return Err(Error::new(Kind::Conflict, "another restore is running").with_retry_after(5));
        }
        let overlay = &self.turn.overlay;
        let empty =
            overlay.collections().is_empty() && overlay.spaces.items.is_empty().map_err(read_failed)?;
        if !empty && !replace {
            let detail =
                "the store holds data; say `--replace` if it may be replaced, or restore into an empty one";
            return Err(Error::new(Kind::Conflict, detail));
        }
        Ok(())
    }

    fn load(&mut self, spaces: &Spaces, values: Vec<Loaded>) -> Result<Result<()>, Broken> {
        let mut batch = Batch::new(&self.database, values.len() * 2 + 1);
        for value in values {
            match value {
                Loaded::Item { key, value, expires } => {
                    if let Some(at) = expires {
                        batch.insert(&spaces.expiry, keys::item_expiry(at, &key), Vec::new());
                    }
                    batch.insert(&spaces.items, key, value);
                }
                Loaded::Collection { key, value } => batch.insert(&spaces.collections, key, value),
                Loaded::Token { id, value, expires } => {
                    batch.insert(&spaces.expiry, keys::token_expiry(expires, &id), Vec::new());
                    batch.insert(&spaces.tokens, id, value);
                }
            }
        }
        self.commit(batch, 1).map(Ok)
    }

    fn finish_restore(&mut self, spaces: Arc<Spaces>, stamp: u64) -> Result<Result<()>, Broken> {
        let collections = match read_collections(&spaces) {
            Ok(collections) => collections,
            Err(error) => {
                self.restoring = Some(spaces);
                return Ok(Err(error));
            }
        };
        self.turn.stamp = self.turn.stamp.max(stamp);
        self.last.generation = spaces.generation;
        // This batch, which says nothing but the generation, is the moment of the change.
        self.commit(Batch::new(&self.database, 1), 1)?;
        let before = Arc::clone(&self.turn.overlay.spaces);
        self.turn.overlay.replace(spaces, collections);
        self.turn.recent.forget(self.turn.began);
        self.sweep.from = Vec::new();
        self.publish();
        if let Err(error) = before.delete(&self.database) {
            tracing::warn!(%error, "cannot remove what was replaced; it goes at the next start");
        }
        Ok(Ok(()))
    }

    fn give_up(&mut self) {
        if let Some(spaces) = self.restoring.take()
            && let Err(error) = spaces.delete(&self.database)
        {
            tracing::warn!(%error, "cannot remove what a restore left; it goes at the next start");
        }
    }
}

fn read_collections(spaces: &Spaces) -> Result<Collections> {
    let mut collections = Collections::new_sync();
    for entry in spaces.collections.iter() {
        let (key, value) = entry.into_inner().map_err(read_failed)?;
        let collection = record::decode_collection(&key, &Bytes::from(value))?;
        collections.insert_mut(collection.name.clone(), collection);
    }
    Ok(collections)
}

fn stopped(shared: &Shared) -> Error {
    let why = shared.health.fault().unwrap_or("it was told to");
    let detail = format!(
        "the store stopped during the restore: {why}; what was there before is there after a restart"
    );
    Error::new(Kind::StoreUnavailable, detail)
}

/// It stopped at the moment of the change.
fn unknown() -> Error {
    let detail = "the store stopped at the end of the restore, so it may hold what was restored or what was there \
                  before; restart it, and look";
    Error::new(Kind::OutcomeUnknown, detail)
}

fn none_running() -> Error {
    Error::new(Kind::Conflict, "no restore is running")
}
