//! Who may speak to a store: whoever has the right certificate, by TLS 1.3, and nobody else.

use std::net::SocketAddr;
use std::sync::Arc;

use larder::commands::pki::{Authority, Issued, Lifetime};
use larder::config::{Chain, provider};
use larder::http::tls::roots;
use rustls::pki_types::ServerName;
use rustls::sign::SingleCertAndKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::support::certificates::{Certificates, DAY, a_year, identity, issue, now};
use crate::support::cluster::StoreRole;

/// A store role that lets in api roles only.
async fn store(certificates: &Certificates) -> StoreRole {
    StoreRole::start(certificates.of_store()).await
}

/// A client that trusts the authority, and shows this.
fn client(
    certificates: &Certificates,
    shown: Option<&Issued>,
    versions: &[&'static SupportedProtocolVersion],
) -> ClientConfig {
    let trusted = Chain::parse(certificates.authority.certificate()).expect("a certificate");
    let builder = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .expect("versions")
        .with_root_certificates(roots(&trusted).expect("an authority"));
    match shown {
        Some(issued) => {
            let shown = SingleCertAndKey::from((*identity(issued).certified()).clone());
            builder.with_client_cert_resolver(Arc::new(shown))
        }
        None => builder.with_no_client_auth(),
    }
}

/// Asks whether the process is well: the status, or what went wrong on the way.
async fn ask(address: SocketAddr, config: ClientConfig) -> Result<String, String> {
    let said = async {
        let stream = TcpStream::connect(address).await?;
        let name = ServerName::try_from("store").expect("a name");
        let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: store\r\nConnection: close\r\n\r\n").await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.map(|_| answer)
    };
    let said: std::io::Result<String> = said.await;
    said.map(|answer| answer.lines().next().unwrap_or_default().to_owned()).map_err(|error| error.to_string())
}

#[tokio::test]
async fn whoever_has_the_right_certificate_is_answered() {
    let certificates = Certificates::new();
    let store = store(&certificates).await;
    let good = issue(&certificates.authority, &["elsewhere", "api"], a_year());
    let answer = ask(store.address(), client(&certificates, Some(&good), &[&TLS13])).await;
    assert_eq!(answer.as_deref(), Ok("HTTP/1.1 200 OK"));
    store.stop().await;
}

#[tokio::test]
async fn everybody_else_is_refused_in_the_handshake() {
    let certificates = Certificates::new();
    let store = store(&certificates).await;
    let (ours, other) = (&certificates.authority, Authority::new(None, a_year()).unwrap());
    let expired = Lifetime { from: now() - 9 * DAY, until: now() - DAY };
    let not_yet = Lifetime { from: now() + DAY, until: now() + 9 * DAY };
    for (what, shown, versions, alert) in [
        ("no certificate", None, &TLS13, "CertificateRequired"),
        ("another authority", Some(issue(&other, &["api"], a_year())), &TLS13, "UnknownCA"),
        ("another name", Some(issue(ours, &["store", "apis"], a_year())), &TLS13, "CertificateUnknown"),
        ("expired", Some(issue(ours, &["api"], expired)), &TLS13, "CertificateExpired"),
        ("not yet valid", Some(issue(ours, &["api"], not_yet)), &TLS13, "CertificateExpired"),
        ("TLS 1.2", Some(issue(ours, &["api"], a_year())), &TLS12, "ProtocolVersion"),
    ] {
        let answer = ask(store.address(), client(&certificates, shown.as_ref(), &[versions])).await;
        let said = answer.expect_err(what);
        assert!(said.contains(alert), "{what}: {said}");
    }
    // Nor by plain HTTP, of either kind.
    let plain = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    assert!(plain.get(format!("http://{}/healthz", store.address())).send().await.is_err());
    assert!(reqwest::get(format!("http://{}/healthz", store.address())).await.is_err());
    store.stop().await;
}

#[tokio::test]
async fn names_are_also_uris_and_several_may_come_in() {
    let certificates = Certificates::new();
    let mut settings = certificates.of_store();
    let names = "gateway, spiffe://cluster.local/ns/larder/sa/api";
    settings.push(("http.tls.client_names".into(), names.into()));
    let store = StoreRole::start(settings).await;
    for (name, let_in) in [
        ("gateway", true),
        ("spiffe://cluster.local/ns/larder/sa/api", true),
        ("api", false),
        ("spiffe://cluster.local/ns/larder/sa/api/more", false),
        ("spiffe://cluster.local/ns/larder/sa", false),
    ] {
        let shown = issue(&certificates.authority, &[name], a_year());
        let answer = ask(store.address(), client(&certificates, Some(&shown), &[&TLS13])).await;
        assert_eq!(answer.is_ok(), let_in, "{name}: {answer:?}");
    }
    store.stop().await;
}
