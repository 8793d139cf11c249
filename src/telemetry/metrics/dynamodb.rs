//! Metrics of the calls to `DynamoDB`.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use ::metrics::Counter;

use crate::domain::Charge;

use super::families::{DYNAMODB_CAPACITY, DYNAMODB_CONDITION_FAILURES, DYNAMODB_THROTTLED};
use super::recorder::counter;

/// The calls, by the names that `DynamoDB` gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the operations of DynamoDB")]
pub enum Call {
    GetItem,
    BatchGetItem,
    TransactGetItems,
    Query,
    PutItem,
    UpdateItem,
    DeleteItem,
    TransactWriteItems,
}

impl Call {
    const ALL: [Call; 8] = [
        Call::GetItem,
        Call::BatchGetItem,
        Call::TransactGetItems,
        Call::Query,
        Call::PutItem,
        Call::UpdateItem,
        Call::DeleteItem,
        Call::TransactWriteItems,
    ];

    /// The name that `DynamoDB` gives it.
    pub const fn name(self) -> &'static str {
        match self {
            Call::GetItem => "GetItem",
            Call::BatchGetItem => "BatchGetItem",
            Call::TransactGetItems => "TransactGetItems",
            Call::Query => "Query",
            Call::PutItem => "PutItem",
            Call::UpdateItem => "UpdateItem",
            Call::DeleteItem => "DeleteItem",
            Call::TransactWriteItems => "TransactWriteItems",
        }
    }
}

/// Whose limit was reached, from the narrowest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Throttle {
    /// That of the partition in which the key lies.
    HotKey,
    /// That of the table.
    Table,
    /// That of the account.
    Account,
}

impl Throttle {
    const ALL: [Throttle; 3] = [Throttle::HotKey, Throttle::Table, Throttle::Account];

    /// The word for it in metrics and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Throttle::HotKey => "hot-key",
            Throttle::Table => "table",
            Throttle::Account => "account",
        }
    }
}

/// Capacity that a call has consumed; kept in halves, as a counter has whole numbers.
struct Consumed {
    read: Counter,
    write: Counter,
    read_halves: AtomicU64,
}

struct Handles {
    consumed: [Consumed; Call::ALL.len()],
    conditions: [Counter; Call::ALL.len()],
}

static HANDLES: LazyLock<Handles> = LazyLock::new(|| Handles {
    consumed: Call::ALL.map(|call| Consumed {
        read: counter(&DYNAMODB_CAPACITY, [call.name(), "read"]),
        write: counter(&DYNAMODB_CAPACITY, [call.name(), "write"]),
        read_halves: AtomicU64::new(0),
    }),
    conditions: Call::ALL.map(|call| counter(&DYNAMODB_CONDITION_FAILURES, [call.name()])),
});

/// A call was billed for that much.
pub fn dynamodb_consumed(call: Call, charge: Charge) {
    let consumed = &HANDLES.consumed[call as usize];
    if charge.read_halves > 0 {
        let before = consumed.read_halves.fetch_add(charge.read_halves, Ordering::Relaxed);
        consumed.read.increment((before + charge.read_halves) / 2 - before / 2);
    }
    if charge.writes > 0 {
        consumed.write.increment(charge.writes);
    }
}

/// A call was refused because its condition did not hold.
pub fn dynamodb_condition_failed(call: Call) {
    HANDLES.conditions[call as usize].increment(1);
}

/// A call was refused for want of capacity.
pub fn dynamodb_throttled(call: Call, why: Throttle) {
    counter(&DYNAMODB_THROTTLED, [call.name(), why.name()]).increment(1);
}

pub(super) fn register() {
    for call in Call::ALL {
        for kind in ["read", "write"] {
            counter(&DYNAMODB_CAPACITY, [call.name(), kind]).increment(0);
        }
        for why in Throttle::ALL {
            counter(&DYNAMODB_THROTTLED, [call.name(), why.name()]).increment(0);
        }
        counter(&DYNAMODB_CONDITION_FAILURES, [call.name()]).increment(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_numbered_as_they_are_listed() {
        assert!(Call::ALL.iter().enumerate().all(|(at, call)| *call as usize == at));
    }
}
