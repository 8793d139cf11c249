//! The clients of the AWS SDK: one for reads, which it may repeat, and one for writes, which only we repeat.

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{Builder, Credentials, Region, StalledStreamProtectionConfig};
use aws_smithy_http_client::tls;

use super::options::Options;
use super::throttles::Throttles;
use super::user_agent::UserAgent;

/// Idle connections are closed after this by us, so that no write meets one that the other side is closing: what
/// became of that write nobody could tell.
const IDLE: Duration = Duration::from_secs(15);
/// Times that the SDK tries a read.
const READ_ATTEMPTS: u32 = 3;
/// The longest of its first waits between them.
const READ_BACKOFF: Duration = Duration::from_millis(25);

/// Two faces of one pool of connections.
#[derive(Clone, Debug)]
pub(super) struct Clients {
    pub(super) reads: Client,
    pub(super) writes: Client,
}

impl Clients {
    /// Finds credentials and region as the SDK does, and connects to nothing yet.
    pub(super) async fn new(options: &Options) -> Clients {
        let config = config(options).await;
        let retries = RetryConfig::standard().with_max_attempts(READ_ATTEMPTS);
        let reads = config.clone().retry_config(retries.with_initial_backoff(READ_BACKOFF));
        let writes = config.retry_config(RetryConfig::disabled());
        Clients { reads: Client::from_conf(reads.build()), writes: Client::from_conf(writes.build()) }
    }
}

async fn config(options: &Options) -> Builder {
    let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
    let http = aws_smithy_http_client::Builder::new().tls_provider(provider).pool_idle_timeout(IDLE);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(options.connect_timeout)
        .operation_attempt_timeout(options.attempt_timeout)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http.build_https())
        .timeout_config(timeouts)
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    } else if options.is_local() {
        loader = loader.region(Region::from_static("us-east-1"));
    }
    if options.is_local() {
        // Real ones have no business on a wire that everybody can read.
        loader = loader.credentials_provider(Credentials::new("local", "local", None, None, "made up"));
    }
    let builder = Builder::from(&loader.load().await).interceptor(UserAgent).interceptor(Throttles);
    match &options.endpoint {
        Some(endpoint) => builder.endpoint_url(endpoint.clone()),
        None => builder,
    }
}
