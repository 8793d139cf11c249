//! The table itself: made where that may be done, and looked at.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, PointInTimeRecoverySpecification,
    ProvisionedThroughput, ScalarAttributeType, TableDescription, TableStatus, TimeToLiveSpecification,
    TimeToLiveStatus,
};

use crate::telemetry::log::with_causes;

use super::client::Clients;
use super::options::Options;
use super::schema::{COLLECT, PARTITION, SORT};

/// How often a table that is being made is looked at.
const POLL: Duration = Duration::from_millis(200);
/// Times that it is asked for: five minutes.
const POLLS: u32 = 1500;

/// Why something could not be done with the table: a sentence for people.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(pub(super) String);

/// How a table that is made pays: on demand, or for units a second that are provided whether used or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Billing {
    /// For each request.
    OnDemand,
    /// For that many units a second.
    Provisioned {
        /// Read capacity units.
        reads: u32,
        /// Write capacity units.
        writes: u32,
    },
}

/// A table that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// How it pays, in words.
    pub billing: String,
    /// Whether its keys are ours.
    pub keys: bool,
}

/// A table that may not be there yet.
pub struct Table {
    pub(super) client: Client,
    pub(super) name: String,
}

impl Table {
    /// The table of that name.
    pub async fn new(options: &Options) -> Table {
        let clients = Clients::new(options).await;
        Table { client: clients.reads, name: options.table.clone() }
    }

    /// What is there; none if nothing is. Waits while it is being made.
    ///
    /// # Errors
    /// `DynamoDB` can't be asked, or does not let us; or the table does not come to be usable.
    pub async fn find(&self) -> Result<Option<Found>, Unfit> {
        for _ in 0..POLLS {
            let table = match self.client.describe_table().table_name(&self.name).send().await {
                Ok(described) => described.table,
                Err(error) if code(&error) == Some("ResourceNotFoundException") => return Ok(None),
                Err(error) => return Err(unfit("dynamodb:DescribeTable", &error)),
            };
            let Some(table) = table else { return Ok(None) };
            match table.table_status {
                Some(TableStatus::Creating) => tokio::time::sleep(POLL).await,
                None | Some(TableStatus::Active | TableStatus::Updating) => {
                    return Ok(Some(Found { billing: billing(&table), keys: has_our_keys(&table) }));
                }
                Some(status) => {
                    return Err(Unfit(format!("the table `{}` is {}", self.name, status.as_str())));
                }
            }
        }
        Err(Unfit(format!("the table `{}` is still being made", self.name)))
    }

    /// Makes it, and waits until it takes items. Nothing in it is collected yet.
    ///
    /// # Errors
    /// `DynamoDB` does not let us.
    pub async fn create(&self, how: Billing) -> Result<(), Unfit> {
        let odd = |error: aws_sdk_dynamodb::error::BuildError| Unfit(error.to_string());
        let definition = |name: &str| {
            AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build()
        };
        let element = |name: &str, r#type: KeyType| {
            KeySchemaElement::builder().attribute_name(name).key_type(r#type).build()
        };
        let create = self
            .client
            .create_table()
            .table_name(&self.name)
            .attribute_definitions(definition(PARTITION).map_err(odd)?)
            .attribute_definitions(definition(SORT).map_err(odd)?)
            .key_schema(element(PARTITION, KeyType::Hash).map_err(odd)?)
            .key_schema(element(SORT, KeyType::Range).map_err(odd)?);
        let create = match how {
            Billing::OnDemand => create.billing_mode(BillingMode::PayPerRequest),
            Billing::Provisioned { reads, writes } => {
                let units = ProvisionedThroughput::builder()
                    .read_capacity_units(reads.into())
                    .write_capacity_units(writes.into())
                    .build()
                    .map_err(odd)?;
                create.billing_mode(BillingMode::Provisioned).provisioned_throughput(units)
            }
        };
        match create.send().await {
            Ok(_) => {}
            // Somebody else makes it at the same time.
            Err(error) if code(&error) == Some("ResourceInUseException") => {}
            Err(error) => return Err(unfit("dynamodb:CreateTable", &error)),
        }
        // Right behind that, `DynamoDB` may not know of it yet.
        for _ in 0..POLLS {
            if self.find().await?.is_some() {
                return Ok(());
            }
            tokio::time::sleep(POLL).await;
        }
        Err(Unfit(format!("the table `{}` was made, and is not there", self.name)))
    }

    /// Has `DynamoDB` keep what is needed to bring back any second of the last 35 days. Of a table that was just made it says for a
    /// while that it can't yet.
    ///
    /// # Errors
    /// `DynamoDB` does not let us, or can't.
    pub async fn keep_history(&self) -> Result<(), Unfit> {
        let recovery =
            PointInTimeRecoverySpecification::builder().point_in_time_recovery_enabled(true).build();
        let recovery = recovery.map_err(|error| Unfit(error.to_string()))?;
        for _ in 0..POLLS {
            let update = self.client.update_continuous_backups().table_name(&self.name);
            match update.point_in_time_recovery_specification(recovery.clone()).send().await {
                Ok(_) => return Ok(()),
                Err(error) if code(&error) == Some("ContinuousBackupsUnavailableException") => {}
                Err(error) => return Err(unfit("dynamodb:UpdateContinuousBackups", &error)),
            }
            tokio::time::sleep(POLL).await;
        }
        Err(Unfit(format!("the backups of the table `{}` are still being enabled", self.name)))
    }

    /// Whether `DynamoDB` collects what has expired, by our attribute.
    ///
    /// # Errors
    /// `DynamoDB` does not let us ask.
    pub async fn collects(&self) -> Result<bool, Unfit> {
        let described = self.client.describe_time_to_live().table_name(&self.name).send().await;
        let described = described.map_err(|error| unfit("dynamodb:DescribeTimeToLive", &error))?;
        Ok(described.time_to_live_description.is_some_and(|ttl| {
            let on = matches!(
                ttl.time_to_live_status,
                Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)
            );
            on && ttl.attribute_name.as_deref() == Some(COLLECT)
        }))
    }

    /// Has `DynamoDB` collect what has expired.
    ///
    /// # Errors
    /// `DynamoDB` does not let us.
    pub async fn collect(&self) -> Result<(), Unfit> {
        let ttl = TimeToLiveSpecification::builder().enabled(true).attribute_name(COLLECT).build();
        let ttl = ttl.map_err(|error| Unfit(error.to_string()))?;
        let update = self.client.update_time_to_live().table_name(&self.name).time_to_live_specification(ttl);
        update.send().await.map(|_| ()).map_err(|error| unfit("dynamodb:UpdateTimeToLive", &error))
    }
}

fn billing(table: &TableDescription) -> String {
    let mode = table.billing_mode_summary.as_ref().and_then(|summary| summary.billing_mode.as_ref());
    let units = table.provisioned_throughput.as_ref();
    match (mode, units) {
        (Some(BillingMode::PayPerRequest), _) => "on demand".to_owned(),
        (_, Some(units)) => format!(
            "{} read and {} write units a second",
            units.read_capacity_units.unwrap_or_default(),
            units.write_capacity_units.unwrap_or_default()
        ),
        _ => "unknown".to_owned(),
    }
}

fn has_our_keys(table: &TableDescription) -> bool {
    let key = |name: &str, r#type: KeyType| {
        let element =
            |element: &KeySchemaElement| element.attribute_name == name && element.key_type == r#type;
        let text = |definition: &AttributeDefinition| {
            definition.attribute_name == name && definition.attribute_type == ScalarAttributeType::S
        };
        table.key_schema().iter().any(element) && table.attribute_definitions().iter().any(text)
    };
    table.key_schema().len() == 2 && key(PARTITION, KeyType::Hash) && key(SORT, KeyType::Range)
}

/// The code of an answer of `DynamoDB`, if it is one.
pub(super) fn code<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

/// What keeps us from something, and which permission is missing if it is that.
pub(super) fn unfit<E>(action: &str, error: &SdkError<E>) -> Unfit
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    if code(error) == Some("AccessDeniedException") {
        return Unfit(format!("{action} is not allowed; add it to the IAM policy of this role"));
    }
    Unfit(format!("{action} failed: {}", with_causes(error)))
}
