//! Judges the certificates of those who come in: by authority, time and use, and then by name.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, RootCertStore,
    SignatureScheme,
};

use crate::config::{Chain, Clients, Facts, Name, Names, provider};

/// Judges clients.
pub(super) fn verifier(clients: &Clients) -> Result<Arc<dyn ClientCertVerifier>, Error> {
    let roots = Arc::new(roots(&clients.authorities)?);
    let by_authority = WebPkiClientVerifier::builder_with_provider(roots, provider()).build();
    let by_authority = by_authority.map_err(|error| Error::General(error.to_string()))?;
    Ok(Arc::new(ByName { by_authority, names: clients.names.clone() }))
}

/// The certificates of authorities, as anchors of trust.
///
/// # Errors
/// When one can't be one.
pub fn roots(authorities: &Chain) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    for certificate in authorities.certificates() {
        roots.add(certificate.clone())?;
    }
    Ok(roots)
}

/// Looks whether a certificate has one of the names. Only its alternative names count, never the common name.
///
/// # Errors
/// When it has none of them; the error says which it has.
pub fn check_name(certificate: &CertificateDer<'_>, names: &Names) -> Result<(), Error> {
    let facts = Facts::read(certificate).ok_or(CertificateError::BadEncoding)?;
    let parsed = ParsedCertificate::try_from(certificate)?;
    let has = |name: &Name| match name {
        Name::Host(host) => verify_server_name(&parsed, host).is_ok(),
        Name::Uri(uri) => facts.uris.contains(uri),
    };
    if names.iter().any(has) {
        return Ok(());
    }
    let names = facts.names().cloned().collect();
    Err(CertificateError::Other(OtherError(Arc::new(Stranger { names }))).into())
}

/// A certificate is good, but not of anybody who is wanted.
#[derive(thiserror::Error)]
#[error("its certificate is for {names:?}, and none of these is accepted")]
struct Stranger {
    names: Vec<String>,
}

/// The same sentence: this is what the library shows.
impl fmt::Debug for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[derive(Debug)]
struct ByName {
    by_authority: Arc<dyn ClientCertVerifier>,
    names: Names,
}

impl ClientCertVerifier for ByName {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.by_authority.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verified = self.by_authority.verify_client_cert(end_entity, intermediates, now)?;
        check_name(end_entity, &self.names)?;
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.by_authority.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.by_authority.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.by_authority.supported_verify_schemes()
    }
}
