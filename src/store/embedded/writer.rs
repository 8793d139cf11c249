//! The one thread that writes: each turn takes all that waits, judges it, syncs once, and then answers everybody.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use fjall::{Database, Keyspace};

use crate::domain::{Charge, Charged, Clock, Error, Kind, Result, TraceContext};
use crate::store::judge;
use crate::telemetry::metrics;
use crate::telemetry::trace::{Span, Tracer};

use super::acked::Acked;
use super::backpressure;
use super::batch::Batch;
use super::database::Spaces;
use super::flush;
use super::health::Health;
use super::layout::Layout;
use super::memtables::Memtables;
use super::pending::Pending;
use super::preallocate::Preallocation;
use super::queue::{Job, Queue, Work};
use super::record::{LAST_TURN, LastTurn};
use super::rotation::Rotation;
use super::sweep::Sweep;
use super::turn::Turn;
use super::upkeep::Upkeep;
use super::view::View;

/// How long the writer sleeps when nothing is to be done; then it looks for what has expired.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// What the writer shares with readers.
pub(super) struct Shared {
    pub(super) view: ArcSwap<View>,
    pub(super) queue: Queue,
    pub(super) health: Health,
    pub(super) clock: Arc<dyn Clock>,
    /// What a test does to the disk.
    #[cfg(test)]
    pub(super) disk: super::tests::Disk,
    /// Keeps other processes out as long as anybody reads.
    pub(super) layout: Layout,
}

impl Shared {
    /// Has a job done, if there is room for what it adds.
    pub(super) fn push(&self, job: Job) -> Result<()> {
        if job.work.adds() {
            self.health.check_room()?;
        }
        self.queue.push(job)
    }
}

/// The state of the thread.
pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) database: Database,
    pub(super) meta: Keyspace,
    pub(super) memtables: Memtables,
    pub(super) rotation: Rotation,
    pub(super) upkeep: Upkeep,
    pub(super) preallocation: Preallocation,
    pub(super) acked: Acked,
    pub(super) last: LastTurn,
    pub(super) turn: Turn,
    /// Bytes of documents, read and given, behind which a turn ends though more is waiting.
    pub(super) turn_bytes: usize,
    pub(super) pending: Vec<Pending>,
    pub(super) tracer: Tracer,
    /// The recorded spans that wait for the turn.
    pub(super) traces: Vec<TraceContext>,
    pub(super) sweep: Sweep,
    /// The generation that a running restore fills.
    pub(super) restoring: Option<Arc<Spaces>>,
}

/// The disk did not take a turn: nothing may be written any more.
pub(super) struct Broken;

impl Writer {
    /// Works until the queue is closed, or the disk fails.
    pub(super) fn run(mut self) {
        let ended = catch_unwind(AssertUnwindSafe(|| self.work()));
        if ended.is_err() {
            self.shared.health.fail("the thread that writes has ended by a fault of its own".into());
        }
        self.shared.queue.abandon();
        // A disk that is full may be why.
        self.observe_disk();
        if self.shared.health.fault().is_none()
            && let Err(error) = flush::flush(&self.database, &self.shared.layout.engine())
        {
            tracing::warn!(%error, "the next start will take longer");
        }
        if let Err(error) = self.acked.sync() {
            tracing::warn!(%error, "cannot sync the number of the last acknowledged turn");
        }
    }

    fn work(&mut self) {
        let mut jobs = Vec::new();
        loop {
            let patience = if self.sweep.backlog { Duration::ZERO } else { PATIENCE };
            if !self.shared.queue.take(&mut jobs, patience) {
                return;
            }
            if self.do_turn(&mut jobs).is_err() {
                return;
            }
            if let Err(why) = self.keep_up() {
                self.shared.health.fail(why);
                return;
            }
        }
    }

    fn do_turn(&mut self, jobs: &mut Vec<Job>) -> Result<(), Broken> {
        self.begin();
        let mut given = 0;
        for job in jobs.drain(..) {
            if given + self.turn.overlay.found() > self.turn_bytes {
                self.finish()?;
                self.begin();
                given = 0;
            }
            given += job.work.bytes();
            if let Work::Restore(step, answer) = job.work {
                self.finish()?;
                self.restore(step, answer)?;
                self.begin();
            } else if self.restoring.is_some() {
                self.refuse(job.work, restoring());
            } else if job.deadline.is_some_and(|deadline| deadline < Instant::now()) {
                self.refuse(job.work, too_late());
            } else {
                self.traces.extend(job.trace);
                self.judge(job.work);
            }
        }
        self.sweep_if_due();
        self.finish()
    }

    fn begin(&mut self) {
        self.turn.now = self.shared.clock.now();
        self.turn.began = Instant::now();
        self.shared.health.turn_began(self.turn.began);
    }

    fn judge(&mut self, work: Work) {
        let turn = &mut self.turn;
        let pending = match work {
            Work::Change(single, answer) => Pending::Written(answer, turn.change(single)),
            Work::Together(together, answer) => Pending::Outcomes(answer, turn.together(together)),
            Work::PutCollection(put, answer) => Pending::Written(answer, turn.put_collection(put)),
            Work::DeleteCollection(name, condition, answer) => {
                Pending::Done(answer, turn.delete_collection(&name, &condition))
            }
            Work::Sweep(answer) => {
                Pending::Count(answer, self.sweep_some().map(|count| Charged::new(count, Charge::ZERO)))
            }
            // Not judged, but done between turns.
            Work::Restore(..) => return,
        };
        self.pending.push(pending);
    }

    fn refuse(&mut self, work: Work, why: Error) {
        self.pending.push(match work {
            Work::Change(_, answer) | Work::PutCollection(_, answer) => Pending::Written(answer, Err(why)),
            Work::Together(_, answer) => Pending::Outcomes(answer, Err(why)),
            Work::DeleteCollection(_, _, answer) => Pending::Done(answer, Err(why)),
            Work::Sweep(answer) | Work::Restore(_, answer) => Pending::Count(answer, Err(why)),
        });
    }

    /// Brings the turn to the disk, shows it to readers, and answers.
    pub(super) fn finish(&mut self) -> Result<(), Broken> {
        if !self.turn.overlay.is_clean() {
            let mut batch = Batch::new(&self.database, self.turn.overlay.size() + 1);
            self.turn.overlay.drain_into(&mut batch);
            self.commit(batch, self.pending.len())?;
            self.publish();
        }
        self.turn.overlay.clear();
        self.traces.clear();
        self.pending.drain(..).for_each(|pending| pending.send(true));
        Ok(())
    }

    /// Writes a batch and syncs it.
    pub(super) fn commit(&mut self, mut batch: Batch, changes: usize) -> Result<(), Broken> {
        let began = Instant::now();
        let spans: Vec<Span> =
            self.traces.drain(..).map(|trace| self.tracer.commit(Some(trace), changes)).collect();
        self.last.turn += 1;
        self.last.stamp = self.turn.stamp;
        batch.insert(&self.meta, LAST_TURN, self.last.encode());
        self.preallocation.make_room(batch.bytes());
        if let Err(error) = self.sync(batch) {
            spans.into_iter().for_each(|mut span| span.outcome(Some(&judge::outcome_unknown())));
            self.shared.health.fail(format!("the disk did not take a write ({error})"));
            self.pending.drain(..).for_each(|pending| pending.send(false));
            return Err(Broken);
        }
        metrics::embedded_commit(changes, began.elapsed());
        Ok(())
    }

    /// Makes a batch last, and sees to it that it can be found again.
    fn sync(&self, batch: Batch) -> Result<(), String> {
        #[cfg(test)]
        self.shared.disk.sync().map_err(|error| error.to_string())?;
        let keyspaces = self.keyspaces();
        let room = backpressure::wait_for_room(&self.database, &keyspaces.map(|(keyspace, _)| keyspace));
        room.map_err(|error| error.to_string())?;
        batch.commit().map_err(|error| error.to_string())?;
        self.acked.store(self.last.turn).map_err(|error| error.to_string())?;
        self.shared.layout.in_place()
    }

    /// Shows readers what is synced.
    pub(super) fn publish(&self) {
        let view = View {
            snapshot: self.database.snapshot(),
            spaces: Arc::clone(&self.turn.overlay.spaces),
            collections: self.turn.overlay.collections().clone(),
            stamp: self.last.stamp,
        };
        self.shared.view.store(Arc::new(view));
    }
}

pub(super) fn too_late() -> Error {
    let detail = "the deadline passed while the write waited for its turn; nothing was written";
    Error::new(Kind::DeadlineExceeded, detail)
}

fn restoring() -> Error {
    let detail = "a backup is being restored; writes are taken again when that is done";
    Error::new(Kind::StoreUnavailable, detail).with_retry_after(5)
}
