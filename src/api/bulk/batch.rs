//! `POST /v1/collections/{c}/batch`: operations side by side, each with its own outcome.

use futures_util::future::join_all;

use crate::api::auth::KeySet;
use crate::api::call::Call;
use crate::api::state::State;
use crate::domain::{
    Action, Attempt, Charge, CollectionName, Condition, Consistency, Context, Current, Error, Item, Kind,
    Read, Result, Target, Write, Written,
};

use super::operation::{Parsed, Wanted};
use super::results::Outcome;

/// Operations that were told apart: what is answered already, what must be read, what must be written.
#[derive(Default)]
struct Sorted {
    outcomes: Vec<Option<Outcome>>,
    reads: Vec<(usize, Read, Option<Condition>)>,
    writes: Vec<(usize, Write)>,
}

/// Does all operations, as if each had come on its own.
pub(super) async fn run(
    call: &Call<'_>,
    collection: &CollectionName,
    operations: Vec<Parsed>,
) -> (Vec<Outcome>, Charge) {
    let (state, context) = (&*call.state, &call.context());
    let mut sorted = sort(call, collection, operations);
    let (reads, writes) = (std::mem::take(&mut sorted.reads), std::mem::take(&mut sorted.writes));
    let reading = read_all(state, context, reads);
    let writing = join_all(writes.into_iter().map(|(place, write)| write_one(state, context, place, write)));
    let (read, written) = futures_util::future::join(reading, writing).await;
    let mut charge = read.1;
    for (place, outcome) in read.0 {
        sorted.outcomes[place] = Some(outcome);
    }
    for (place, outcome, cost) in written {
        charge += cost;
        sorted.outcomes[place] = Some(outcome);
    }
    let missing = || Outcome::Failed(Error::internal("an operation was not done"));
    (sorted.outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(missing)).collect(), charge)
}

/// An operation in the order of judgement: its key, whether the caller may do it, and what else is wrong with it.
fn judged(call: &Call<'_>, collection: &CollectionName, operation: Parsed) -> Result<(Target, Wanted)> {
    let key = operation.key?;
    call.may(operation.access, collection, KeySet::Key(key.as_str()))?;
    let (target, wanted) = (Target { collection: collection.clone(), key }, operation.wanted?);
    if let Wanted::Patch { patch, .. } = &wanted {
        call.may_patch(patch, &target)?;
    }
    Ok((target, wanted))
}

fn sort(call: &Call<'_>, collection: &CollectionName, operations: Vec<Parsed>) -> Sorted {
    let mut sorted = Sorted::default();
    for (place, operation) in operations.into_iter().enumerate() {
        let (target, wanted) = match judged(call, collection, operation) {
            Ok(judged) => judged,
            Err(error) => {
                sorted.outcomes.push(Some(Outcome::Failed(error)));
                continue;
            }
        };
        sorted.outcomes.push(None);
        let read = |target, want_document| Read {
            target,
            consistency: Consistency::Strong,
            min_version: None,
            want_document,
        };
        let (action, condition, ttl) = match wanted {
            Wanted::Get => {
                sorted.reads.push((place, read(target, true), None));
                continue;
            }
            Wanted::Check(condition) => {
                sorted.reads.push((place, read(target, false), Some(condition)));
                continue;
            }
            Wanted::Put { document, condition, ttl } => (Action::Put(document), condition, ttl),
            Wanted::Patch { patch, condition, ttl } => (Action::Patch(patch), condition, ttl),
            Wanted::Increment { increments, condition, ttl } => {
                (Action::Increment(increments), condition, ttl)
            }
            Wanted::Delete { condition } => (Action::Delete, condition, None),
        };
        let write = Write {
            target,
            action,
            condition,
            exempt: false,
            ttl,
            write_id: call.state.random_write_id(),
            keyed: false,
            token: None,
            attempt: Attempt::First,
            want_document: false,
        };
        sorted.writes.push((place, write));
    }
    sorted
}

async fn read_all(
    state: &State,
    context: &Context,
    reads: Vec<(usize, Read, Option<Condition>)>,
) -> (Vec<(usize, Outcome)>, Charge) {
    if reads.is_empty() {
        return (Vec::new(), Charge::ZERO);
    }
    let (asked, wanted): (Vec<_>, Vec<_>) =
        reads.into_iter().map(|(place, read, condition)| ((place, condition), read)).unzip();
    match state.store.read_many(context, wanted).await {
        Ok(found) => {
            let outcomes = asked.into_iter().zip(found.value);
            (
                outcomes.map(|((place, condition), found)| (place, judge(condition, found))).collect(),
                found.charge,
            )
        }
        Err(error) => {
            let charge = error.charge();
            let same = |(place, _)| (place, Outcome::Failed(error.duplicate()));
            (asked.into_iter().map(same).collect(), charge)
        }
    }
}

/// A get finds its item; a check holds its condition against it.
fn judge(condition: Option<Condition>, found: Result<Option<Item>>) -> Outcome {
    let item = match found {
        Ok(item) => item,
        Err(error) => return Outcome::Failed(error),
    };
    match (condition, item) {
        (None, Some(item)) => Outcome::Found(item),
        (None, None) => Outcome::Failed(Error::no_such_item()),
        (Some(condition), item) => {
            let version = item.map(|item| item.version);
            if condition.allows_write(version) {
                return Outcome::Done { status: 200, version };
            }
            let current = version.map(|version| Current { version, document: None });
            let detail = "the item is not in the state that the condition names";
            Outcome::Failed(Error::new(Kind::PreconditionFailed, detail).with_current(current))
        }
    }
}

async fn write_one(state: &State, context: &Context, place: usize, write: Write) -> (usize, Outcome, Charge) {
    match state.store.write(context, write).await {
        Ok(done) => (place, written(&done.value), done.charge),
        Err(error) => {
            let charge = error.charge();
            (place, Outcome::Failed(error), charge)
        }
    }
}

fn written(written: &Written) -> Outcome {
    let status = if written.created { 201 } else { 204 };
    Outcome::Done { status, version: written.version }
}
