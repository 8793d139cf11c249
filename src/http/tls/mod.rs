//! TLS of listeners: what they speak, who may come in, and how both change while they serve.

mod accept;
mod clients;

use std::net::IpAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::crypto::aws_lc_rs::Ticketer;
use rustls::server::NoServerSessionStorage;
use rustls::sign::SingleCertAndKey;
use rustls::version::{TLS12, TLS13};
use rustls::{Error, ServerConfig};

use crate::config::{ServerTls, provider};
use crate::telemetry::log::Throttle;

pub use clients::{check_name, roots};

pub(super) use accept::{Secure, secured};

/// Whom a listener is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Callers of all kinds: TLS 1.2 and 1.3, and connections that are taken up again.
    Callers,
    /// Api roles with their lines: TLS 1.3, and each connection is judged anew.
    Lines,
}

/// TLS of a listener. A connection is made with what holds at its beginning, and keeps it.
#[derive(Clone, Debug)]
pub struct Secured {
    purpose: Purpose,
    config: Arc<ArcSwap<ServerConfig>>,
    /// From where connections were refused, and why.
    refused: Arc<Throttle<(Option<IpAddr>, String)>>,
}

impl Secured {
    /// TLS of these settings.
    ///
    /// # Errors
    /// When the cryptography can't use them.
    pub fn new(purpose: Purpose, tls: &ServerTls) -> Result<Secured, Error> {
        let config = Arc::new(ArcSwap::from_pointee(server_config(purpose, tls)?));
        Ok(Secured { purpose, config, refused: Arc::default() })
    }

    /// Takes other settings for connections from now on.
    ///
    /// # Errors
    /// When the cryptography can't use them; those of before stay.
    pub fn replace(&self, tls: &ServerTls) -> Result<(), Error> {
        self.config.store(Arc::new(server_config(self.purpose, tls)?));
        Ok(())
    }
}

fn server_config(purpose: Purpose, tls: &ServerTls) -> Result<ServerConfig, Error> {
    let versions = match purpose {
        Purpose::Callers => &[&TLS13, &TLS12][..],
        Purpose::Lines => &[&TLS13],
    };
    let builder = ServerConfig::builder_with_provider(provider()).with_protocol_versions(versions)?;
    let builder = match &tls.clients {
        Some(clients) => builder.with_client_cert_verifier(clients::verifier(clients)?),
        None => builder.with_no_client_auth(),
    };
    let shown = SingleCertAndKey::from((*tls.identity.certified()).clone());
    let mut config = builder.with_cert_resolver(Arc::new(shown));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    match purpose {
        Purpose::Callers => config.ticketer = Ticketer::new()?,
        // A session that is taken up again would go by the certificate of before, and lines are too few to need it.
        Purpose::Lines => {
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
    }
    Ok(config)
}
