//! The first write to a collection: makes the collection in the same moment.

use std::iter::once;

use crate::domain::{Charge, Charged, Context, Error, Reply, Result, Written};
use crate::store::backend::Single;
use crate::store::judge::{self, Decision};

use super::change::ChangeRun;
use super::retry::Patience;
use super::schema::row_key;
use super::transact::{self, Sent};
use super::{Dynamo, condition, item, settings, update};

impl Dynamo {
    /// Does a change in a collection that was not there when it was looked for.
    pub(super) async fn change_first(&self, context: &Context, mut single: Single) -> Reply<Written> {
        let mut charge = Charge::ZERO;
        match self.try_first(context, &mut single, &mut charge).await {
            Ok(Some(written)) => Ok(Charged::new(written, charge)),
            // Somebody else made the collection, or the item is there already.
            Ok(None) => match ChangeRun::new(self, context, single).run().await {
                Ok(done) => Ok(Charged::new(done.value, done.charge + charge)),
                Err(error) => Err(error.with_charge(charge)),
            },
            Err(error) => Err(error.with_charge(charge)),
        }
    }

    async fn try_first(
        &self,
        context: &Context,
        single: &mut Single,
        charge: &mut Charge,
    ) -> Result<Option<Written>> {
        let now = self.clock.now();
        // Nothing is there in a collection that is not there.
        let new = match judge::single(single, None, now)? {
            Decision::Store(new) => new,
            Decision::Replay(_) | Decision::Remove | Decision::Nothing => {
                return Err(Error::internal("only what stores something makes a collection"));
            }
        };
        let mut item = new.item;
        item.version.stamp = self.stamps.next(now);
        let address = &single.change.address;
        let collection = self.fresh_collection(&address.collection, single.write_id);
        let items = [
            transact::update(
                &self.table,
                row_key(address),
                update::put(&item, Some(true))?,
                condition::exactly(None),
            )?,
            transact::put(&self.table, settings::encode(&collection), condition::exactly(None))?,
        ];
        let mut patience = Patience::new(&self.budget, context.deadline);
        match self.transact(context, &mut patience, &items).await? {
            Sent::Done(cost) => {
                *charge += cost;
                Ok(Some(Written::item(&item, true, single.want_document)))
            }
            Sent::Refused(found) => {
                *charge += transact::cost_of_refusal(once(item::bytes(address, &item)), 1);
                if patience.unsure {
                    single.attempt = crate::domain::Attempt::RepeatElsewhere;
                }
                let (item_there, made) = (found.first(), found.get(1));
                if made.is_some_and(Option::is_some) {
                    self.check_shard(context, &single.change.address).await?;
                } else if item_there.is_some_and(Option::is_some) {
                    // Left over from a collection that was removed at the same time as it was written.
                    *charge += self
                        .make_collection(context, &single.change.address.collection, single.write_id)
                        .await?;
                }
                single.change.create_collection = false;
                Ok(None)
            }
        }
    }
}
