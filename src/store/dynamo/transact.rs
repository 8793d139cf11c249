//! Transactions as `DynamoDB` has them: several conditional writes that happen together, sent until it is known
//! whether they did.

use std::iter::repeat_n;
use std::pin::pin;

use aws_sdk_dynamodb::types::{
    CancellationReason, ConditionCheck, Delete, Put, ReturnConsumedCapacity,
    ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update as UpdateItem,
};

use crate::domain::{Charge, Context, Error, Kind, Result, limits, write_charge};
use crate::store::judge;
use crate::telemetry::metrics::{self, Call, Throttle};

use super::condition::{Expression, merge};
use super::fault::{self, Cause, Fault};
use super::retry::Patience;
use super::schema::Attributes;
use super::update::Update;
use super::{Dynamo, call};

/// Operations of a transaction at most.
pub(super) const MOST: usize = 100;
/// Bytes of all items of a transaction, as they are before a read and after a write.
pub(super) const MOST_BYTES: usize = limits::TRANSACTION_ITEMS_BYTES;
/// Times that another transaction may be in the way.
const CONFLICTS: usize = 12;

/// What a transaction came to.
pub(super) enum Sent {
    Done(Charge),
    /// Nothing was done. For each operation whose condition does not hold, what is there.
    Refused(Vec<Option<Option<Attributes>>>),
}

const TOLD: ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure::AllOld;

/// Stores under a condition.
pub(super) fn update(
    table: &str,
    key: Attributes,
    update: Update,
    allowed: Expression,
) -> Result<TransactWriteItem> {
    let update = UpdateItem::builder()
        .table_name(table)
        .set_key(Some(key))
        .update_expression(update.text)
        .condition_expression(allowed.text)
        .set_expression_attribute_values(Some(merge(update.values, allowed.values)))
        .return_values_on_condition_check_failure(TOLD)
        .build();
    Ok(TransactWriteItem::builder().update(update.map_err(incomplete)?).build())
}

/// Stores a whole item under a condition.
pub(super) fn put(table: &str, item: Attributes, allowed: Expression) -> Result<TransactWriteItem> {
    let put = Put::builder()
        .table_name(table)
        .set_item(Some(item))
        .condition_expression(allowed.text)
        .set_expression_attribute_values((!allowed.values.is_empty()).then_some(allowed.values))
        .return_values_on_condition_check_failure(TOLD)
        .build();
    Ok(TransactWriteItem::builder().put(put.map_err(incomplete)?).build())
}

/// Removes under a condition, which may be empty.
pub(super) fn delete(table: &str, key: Attributes, allowed: Expression) -> Result<TransactWriteItem> {
    let delete = Delete::builder()
        .table_name(table)
        .set_key(Some(key))
        .set_condition_expression((!allowed.text.is_empty()).then_some(allowed.text))
        .set_expression_attribute_values((!allowed.values.is_empty()).then_some(allowed.values))
        .return_values_on_condition_check_failure(TOLD)
        .build();
    Ok(TransactWriteItem::builder().delete(delete.map_err(incomplete)?).build())
}

/// Only demands a condition.
pub(super) fn check(table: &str, key: Attributes, allowed: Expression) -> Result<TransactWriteItem> {
    let check = ConditionCheck::builder()
        .table_name(table)
        .set_key(Some(key))
        .condition_expression(allowed.text)
        .set_expression_attribute_values((!allowed.values.is_empty()).then_some(allowed.values))
        .return_values_on_condition_check_failure(TOLD)
        .build();
    Ok(TransactWriteItem::builder().condition_check(check.map_err(incomplete)?).build())
}

fn incomplete(error: aws_sdk_dynamodb::error::BuildError) -> Error {
    Error::internal("an operation of a transaction is incomplete").with_source(error)
}

impl Dynamo {
    /// Sends a transaction until it is known what became of it: however often, it is done once.
    ///
    /// # Errors
    /// `outcome-unknown` at the deadline, after a try that may have been done.
    pub(super) async fn transact(
        &self,
        context: &Context,
        patience: &mut Patience<'_>,
        items: &[TransactWriteItem],
    ) -> Result<Sent> {
        let token = token()?;
        let mut conflicts = 0;
        loop {
            patience.check()?;
            let sent = self
                .clients
                .writes
                .transact_write_items()
                .set_transact_items(Some(items.to_vec()))
                .client_request_token(&token)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send();
            let fault = match self.within(Call::TransactWriteItems, context, pin!(sent)).await {
                Ok(done) => {
                    return Ok(Sent::Done(call::write(Call::TransactWriteItems, done.consumed_capacity())));
                }
                Err(Fault::Cancelled(reasons)) => match sort(reasons) {
                    Ok(refused) => return Ok(Sent::Refused(refused)),
                    Err(fault) => fault,
                },
                Err(fault) => fault,
            };
            if matches!(fault, Fault::Busy(_)) {
                conflicts += 1;
                if conflicts > CONFLICTS {
                    let unsure = patience.unsure;
                    return Err(if unsure { judge::outcome_unknown() } else { fault::busy() });
                }
            }
            patience.after(fault).await?;
        }
    }
}

/// A name by which `DynamoDB` knows this transaction again.
fn token() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::internal("the system gives no random numbers").with_source(error))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

/// What is there for each operation whose condition does not hold; or what else kept it from being done.
fn sort(reasons: Vec<CancellationReason>) -> Result<Vec<Option<Option<Attributes>>>, Fault> {
    let is = |reason: &CancellationReason, code: &str| reason.code() == Some(code);
    let failed = |reason: &CancellationReason| is(reason, "ConditionalCheckFailed");
    if reasons.iter().any(failed) {
        metrics::dynamodb_condition_failed(Call::TransactWriteItems);
        let there = |reason: CancellationReason| failed(&reason).then_some(reason.item);
        return Ok(reasons.into_iter().map(there).collect());
    }
    Err(why(Call::TransactWriteItems, &reasons))
}

/// Whether an operation of a transaction was refused for that reason.
pub(super) fn any(reasons: &[CancellationReason], code: &str) -> bool {
    reasons.iter().any(|reason| reason.code() == Some(code))
}

/// The error of a transaction whose items hold more than `DynamoDB` takes together; how much, if that is known.
pub(super) fn too_large(actual: Option<usize>) -> Error {
    let detail = format!("the items of one transaction may hold {MOST_BYTES} bytes together; split it");
    let error = Error::new(Kind::TooLarge, detail);
    match actual {
        Some(actual) => error.with_limit(MOST_BYTES as u64, actual as u64),
        None => error,
    }
}

/// Why a transaction was cancelled none of whose conditions failed.
pub(super) fn why(call: Call, reasons: &[CancellationReason]) -> Fault {
    let cause = || Cause::from(format!("{reasons:?}"));
    if any(reasons, "TransactionConflict") {
        return Fault::Busy(cause());
    }
    if any(reasons, "ProvisionedThroughputExceeded") || any(reasons, "ThrottlingError") {
        metrics::dynamodb_throttled(call, Throttle::Table);
        return Fault::Throttled(Throttle::Table, cause());
    }
    let detail = "DynamoDB refused a transaction that we should not have made";
    Fault::Refused(Error::internal(detail).with_source(cause()))
}

/// What a refused transaction is billed for, of items of so many bytes and so many small ones: twice what each would be.
pub(super) fn cost_of_refusal(items: impl Iterator<Item = usize>, small: usize) -> Charge {
    let each = items.chain(repeat_n(0, small)).map(|bytes| write_charge(bytes).doubled());
    call::noted(Call::TransactWriteItems, each.fold(Charge::ZERO, |sum, cost| sum + cost))
}
