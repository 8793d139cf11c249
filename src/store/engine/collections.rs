//! Collections as resources: read, made, changed, removed.

use crate::domain::{
    Attempt, Charge, Charged, Collection, CollectionName, Condition, Consistency, Context, Kind,
    PutCollection, Reply, Result, Written, limits,
};
use crate::store::backend::{Scan, collection_not_empty};
use crate::store::judge;

use super::{Engine, no_such_collection};

/// Rows that are looked at together for one that lives.
const LOOKED_AT: usize = 100;

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

    /// Looks once more, now that nobody here takes the collection for one that is there: writes that did, and came
    /// behind the look of the backend, would be hidden. Where there is one, the settings come back.
    async fn written_meanwhile(
        &self,
        context: &Context,
        was: &Collection,
        charge: &mut Charge,
    ) -> Result<()> {
        for shard in 0..was.settings.shards {
            if !self.holds_live(context, was, shard, charge).await? {
                continue;
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
            return Err(collection_not_empty(&was.name));
        }
        Ok(())
    }

    async fn holds_live(
        &self,
        context: &Context,
        was: &Collection,
        shard: u16,
        charge: &mut Charge,
    ) -> Result<bool> {
        let mut lower = Vec::new();
        loop {
            let scan = Scan {
                collection: was.name.clone(),
                shard,
                lower,
                upper: None,
                reverse: false,
                limit: LOOKED_AT,
                bytes: limits::PAGE_BYTES,
                values: false,
                consistency: Consistency::Strong,
            };
            let found = self.backend.scan(context, scan).await?;
            *charge += found.charge;
            let now = self.clock.now();
            if found.value.rows.iter().any(|(_, item)| !item.expired(now)) {
                return Ok(true);
            }
            match found.value.rows.last() {
                // Right behind that key.
                Some((last, _)) if found.value.more => lower = [last.as_str().as_bytes(), &[0]].concat(),
                _ => return Ok(false),
            }
        }
    }
}
