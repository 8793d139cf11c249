//! The operations of a transaction as changes of a backend, and its outcomes as those of the operations.

use crate::domain::{Charge, Charged, Condition, Operation, OperationOutcome, Target};
use crate::store::backend::{Action, Change, Lifetime};

use super::address;
use super::write::Terms;

/// What the backend is to do.
pub(super) fn changes(operations: &[Operation], terms: &[Terms]) -> Vec<Change> {
    operations.iter().zip(terms).map(|(operation, terms)| change(operation, terms)).collect()
}

fn change(operation: &Operation, terms: &Terms) -> Change {
    let at = |target: &Target| address(target.clone(), terms.shards());
    let (action, condition, lifetime) = match operation {
        Operation::Get { .. } => (Action::Check, Condition::default(), Lifetime::At(None)),
        Operation::Check(check) => (Action::Check, check.condition.clone(), Lifetime::At(None)),
        Operation::Delete { condition, .. } => (Action::Delete, condition.clone(), Lifetime::At(None)),
        Operation::Put { document, condition, ttl, .. } => {
            (Action::Put(document.clone()), condition.clone(), terms.lifetime_of_put(*ttl))
        }
        Operation::Increment { increments, condition, ttl, .. } => {
            (Action::Increment(increments.clone()), condition.clone(), terms.lifetime_of_change(*ttl))
        }
    };
    Change {
        address: at(operation.target()),
        action,
        condition,
        by_caller: true,
        lifetime,
        create_collection: terms.creates_collection(),
    }
}

/// The outcomes as the caller asked: what the backend stored as a put may have been an increment.
pub(super) fn told(
    done: Charged<Vec<OperationOutcome>>,
    operations: &[Operation],
    charge: &mut Charge,
) -> Vec<OperationOutcome> {
    *charge += done.charge;
    let told = |(outcome, operation): (OperationOutcome, &Operation)| match (outcome, operation) {
        (OperationOutcome::Put { version, expires }, Operation::Increment { .. }) => {
            OperationOutcome::Incremented { version, expires }
        }
        (outcome, _) => outcome,
    };
    done.value.into_iter().zip(operations).map(told).collect()
}
