//! The yardstick: the AWS SDK with the settings that the store gives it, doing the calls that the store does, and no more.

use std::collections::HashMap;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{Builder, Credentials, Region, StalledStreamProtectionConfig};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure,
};
use aws_smithy_http_client::tls;
use larder::domain::Clock;
use larder::run::SystemClock;

use super::{NEVER, PARTITION, TABLE, key, next_write};
use crate::load::document;

/// A client and what it writes.
#[derive(Clone)]
pub struct Bare {
    client: Client,
    document: String,
}

impl Bare {
    /// As `store::dynamo` makes its client of reads, or with `writes` that of writes.
    pub async fn new(endpoint: &str, writes: bool) -> Bare {
        let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
        let http = aws_smithy_http_client::Builder::new().tls_provider(provider);
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(Duration::from_secs(2))
            .build();
        let retries = RetryConfig::standard().with_initial_backoff(Duration::from_millis(25));
        let loaded = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http.pool_idle_timeout(Duration::from_secs(15)).build_https())
            .timeout_config(timeouts)
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("local", "local", None, None, "made up"))
            .load()
            .await;
        let retries = if writes { RetryConfig::disabled() } else { retries.with_max_attempts(3) };
        let config = Builder::from(&loaded).endpoint_url(endpoint).retry_config(retries).build();
        let document = String::from_utf8(document()).expect("it is text");
        Bare { client: Client::from_conf(config), document }
    }

    /// Reads an item.
    pub async fn get(self, number: usize) {
        let sent = self
            .client
            .get_item()
            .table_name(TABLE)
            .set_key(Some(place(number)))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send();
        let found = sent.await.expect("an answer");
        assert!(found.item.is_some_and(|item| item.contains_key("d")), "the item is there");
    }

    /// Stores an item, as the store does where no condition was given.
    pub async fn put(self, number: usize) {
        let stamp = SystemClock.now().micros().to_string();
        let write = Blob::new(next_write().to_be_bytes());
        let values = HashMap::from([
            (":d".to_owned(), AttributeValue::S(self.document.clone())),
            (":v".to_owned(), AttributeValue::N(stamp)),
            (":w".to_owned(), AttributeValue::B(write)),
            (":e".to_owned(), AttributeValue::N(NEVER.to_owned())),
            (":c".to_owned(), AttributeValue::N("0".to_owned())),
        ]);
        let sent = self
            .client
            .update_item()
            .table_name(TABLE)
            .set_key(Some(place(number)))
            .update_expression("SET d = :d, v = :v, w = :w, e = :e, c = if_not_exists(e, :c) REMOVE x, n")
            .condition_expression("attribute_not_exists(pk) OR v < :v AND w <> :w")
            .set_expression_attribute_values(Some(values))
            .return_values(ReturnValue::UpdatedOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send();
        sent.await.expect("it is stored");
    }
}

fn place(number: usize) -> HashMap<String, AttributeValue> {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(PARTITION.to_owned())),
        ("sk".to_owned(), AttributeValue::S(key(number))),
    ])
}
