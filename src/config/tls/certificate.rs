//! Certificates in PEM, and what they say.

use std::fmt;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;

use crate::config::value::Parser;

/// Certificates, at least one: those of a chain, the leaf first; or those of several authorities.
#[derive(Clone, PartialEq, Eq)]
pub struct Chain {
    certificates: Vec<CertificateDer<'static>>,
    /// When each ends, in seconds since 1970.
    ends: Vec<i64>,
}

impl Chain {
    /// Reads PEM; other sections are skipped. None where there is no certificate in it, or one that can't be read.
    pub fn parse(pem: &str) -> Option<Chain> {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
        let certificates = certificates.ok().filter(|certificates| !certificates.is_empty())?;
        let ends: Option<Vec<i64>> =
            certificates.iter().map(|der| Facts::read(der).map(|facts| facts.not_after)).collect();
        Some(Chain { certificates, ends: ends? })
    }

    /// The certificates.
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.certificates
    }

    /// When the first one ends, in seconds since 1970: that of a chain's leaf.
    pub fn leaf_ends(&self) -> i64 {
        self.ends.first().copied().unwrap_or_default()
    }

    /// When the last one ends, in seconds since 1970: until then one of several authorities holds.
    pub fn last_ends(&self) -> i64 {
        self.ends.iter().max().copied().unwrap_or_default()
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} certificate(s) until {:?}", self.certificates.len(), self.ends)
    }
}

/// What a certificate says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Whose it is.
    pub subject: String,
    /// Who vouches for it.
    pub issuer: String,
    /// Its number, in hexadecimal.
    pub serial: String,
    /// When it begins, in seconds since 1970.
    pub not_before: i64,
    /// When it ends, in seconds since 1970.
    pub not_after: i64,
    /// Whether it is one of an authority.
    pub is_authority: bool,
    /// Host names of its subject.
    pub dns_names: Vec<String>,
    /// Addresses of its subject.
    pub addresses: Vec<String>,
    /// Identifiers of its subject, such as `spiffe://…`.
    pub uris: Vec<String>,
}

impl Facts {
    /// Reads a certificate in DER. None where it is none.
    pub fn read(der: &[u8]) -> Option<Facts> {
        let (rest, certificate) = X509Certificate::from_der(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let mut facts = Facts {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            serial: certificate.raw_serial_as_string(),
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
            is_authority: certificate.is_ca(),
            dns_names: Vec::new(),
            addresses: Vec::new(),
            uris: Vec::new(),
        };
        let names = certificate.subject_alternative_name().ok()?;
        for name in names.iter().flat_map(|names| &names.value.general_names) {
            match name {
                GeneralName::DNSName(name) => facts.dns_names.push((*name).to_owned()),
                GeneralName::URI(uri) => facts.uris.push((*uri).to_owned()),
                GeneralName::IPAddress(bytes) => facts.addresses.extend(address(bytes)),
                _ => {}
            }
        }
        Some(facts)
    }

    /// All names of its subject.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.dns_names.iter().chain(&self.addresses).chain(&self.uris)
    }
}

fn address(bytes: &[u8]) -> Option<String> {
    let four = <[u8; 4]>::try_from(bytes).map(|four| std::net::Ipv4Addr::from(four).to_string());
    let sixteen = || <[u8; 16]>::try_from(bytes).map(|many| std::net::Ipv6Addr::from(many).to_string());
    four.or_else(|_| sixteen()).ok()
}

/// Reads a chain.
pub(in crate::config) const CHAIN: Parser<Chain> = Parser {
    expects: "a certificate in PEM, and maybe those between it and its authority",
    read: Chain::parse,
};

/// Reads the certificates of authorities.
pub(in crate::config) const AUTHORITIES: Parser<Chain> =
    Parser { expects: "one or several certificates of authorities in PEM", read: Chain::parse };
