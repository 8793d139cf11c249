//! What became of the writes of this process lately: for repetitions that come to it again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::{Attempt, OperationOutcome, Result, WriteId, Written};
use crate::store::backend::Address;
use crate::store::repeats::{Name, Repeats};

/// The memory, shared by all that write.
pub(super) struct Memory(Mutex<Repeats>);

/// The name of a write on a row.
pub(super) fn name(write: WriteId, address: &Address) -> Name {
    let sort = address.key.as_str();
    let mut key = Vec::with_capacity(address.collection.as_str().len() + sort.len() + 3);
    key.extend_from_slice(address.collection.as_str().as_bytes());
    key.push(0);
    key.extend_from_slice(&address.shard.to_be_bytes());
    key.extend_from_slice(sort.as_bytes());
    Name::of(write, &key)
}

impl Memory {
    pub(super) fn new(most: usize, window: Duration) -> Memory {
        Memory(Mutex::new(Repeats::new(most, window)))
    }

    /// Begins a single write: its answer if it was done, or how its attempt is to be judged. Until its end is noted,
    /// nobody knows what became of it.
    pub(super) fn begin(
        &self,
        name: Name,
        attempt: Attempt,
        keyed: bool,
    ) -> Result<std::result::Result<Written, Attempt>> {
        let now = Instant::now();
        let mut repeats = self.lock();
        if !repeats.is_first(name, attempt)
            && let Some(written) = repeats.written(name, attempt, keyed)?
        {
            return Ok(Ok(written));
        }
        let attempt = repeats.attempt_of(name, attempt, keyed, now);
        repeats.note_unsure(name, now);
        Ok(Err(attempt))
    }

    /// As `begin`, of a transaction.
    pub(super) fn begin_together(
        &self,
        name: Name,
        attempt: Attempt,
        keyed: bool,
    ) -> Result<std::result::Result<Vec<OperationOutcome>, Attempt>> {
        let now = Instant::now();
        let mut repeats = self.lock();
        if let Some(outcomes) = repeats.outcomes(name, attempt, keyed)? {
            return Ok(Ok(outcomes));
        }
        let attempt = repeats.attempt_of(name, attempt, keyed, now);
        repeats.note_unsure(name, now);
        Ok(Err(attempt))
    }

    /// A single write was done, by that attempt.
    pub(super) fn written(&self, name: Name, written: &Written, by: Attempt) {
        self.lock().note_written_by(name, written, by, Instant::now());
    }

    /// A transaction was done.
    pub(super) fn outcomes(&self, name: Name, outcomes: &[OperationOutcome]) {
        self.lock().note_outcomes(name, outcomes, Instant::now());
    }

    /// A write was refused. A repetition that was is remembered: its original must not happen any more.
    pub(super) fn refused(&self, name: Name, attempt: Attempt, keyed: bool) {
        let mut repeats = self.lock();
        if attempt == Attempt::First || keyed {
            repeats.note_undone(name);
        } else {
            repeats.note_refused(name, Instant::now());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Repeats> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
