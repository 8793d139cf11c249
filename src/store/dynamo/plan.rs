//! Plans a transaction: what each change asks `DynamoDB` to do, and what it will have done.

use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::domain::{
    Error, Failure, Item, Kind, OperationOutcome, Result, Tags, Timestamp, Version, item_bytes,
};
use crate::store::backend::{Action, Change, Row, Together};
use crate::store::judge::{self, Decision};

use super::condition::{self, Terms};
use super::schema::row_key;
use super::{Dynamo, item, transact, update};

/// What is known of the row of a change.
#[derive(Clone, Debug)]
pub(super) enum Known {
    Unseen,
    /// It is this, or nothing; maybe expired.
    Seen(Option<Row>),
}

impl Known {
    /// The row, if it was seen and is there.
    pub(super) fn row(&self) -> Option<&Row> {
        match self {
            Known::Seen(row) => row.as_ref(),
            Known::Unseen => None,
        }
    }
}

/// A transaction, as far as it can be planned.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) items: Vec<TransactWriteItem>,
    pub(super) outcomes: Vec<OperationOutcome>,
    /// Rows that must be seen first.
    pub(super) looks: Vec<usize>,
    /// Changes whose conditions do not hold.
    pub(super) failures: Vec<Failure>,
    /// A change that can't be applied.
    pub(super) unfit: Option<Error>,
    /// Of all that it stores.
    pub(super) bytes: usize,
}

impl Plan {
    /// Whether it can be sent.
    pub(super) fn is_fit(&self) -> bool {
        self.looks.is_empty() && self.failures.is_empty() && self.unfit.is_none()
    }

    /// Why it can't be done.
    pub(super) fn error(self) -> Error {
        if !self.failures.is_empty() {
            let detail = "not all conditions hold, so nothing was done; `failures` says which";
            return Error::new(Kind::TransactionPrecondition, detail).with_failures(self.failures);
        }
        self.unfit.unwrap_or_else(|| Error::internal("a transaction failed without a reason"))
    }

    fn add(&mut self, item: TransactWriteItem, outcome: OperationOutcome) {
        self.items.push(item);
        self.outcomes.push(outcome);
    }

    fn store(&mut self, update: TransactWriteItem, change: &Change, item: &Item) {
        self.bytes += item::bytes(&change.address, item);
        self.add(update, outcome(change, item));
    }
}

/// Plans as much as can be planned over what is known.
///
/// # Errors
/// Only of our own making.
pub(super) fn plan(store: &Dynamo, asked: &Together, known: &[Known]) -> Result<Plan> {
    let now = store.clock.now();
    let stamp = store.stamps.next(now);
    let mut planner = Planner { store, asked, now, stamp, plan: Plan::default() };
    for (place, (change, known)) in asked.changes.iter().zip(known).enumerate() {
        match known {
            Known::Seen(row) => planner.seen(place, change, row.as_ref())?,
            Known::Unseen => planner.unseen(place, change)?,
        }
    }
    Ok(planner.plan)
}

/// The size of the item that a change asks for, by which it is billed even where it is refused.
pub(super) fn asked(change: &Change, now: Timestamp) -> usize {
    let Action::Put(document) = &change.action else { return 0 };
    let (collection, key) = (change.address.collection.as_str(), change.address.key.as_str());
    item_bytes(collection, key, document.bytes().len(), change.lifetime.expires(now, None).is_some())
}

struct Planner<'a> {
    store: &'a Dynamo,
    asked: &'a Together,
    now: Timestamp,
    stamp: u64,
    plan: Plan,
}

impl Planner<'_> {
    /// A change of a row that was seen: over exactly that.
    fn seen(&mut self, place: usize, change: &Change, row: Option<&Row>) -> Result<()> {
        let (table, key) = (&self.store.table, row_key(&change.address));
        let before = row.map(|row| row.item.version);
        let decision = match judge::together(change, self.asked.write_id, row, self.now) {
            Ok(decision) => decision,
            Err(error) => {
                self.failed(place, error, row);
                return Ok(());
            }
        };
        match decision {
            Decision::Store(mut new) => {
                new.item.version.stamp = self.store.stamps.over(self.now, before, 1);
                let update = update::put(&new.item, Some(new.created))?;
                let item = transact::update(table, key, update, condition::exactly(before))?;
                self.plan.store(item, change, &new.item);
            }
            Decision::Remove => {
                let item = transact::delete(table, key, condition::exactly(before))?;
                self.plan.add(item, OperationOutcome::Deleted);
            }
            Decision::Nothing | Decision::Replay(_) => {
                let outcome = match change.action {
                    Action::Delete => OperationOutcome::Deleted,
                    _ => OperationOutcome::Checked,
                };
                self.plan.add(transact::check(table, key, condition::exactly(before))?, outcome);
            }
        }
        Ok(())
    }

    fn failed(&mut self, place: usize, error: Error, row: Option<&Row>) {
        if error.kind() == Kind::PreconditionFailed {
            let version = error.current().map(|current| current.version);
            self.plan.failures.push(Failure { op: place, kind: Kind::PreconditionFailed, version });
            return;
        }
        let version = judge::live(row, self.now).map(|row| row.item.version);
        let failure = Failure { op: place, kind: error.kind(), version };
        self.plan.unfit.get_or_insert(error.with_failures(vec![failure]));
    }

    /// A change of a row that nobody has seen: under a condition that says when it may happen.
    fn unseen(&mut self, place: usize, change: &Change) -> Result<()> {
        let (table, key) = (&self.store.table, row_key(&change.address));
        let timely = Timestamp::from_micros(self.stamp).millis() == self.now.millis();
        match &change.action {
            Action::Put(document) if timely => {
                let write = self.asked.write_id;
                let (now, stamp) = (self.now, self.stamp);
                let terms = Terms { now, stamp, apart: 1, write, keyed: false, creates: true };
                if let Some(allowed) = condition::put(&change.condition, terms) {
                    let item = Item {
                        document: document.clone(),
                        version: Version { stamp: self.stamp, write },
                        expires: change.lifetime.expires(self.now, None),
                    };
                    let created = match (&change.condition.if_match, &change.condition.if_none_match) {
                        (Some(_), _) => Some(false),
                        (_, Some(Tags::Any)) => Some(true),
                        _ => None,
                    };
                    let update = update::put(&item, created)?;
                    let planned = transact::update(table, key, update, allowed)?;
                    self.plan.store(planned, change, &item);
                    return Ok(());
                }
            }
            Action::Delete => {
                if let Some(allowed) = condition::holds(&change.condition, self.now) {
                    self.plan.add(transact::delete(table, key, allowed)?, OperationOutcome::Deleted);
                    return Ok(());
                }
            }
            Action::Check => {
                if let Some(allowed) =
                    condition::holds(&change.condition, self.now).filter(|e| !e.text.is_empty())
                {
                    self.plan.add(transact::check(table, key, allowed)?, OperationOutcome::Checked);
                    return Ok(());
                }
            }
            Action::Put(_) | Action::Increment(_) => {}
        }
        self.plan.looks.push(place);
        Ok(())
    }
}

fn outcome(change: &Change, item: &Item) -> OperationOutcome {
    let (version, expires) = (item.version, item.expires);
    match change.action {
        Action::Increment(_) => OperationOutcome::Incremented { version, expires },
        _ => OperationOutcome::Put { version, expires },
    }
}
