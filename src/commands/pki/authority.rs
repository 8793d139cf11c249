//! An authority, and what it issues. Keys are ECDSA on P-256, which every peer knows.

use std::time::Duration;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType, SerialNumber, date_time_ymd,
};
use rustls::pki_types::ServerName;

use crate::commands::failure::Failure;
use crate::config::{Chain, Name};

const DAY: i64 = 86_400;

/// Clocks differ: what is issued now holds since an hour ago.
const BACKDATED: i64 = 3600;

/// From when until when something holds, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// Its beginning.
    pub from: i64,
    /// Its end.
    pub until: i64,
}

impl Lifetime {
    /// That many days from now, and for the sake of slow clocks a little before.
    pub fn days(now: i64, days: u32) -> Lifetime {
        Lifetime { from: now - BACKDATED, until: now + i64::from(days) * DAY }
    }
}

/// An authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
    ends: i64,
}

/// A certificate with its key, both in PEM.
#[derive(Clone)]
pub struct Issued {
    /// The certificate.
    pub certificate: String,
    /// The private key.
    pub key: String,
}

impl Authority {
    /// A new one. Without a name it is called `Larder CA` and a number, so that two can be told apart.
    ///
    /// # Errors
    /// When there are no random numbers.
    pub fn new(name: Option<&str>, lifetime: Lifetime) -> Result<Authority, Failure> {
        let serial = serial()?;
        let number = serial.to_bytes().iter().take(3).map(|byte| format!("{byte:02x}")).collect::<String>();
        let name = name.map_or_else(|| format!("Larder CA {number}"), str::to_owned);
        let mut params = params(&name, serial, lifetime)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().map_err(|error| unmade(&error))?;
        let certificate = params.self_signed(&key).map_err(|error| unmade(&error))?.pem();
        Ok(Authority { issuer: Issuer::new(params, key), certificate, ends: lifetime.until })
    }

    /// One that was made before, of its certificate and its key in PEM. Of several certificates the first counts.
    ///
    /// # Errors
    /// When they are none, or do not belong together.
    pub fn load(certificate: &str, key: &str) -> Result<Authority, Failure> {
        let unfit = |what: &str| Failure::new(format!("the authority can't be used: {what}"));
        let chain = Chain::parse(certificate).ok_or_else(|| unfit("its certificate can't be read"))?;
        let key =
            KeyPair::from_pem(key).map_err(|error| Failure::because("the key of the authority", &error))?;
        let first = &chain.certificates()[0];
        if !first.windows(key.public_key_raw().len()).any(|bytes| bytes == key.public_key_raw()) {
            return Err(unfit("its key does not fit the first certificate"));
        }
        let issuer = Issuer::from_ca_cert_der(first, key)
            .map_err(|error| Failure::because("the certificate of the authority", &error))?;
        let end = certificate.find(END).map_or(certificate.len(), |at| at + END.len());
        Ok(Authority { issuer, certificate: format!("{}\n", &certificate[..end]), ends: chain.leaf_ends() })
    }

    /// Its certificate in PEM.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Its private key in PEM.
    pub fn key(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// Issues a certificate for these names, with a key of its own, good for both sides of a connection. It does not
    /// outlive the authority.
    ///
    /// # Errors
    /// When a name is none, or there are no random numbers.
    pub fn issue(&self, common_name: &str, names: &[String], lifetime: Lifetime) -> Result<Issued, Failure> {
        let lifetime = Lifetime { until: lifetime.until.min(self.ends), ..lifetime };
        let mut params = params(common_name, serial()?, lifetime)?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        params.subject_alt_names = names.iter().map(|name| san(name)).collect::<Result<_, _>>()?;
        let key = KeyPair::generate().map_err(|error| unmade(&error))?;
        let signed: Result<Certificate, _> = params.signed_by(&key, &self.issuer);
        let certificate = signed.map_err(|error| unmade(&error))?.pem();
        Ok(Issued { certificate, key: key.serialize_pem() })
    }
}

/// The last line of a certificate in PEM.
const END: &str = "-----END CERTIFICATE-----";

fn params(common_name: &str, serial: SerialNumber, lifetime: Lifetime) -> Result<CertificateParams, Failure> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.serial_number = Some(serial);
    let seconds = |at: i64| {
        let at = u64::try_from(at).map_err(|_| Failure::new("a certificate can't hold before 1970"))?;
        Ok::<_, Failure>(date_time_ymd(1970, 1, 1) + Duration::from_secs(at))
    };
    (params.not_before, params.not_after) = (seconds(lifetime.from)?, seconds(lifetime.until)?);
    Ok(params)
}

fn serial() -> Result<SerialNumber, Failure> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| Failure::because("no random numbers", &error))?;
    // Positive, whoever reads it, and of the same length.
    bytes[0] = bytes[0] & 0x3f | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

fn san(text: &str) -> Result<SanType, Failure> {
    let none = || Failure::usage(format!("{text:?} is no host name, address or URI"));
    let ascii = |text: &str| text.to_owned().try_into().map_err(|_| none());
    let host = text.strip_prefix("*.").unwrap_or(text);
    match Name::parse(host).ok_or_else(none)? {
        Name::Uri(uri) if host == text => Ok(SanType::URI(ascii(&uri)?)),
        Name::Host(ServerName::IpAddress(address)) if host == text => Ok(SanType::IpAddress(address.into())),
        Name::Host(ServerName::DnsName(_)) => Ok(SanType::DnsName(ascii(text)?)),
        _ => Err(none()),
    }
}

fn unmade(error: &rcgen::Error) -> Failure {
    Failure::because("no certificate could be made", error)
}
