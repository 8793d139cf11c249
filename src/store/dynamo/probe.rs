//! Tries every call that the store needs on an item of its own: what is not allowed is known before a request needs it.

use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Get, KeysAndAttributes, Put, TransactGetItem, TransactWriteItem,
};

use super::schema::{Attributes, STAMP, key, number, text};
use super::table::{Table, Unfit, unfit};

/// The partition of the item. No collection's name begins so.
const PROBES: &str = "#bootstrap";

impl Table {
    /// Tries each call. What fails is told by the permission that it needs.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub async fn try_calls(&self) -> Result<Vec<Unfit>, Unfit> {
        let mut id = [0; 8];
        getrandom::fill(&mut id).map_err(|error| Unfit(error.to_string()))?;
        let id = format!("{:016x}", u64::from_be_bytes(id));
        let (at, beside) = (key(PROBES, id.as_str()), key(PROBES, format!("{id}-beside")));
        let done = [
            self.try_put(&at).await,
            self.try_update(&at).await,
            self.try_get(&at).await,
            self.try_many(&at).await,
            self.try_query().await,
            self.try_transaction(&at, &beside).await,
            self.try_snapshot(&at).await,
            self.try_delete(&at).await,
        ];
        Ok(done.into_iter().filter_map(Result::err).collect())
    }

    async fn try_put(&self, at: &Attributes) -> Result<(), Unfit> {
        let put = self.client.put_item().table_name(&self.name).set_item(Some(at.clone())).send();
        put.await.map(|_| ()).map_err(|error| unfit("dynamodb:PutItem", &error))
    }

    async fn try_update(&self, at: &Attributes) -> Result<(), Unfit> {
        let update = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(at.clone()))
            .update_expression("SET v = :v")
            .expression_attribute_values(":v", number(1))
            .send();
        update.await.map(|_| ()).map_err(|error| unfit("dynamodb:UpdateItem", &error))
    }

    /// Reads back what was written.
    async fn try_get(&self, at: &Attributes) -> Result<(), Unfit> {
        let get = self.client.get_item().table_name(&self.name).set_key(Some(at.clone()));
        let found = get.consistent_read(true).send().await;
        let found = found.map_err(|error| unfit("dynamodb:GetItem", &error))?;
        let stamp = found.item.as_ref().and_then(|item| item.get(STAMP));
        if stamp == Some(&AttributeValue::N("1".to_owned())) {
            return Ok(());
        }
        Err(Unfit("what was written was not read back".to_owned()))
    }

    async fn try_many(&self, at: &Attributes) -> Result<(), Unfit> {
        let keys = KeysAndAttributes::builder().keys(at.clone()).build();
        let keys = keys.map_err(|error| Unfit(error.to_string()))?;
        let get = self.client.batch_get_item().request_items(&self.name, keys).send();
        get.await.map(|_| ()).map_err(|error| unfit("dynamodb:BatchGetItem", &error))
    }

    async fn try_query(&self) -> Result<(), Unfit> {
        let query = self
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(PROBES))
            .limit(1)
            .send();
        query.await.map(|_| ()).map_err(|error| unfit("dynamodb:Query", &error))
    }

    /// A transaction needs the permissions of what is in it; all but one were tried before.
    async fn try_transaction(&self, at: &Attributes, beside: &Attributes) -> Result<(), Unfit> {
        let odd = |error: aws_sdk_dynamodb::error::BuildError| Unfit(error.to_string());
        let check = ConditionCheck::builder()
            .table_name(&self.name)
            .set_key(Some(at.clone()))
            .condition_expression("attribute_exists(pk)")
            .build()
            .map_err(odd)?;
        let put =
            Put::builder().table_name(&self.name).set_item(Some(beside.clone())).build().map_err(odd)?;
        let write = self
            .client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().condition_check(check).build())
            .transact_items(TransactWriteItem::builder().put(put).build())
            .send();
        write.await.map_err(|error| unfit("dynamodb:ConditionCheckItem", &error))?;
        self.try_delete(beside).await
    }

    async fn try_snapshot(&self, at: &Attributes) -> Result<(), Unfit> {
        let get = Get::builder().table_name(&self.name).set_key(Some(at.clone())).build();
        let get = get.map_err(|error| Unfit(error.to_string()))?;
        let get = TransactGetItem::builder().get(get).build();
        let get = self.client.transact_get_items().transact_items(get).send();
        get.await.map(|_| ()).map_err(|error| unfit("dynamodb:GetItem (in a transaction)", &error))
    }

    async fn try_delete(&self, at: &Attributes) -> Result<(), Unfit> {
        let delete = self.client.delete_item().table_name(&self.name).set_key(Some(at.clone())).send();
        delete.await.map(|_| ()).map_err(|error| unfit("dynamodb:DeleteItem", &error))
    }
}
