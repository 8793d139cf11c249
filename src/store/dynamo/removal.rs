//! Removes collections that hold nothing.

use std::pin::pin;

use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, Select};

use crate::domain::{
    Charge, Charged, Collection, CollectionName, Condition, Context, Current, Error, Kind, Reply, Result,
    write_charge,
};
use crate::store::backend::{collection_not_empty, no_such_collection};
use crate::store::judge;
use crate::telemetry::metrics::Call;

use super::conditional::Ended;
use super::fault::{self, Fault};
use super::retry::Patience;
use super::schema::{Attributes, COLLECTIONS, key, number, partition, text};
use super::{Dynamo, call, condition};

impl Dynamo {
    /// Removes a collection, if it is as the condition demands, and holds nothing that lives; tells what it was.
    pub(super) async fn remove_collection(
        &self,
        context: &Context,
        name: &CollectionName,
        condition: Condition,
    ) -> Reply<Collection> {
        let mut charge = Charge::ZERO;
        match self.try_removal(context, name, &condition, &mut charge).await {
            Ok(removed) => Ok(Charged::new(removed, charge)),
            Err(error) => Err(error.with_charge(charge)),
        }
    }

    async fn try_removal(
        &self,
        context: &Context,
        name: &CollectionName,
        condition: &Condition,
        charge: &mut Charge,
    ) -> Result<Collection> {
        let mut patience = Patience::new(&self.budget, context.deadline);
        let mut tried = None;
        loop {
            patience.check()?;
            let there = self.settings_of(context, name).await;
            let there = there.map_err(|error| patience.verdict(error))?;
            *charge += there.charge;
            let version = there.value.as_ref().map(|there| there.version);
            // Somebody removed what a lost call was to remove, maybe that call; what is there now was made since.
            if patience.unsure && version != tried {
                return Err(judge::outcome_unknown());
            }
            let there = there.value.ok_or_else(|| no_such_collection(name))?;
            judge(&there, condition)?;
            let empty = self.check_empty(context, &there, charge).await;
            empty.map_err(|error| patience.verdict(error))?;
            tried = version;
            match self.remove_settings(context, &there).await {
                Ok(Some(cost)) => {
                    *charge += cost;
                    return Ok(there);
                }
                Ok(None) => patience.pause(fault::busy()).await?,
                Err(fault) => patience.after(fault).await?,
            }
        }
    }

    async fn check_empty(&self, context: &Context, there: &Collection, charge: &mut Charge) -> Result<()> {
        let found = self.has_live_rows(context, there).await?;
        *charge += found.charge;
        if found.value { Err(collection_not_empty(&there.name)) } else { Ok(()) }
    }

    /// Whether anything lives in a collection, where no write comes meanwhile.
    pub(super) async fn has_live_rows(&self, context: &Context, there: &Collection) -> Reply<bool> {
        let now = self.clock.now().millis();
        let mut charge = Charge::ZERO;
        for shard in 0..there.settings.shards {
            let mut from: Option<Attributes> = None;
            loop {
                let sent = self
                    .clients
                    .reads
                    .query()
                    .table_name(&self.table)
                    .key_condition_expression("pk = :pk")
                    .filter_expression("e > :now")
                    .expression_attribute_values(":pk", text(partition(there.name.as_str(), shard)))
                    .expression_attribute_values(":now", number(now))
                    .select(Select::Count)
                    .consistent_read(true)
                    .set_exclusive_start_key(from.take())
                    .return_consumed_capacity(ReturnConsumedCapacity::Total)
                    .send();
                let found = self.within(Call::Query, context, pin!(sent)).await;
                let found = found.map_err(|fault| fault.of_read().with_charge(charge))?;
                charge += call::read(Call::Query, &found.consumed_capacity);
                if found.count > 0 {
                    return Ok(Charged::new(true, charge));
                }
                from = found.last_evaluated_key.filter(|last| !last.is_empty());
                if from.is_none() {
                    break;
                }
            }
        }
        Ok(Charged::new(false, charge))
    }

    /// Removes exactly these settings; none where they are others by now.
    async fn remove_settings(&self, context: &Context, there: &Collection) -> Result<Option<Charge>, Fault> {
        let at = key(COLLECTIONS, there.name.as_str());
        match self.delete_if(context, at, condition::exactly(Some(there.version))).await? {
            Ended::Done(charge) => Ok(Some(charge)),
            Ended::Refused(_) => {
                call::noted(Call::DeleteItem, write_charge(0));
                Ok(None)
            }
        }
    }
}

fn judge(there: &Collection, condition: &Condition) -> Result<()> {
    if condition.allows_write(Some(there.version)) {
        return Ok(());
    }
    let current = Some(Current { version: there.version, document: None });
    Err(Error::new(Kind::PreconditionFailed, "the settings have changed").with_current(current))
}
