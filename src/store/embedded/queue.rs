//! What waits for the writer: jobs in the order in which they came, bounded in number and bytes.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot::Sender;

use crate::domain::{
    CollectionName, Condition, Error, Kind, OperationOutcome, PutCollection, Reply, Result, Timestamp,
    TraceContext, Written,
};
use crate::store::backend::{Action, Change, Single, Together};

/// Something for the writer to do.
pub(super) struct Job {
    /// After this it is not begun any more.
    pub(super) deadline: Option<Instant>,
    /// The span that waits for it, where that is recorded.
    pub(super) trace: Option<TraceContext>,
    pub(super) work: Work,
}

/// What to do, and where the answer goes.
pub(super) enum Work {
    Change(Single, Sender<Reply<Written>>),
    Together(Together, Sender<Reply<Vec<OperationOutcome>>>),
    PutCollection(PutCollection, Sender<Reply<Written>>),
    DeleteCollection(CollectionName, Condition, Sender<Reply<()>>),
    /// Removes what has expired; answers how much.
    Sweep(Sender<Reply<usize>>),
    Restore(Step, Sender<Reply<usize>>),
}

/// A part of a restore.
pub(super) enum Step {
    /// Makes room for a new generation; refused where there is data, unless it may be replaced.
    Begin { replace: bool },
    /// Stores values in it.
    Load(Vec<Loaded>),
    /// Makes it the current one.
    Finish { stamp: u64 },
    /// Gives it up.
    Abort,
}

/// A value to be loaded; its key and content are already checked.
pub(super) enum Loaded {
    Item { key: Vec<u8>, value: Vec<u8>, expires: Option<Timestamp> },
    Collection { key: Vec<u8>, value: Vec<u8> },
    Token { id: [u8; 16], value: Vec<u8>, expires: Timestamp },
}

impl Work {
    /// Whether it adds to what is there. A restore is told while it loads, and given up then.
    pub(super) fn adds(&self) -> bool {
        let adds = |change: &Change| !matches!(change.action, Action::Delete | Action::Check);
        match self {
            Work::Change(single, _) => adds(&single.change),
            Work::Together(together, _) => together.changes.iter().any(adds),
            Work::PutCollection(..) | Work::Restore(Step::Begin { .. } | Step::Load(_), _) => true,
            Work::DeleteCollection(..)
            | Work::Sweep(_)
            | Work::Restore(Step::Finish { .. } | Step::Abort, _) => false,
        }
    }

    /// Bytes that it holds while it waits.
    pub(super) fn bytes(&self) -> usize {
        let change = |change: &Change| {
            let content = match &change.action {
                Action::Put(document) => document.bytes().len(),
                Action::Increment(increments) => increments.text().len(),
                Action::Delete | Action::Check => 0,
            };
            size_of::<Change>() + change.address.key.as_str().len() + content
        };
        match self {
            Work::Change(single, _) => change(&single.change),
            Work::Together(together, _) => together.changes.iter().map(change).sum(),
            // A restore waits for each of its steps, so at most one is here.
            _ => 0,
        }
    }
}

/// The queue.
pub(super) struct Queue {
    state: Mutex<State>,
    filled: Condvar,
    most_jobs: usize,
    most_bytes: usize,
}

#[derive(Default)]
struct State {
    jobs: Vec<Job>,
    bytes: usize,
    closed: bool,
    writer_waits: bool,
}

impl Queue {
    /// An empty queue that holds so much at most.
    pub(super) fn new(most_jobs: usize, most_bytes: usize) -> Queue {
        Queue { state: Mutex::default(), filled: Condvar::new(), most_jobs, most_bytes }
    }

    /// Adds a job.
    pub(super) fn push(&self, job: Job) -> Result<()> {
        let bytes = job.work.bytes();
        let mut state = self.lock();
        if state.closed {
            return Err(closed());
        }
        // A restore that could not be given up would keep all writes out; it waits for each of its steps.
        let always = matches!(job.work, Work::Restore(..));
        let room = always || state.jobs.len() < self.most_jobs && state.bytes + bytes <= self.most_bytes;
        // Even a job that is greater than the queue gets its turn.
        if !room && !state.jobs.is_empty() {
            let detail = "more writes are waiting than the store can hold; repeat in a second";
            return Err(Error::new(Kind::Overloaded, detail).with_retry_after(1));
        }
        state.bytes += bytes;
        state.jobs.push(job);
        let wake = std::mem::take(&mut state.writer_waits);
        drop(state);
        if wake {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Takes all that waits, after a while even if that is nothing. False when the queue is closed and empty.
    pub(super) fn take(&self, jobs: &mut Vec<Job>, patience: Duration) -> bool {
        let mut state = self.lock();
        if state.jobs.is_empty() && !state.closed {
            state.writer_waits = true;
            let waited = self.filled.wait_timeout(state, patience);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            state.writer_waits = false;
        }
        std::mem::swap(&mut state.jobs, jobs);
        state.bytes = 0;
        !(state.closed && jobs.is_empty())
    }

    /// Takes no more jobs; those that wait are still done.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_one();
    }

    /// Throws away what waits; those who wait learn that nobody will answer.
    pub(super) fn abandon(&self) {
        let mut state = self.lock();
        state.closed = true;
        let jobs = std::mem::take(&mut state.jobs);
        drop(state);
        drop(jobs);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn closed() -> Error {
    let detail = "the store does not take writes any more; look at its log, and restart it";
    Error::new(Kind::StoreUnavailable, detail).with_retry_after(5)
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot::channel;

    use super::*;

    fn job(work: Work) -> Job {
        Job { deadline: None, trace: None, work }
    }

    #[test]
    fn a_full_queue_still_takes_the_end_of_a_restore() {
        let queue = Queue::new(1, 1000);
        queue.push(job(Work::Sweep(channel().0))).unwrap();
        let full = queue.push(job(Work::Sweep(channel().0))).unwrap_err();
        assert_eq!(full.kind(), Kind::Overloaded);
        queue.push(job(Work::Restore(Step::Abort, channel().0))).unwrap();
    }
}
