//! What became of the writes of this process lately: for repetitions that come to it again.

use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::{Attempt, OperationOutcome, Result, WriteId, Written};
use crate::store::backend::Address;
use crate::store::recent_writes::{RecentWrites, WriteName};

/// The memory, shared by all that write.
pub(super) struct Memory(Mutex<RecentWrites>);

/// The name of a write on a row.
pub(super) fn name(write: WriteId, address: &Address) -> WriteName {
    let sort = address.key.as_str();
    let mut key = Vec::with_capacity(address.collection.as_str().len() + sort.len() + 3);
    key.extend_from_slice(address.collection.as_str().as_bytes());
    key.push(0);
    key.extend_from_slice(&address.shard.to_be_bytes());
    key.extend_from_slice(sort.as_bytes());
    WriteName::of(write, &key)
}

impl Memory {
    pub(super) fn new(most: usize, window: Duration) -> Memory {
        Memory(Mutex::new(RecentWrites::new(most, window)))
    }

    /// Begins a single write: breaks off with its answer if it was done, or goes on with how its attempt is to be judged. Until its end is noted,
    /// nobody knows what became of it.
    pub(super) fn begin(
        &self,
        name: WriteName,
        attempt: Attempt,
        keyed: bool,
    ) -> Result<ControlFlow<Written, Attempt>> {
        let now = Instant::now();
        let mut recent = self.lock();
        if !recent.is_first(name, attempt)
            && let Some(written) = recent.written(name, attempt, keyed)?
        {
            return Ok(ControlFlow::Break(written));
        }
        let attempt = recent.attempt_of(name, attempt, keyed, now);
        recent.note_unsure(name, now);
        Ok(ControlFlow::Continue(attempt))
    }

    /// As `begin`, of a transaction.
    pub(super) fn begin_together(
        &self,
        name: WriteName,
        attempt: Attempt,
        keyed: bool,
    ) -> Result<ControlFlow<Vec<OperationOutcome>, Attempt>> {
        let now = Instant::now();
        let mut recent = self.lock();
        if let Some(outcomes) = recent.outcomes(name, attempt, keyed)? {
            return Ok(ControlFlow::Break(outcomes));
        }
        let attempt = recent.attempt_of(name, attempt, keyed, now);
        recent.note_unsure(name, now);
        Ok(ControlFlow::Continue(attempt))
    }

    /// A single write was done, by that attempt.
    pub(super) fn written(&self, name: WriteName, written: &Written, by: Attempt) {
        self.lock().note_written_by(name, written, by, Instant::now());
    }

    /// A transaction was done.
    pub(super) fn outcomes(&self, name: WriteName, outcomes: &[OperationOutcome]) {
        self.lock().note_outcomes(name, outcomes, Instant::now());
    }

    /// A write was refused. A repetition that was is remembered: its original must not happen any more.
    pub(super) fn refused(&self, name: WriteName, attempt: Attempt, keyed: bool) {
        let mut recent = self.lock();
        if attempt == Attempt::First || keyed {
            recent.note_undone(name);
        } else {
            recent.note_refused(name, Instant::now());
        }
    }

    fn lock(&self) -> MutexGuard<'_, RecentWrites> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
