//! What a remote store can be told.

use std::net::SocketAddr;
use std::time::Duration;

use crate::config::ClientTls;
use crate::telemetry::trace::Tracer;

/// Where the store is, and how its lines are kept.
#[derive(Clone, Debug)]
pub struct Options {
    /// A name, or an address (IPv6 in brackets).
    pub host: String,
    /// The port; of a service that is in its records.
    pub port: u16,
    /// Whether the host is the name of service records, such as `_store._tcp.larder.internal`.
    pub service: bool,
    /// The DNS server to ask; none is that of the system.
    pub resolver: Option<SocketAddr>,
    /// TLS on the way there; none where that is plain HTTP.
    pub tls: Option<ClientTls>,
    /// The age at which a line is replaced at the earliest; at the latest it is twice that. So that a balancer in
    /// between spreads the lines anew over the stores behind it.
    pub line_age: Duration,
    /// How often a name is resolved again, where the system does that and does not say how long it holds.
    pub resolve_every: Duration,
    /// Makes the spans of calls.
    pub tracer: Tracer,
}

impl Options {
    /// The store at a host and port, with everything else as it should be.
    pub fn new(host: impl Into<String>, port: u16) -> Options {
        Options {
            host: host.into(),
            port,
            service: false,
            resolver: None,
            tls: None,
            line_age: Duration::from_secs(300),
            resolve_every: Duration::from_secs(5),
            tracer: Tracer::default(),
        }
    }

    /// How a store is spoken to.
    pub(super) fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// The address as people write it.
    pub(super) fn url(&self) -> String {
        let (scheme, host) = (self.scheme(), &self.host);
        if self.service {
            format!("srv+{scheme}://{host}")
        } else {
            format!("{scheme}://{host}:{}", self.port)
        }
    }
}
