//! Metrics of operations on items: where the data is, and where it is asked for.

use std::sync::{LazyLock, OnceLock};
use std::time::Duration;

use ::metrics::Histogram;

use crate::domain::{Action, Kind};

use super::families::{
    ITEM_DOCUMENT_BYTES, STORE_CLIENT_ENDPOINTS, STORE_CLIENT_REQUEST_DURATION, STORE_CLIENT_RETRIES,
    STORE_OPERATION_DURATION,
};
use super::recorder::{counter, gauge, histogram};

/// The operations of a store, as metrics tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the operations of `domain::Store`")]
pub enum Operation {
    Read,
    ReadMany,
    Put,
    Patch,
    Increment,
    Delete,
    List,
    Transact,
    Collections,
    Collection,
    PutCollection,
    DeleteCollection,
}

impl Operation {
    const ALL: [Operation; 12] = [
        Operation::Read,
        Operation::ReadMany,
        Operation::Put,
        Operation::Patch,
        Operation::Increment,
        Operation::Delete,
        Operation::List,
        Operation::Transact,
        Operation::Collections,
        Operation::Collection,
        Operation::PutCollection,
        Operation::DeleteCollection,
    ];

    /// What a write is counted as.
    pub fn of_write(action: &Action) -> Operation {
        match action {
            Action::Put(_) => Operation::Put,
            Action::Patch(_) => Operation::Patch,
            Action::Increment(_) => Operation::Increment,
            Action::Delete => Operation::Delete,
        }
    }

    /// The word for it in labels and spans.
    pub const fn name(self) -> &'static str {
        match self {
            Operation::Read => "read",
            Operation::ReadMany => "read_many",
            Operation::Put => "put",
            Operation::Patch => "patch",
            Operation::Increment => "increment",
            Operation::Delete => "delete",
            Operation::List => "list",
            Operation::Transact => "transact",
            Operation::Collections => "collections",
            Operation::Collection => "collection",
            Operation::PutCollection => "put_collection",
            Operation::DeleteCollection => "delete_collection",
        }
    }
}

/// Outcomes: `ok`, and each kind of failure.
const OUTCOMES: usize = 1 + Kind::ALL.len();

/// A histogram for each operation and outcome, made when it is first needed.
struct Durations(Box<[OnceLock<Histogram>]>);

impl Durations {
    fn new() -> Durations {
        Durations((0..Operation::ALL.len() * OUTCOMES).map(|_| OnceLock::new()).collect())
    }

    fn of(
        &self,
        operation: Operation,
        failed: Option<Kind>,
        make: impl FnOnce(&'static str, &'static str) -> Histogram,
    ) -> &Histogram {
        // Kinds are numbered in the order of their declaration, which is that of `Kind::ALL`.
        let outcome = failed.map_or(0, |kind| 1 + kind as usize);
        let at = operation as usize * OUTCOMES + outcome;
        self.0[at].get_or_init(|| make(operation.name(), failed.map_or("ok", Kind::name)))
    }
}

/// Counts and times operations in the process that owns the data.
pub struct StoreOperations {
    backend: &'static str,
    durations: Durations,
}

impl StoreOperations {
    /// Of a backend, by its name in the configuration.
    pub fn new(backend: &'static str) -> Self {
        StoreOperations { backend, durations: Durations::new() }
    }

    /// An operation has ended.
    pub fn end(&self, operation: Operation, failed: Option<Kind>, duration: Duration) {
        let make = |name, outcome| histogram(&STORE_OPERATION_DURATION, [self.backend, name, outcome]);
        self.durations.of(operation, failed, make).record(duration);
    }
}

/// Counts and times operations in the process that asks for them over a line.
pub struct ClientOperations(Durations);

impl ClientOperations {
    /// None so far.
    #[expect(clippy::new_without_default, reason = "a set of handles has no value that it defaults to")]
    pub fn new() -> Self {
        ClientOperations(Durations::new())
    }

    /// An operation has ended.
    pub fn end(&self, operation: Operation, failed: Option<Kind>, duration: Duration) {
        let make = |name, outcome| histogram(&STORE_CLIENT_REQUEST_DURATION, [name, outcome]);
        self.0.of(operation, failed, make).record(duration);
    }
}

static DOCUMENTS: LazyLock<Histogram> = LazyLock::new(|| histogram(&ITEM_DOCUMENT_BYTES, []));

/// A single write stores a document of that size.
pub fn document_written(bytes: usize) {
    DOCUMENTS.record(bytes as f64);
}

/// An operation is sent once more: after a try whose outcome nobody knows, or one that never left.
pub fn retry(ambiguous: bool) {
    counter(&STORE_CLIENT_RETRIES, [reason(ambiguous)]).increment(1);
}

fn reason(ambiguous: bool) -> &'static str {
    if ambiguous { "ambiguous" } else { "unsent" }
}

/// A line came up (+1) or went down (-1), or began (`down` +1) or ceased to exist.
pub fn endpoints(up: i32, down: i32) {
    gauge(&STORE_CLIENT_ENDPOINTS, ["up"]).increment(f64::from(up));
    gauge(&STORE_CLIENT_ENDPOINTS, ["down"]).increment(f64::from(down));
}

/// A line that is up is set aside, or is no more.
pub fn endpoint_aside(aside: bool) {
    let more = if aside { 1.0 } else { -1.0 };
    gauge(&STORE_CLIENT_ENDPOINTS, ["aside"]).increment(more);
    gauge(&STORE_CLIENT_ENDPOINTS, ["up"]).decrement(more);
}

pub(super) fn register() {
    for operation in Operation::ALL {
        drop(histogram(&STORE_OPERATION_DURATION, ["embedded", operation.name(), "ok"]));
        drop(histogram(&STORE_CLIENT_REQUEST_DURATION, [operation.name(), "ok"]));
    }
    drop(histogram(&ITEM_DOCUMENT_BYTES, []));
    for ambiguous in [false, true] {
        counter(&STORE_CLIENT_RETRIES, [reason(ambiguous)]).increment(0);
    }
    endpoints(0, 0);
    gauge(&STORE_CLIENT_ENDPOINTS, ["aside"]).set(0.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_operations_are_numbered_as_they_are_listed() {
        assert!(Kind::ALL.iter().enumerate().all(|(at, kind)| *kind as usize == at));
        assert!(Operation::ALL.iter().enumerate().all(|(at, operation)| *operation as usize == at));
    }
}
