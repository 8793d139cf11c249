//! Collections made, changed, and made by the first write to them.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use crate::domain::{
    Attempt, Charge, Charged, Collection, CollectionName, Context, Error, Kind, PutCollection, Reply, Result,
    Settings, Version, WriteId, Written, write_charge,
};
use crate::store::backend::{Address, Together, shard};
use crate::store::judge::{self, SettingsDecision};
use crate::store::recent_writes::WriteName;
use crate::telemetry::metrics::Call;

use super::conditional::Ended;
use super::fault::{self, Fault};
use super::retry::Patience;
use super::schema::COLLECTIONS;
use super::{Dynamo, call, condition, settings};

/// What storing settings came to.
enum Stored {
    Done(Charge),
    /// Other settings are there than were judged.
    Changed,
}

/// The name of a write on the settings of a collection.
pub(super) fn name_of(write: WriteId, collection: &CollectionName) -> WriteName {
    WriteName::of(write, format!("{COLLECTIONS}/{collection}").as_bytes())
}

impl Dynamo {
    /// Makes a collection, or replaces its settings.
    pub(super) async fn put_settings(&self, context: &Context, mut put: PutCollection) -> Reply<Written> {
        let (name, first) = (name_of(put.write_id, &put.name), put.attempt);
        put.attempt = match self.memory.begin(name, first, false)? {
            ControlFlow::Break(written) => return Ok(Charged::new(written, write_charge(0))),
            ControlFlow::Continue(attempt) => attempt,
        };
        let mut charge = Charge::ZERO;
        match self.try_settings(context, put, &mut charge).await {
            Ok(written) => {
                self.memory.written(name, &written, first);
                Ok(Charged::new(written, charge))
            }
            Err(error) => {
                if error.kind() != Kind::OutcomeUnknown {
                    self.memory.refused(name, first, false);
                }
                Err(error.with_charge(charge))
            }
        }
    }

    async fn try_settings(
        &self,
        context: &Context,
        mut put: PutCollection,
        charge: &mut Charge,
    ) -> Result<Written> {
        let mut patience = Patience::new(&self.budget, context.deadline);
        loop {
            patience.check()?;
            let there = self.settings_of(context, &put.name).await;
            let there = there.map_err(|error| patience.verdict(error))?;
            *charge += there.charge;
            let before = there.value.as_ref().map(|there| there.version);
            let now = self.clock.now();
            let mut collection = match judge::settings(&put, there.value.as_ref(), now)? {
                SettingsDecision::Replay(there) => return Ok(Written::settings(there)),
                SettingsDecision::Store(collection) => collection,
            };
            collection.version.stamp = self.stamps.over(now, before, 1);
            // Over a version it can be repeated blindly: it would have made another one.
            let stored = loop {
                match self.store_settings(context, &collection, before).await {
                    Err(fault) => {
                        patience.after(fault).await?;
                        if patience.unsure && before.is_none() {
                            break Stored::Changed;
                        }
                    }
                    Ok(stored) => break stored,
                }
            };
            if patience.unsure {
                put.attempt = Attempt::RepeatElsewhere;
            }
            match stored {
                Stored::Done(cost) => {
                    *charge += cost;
                    return Ok(Written::settings(&collection));
                }
                Stored::Changed => patience.pause(fault::busy()).await?,
            }
        }
    }

    async fn store_settings(
        &self,
        context: &Context,
        collection: &Collection,
        before: Option<Version>,
    ) -> Result<Stored, Fault> {
        match self.put_if(context, settings::encode(collection), Some(condition::exactly(before))).await? {
            Ended::Done(charge) => Ok(Stored::Done(charge)),
            Ended::Refused(_) => {
                call::noted(Call::PutItem, write_charge(0));
                Ok(Stored::Changed)
            }
        }
    }

    /// A collection as the first write makes it.
    pub(super) fn fresh_collection(&self, name: &CollectionName, write: WriteId) -> Collection {
        let stamp = self.stamps.next(self.clock.now());
        let version = Version { stamp, write };
        Collection { name: name.clone(), settings: Settings::default(), version, created: true }
    }

    /// Makes a collection with default settings, unless it is there.
    pub(super) async fn make_collection(
        &self,
        context: &Context,
        name: &CollectionName,
        write: WriteId,
    ) -> Result<Charge> {
        let collection = self.fresh_collection(name, write);
        let mut patience = Patience::new(&self.budget, context.deadline);
        loop {
            match self.store_settings(context, &collection, None).await {
                Ok(Stored::Done(charge)) => return Ok(charge),
                Ok(Stored::Changed) => return Ok(write_charge(0)),
                Err(fault) => patience.after(fault).await?,
            }
        }
    }

    /// Makes collections behind what was committed. Where that fails, nothing may say that nothing was done.
    pub(super) async fn make_behind(
        &self,
        context: &Context,
        names: BTreeSet<CollectionName>,
        write: WriteId,
    ) -> Result<Charge> {
        let mut charge = Charge::ZERO;
        for name in names {
            let made = self.make_collection(context, &name, write).await;
            charge += made.map_err(|error| judge::outcome_unknown().with_source(error))?;
        }
        Ok(charge)
    }

    /// Whether the collection that somebody else has just made keeps its keys where we look for them.
    pub(super) async fn check_shard(&self, context: &Context, address: &Address) -> Result<()> {
        let there = self.settings_of(context, &address.collection).await?.value;
        let shards = there.map_or(1, |there| there.settings.shards);
        if address.shard == shard(&address.key, shards) {
            return Ok(());
        }
        let detail = "the collection was made with another number of shards just now; repeat the request";
        Err(Error::new(Kind::Conflict, detail).with_retry_after(1))
    }
}

/// The collections that a transaction makes.
pub(super) fn made_by(asked: &Together) -> BTreeSet<CollectionName> {
    let makes = asked.changes.iter().filter(|change| change.create_collection);
    makes.map(|change| change.address.collection.clone()).collect()
}
