//! Does operations on a store and on the map, and compares.

use larder::domain::{
    self, Attempt, Clock as _, Condition, Kind, Operation, OperationOutcome, PutCollection, Store,
    Transaction, Version, WriteId, Written,
};

use super::asking::{ask_operation, ask_write, at};
use super::map::{Expected, Map};
use super::operation::{Action, COLLECTIONS, DEFAULT_TTL, Op, Place, SHARDS, Write};
use crate::conformance::ask::{self, collection, context, settings, settle};
use crate::support::clock::TestClock;

/// The first operation that went wrong, and how.
pub type Fault = (usize, String);

macro_rules! same {
    ($found:expr, $expected:expr, $what:expr) => {
        let (found, expected) = (&$found, &$expected);
        if *found != *expected {
            return Err(format!("{}: found {found:?}, expected {expected:?}", $what));
        }
    };
}

pub(super) use same;

pub struct Run<'a> {
    pub store: &'a dyn Store,
    clock: &'a TestClock,
    pub map: Map,
    /// The last write, and what it was answered.
    last: Option<(Write, domain::Write, Option<Written>)>,
}

/// Does them all, or stops at the first that goes wrong.
pub async fn run(store: &dyn Store, clock: &TestClock, operations: &[Op]) -> Result<(), Fault> {
    settle(store, settings(COLLECTIONS[0])).await;
    settle(store, PutCollection { default_ttl: Some(DEFAULT_TTL), ..settings(COLLECTIONS[1]) }).await;
    settle(store, PutCollection { shards: Some(SHARDS), ..settings(COLLECTIONS[2]) }).await;
    let mut run = Run { store, clock, map: Map::new(clock.now()), last: None };
    for (at, operation) in operations.iter().enumerate() {
        run.step(operation).await.map_err(|fault| (at, fault))?;
    }
    run.final_look().await.map_err(|fault| (operations.len(), fault))
}

impl Run<'_> {
    async fn step(&mut self, operation: &Op) -> Result<(), String> {
        match operation {
            Op::Advance(millis) => {
                self.clock.advance_millis(*millis);
                self.map.now = self.clock.now().micros();
                Ok(())
            }
            Op::Write(write) => {
                let condition = self.map.condition(&write.place, write.when);
                let asked = ask_write(write, condition);
                let answer = self.write(write, asked.clone()).await?;
                self.last = Some((write.clone(), asked, answer));
                Ok(())
            }
            Op::Repeat => self.repeat().await,
            Op::Get(place, strong) => self.get(place, *strong).await,
            Op::GetMany(places) => self.get_many(places).await,
            Op::Snapshot(places) => self.snapshot(places).await,
            Op::List(list) => self.list(list).await,
            Op::Transaction(writes) => self.transaction(writes).await,
            Op::RequireConditions(require) => self.require_conditions(*require).await,
            Op::RemoveCollection(collection) => self.remove_collection(*collection).await,
        }
    }

    /// The last write once more, to a store that knows what became of it: its first answer, with nothing done, or
    /// if that was a failure, or is forgotten, whatever the same write does now.
    async fn repeat(&mut self) -> Result<(), String> {
        let Some((write, asked, first)) = self.last.clone() else { return Ok(()) };
        let asked = domain::Write { attempt: Attempt::RepeatHere, ..asked };
        let found = self.store.write(&context(), asked.clone()).await.map(|reply| reply.value);
        let now = self.store.read(&context(), ask::read_in(at(&write.place))).await;
        let now = now.ok().and_then(|reply| reply.value.0).map(|item| item.version);
        let known = first.is_some() && found.as_ref().ok() == first.as_ref();
        if known && now == self.map.live(&write.place).map(|known| known.version) {
            return Ok(());
        }
        // Of a change of what was there, only an item that still carries its name tells.
        let unsure = found.as_ref().is_err_and(|error| error.kind() == Kind::OutcomeUnknown);
        let tells = self.map.live(&write.place).is_some_and(|known| known.version.write == asked.write_id);
        if unsure && matches!(write.action, Action::Change(_)) && !tells {
            return Ok(());
        }
        let expected = self.map.write(&write, &asked.condition, asked.write_id);
        self.judge(&write, &asked, found, expected).map(|_| ())
    }

    async fn write(&mut self, write: &Write, asked: domain::Write) -> Result<Option<Written>, String> {
        let expected = self.map.write(write, &asked.condition, asked.write_id);
        let found = self.store.write(&context(), asked.clone()).await.map(|reply| reply.value);
        self.judge(write, &asked, found, expected)
    }

    fn judge(
        &mut self,
        write: &Write,
        asked: &domain::Write,
        found: domain::Result<Written>,
        expected: Expected,
    ) -> Result<Option<Written>, String> {
        match (found, expected) {
            (Err(error), Expected::Failed(kind)) => {
                same!(error.kind(), kind, "the kind of failure");
                if kind == Kind::PreconditionFailed {
                    let current = self.map.live(&write.place).map(|known| known.version);
                    same!(error.current().map(|current| current.version), current, "the version in the way");
                }
                Ok(None)
            }
            (Ok(written), Expected::Gone) => {
                same!(written, Written::DELETED, "the answer of a delete");
                self.map.remove(&write.place);
                Ok(Some(written))
            }
            (Ok(written), Expected::Replayed { version, created, expires }) => {
                let expected = Written { created, version: Some(version), expires, document: None };
                same!(written, expected, "the answer of a write that was done before");
                Ok(Some(written))
            }
            (Ok(written), Expected::Stored { doc, created, expires }) => {
                let version = written.version.ok_or("a write without version")?;
                let expected = Written { created, version: Some(version), expires, document: None };
                same!(written, expected, "the answer of a write");
                self.check_version(&write.place, version, asked.write_id)?;
                self.map.keep(&write.place, doc, version, expires, created);
                Ok(Some(written))
            }
            (found, expected) => Err(format!("found {found:?}, expected {expected:?}")),
        }
    }

    fn check_version(&self, place: &Place, version: Version, id: WriteId) -> Result<(), String> {
        same!(version.write, id, "the name of the write");
        let least = self.map.last(place).map_or(self.map.now, |last| self.map.now.max(last.stamp + 1));
        // A store may give each write a stamp of its own, so it can be a little ahead of a clock that stands still.
        let right = (least..self.map.now + 1_000_000).contains(&version.stamp);
        same!(right, true, format!("whether the stamp {} is at least {least}", version.stamp));
        Ok(())
    }

    pub async fn transact(&self, operations: Vec<Operation>) -> domain::Result<Vec<OperationOutcome>> {
        let asked =
            Transaction { operations, write_id: ask::fresh_id(), token: None, attempt: Attempt::First };
        Ok(self.store.transact(&context(), asked).await?.value)
    }

    async fn transaction(&mut self, writes: &[Write]) -> Result<(), String> {
        let conditional = |write: &Write| (write.clone(), self.map.condition(&write.place, write.when));
        let writes: Vec<(Write, Condition)> = writes.iter().map(conditional).collect();
        let operations = writes.iter().map(|(write, condition)| ask_operation(write, condition)).collect();
        let found = self.transact(operations).await;
        match (found, self.map.transaction(&writes)) {
            (Err(error), Err((kind, places))) => {
                same!(error.kind(), kind, "the kind of failure");
                if kind == Kind::TransactionPrecondition {
                    let failures = error.failures().iter().filter(|one| one.kind == Kind::PreconditionFailed);
                    let named: Vec<usize> = failures.map(|failure| failure.op).collect();
                    same!(named, places, "the operations that failed");
                }
                Ok(())
            }
            (Ok(outcomes), Ok(expected)) => {
                same!(outcomes.len(), expected.len(), "outcomes");
                for (((write, _), outcome), expected) in writes.iter().zip(outcomes).zip(expected) {
                    self.keep_outcome(write, outcome, expected)?;
                }
                Ok(())
            }
            (found, expected) => Err(format!("found {found:?}, expected {expected:?}")),
        }
    }

    fn keep_outcome(
        &mut self,
        write: &Write,
        outcome: OperationOutcome,
        expected: Expected,
    ) -> Result<(), String> {
        match (outcome, expected) {
            (OperationOutcome::Checked, Expected::Checked) => Ok(()),
            (OperationOutcome::Deleted, Expected::Gone) => {
                self.map.remove(&write.place);
                Ok(())
            }
            (
                OperationOutcome::Put { version, expires }
                | OperationOutcome::Incremented { version, expires },
                Expected::Stored { doc, created, expires: end },
            ) => {
                same!(expires, end, "the end");
                self.check_version(&write.place, version, version.write)?;
                self.map.keep(&write.place, doc, version, expires, created);
                Ok(())
            }
            (found, expected) => Err(format!("found {found:?}, expected {expected:?}")),
        }
    }

    async fn require_conditions(&mut self, require: bool) -> Result<(), String> {
        let asked = PutCollection { require_preconditions: require, ..settings(COLLECTIONS[0]) };
        settle(self.store, asked).await;
        self.map.collections.entry(0).or_default().require_conditions = require;
        // What was asked before the settings changed might be judged by them now.
        self.last = None;
        Ok(())
    }

    async fn remove_collection(&mut self, at: usize) -> Result<(), String> {
        let name = collection(COLLECTIONS[at]);
        let found = self.store.delete_collection(&context(), name, Condition::default()).await;
        let expected = match (self.map.collections.contains_key(&at), self.map.is_empty(at)) {
            (false, _) => Some(Kind::NoSuchCollection),
            (true, false) => Some(Kind::CollectionNotEmpty),
            (true, true) => None,
        };
        same!(
            found.as_ref().err().map(domain::Error::kind),
            expected,
            "the outcome of removing a collection"
        );
        if expected.is_none() {
            self.map.remove_collection(at);
        }
        Ok(())
    }
}
