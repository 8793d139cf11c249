//! The calls of the write protocol: an update or a delete, each under its condition.

use std::ops::ControlFlow;
use std::pin::pin;

use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure,
};

use crate::domain::{Condition, Document, Item, Tags, Timestamp, Version, Written};
use crate::store::backend::{Action, Row};
use crate::telemetry::metrics::Call;

use super::call;
use super::change::{ChangeRun, End};
use super::condition::{self, Expression, Terms};
use super::conditional::Ended;
use super::fault::Fault;
use super::item;
use super::schema::{Attributes, BEFORE, END, NUMBER, row_key};
use super::update::{self, Update};

/// By how many microseconds what is there must be older than a write that may have been done, to tell that it was
/// not: who made it after somebody removed what that write left may have a clock that is behind ours.
const CLOCKS_APART: u64 = 1_000_000;

impl ChangeRun<'_> {
    /// The terms of a write that makes a version of that stamp, or would, if it made one.
    fn terms(&self, now: Timestamp, stamp: u64) -> Terms {
        let (write, keyed) = (self.single.write_id, self.single.keyed);
        // No version comes back: one that is named and there was there before.
        let named = matches!(self.single.change.condition.if_match, Some(Tags::List(_)));
        let apart = if self.unsure() && !named { CLOCKS_APART } else { 1 };
        Terms { now, stamp, apart, write, keyed, creates: !self.unsure() }
    }

    /// Does it without a look, if it is known in advance when that may be done.
    pub(super) async fn fresh(&mut self, now: Timestamp, stamp: u64) -> Result<End, Fault> {
        let condition = self.single.change.condition.clone();
        match self.single.change.action.clone() {
            Action::Put(document) => self.put(document, &condition, now, stamp).await,
            Action::Increment(_) => self.add(now, stamp, false).await,
            Action::Delete => match condition::delete(&condition, self.terms(now, stamp)) {
                Some(allowed) => self.delete(allowed).await,
                None => self.look().await,
            },
            Action::Check => self.look().await,
        }
    }

    async fn put(
        &mut self,
        document: Document,
        condition: &Condition,
        now: Timestamp,
        stamp: u64,
    ) -> Result<End, Fault> {
        let Some(allowed) = condition::put(condition, self.terms(now, stamp)) else {
            return self.look().await;
        };
        let created = created(condition);
        let version = Version { stamp, write: self.single.write_id };
        let item = Item { document, version, expires: self.lifetime().expires(now, None) };
        let update = update::put(&item, created).map_err(Fault::Refused)?;
        let told = if created.is_some() { ReturnValue::None } else { ReturnValue::UpdatedOld };
        let old = match self.update(update, allowed, told).await? {
            ControlFlow::Continue(old) => old,
            ControlFlow::Break(end) => return Ok(end),
        };
        let there = update::was_there(item::millis(&old, END).map_err(Fault::Refused)?, now);
        let created = created.unwrap_or(!there);
        Ok(End::Done(Written::item(&item, created, self.single.want_document)))
    }

    /// Adds to a native number; `there` says whether it was seen.
    pub(super) async fn add(&mut self, now: Timestamp, stamp: u64, there: bool) -> Result<End, Fault> {
        let Action::Increment(increments) = &self.single.change.action else { return self.look().await };
        let Some(by) = increments.bare() else { return self.look().await };
        let lifetime = self.lifetime();
        // What never ends must not get the end of what is created.
        let keeps = matches!(lifetime, crate::store::backend::Lifetime::Keep { default: Some(_) });
        let mut terms = self.terms(now, stamp);
        terms.creates &= !there;
        let allowed = condition::add(&self.single.change.condition, terms, keeps && !there);
        let Some(allowed) = allowed else { return self.look().await };
        let update = update::add(&by, stamp, self.single.write_id, (lifetime, now), there);
        let new = match self.update(update, allowed, ReturnValue::AllNew).await? {
            ControlFlow::Continue(new) => new,
            ControlFlow::Break(end) => return Ok(end),
        };
        let created = item::millis(&new, BEFORE).map_err(Fault::Refused)? == Some(0);
        let Some(AttributeValue::N(number)) = new.get(NUMBER) else {
            return Err(Fault::Refused(item::foreign(NUMBER)));
        };
        let document = item::native(number).map_err(Fault::Refused)?;
        let item = Item {
            document: Document::trusted(document),
            version: Version { stamp, write: self.single.write_id },
            expires: item::end(&new).map_err(Fault::Refused)?,
        };
        Ok(End::Done(Written::item(&item, created, self.single.want_document)))
    }

    /// Stores a row over exactly a version, or over nothing.
    pub(super) async fn over(&mut self, version: Option<Version>, row: &Row) -> Result<End, Fault> {
        let update = update::put(&row.item, Some(row.created)).map_err(Fault::Refused)?;
        Ok(match self.update(update, condition::exactly(version), ReturnValue::None).await? {
            ControlFlow::Continue(_) => {
                End::Done(Written::item(&row.item, row.created, self.single.want_document))
            }
            ControlFlow::Break(end) => end,
        })
    }

    /// Removes exactly a version.
    pub(super) async fn remove(&mut self, version: Version) -> Result<End, Fault> {
        self.delete(condition::exactly(Some(version))).await
    }

    /// Goes on with what the row is now, or breaks off where the condition does not hold.
    async fn update(
        &mut self,
        update: Update,
        allowed: Expression,
        told: ReturnValue,
    ) -> Result<ControlFlow<End, Attributes>, Fault> {
        let store = self.store;
        let sent = store
            .clients
            .writes
            .update_item()
            .table_name(&store.table)
            .set_key(Some(row_key(&self.single.change.address)))
            .update_expression(update.text)
            .condition_expression(allowed.text)
            .set_expression_attribute_values(Some(condition::merge(update.values, allowed.values)))
            .return_values(told)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send();
        match self.store.within(Call::UpdateItem, self.context, pin!(sent)).await {
            Ok(done) => {
                self.charge += call::write(Call::UpdateItem, &done.consumed_capacity);
                Ok(ControlFlow::Continue(done.attributes.unwrap_or_default()))
            }
            Err(Fault::Condition(there)) => Ok(ControlFlow::Break(self.found(Call::UpdateItem, there)?)),
            Err(fault) => Err(fault),
        }
    }

    async fn delete(&mut self, allowed: Expression) -> Result<End, Fault> {
        match self.store.delete_if(self.context, row_key(&self.single.change.address), allowed).await? {
            Ended::Done(charge) => {
                self.charge += charge;
                Ok(End::Done(Written::DELETED))
            }
            Ended::Refused(there) => self.found(Call::DeleteItem, there),
        }
    }
}

/// Whether a write that its condition lets through creates, as far as the condition tells.
fn created(condition: &Condition) -> Option<bool> {
    match condition {
        Condition { if_match: Some(_), .. } => Some(false),
        Condition { if_none_match: Some(Tags::Any), .. } => Some(true),
        _ => None,
    }
}
