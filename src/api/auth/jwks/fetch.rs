//! Asks the issuer for its keys: where they are, if that is not configured, and then for them.

use std::error::Error as _;
use std::time::Duration;

use reqwest::{Certificate, Client, redirect};
use serde_json::Value;

use crate::config::{Jwt, Url};
use crate::telemetry::log::Causes;

use super::set::KeySet;

/// For everything: both requests and their answers.
const PATIENCE: Duration = Duration::from_secs(4);
const CONNECT: Duration = Duration::from_secs(2);
/// A longer answer is no set of keys.
const ANSWER_BYTES: usize = 1024 * 1024;

/// Fetches the keys of an issuer.
pub(super) struct Fetcher {
    client: Client,
    settings: Jwt,
}

impl Fetcher {
    /// A client for an issuer.
    ///
    /// # Errors
    /// Where its certificate authorities can't be used, in words.
    pub(super) fn new(settings: &Jwt) -> Result<Fetcher, String> {
        let builder = Client::builder()
            // It speaks to the issuer that was configured, and goes nowhere else.
            .no_proxy()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT)
            .timeout(PATIENCE)
            // It is asked too seldom to keep a connection.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("larder/", env!("CARGO_PKG_VERSION")));
        let roots = match &settings.ca {
            Some(authorities) => {
                let read = authorities.certificates().iter().map(|der| Certificate::from_der(der));
                let read: Result<Vec<_>, _> = read.collect();
                Some(read.map_err(|error| format!("auth.jwt.ca: {}", words(&error)))?)
            }
            // Without encryption there is nothing to look up in the system, which may have no roots at all.
            None if !settings.issuer.is_encrypted() => Some(Vec::new()),
            None => None,
        };
        let builder = match roots {
            Some(roots) => builder.tls_certs_only(roots),
            None => builder,
        };
        let client = builder.build().map_err(|error| {
            format!("no client for the keys of the issuer: {}; is auth.jwt.ca needed?", words(&error))
        })?;
        Ok(Fetcher { client, settings: settings.clone() })
    }

    /// Fetches them.
    ///
    /// # Errors
    /// What went wrong, in words.
    pub(super) async fn fetch(&self) -> Result<KeySet, String> {
        let keys = async {
            let url = match &self.settings.jwks_url {
                Some(url) => url.clone(),
                None => self.discover().await?,
            };
            KeySet::parse(&self.get(url.as_str()).await?, &self.settings.algorithms.0)
        };
        tokio::time::timeout(PATIENCE, keys).await.unwrap_or_else(|_| Err("no answer in time".into()))
    }

    /// Where the issuer says that its keys are.
    async fn discover(&self) -> Result<Url, String> {
        let issuer = self.settings.issuer.as_str();
        let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let about: Value =
            serde_json::from_slice(&self.get(&url).await?).map_err(|_| format!("{url} is no JSON"))?;
        if about["issuer"].as_str() != Some(issuer) {
            return Err(format!("{url} is about another issuer"));
        }
        let keys = about["jwks_uri"].as_str().and_then(Url::parse);
        let safe = keys.filter(|keys| keys.is_encrypted() || !self.settings.issuer.is_encrypted());
        safe.ok_or_else(|| format!("{url} has no jwks_uri that begins with https://"))
    }

    async fn get(&self, url: &str) -> Result<Vec<u8>, String> {
        let sent = self.client.get(url).header("accept", "application/json").send().await;
        let mut answer = sent.map_err(|error| format!("{url}: {}", words(&error)))?;
        if answer.status() != 200 {
            return Err(format!("{url}: status {}", answer.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| format!("{url}: {}", words(&error)))? {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_BYTES {
                return Err(format!("{url}: the answer is too long"));
            }
        }
        Ok(body)
    }
}

/// An error and its causes, without the address, which the reader knows.
fn words(error: &reqwest::Error) -> String {
    if error.source().is_some() { Causes(error).to_string() } else { error.to_string() }
}
