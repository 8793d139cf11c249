//! Items that are stored or removed where a condition holds: one call each.

use std::pin::pin;

use aws_sdk_dynamodb::types::{
    ConsumedCapacity, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure,
};

use crate::domain::{Charge, Context};
use crate::telemetry::metrics::Call;

use super::condition::Expression;
use super::fault::Fault;
use super::schema::Attributes;
use super::{Dynamo, call};

/// What such a call came to.
pub(super) enum Ended {
    /// It is done, and cost this.
    Done(Charge),
    /// The condition does not hold over this item, or over none. Finding that out costs as much as the write, which
    /// is for the caller to count: `DynamoDB` does not say it.
    Refused(Option<Attributes>),
}

impl Ended {
    /// The end of a call, by what it consumed or failed with.
    fn of(call: Call, done: Result<Option<ConsumedCapacity>, Fault>) -> Result<Ended, Fault> {
        match done {
            Ok(consumed) => Ok(Ended::Done(call::write(call, &consumed))),
            Err(Fault::Condition(there)) => Ok(Ended::Refused(there)),
            Err(fault) => Err(fault),
        }
    }
}

impl Dynamo {
    /// Stores an item, over whatever is there if there is no condition.
    pub(super) async fn put_if(
        &self,
        context: &Context,
        item: Attributes,
        allowed: Option<Expression>,
    ) -> Result<Ended, Fault> {
        let (text, values) = allowed.map(|allowed| (allowed.text, allowed.values)).unzip();
        let sent = self
            .clients
            .writes
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .set_condition_expression(text)
            // DynamoDB refuses an empty map of them.
            .set_expression_attribute_values(values.filter(|values| !values.is_empty()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send();
        let done = self.within(Call::PutItem, context, pin!(sent)).await;
        Ended::of(Call::PutItem, done.map(|done| done.consumed_capacity))
    }

    /// Removes the item with that key.
    pub(super) async fn delete_if(
        &self,
        context: &Context,
        key: Attributes,
        allowed: Expression,
    ) -> Result<Ended, Fault> {
        let sent = self
            .clients
            .writes
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key))
            .condition_expression(allowed.text)
            .set_expression_attribute_values(Some(allowed.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send();
        let done = self.within(Call::DeleteItem, context, pin!(sent)).await;
        Ended::of(Call::DeleteItem, done.map(|done| done.consumed_capacity))
    }
}
