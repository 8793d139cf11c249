//! The table itself: made where that may be done, and checked.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, TableStatus,
};

use crate::domain::{Error, Result};

use super::client::Clients;
use super::fault::Cause;
use super::options::Options;
use super::schema::{PARTITION, SORT};

/// How often a table that is being made is looked at.
const POLL: Duration = Duration::from_millis(200);

/// A table that may not be there yet.
pub struct Table {
    client: Client,
    name: String,
}

impl Table {
    /// The table of that name.
    pub async fn new(options: &Options) -> Table {
        let clients = Clients::new(options).await;
        Table { client: clients.reads, name: options.table.clone() }
    }

    /// Makes it, on demand, and waits until it takes items. Nothing in it is collected.
    ///
    /// # Errors
    /// What `DynamoDB` says.
    pub async fn create_bare(&self) -> Result<()> {
        let definition = |name: &str| {
            AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build()
        };
        let element = |name: &str, r#type: KeyType| {
            KeySchemaElement::builder().attribute_name(name).key_type(r#type).build()
        };
        let made = self
            .client
            .create_table()
            .table_name(&self.name)
            .attribute_definitions(definition(PARTITION).map_err(odd)?)
            .attribute_definitions(definition(SORT).map_err(odd)?)
            .key_schema(element(PARTITION, KeyType::Hash).map_err(odd)?)
            .key_schema(element(SORT, KeyType::Range).map_err(odd)?)
            .billing_mode(BillingMode::PayPerRequest)
            .send();
        made.await.map_err(odd)?;
        loop {
            let described = self.client.describe_table().table_name(&self.name).send().await.map_err(odd)?;
            let status = described.table.and_then(|table| table.table_status);
            if status == Some(TableStatus::Active) {
                return Ok(());
            }
            tokio::time::sleep(POLL).await;
        }
    }
}

fn odd(error: impl Into<Cause>) -> Error {
    Error::internal("DynamoDB refused something about the table").with_source(error)
}
