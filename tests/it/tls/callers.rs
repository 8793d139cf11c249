//! TLS for callers: both versions, HTTP/2 and HTTP/1.1, what answers say then, and how connections end.

use std::time::{Duration, Instant};

use larder::run::Running;
use reqwest::{Certificate, Client, ClientBuilder, Version};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::certificates::Certificates;
use crate::support::cluster::{Cluster, Plan};

pub(super) fn settings(certificates: &Certificates) -> Plan {
    Plan::all()
        .set("http.tls.certificate_file", &certificates.text("store.pem"))
        .set("http.tls.key_file", &certificates.text("store.key"))
        .set("admin.tls.certificate_file", &certificates.text("store.pem"))
        .set("admin.tls.key_file", &certificates.text("store.key"))
}

pub(super) fn client(certificates: &Certificates) -> ClientBuilder {
    let trusted =
        Certificate::from_pem(certificates.authority.certificate().as_bytes()).expect("a certificate");
    Client::builder().tls_certs_only([trusted]).no_proxy()
}

pub(super) fn url(front: &Running, path: &str) -> String {
    format!("https://127.0.0.1:{}{path}", front.traffic.port())
}

async fn start(certificates: &Certificates) -> Cluster {
    settings(certificates).start().await
}

#[tokio::test]
async fn callers_have_both_versions_of_both_protocols() {
    let certificates = Certificates::new();
    let cluster = start(&certificates).await;
    let item = url(&cluster.front, "/v1/collections/c/items/k");
    for (builder, version, tls) in [
        (client(&certificates), Version::HTTP_2, "newest"),
        (client(&certificates).http1_only(), Version::HTTP_11, "newest"),
        (client(&certificates).tls_version_max(reqwest::tls::Version::TLS_1_2), Version::HTTP_2, "1.2"),
    ] {
        let client = builder.build().unwrap();
        let put = client.put(&item).body("{\"a\":1}").send().await.unwrap();
        assert!(put.status().is_success(), "{version:?} {tls}");
        let got = client.get(&item).send().await.unwrap();
        assert_eq!(got.version(), version);
        let field = |name: &str| got.headers().get(name).and_then(|value| value.to_str().ok());
        assert_eq!(field("strict-transport-security"), Some("max-age=31536000"));
        assert_eq!(field("x-content-type-options"), Some("nosniff"));
        assert_eq!(got.text().await.unwrap(), "{\"a\":1}");
    }
    let old = client(&certificates).tls_version_max(reqwest::tls::Version::TLS_1_1).build();
    assert!(old.is_err(), "nobody here speaks anything older");
    cluster.stop().await;
}

#[tokio::test]
async fn what_belongs_to_tls_is_not_said_without_it() {
    let cluster = Cluster::all().await;
    let answer = reqwest::get(format!("{}/healthz", cluster.url())).await.unwrap();
    assert_eq!(answer.headers().get("strict-transport-security"), None);
    cluster.stop().await;
}

#[tokio::test]
async fn the_admin_port_has_a_certificate_of_its_own() {
    let certificates = Certificates::new();
    let cluster = start(&certificates).await;
    let admin = format!("https://127.0.0.1:{}/readyz", cluster.front.admin.port());
    let answer = client(&certificates).build().unwrap().get(&admin).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(reqwest::get(admin.replace("https:", "http:")).await.is_err());
    cluster.stop().await;
}

#[tokio::test]
async fn a_request_that_cannot_be_read_is_told_so_inside_tls() {
    let certificates = Certificates::new();
    let cluster = start(&certificates).await;
    let mut stream = certificates.connect(cluster.front.traffic, &[]).await;
    stream.write_all(b"no request at all\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    // The parser's own refusals end without the farewell of TLS.
    let _cut = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("/problems/invalid-header"), "{answer}");
    cluster.stop().await;
}

#[tokio::test]
async fn whoever_does_not_shake_hands_is_left_in_time() {
    let certificates = Certificates::new();
    let cluster = settings(&certificates).set("http.head_timeout", "300ms").start().await;
    let began = Instant::now();
    let mut stream = TcpStream::connect(cluster.front.traffic).await.unwrap();
    stream.write_all(&[0x16, 0x03, 0x01]).await.unwrap();
    let mut rest = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut rest)).await;
    assert!(read.is_ok(), "the connection was left open");
    assert!(began.elapsed() >= Duration::from_millis(250), "{:?}", began.elapsed());
    cluster.stop().await;
}

#[tokio::test]
async fn idle_connections_of_http2_do_not_hold_a_process_that_stops() {
    let certificates = Certificates::new();
    let cluster = settings(&certificates).set("shutdown.drain", "20s").start().await;
    let client = client(&certificates).build().unwrap();
    let answer = client.get(url(&cluster.front, "/healthz")).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, Version::HTTP_2));
    drop(answer.bytes().await);
    let began = Instant::now();
    cluster.stop().await;
    assert!(began.elapsed() < Duration::from_secs(5), "an idle connection held it for {:?}", began.elapsed());
    drop(client);
}
