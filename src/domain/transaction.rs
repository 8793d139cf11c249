//! Transactions: several operations that happen together, or not at all.

use super::answer_room::BeyondAnswer;
use super::condition::Condition;
use super::context::Attempt;
use super::increment::Increments;
use super::item::{Document, Item};
use super::key::Target;
use super::time::{Timestamp, Ttl};
use super::version::{Token, Version, WriteId};

/// Demands something of an item without changing it.
#[derive(Clone, Debug)]
pub struct Check {
    /// Which item.
    pub target: Target,
    /// What must hold; never empty.
    pub condition: Condition,
}

/// One operation of a transaction.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the fields are those of the single operations")]
pub enum Operation {
    /// Reads an item. A transaction has either reads or the others, never both.
    Get { target: Target },
    /// Checks an item.
    Check(Check),
    /// Stores a document.
    Put { target: Target, document: Document, condition: Condition, ttl: Option<Ttl> },
    /// Adds to numbers.
    Increment { target: Target, increments: Increments, condition: Condition, ttl: Option<Ttl> },
    /// Removes an item, or nothing.
    Delete { target: Target, condition: Condition },
}

impl Operation {
    /// The item that it is about.
    pub fn target(&self) -> &Target {
        match self {
            Operation::Get { target }
            | Operation::Put { target, .. }
            | Operation::Increment { target, .. }
            | Operation::Delete { target, .. } => target,
            Operation::Check(check) => &check.target,
        }
    }
}

/// Asks for all of these, or none. Each item appears once.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// At most 100.
    pub operations: Vec<Operation>,
    /// The name of the writes.
    pub write_id: WriteId,
    /// The `Idempotency-Key`, remembered for ten minutes.
    pub token: Option<Token>,
    /// Whether it may have been tried before.
    pub attempt: Attempt,
}

/// What one operation did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "version and expires are those of the item that was written")]
pub enum OperationOutcome {
    /// What was read; none where the item is not there.
    Got(Option<Item>),
    /// It was read, but the documents before it fill the answer.
    Beyond(BeyondAnswer),
    /// There is no collection to read from.
    Nowhere,
    /// The check held.
    Checked,
    /// The document is stored.
    Put { version: Version, expires: Option<Timestamp> },
    /// The numbers are stored.
    Incremented { version: Version, expires: Option<Timestamp> },
    /// The item is gone.
    Deleted,
}
