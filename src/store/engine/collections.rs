//! Collections as resources: read, made, changed, removed.

use crate::domain::{Collection, CollectionName, Condition, Context, PutCollection, Reply, Written};

use super::{Engine, no_such_collection};

impl Engine {
    pub(super) async fn read_collection(&self, context: &Context, name: CollectionName) -> Reply<Collection> {
        let read = self.backend.collection(context, &name).await?;
        match read.value {
            Some(collection) => Ok(crate::domain::Charged::new(collection, read.charge)),
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
        removed
    }
}
