//! OpenSSL agrees: about the certificates that are made here, and about who is let in.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use crate::support::certificates::Certificates;
use crate::support::cluster::StoreRole;
use crate::support::environment::left_out;

/// Whether there is an `openssl`; where there is none, that is said.
fn installed() -> bool {
    let there = Command::new("openssl").arg("version").output().is_ok_and(|output| output.status.success());
    if !there {
        left_out("openssl is not installed, so nobody else judges certificates and handshakes");
    }
    there
}

fn openssl(arguments: &[&str], input: &[u8]) -> (bool, String) {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("openssl");
    // It may have gone already.
    child.stdin.take().expect("piped").write_all(input).ok();
    let output = child.wait_with_output().expect("its end");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

fn ask(address: SocketAddr, more: &[&str]) -> (bool, String) {
    let address = address.to_string();
    let known =
        ["s_client", "-connect", &address, "-servername", "store", "-verify_return_error", "-ign_eof"];
    openssl(&[&known[..], more].concat(), b"GET /healthz HTTP/1.0\r\nHost: store\r\n\r\n")
}

#[test]
fn certificates_are_good_for_both_sides() {
    if !installed() {
        return;
    }
    let certificates = Certificates::new();
    let (ca, leaf) = (certificates.text("ca.pem"), certificates.text("store.pem"));
    for purpose in ["sslserver", "sslclient"] {
        let strict =
            ["verify", "-x509_strict", "-CAfile", &ca, "-purpose", purpose, "-verify_hostname", "store"];
        let (good, said) = openssl(&[&strict[..], &[&leaf]].concat(), b"");
        assert!(good, "{purpose}: {said}");
    }
}

#[tokio::test]
async fn who_is_let_in() {
    if !installed() {
        return;
    }
    let certificates = Certificates::new();
    certificates.issue("stranger", &["stranger"]);
    let store = StoreRole::start(certificates.of_store()).await;
    let address = store.address();
    let file = |name: &str| certificates.text(name);
    let (ca, api, key) = (file("ca.pem"), file("api.pem"), file("api.key"));
    let (stranger, stranger_key) = (file("stranger.pem"), file("stranger.key"));
    let (good, none, wrong, old) = tokio::task::spawn_blocking(move || {
        let ours = ["-CAfile", &ca, "-cert", &api, "-key", &key];
        let stranger = ["-CAfile", &ca, "-cert", &stranger, "-key", &stranger_key];
        (
            ask(address, &ours),
            ask(address, &ours[..2]),
            ask(address, &stranger),
            ask(address, &[&ours[..], &["-tls1_2"]].concat()),
        )
    })
    .await
    .unwrap();
    assert!(good.1.contains("TLSv1.3") && good.1.contains("200 OK"), "{}", good.1);
    assert!(good.1.contains("Verify return code: 0 (ok)"), "{}", good.1);
    for (what, (_, said), alert) in [
        ("no certificate", none, "certificate required"),
        ("stranger", wrong, "certificate unknown"),
        ("1.2", old, "protocol version"),
    ] {
        assert!(said.contains(alert) && !said.contains("200 OK"), "{what}: {said}");
    }
    store.stop().await;
}
