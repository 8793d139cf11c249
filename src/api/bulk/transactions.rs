//! `POST /v1/transactions`: operations over any collections, all or nothing.

use crate::api::call::Call;
use crate::api::faults::Faults;
use crate::domain::{
    Check, CollectionName, Error, Fault, Key, Kind, Operation, OperationOutcome, Place, Result, Tags, Target,
};

use super::operation::{Parsed, Wanted};
use super::results::Outcome;

/// The operations as the store takes them, and the status that each success has.
///
/// # Errors
/// What is wrong with one operation is wrong with the whole: the first kind, with every fault of that kind.
pub(super) fn operations(call: &Call<'_>, parsed: Vec<Parsed>) -> Result<Vec<(Operation, u16)>> {
    let mut faults = Faults::default();
    let mut named = Vec::with_capacity(parsed.len());
    for (place, Parsed { collection, key, access, wanted, .. }) in parsed.into_iter().enumerate() {
        let target = faults.absorb(target(collection, key, place));
        named.extend(target.map(|target| (target, access, wanted)));
    }
    faults.judge()?;
    let places = named.iter().map(|(target, access, _)| (*access, target));
    call.principal.permit_all(places).inspect_err(|error| call.note_refusal(error))?;
    let mut operations = Vec::with_capacity(named.len());
    for (target, _, wanted) in named {
        operations.extend(faults.absorb(wanted.and_then(|wanted| operation(target, wanted))));
    }
    faults.judge()?;
    unmixed(operations)
}

fn target(collection: Option<String>, key: Result<Key>, place: usize) -> Result<Target> {
    let key = key?;
    let collection = CollectionName::parse(&collection.unwrap_or_default()).map_err(|error| {
        let place = Place::Pointer(format!("/ops/{place}/collection"));
        Error::at(Kind::InvalidOperation, place, error.detail())
    })?;
    Ok(Target { collection, key })
}

/// A transaction either reads or writes: `DynamoDB` has one call for each.
fn unmixed(operations: Vec<(Operation, u16)>) -> Result<Vec<(Operation, u16)>> {
    let is_get = |operation: &Operation| matches!(operation, Operation::Get { .. });
    let gets = operations.iter().filter(|(operation, _)| is_get(operation)).count();
    if gets == 0 || gets == operations.len() {
        return Ok(operations);
    }
    let places = operations.iter().enumerate().filter(|(_, (operation, _))| is_get(operation));
    let detail = "a transaction has either gets only, or none; check a state with check";
    let fault = |place| Fault { place: Place::Pointer(format!("/ops/{place}/op")), detail: detail.into() };
    let faults = places.map(|(place, _)| fault(place)).collect();
    Err(Error::new(Kind::InvalidOperation, detail).with_faults(faults))
}

fn operation(target: Target, wanted: Wanted) -> Result<(Operation, u16)> {
    Ok(match wanted {
        Wanted::Get => (Operation::Get { target }, 200),
        Wanted::Check(condition) => (Operation::Check(Check { target, condition }), 200),
        Wanted::Put { document, condition, ttl } => {
            // DynamoDB does not say whether something was replaced; only this condition tells.
            let status = if condition.if_none_match == Some(Tags::Any) { 201 } else { 200 };
            (Operation::Put { target, document, condition, ttl }, status)
        }
        Wanted::Increment { increments, condition, ttl } => {
            (Operation::Increment { target, increments, condition, ttl }, 200)
        }
        Wanted::Delete { condition } => (Operation::Delete { target, condition }, 204),
        Wanted::Patch { .. } => return Err(Error::internal("a transaction has no patch")),
    })
}

/// What became of an operation that succeeded.
pub(super) fn outcome(outcome: OperationOutcome, status: u16) -> Outcome {
    match outcome {
        OperationOutcome::Got(Some(item)) => Outcome::Found(item),
        OperationOutcome::Got(None) => Outcome::Failed(Error::no_such_item()),
        OperationOutcome::Beyond(beyond) => Outcome::Failed(beyond.into()),
        OperationOutcome::Nowhere => {
            Outcome::Failed(Error::new(Kind::NoSuchCollection, "there is no such collection"))
        }
        OperationOutcome::Put { version, .. } | OperationOutcome::Incremented { version, .. } => {
            Outcome::Done { status, version: Some(version) }
        }
        OperationOutcome::Checked | OperationOutcome::Deleted => Outcome::Done { status, version: None },
    }
}
