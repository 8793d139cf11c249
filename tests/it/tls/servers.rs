//! To whom an api role speaks: to a store with the right certificate, by TLS 1.3, and to nobody else.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use larder::api::remote::{Options, Remote};
use larder::commands::pki::{Authority, Issued, Lifetime};
use larder::config::provider;
use larder::domain::{Kind, Store};
use rustls::ServerConfig;
use rustls::sign::SingleCertAndKey;
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::certificates::{Certificates, DAY, a_year, client_tls, identity, issue, now};
use crate::support::cluster::StoreRole;
use crate::support::lines::{Node, embedded, put, read, within, write};

const PATIENCE: Duration = Duration::from_secs(10);

/// A store that shows this, and asks for nothing.
fn showing(issued: &Issued, version: &'static rustls::SupportedProtocolVersion) -> ServerConfig {
    let shown = SingleCertAndKey::from((*identity(issued).certified()).clone());
    ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(shown))
}

fn remote(node: &Node, certificates: &Certificates, names: &str) -> Arc<Remote> {
    let api = certificates.issue("api", &["api"]);
    let tls = Some(client_tls(&api, certificates.authority.certificate(), names));
    let options = Options::new(node.address.ip().to_string(), node.address.port());
    Remote::new(Options { tls, ..options }).expect("a client")
}

/// Why there is no store to speak to, as callers are told it.
async fn why_not(remote: &Remote) -> String {
    // It may not be known at first.
    said(remote, |said| !said.contains("has not answered yet")).await
}

/// What callers are told, once it is of that kind.
async fn said(remote: &Remote, is_it: impl Fn(&str) -> bool) -> String {
    let began = Instant::now();
    loop {
        let error = remote.ready(&within(PATIENCE)).await.expect_err("there is none");
        assert_eq!(error.kind(), Kind::StoreUnavailable, "{error}");
        if is_it(error.detail()) {
            return error.detail().to_owned();
        }
        assert!(began.elapsed() < PATIENCE, "{error}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_store_with_one_of_the_names_is_spoken_to() {
    let (certificates, kept) = (Certificates::new(), embedded());
    for (has, names) in [
        (&["store"][..], "store"),
        (&["a.example", "b.example"], "elsewhere,b.example"),
        (&["127.0.0.1"], "127.0.0.1"),
        (&["spiffe://cluster/store"], "spiffe://cluster/store"),
    ] {
        let shown = issue(&certificates.authority, has, a_year());
        let node = Node::start_secured(Arc::clone(&kept.store), showing(&shown, &TLS13));
        let remote = remote(&node, &certificates, names);
        remote.write(&within(PATIENCE), write("a", put("[1]"), 1)).await.unwrap();
        assert!(remote.read(&within(PATIENCE), read("a")).await.unwrap().value.0.is_some(), "{names}");
        drop(remote);
        node.stop().await;
    }
}

#[tokio::test]
async fn no_other_store_is_spoken_to_and_why_is_said() {
    let (certificates, kept) = (Certificates::new(), embedded());
    let (ours, other) = (&certificates.authority, Authority::new(None, a_year()).unwrap());
    let expired = Lifetime { from: now() - 9 * DAY, until: now() - DAY };
    let not_yet = Lifetime { from: now() + DAY, until: now() + 9 * DAY };
    for (what, shown, version, words) in [
        ("another authority", issue(&other, &["store"], a_year()), &TLS13, "UnknownIssuer"),
        ("another name", issue(ours, &["api", "127.0.0.1"], a_year()), &TLS13, "none of these is accepted"),
        ("expired", issue(ours, &["store"], expired), &TLS13, "expired"),
        ("not yet valid", issue(ours, &["store"], not_yet), &TLS13, "not valid yet"),
        ("TLS 1.2", issue(ours, &["store"], a_year()), &TLS12, "ProtocolVersion"),
    ] {
        let node = Node::start_secured(Arc::clone(&kept.store), showing(&shown, version));
        let remote = remote(&node, &certificates, "store");
        let said = why_not(&remote).await;
        assert!(said.contains(words) && !said.contains("start one"), "{what}: {said}");
        drop(remote);
        node.stop().await;
    }
}

/// A client has shaken hands before its certificate is judged, and may then hear anything or nothing.
#[tokio::test]
async fn whom_a_store_refuses_is_not_told_to_start_one() {
    let certificates = Certificates::new();
    let store = StoreRole::start(certificates.of_store()).await;
    let (ours, other) = (&certificates.authority, Authority::new(None, a_year()).unwrap());
    for (what, shown) in [
        ("another authority", issue(&other, &["api"], a_year())),
        ("another name", issue(ours, &["apis"], a_year())),
    ] {
        let tls = Some(client_tls(&shown, ours.certificate(), "store"));
        let options = Options::new(store.address().ip().to_string(), store.address().port());
        let remote = Remote::new(Options { tls, ..options }).expect("a client");
        let said = why_not(&remote).await;
        assert!(said.contains("certificate") && !said.contains("start one"), "{what}: {said}");
    }
    store.stop().await;
}

/// The alert of a port that speaks TLS reaches who does not, or it does not: such a port hangs up at once.
#[tokio::test]
async fn what_is_no_store_is_told_from_none() {
    let certificates = Certificates::new();
    let store = StoreRole::start(certificates.of_store()).await;
    // Of a connection that ended the client tells at times no more than that: it is asked again.
    said(&without_tls(store.address()), |said| said.contains("speak TLS")).await;
    store.stop().await;

    let other = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let remote = without_tls(other.local_addr().unwrap());
    let answers = tokio::spawn(async move {
        loop {
            let (mut connection, _) = other.accept().await.unwrap();
            connection.read_u8().await.unwrap();
            connection.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
            // It hangs up when the other has.
            connection.read_to_end(&mut Vec::new()).await.ok();
        }
    });
    said(&remote, |said| said.contains("it may speak TLS, or be no store") && !said.contains("start one"))
        .await;
    answers.abort();
}

fn without_tls(address: SocketAddr) -> Arc<Remote> {
    Remote::new(Options::new(address.ip().to_string(), address.port())).expect("a client")
}
