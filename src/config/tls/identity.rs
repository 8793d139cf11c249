//! A certificate with its private key.

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};

use super::certificate::Chain;
use super::provider;
use crate::config::value::Parser;

/// A private key; it never shows itself.
#[derive(PartialEq, Eq)]
pub struct PrivateKey(PrivateKeyDer<'static>);

impl PrivateKey {
    /// Reads PEM: PKCS #8, SEC 1 or PKCS #1; other sections are skipped.
    pub fn parse(pem: &str) -> Option<PrivateKey> {
        PrivateKeyDer::from_pem_slice(pem.as_bytes()).ok().map(PrivateKey)
    }
}

impl Clone for PrivateKey {
    fn clone(&self) -> PrivateKey {
        PrivateKey(self.0.clone_key())
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(redacted)")
    }
}

/// What one side of a connection shows, and proves that it is its own.
#[derive(Clone)]
pub struct Identity {
    chain: Chain,
    key: PrivateKey,
    certified: Arc<CertifiedKey>,
}

impl Identity {
    /// Puts a chain and the key of its leaf together.
    ///
    /// # Errors
    /// A sentence about why they can't be used together.
    pub fn new(chain: Chain, key: PrivateKey) -> Result<Identity, String> {
        let certified = CertifiedKey::from_der(chain.certificates().to_vec(), key.0.clone_key(), &provider());
        match certified {
            Ok(certified) => Ok(Identity { chain, key, certified: Arc::new(certified) }),
            Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
                Err("does not fit the certificate; take the two files that were issued together".into())
            }
            Err(error) => Err(format!("can't be used: {error}; take a key of ECDSA, RSA or Ed25519")),
        }
    }

    /// The certificates, the leaf first.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The same, as it is used.
    pub fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.certified)
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Identity) -> bool {
        self.chain == other.chain && self.key == other.key
    }
}

impl Eq for Identity {}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("chain", &self.chain).finish_non_exhaustive()
    }
}

/// Reads a key.
pub(in crate::config) const KEY: Parser<PrivateKey> =
    Parser { expects: "a private key in PEM, without a password", read: PrivateKey::parse };
