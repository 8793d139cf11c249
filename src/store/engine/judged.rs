//! What the settings of collections say of the operations of a transaction, before any of them is done.

use crate::domain::{Context, Error, Fault, Kind, Operation, Place, Result};

use super::Engine;
use super::write::{Terms, precondition_required};

impl Engine {
    /// Judges a transaction by the settings of its collections.
    ///
    /// # Errors
    /// `schema-violation`, `precondition-required`, `deadline-exceeded`.
    pub(super) async fn judge_all(
        &self,
        context: &Context,
        terms: &[Terms],
        operations: &[Operation],
    ) -> Result<()> {
        self.judge_puts(context, terms, operations).await?;
        preconditions(terms, operations)
    }

    /// Every fault that schemas find in documents that are to be put.
    ///
    /// # Errors
    /// `schema-violation`, `deadline-exceeded`.
    async fn judge_puts(&self, context: &Context, terms: &[Terms], operations: &[Operation]) -> Result<()> {
        let mut faults: Vec<Fault> = Vec::new();
        for (place, (operation, terms)) in operations.iter().zip(terms).enumerate() {
            let (Operation::Put { document, .. }, Some(schema)) = (operation, terms.schema()) else {
                continue;
            };
            let checked = self.judge(context, schema, document, &format!("/ops/{place}/value")).await;
            faults.extend(violations(checked)?);
        }
        if faults.is_empty() { Ok(()) } else { Err(violation(faults)) }
    }
}

/// The faults that a schema finds; an error where it can't be judged by.
pub(super) fn violations(checked: Result<()>) -> Result<Vec<Fault>> {
    match checked {
        Err(error) if error.kind() == Kind::SchemaViolation => Ok(error.faults().to_vec()),
        checked => checked.map(|()| Vec::new()),
    }
}

/// The error of those faults.
pub(super) fn violation(faults: Vec<Fault>) -> Error {
    let detail = "a document does not satisfy the schema of its collection";
    Error::new(Kind::SchemaViolation, detail).with_faults(faults)
}

/// Every operation that has no condition where one is required.
///
/// # Errors
/// `precondition-required`.
fn preconditions(terms: &[Terms], operations: &[Operation]) -> Result<()> {
    let misses = |(operation, terms): &(&Operation, &Terms)| match operation {
        Operation::Put { condition, .. } | Operation::Delete { condition, .. } => {
            terms.misses_precondition(condition)
        }
        Operation::Get { .. } | Operation::Check(_) | Operation::Increment { .. } => false,
    };
    let places = operations.iter().zip(terms).enumerate().filter(|(_, pair)| misses(pair));
    let faults: Vec<Fault> = places
        .map(|(place, _)| Fault {
            place: Place::Pointer(format!("/ops/{place}")),
            detail: "this operation needs if_match or if_none_match".into(),
        })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(precondition_required().with_faults(faults)) }
}
