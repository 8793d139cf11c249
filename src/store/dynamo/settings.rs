//! Settings of collections as items of the table, all in one partition, in the order of their names.

use std::pin::pin;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use bytes::Bytes;

use crate::domain::{
    Charge, Charged, Collection, CollectionName, CollectionPage, CollectionQuery, Consistency, Context,
    Reply, Result, Settings,
};
use crate::store::backend::Filling;
use crate::telemetry::metrics::Call;

use super::schema::{Attributes, COLLECTIONS, SORT, STAMP, WRITE, key, number, text, write};
use super::{Dynamo, call, item};

const DEFAULT_TTL: &str = "t";
const SCHEMA: &str = "j";
const REQUIRE_PRECONDITIONS: &str = "p";
const SHARDS: &str = "h";
const CREATED: &str = "c";

/// The item that keeps a collection.
pub(super) fn encode(collection: &Collection) -> Attributes {
    let Settings { default_ttl, schema, require_preconditions, shards } = &collection.settings;
    let mut item = key(COLLECTIONS, collection.name.as_str());
    item.insert(STAMP.to_owned(), number(collection.version.stamp));
    item.insert(WRITE.to_owned(), write(collection.version.write));
    item.insert(SHARDS.to_owned(), number(u64::from(*shards)));
    item.insert(REQUIRE_PRECONDITIONS.to_owned(), AttributeValue::Bool(*require_preconditions));
    item.insert(CREATED.to_owned(), AttributeValue::Bool(collection.created));
    item.extend(default_ttl.map(|seconds| (DEFAULT_TTL.to_owned(), number(seconds))));
    let schema = schema.as_ref().map(|schema| String::from_utf8_lossy(schema).into_owned());
    item.extend(schema.map(|schema| (SCHEMA.to_owned(), text(schema))));
    item
}

/// The collection that an item keeps.
pub(super) fn decode(item: &Attributes) -> Result<Collection> {
    let said = |name: &str| match item.get(name) {
        Some(AttributeValue::S(text)) => Some(text.as_str()),
        _ => None,
    };
    let shards = item::millis(item, SHARDS)?.and_then(|shards| u16::try_from(shards).ok());
    let settings = Settings {
        default_ttl: item::millis(item, DEFAULT_TTL)?,
        schema: said(SCHEMA).map(|schema| Bytes::copy_from_slice(schema.as_bytes())),
        require_preconditions: matches!(item.get(REQUIRE_PRECONDITIONS), Some(AttributeValue::Bool(true))),
        shards: shards.filter(|shards| *shards > 0).ok_or_else(|| item::foreign(SHARDS))?,
    };
    let name = said(SORT).and_then(|name| CollectionName::parse(name).ok());
    let name = name.ok_or_else(|| item::foreign(SORT))?;
    let created = matches!(item.get(CREATED), Some(AttributeValue::Bool(true)));
    Ok(Collection { name, settings, version: item::version(item)?, created })
}

impl Dynamo {
    /// The settings of a collection, as they are now.
    pub(super) async fn settings_of(
        &self,
        context: &Context,
        name: &CollectionName,
    ) -> Reply<Option<Collection>> {
        let found = self.item(context, key(COLLECTIONS, name.as_str()), Consistency::Strong).await?;
        let charge = found.charge;
        let collection = found.value.as_ref().map(decode).transpose();
        Ok(Charged::new(collection.map_err(|error| error.with_charge(charge))?, charge))
    }

    /// A page of the collections, by name.
    pub(super) async fn page_of_collections(
        &self,
        context: &Context,
        query: CollectionQuery,
    ) -> Reply<CollectionPage> {
        let mut filling = Filling::new(query.limit);
        let mut after = query.after.map(|name| key(COLLECTIONS, name.as_str()));
        let mut charge = Charge::ZERO;
        loop {
            let sent = self
                .clients
                .reads
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", text(COLLECTIONS))
                .set_exclusive_start_key(after.take())
                .limit(i32::try_from(filling.wanted()).unwrap_or(i32::MAX))
                .consistent_read(true)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send();
            let found = self.within(Call::Query, context, pin!(sent)).await;
            let found = found.map_err(|fault| fault.of_read().with_charge(charge))?;
            charge += call::read(Call::Query, &found.consumed_capacity);
            for item in found.items.iter().flatten() {
                if !filling.add(decode(item).map_err(|error| error.with_charge(charge))?) {
                    return Ok(Charged::new(filling.page(), charge));
                }
            }
            after = found.last_evaluated_key.filter(|last| !last.is_empty());
            if after.is_none() {
                return Ok(Charged::new(filling.page(), charge));
            }
        }
    }
}
