//! What does not start: each with exit code 64, and words that say what to do.

use std::os::unix::fs::PermissionsExt as _;

use larder::commands::pki::Lifetime;

use crate::commands::program::{Ran, run};
use crate::support::certificates::{Certificates, DAY, a_year, issue, now};

fn check(role: &str, settings: &[(String, String)]) -> Ran {
    let mut arguments = vec!["check-config".to_owned(), format!("--role={role}")];
    for (key, value) in settings {
        arguments.extend(["--set".to_owned(), format!("{key}={value}")]);
    }
    run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

/// That it is refused, with all of these words.
#[track_caller]
fn refused(role: &str, settings: &[(String, String)], words: &[&str]) {
    let ran = check(role, settings);
    assert_eq!(ran.status.code(), Some(64), "{}", ran.err);
    for word in words {
        assert!(ran.err.contains(word), "{word:?} is not in: {}", ran.err);
    }
    assert!(ran.err.starts_with("the configuration has 1 problem\n"), "{}", ran.err);
}

fn setting(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

#[test]
fn a_store_without_mtls_on_a_public_address() {
    let certificates = Certificates::new();
    let public = setting("http.listen", "0.0.0.0:8081");
    refused("store", std::slice::from_ref(&public), &["http.tls.client_ca", "store.allow_plaintext"]);
    let mut settings = certificates.of_store();
    settings.push(public);
    check("store", &settings).good();
    settings.retain(|(key, _)| key != "http.tls.client_ca_file");
    refused("store", &settings, &["http.tls.client_ca"]);
    settings.push(setting("store.allow_plaintext", "true"));
    check("store", &settings).good();
}

#[test]
fn a_key_that_everybody_can_read() {
    let certificates = Certificates::new();
    let path = certificates.path("store.key");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    refused("store", &certificates.of_store(), &["http.tls.key_file", "chmod", "defaultMode"]);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    check("store", &certificates.of_store()).good();
}

#[test]
fn certificates_that_have_expired() {
    let certificates = Certificates::new();
    let past = Lifetime { from: now() - 9 * DAY, until: now() - DAY };
    certificates.put("store", &issue(&certificates.authority, &["store"], past));
    refused("store", &certificates.of_store(), &["http.tls.certificate", "expired at", "app pki issue"]);
    let old = larder::commands::pki::Authority::new(None, past).unwrap();
    certificates.issue("store", &["store"]);
    certificates.write("ca.pem", old.certificate());
    refused("store", &certificates.of_store(), &["http.tls.client_ca", "expired at"]);
    // One that still holds is enough.
    let both = format!("{}{}", old.certificate(), certificates.authority.certificate());
    certificates.write("ca.pem", &both);
    check("store", &certificates.of_store()).good();
}

#[test]
fn keys_and_certificates_that_do_not_belong_together() {
    let certificates = Certificates::new();
    certificates.write("store.key", &issue(&certificates.authority, &["store"], a_year()).key);
    refused("store", &certificates.of_store(), &["http.tls.key", "does not fit the certificate"]);
    let half: Vec<_> = certificates.of_store().into_iter().filter(|(key, _)| !key.contains("key")).collect();
    refused("store", &half, &["http.tls.certificate", "without http.tls.key"]);
    let none = [setting("http.tls.client_ca_file", &certificates.text("ca.pem"))];
    refused("store", &none, &["http.tls.client_ca", "needs http.tls.certificate"]);
}

#[test]
fn of_a_file_that_cannot_be_read_only_that_is_said() {
    let certificates = Certificates::new();
    for key in ["http.tls.certificate_file", "http.tls.key_file", "http.tls.client_ca_file"] {
        let mut settings = certificates.of_store();
        settings.push(setting("http.listen", "0.0.0.0:8081"));
        settings.iter_mut().filter(|(name, _)| name == key).for_each(|(_, path)| path.push_str(".gone"));
        refused("store", &settings, &[key, "cannot be read"]);
    }
    for key in ["store.tls.certificate_file", "store.tls.key_file", "store.tls.ca_file"] {
        let mut settings = certificates.of_api();
        settings.push(setting("store.url", "https://store:8081"));
        settings.iter_mut().filter(|(name, _)| name == key).for_each(|(_, path)| path.push_str(".gone"));
        refused("api", &settings, &[key, "cannot be read"]);
    }
    certificates.write("ca.pem", "no certificate");
    let mut settings = certificates.of_api();
    settings.push(setting("store.url", "https://store:8081"));
    refused("api", &settings, &["store.tls.ca", "what was said is not"]);
    let mut settings = certificates.of_store();
    settings.push(setting("http.listen", "0.0.0.0:8081"));
    refused("store", &settings, &["http.tls.client_ca", "what was said is not"]);
}

#[test]
fn an_api_role_that_could_not_know_its_store() {
    let certificates = Certificates::new();
    let url = setting("store.url", "https://store:8081");
    refused("api", std::slice::from_ref(&url), &["store.tls.ca", "app pki init"]);
    let mut settings = certificates.of_api();
    settings.push(url);
    check("api", &settings).good();
}

#[test]
fn keys_are_never_shown() {
    let certificates = Certificates::new();
    let key = std::fs::read_to_string(certificates.path("store.key")).unwrap();
    let inline = setting("http.tls.key", &key);
    let mut settings = certificates.of_store();
    settings.retain(|(name, _)| name != "http.tls.key_file");
    settings.push(inline);
    let mut arguments = vec!["--role=store".to_owned(), "--print-config".to_owned()];
    for (key, value) in &settings {
        arguments.extend(["--set".to_owned(), format!("{key}={value}")]);
    }
    let ran = run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).good();
    let secret = key.lines().nth(1).unwrap();
    assert!(!ran.text().contains(secret) && !ran.err.contains(secret));
    let shown = format!("http.tls.certificate_file = {:?}", certificates.text("store.pem"));
    assert!(ran.text().contains(&shown), "{}", ran.text());
    let cut = setting("http.tls.key", &key[..key.len() / 2]);
    settings.pop();
    settings.push(cut);
    let ran = check("store", &settings);
    assert_eq!(ran.status.code(), Some(64));
    assert!(!ran.err.contains(secret), "{}", ran.err);
}
