//! Collections as resources: read, made, changed, removed.

use tokio::time::timeout_at;

use crate::domain::{
    Attempt, Charge, Charged, Collection, CollectionName, Condition, Context, Kind, PutCollection, Reply,
    Result, Written,
};
use crate::store::backend::collection_not_empty;
use crate::store::judge;

use super::{Engine, no_such_collection};

impl Engine {
    pub(super) async fn read_collection(&self, context: &Context, name: CollectionName) -> Reply<Collection> {
        let read = self.backend.collection(context, &name).await?;
        match read.value {
            Some(collection) => Ok(Charged::new(collection, read.charge)),
            None => Err(no_such_collection(&name).with_charge(read.charge)),
        }
    }

    pub(super) async fn write_collection(&self, context: &Context, put: PutCollection) -> Reply<Written> {
        let name = put.name.clone();
        let written = self.backend.put_collection(context, put).await;
        self.settings.changed(&name);
        written
    }

    pub(super) async fn remove_collection(
        &self,
        context: &Context,
        name: CollectionName,
        condition: Condition,
    ) -> Reply<()> {
        let removed = self.backend.delete_collection(context, &name, condition).await;
        self.settings.changed(&name);
        let Charged { value, mut charge } = removed?;
        if let Some(was) = value
            && let Err(error) = self.written_meanwhile(context, &was, &mut charge).await
        {
            return Err(error.with_charge(charge));
        }
        Ok(Charged::new((), charge))
    }

    /// Looks once more, when nobody here takes the collection for one that is there any more: writes that did, and
    /// came behind the look of the backend, would be hidden. Where there is one, the settings come back.
    async fn written_meanwhile(
        &self,
        context: &Context,
        was: &Collection,
        charge: &mut Charge,
    ) -> Result<()> {
        let ended = timeout_at(context.deadline.into(), self.writes.ended(&was.name)).await;
        ended.map_err(|_| judge::outcome_unknown())?;
        let live = self.backend.holds_live(context, was).await.map_err(|error| {
            // It is removed; whether that hides anything is not known.
            let charge = error.charge();
            judge::outcome_unknown().with_source(error).with_charge(charge)
        })?;
        *charge += live.charge;
        if !live.value {
            return Ok(());
        }
        let put = PutCollection {
            name: was.name.clone(),
            default_ttl: was.settings.default_ttl,
            schema: was.settings.schema.clone(),
            require_preconditions: was.settings.require_preconditions,
            shards: Some(was.settings.shards),
            condition: Condition::absent(),
            write_id: was.version.write,
            attempt: Attempt::First,
        };
        match self.write_collection(context, put).await {
            // Whoever made it anew did so behind the write.
            Err(error) if error.kind() == Kind::PreconditionFailed => *charge += error.charge(),
            Err(error) => return Err(judge::outcome_unknown().with_source(error)),
            Ok(put) => *charge += put.charge,
        }
        Err(collection_not_empty(&was.name))
    }
}
