//! Transactions: what settings decide for each operation, then one step of the backend.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::domain::{
    AnswerRoom, Attempt, Charge, Charged, CollectionName, Condition, Consistency, Context, Document, Error,
    Failure, Kind, Operation, OperationOutcome, Reply, Result, Transaction, Version, limits,
};
use crate::store::backend::{Action, Address, Lifetime, Row, Together};
use crate::store::judge;

use super::changes::{changes, told};
use super::write::{Terms, in_doubt};
use super::{Engine, Known, address, judged, no_such_collection};

type AllKnown = HashMap<CollectionName, Option<Arc<Known>>>;

/// An increment that the engine judged over the row that it read, and that must not happen over another one.
struct Judged {
    place: usize,
    /// The version that was there.
    seen: Option<Version>,
    condition: Condition,
    by_caller: bool,
    /// What is to be stored; none where the backend is to refuse it, together with all others that fail.
    put: Option<(Document, Lifetime)>,
}

/// The collection of each operation.
fn names(transaction: &Transaction) -> impl Iterator<Item = &CollectionName> + Clone + Send {
    transaction.operations.iter().map(|operation| &operation.target().collection)
}

impl Engine {
    pub(super) async fn transact_all(
        &self,
        context: &Context,
        transaction: Transaction,
    ) -> Reply<Vec<OperationOutcome>> {
        self.until_known(names(&transaction), || self.transact_as_known(context, &transaction)).await
    }

    async fn transact_as_known(
        &self,
        context: &Context,
        transaction: &Transaction,
    ) -> Reply<Vec<OperationOutcome>> {
        let _under_way: Vec<_> = names(transaction).filter_map(|name| self.begin(name)).collect();
        let Charged { value: known, charge } = self.known_all(context, names(transaction)).await?;
        let reads = transaction.operations.iter().all(|op| matches!(op, Operation::Get { .. }));
        let done = if reads {
            self.snapshot(context, &known, &transaction.operations).await
        } else {
            self.write_together(context, &known, transaction).await
        };
        match done {
            Ok(done) => Ok(Charged::new(done.value, done.charge + charge)),
            Err(error) => Err(error.with_charge(charge)),
        }
    }

    async fn snapshot(
        &self,
        context: &Context,
        known: &AllKnown,
        operations: &[Operation],
    ) -> Reply<Vec<OperationOutcome>> {
        let mut outcomes = vec![OperationOutcome::Got(None); operations.len()];
        let mut places = Vec::new();
        let mut addresses = Vec::new();
        for (place, operation) in operations.iter().enumerate() {
            let target = operation.target();
            let Some(Some(known)) = known.get(&target.collection) else {
                outcomes[place] = OperationOutcome::Nowhere;
                continue;
            };
            places.push(place);
            addresses.push(address(target.clone(), known.collection.settings.shards));
        }
        if addresses.is_empty() {
            return Ok(Charged::new(outcomes, Charge::ZERO));
        }
        let rows = self.backend.snapshot(context, addresses).await?;
        let mut room = AnswerRoom::default();
        for (place, row) in places.into_iter().zip(rows.value) {
            let item = self.live(row).map(|row| row.item);
            outcomes[place] = match item.as_ref().map_or(Ok(()), |item| room.take(&item.document)) {
                Ok(()) => OperationOutcome::Got(item),
                Err(beyond) => OperationOutcome::Beyond(beyond),
            };
        }
        Ok(Charged::new(outcomes, rows.charge))
    }

    async fn write_together(
        &self,
        context: &Context,
        known: &AllKnown,
        transaction: &Transaction,
    ) -> Reply<Vec<OperationOutcome>> {
        let (terms, there) = self.all_terms(known, &transaction.operations);
        let mut charge = Charge::ZERO;
        let judged = match there {
            Ok(()) => self.judge_all(context, &terms, &transaction.operations).await,
            Err(error) => Err(error),
        };
        if let Err(error) = judged {
            // Settings may have come, or a collection gone, since it was done.
            return match self.unless_all_done(context, &terms, transaction, &mut charge, error).await {
                Ok(outcomes) => Ok(Charged::new(outcomes, charge)),
                // Where it was done under its key, that would be known.
                Err(error) if transaction.token.is_some() => Err(error.with_charge(charge)),
                Err(error) => Err(in_doubt(transaction.attempt, error).with_charge(charge)),
            };
        }
        for _ in 0..limits::CONTENTION_TRIES {
            match self.try_together(context, &terms, transaction, &mut charge).await {
                Ok(Some(outcomes)) => return Ok(Charged::new(outcomes, charge)),
                Ok(None) => {}
                Err(error) => return Err(error.with_charge(charge)),
            }
        }
        let detail = "other writes to these items kept coming between; try again";
        Err(Error::new(Kind::Conflict, detail).with_retry_after(1).with_charge(charge))
    }

    /// One try; none where somebody came between a read of ours and the write.
    async fn try_together(
        &self,
        context: &Context,
        terms: &[Terms],
        transaction: &Transaction,
        charge: &mut Charge,
    ) -> Result<Option<Vec<OperationOutcome>>> {
        let judged = match self.judge_increments(context, terms, transaction, charge).await {
            Ok(judged) => judged,
            // What can't be done may have been done, and be the reason.
            Err(error) => {
                return self.unless_all_done(context, terms, transaction, charge, error).await.map(Some);
            }
        };
        let mut changes = changes(&transaction.operations, terms);
        let seen: HashMap<usize, Option<Version>> = judged.iter().map(|one| (one.place, one.seen)).collect();
        for Judged { place, condition, by_caller, put, .. } in judged {
            let change = &mut changes[place];
            (change.condition, change.by_caller) = (condition, by_caller);
            if let Some((document, lifetime)) = put {
                (change.action, change.lifetime) = (Action::Put(document), lifetime);
            }
        }
        let Transaction { write_id, token, attempt, .. } = *transaction;
        match self.backend.together(context, Together { changes, write_id, token, attempt }).await {
            Ok(done) => Ok(Some(told(done, &transaction.operations, charge))),
            Err(error) if error.kind() == Kind::TransactionPrecondition => {
                let came_between =
                    |failure: &Failure| seen.get(&failure.op).is_some_and(|seen| *seen != failure.version);
                let (between, failures): (Vec<Failure>, Vec<Failure>) =
                    error.failures().iter().cloned().partition(came_between);
                if !between.is_empty() && failures.is_empty() {
                    *charge += error.charge();
                    return Ok(None);
                }
                Err(error.with_failures(failures))
            }
            Err(error) => Err(error),
        }
    }

    /// What was answered before: under the same key, or to an earlier attempt. The backend looks at that before it
    /// looks at conditions, and one here never holds.
    ///
    /// # Errors
    /// Why it is refused, where it was not done; `outcome-unknown`.
    async fn unless_all_done(
        &self,
        context: &Context,
        terms: &[Terms],
        transaction: &Transaction,
        charge: &mut Charge,
        refusal: Error,
    ) -> Result<Vec<OperationOutcome>> {
        let Transaction { write_id, token, attempt, .. } = *transaction;
        if token.is_none() && attempt == Attempt::First {
            return Err(refusal);
        }
        let mut changes = changes(&transaction.operations, terms);
        // A condition that names a version may be what tells that nothing was done.
        let unnamed = changes.iter().position(|change| change.condition.if_match.is_none());
        if let Some(change) = changes.get_mut(unnamed.unwrap_or(0)) {
            change.condition = Condition::never();
        }
        let together = Together { changes, write_id, token, attempt };
        match self.backend.together(context, together).await {
            Ok(done) => Ok(told(done, &transaction.operations, charge)),
            Err(error) if matches!(error.kind(), Kind::TransactionPrecondition | Kind::Conflict) => {
                *charge += error.charge();
                Err(refusal)
            }
            Err(error) => Err(error),
        }
    }

    /// Applies those increments that a schema must judge. One whose own condition does not hold, or which can't be
    /// applied, is left for the backend to refuse over the same row.
    async fn judge_increments(
        &self,
        context: &Context,
        terms: &[Terms],
        transaction: &Transaction,
        charge: &mut Charge,
    ) -> Result<Vec<Judged>> {
        let (mut judged, mut faults) = (Vec::new(), Vec::new());
        for (place, (operation, terms)) in transaction.operations.iter().zip(terms).enumerate() {
            let (Operation::Increment { target, increments, condition, ttl }, Some(schema)) =
                (operation, terms.schema())
            else {
                continue;
            };
            let at: Address = address(target.clone(), terms.shards());
            let read = self.backend.get(context, &at, Consistency::Strong).await?;
            *charge += read.charge;
            let live: Option<Row> = self.live(read.value);
            let item = live.as_ref().map(|row| &row.item);
            let seen = item.map(|item| item.version);
            let ours = seen.is_some_and(|version| version.write == transaction.write_id);
            if ours && transaction.attempt != Attempt::First {
                continue;
            }
            if !condition.allows_write(seen) {
                let never = Condition::never();
                judged.push(Judged { place, seen, condition: never, by_caller: false, put: None });
                continue;
            }
            let mut put = None;
            if let Ok(document) = increments.apply(item.map(|item| &item.document)) {
                let checked = self.judge(context, schema, &document, &format!("/ops/{place}")).await;
                faults.extend(judged::violations(checked)?);
                put = Some((document, terms.lifetime_over(*ttl, item)));
            }
            let by_caller = judge::pins(condition, live.as_ref());
            let condition = seen.map_or_else(Condition::absent, Condition::version);
            judged.push(Judged { place, seen, condition, by_caller, put });
        }
        if faults.is_empty() { Ok(judged) } else { Err(judged::violation(faults)) }
    }

    /// The terms of each operation, and whether its collection is there: one that any of them makes is.
    fn all_terms(&self, known: &AllKnown, operations: &[Operation]) -> (Vec<Terms>, Result<()>) {
        let creates =
            |operation: &&Operation| matches!(operation, Operation::Put { .. } | Operation::Increment { .. });
        let made = operations.iter().filter(|_| self.options.auto_create).filter(creates);
        let made: HashSet<&CollectionName> = made.map(|operation| &operation.target().collection).collect();
        let mut failures = Vec::new();
        let mut terms = Vec::with_capacity(operations.len());
        for (op, operation) in operations.iter().enumerate() {
            let name = &operation.target().collection;
            let known = known.get(name).cloned().flatten();
            if known.is_none() && !made.contains(name) {
                failures.push(Failure { op, kind: Kind::NoSuchCollection, version: None });
            }
            terms.push(Terms { known });
        }
        let there = match failures.first() {
            None => Ok(()),
            Some(first) => {
                let name = &operations[first.op].target().collection;
                Err(no_such_collection(name).with_failures(failures))
            }
        };
        (terms, there)
    }
}
