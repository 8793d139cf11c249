//! What TLS is made of: certificates, keys, authorities and names, read and checked.

mod certificate;
mod identity;
mod names;
mod read;

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};

pub use certificate::{Chain, Facts};
pub use identity::{Identity, PrivateKey};
pub use names::{Name, Names};

pub(super) use certificate::{AUTHORITIES, CHAIN};
pub(super) use identity::KEY;
pub(super) use names::NAMES;
pub(super) use read::{listener, way_to_store};

/// TLS of a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerTls {
    /// What it shows.
    pub identity: Identity,
    /// Who may come in; none where everybody may.
    pub clients: Option<Clients>,
}

/// Who may come in: whoever has a certificate of one of these authorities, with one of these names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clients {
    /// The certificates of the authorities.
    pub authorities: Chain,
    /// The names.
    pub names: Names,
}

/// TLS of an api role on its way to a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientTls {
    /// The certificates of the authorities that may vouch for a store.
    pub authorities: Chain,
    /// The names that a store may have; one is enough.
    pub names: Names,
    /// What the api role shows; none where the store asks for nothing.
    pub identity: Option<Identity>,
}

/// The cryptography of this program. It is always named, so that no default of the process is needed.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}
