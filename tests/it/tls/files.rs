//! Real processes that follow the files of their certificates.

use serde_json::Value;

use crate::commands::program;
use crate::support::certificates::Certificates;
use crate::support::process::{Process, until_ready};
use crate::support::until::until;

async fn metric(process: &Process, name: &str) -> f64 {
    let url = format!("http://{}/metrics", process.admin);
    let text = reqwest::get(url).await.expect("an answer").text().await.expect("a body");
    let line = text.lines().find_map(|line| line.strip_prefix(name)).expect("a metric");
    line.trim().parse().expect("a number")
}

/// Waits until a metric has changed from what it was; says what it is now.
async fn change(process: &Process, name: &str, was: f64) -> f64 {
    until(name, async || metric(process, name).await != was).await;
    metric(process, name).await
}

fn pairs(settings: &[(String, String)]) -> Vec<(&str, &str)> {
    settings.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

const ENDS: &str = r#"tls_certificate_not_after_timestamp_seconds{name="http.tls.certificate"}"#;
const TAKEN: &str = r#"config_reloads_total{outcome="ok"}"#;
const REFUSED: &str = r#"config_reloads_total{outcome="refused"}"#;

#[tokio::test]
async fn new_files_are_taken_and_broken_ones_are_not() {
    let certificates = Certificates::new();
    let data = tempfile::tempdir().unwrap();
    let mut settings = certificates.of_store();
    settings.push(("shutdown.linger".into(), "0s".into()));
    let mut store = Process::start("store", data.path(), &pairs(&settings));
    let mut settings = certificates.of_api();
    settings.push(("store.url".into(), format!("https://{}", store.traffic)));
    settings.push(("store.tls.names".into(), "store".into()));
    settings.push(("shutdown.linger".into(), "0s".into()));
    let mut api = Process::start("api", data.path(), &pairs(&settings));
    let item = format!("{}/v1/collections/c/items/k", api.url());
    let client = reqwest::Client::new();
    let put = async |body: &'static str| client.put(&item).body(body).send().await.unwrap().status();
    until_ready(api.admin).await;
    assert_eq!(put("[1]").await, 201);
    assert!(metric(&api, r#"tls_certificate_not_after_timestamp_seconds{name="store.tls.ca"}"#).await > 1e9);

    let first = metric(&store, ENDS).await;
    let shorter = larder::commands::pki::Lifetime::days(crate::support::certificates::now(), 30);
    let leaf = crate::support::certificates::issue(&certificates.authority, &["store"], shorter);
    certificates.put("store", &leaf);
    let second = change(&store, ENDS, first).await;
    assert!(second < first && second > 1e9, "{second}");
    assert!(metric(&store, TAKEN).await >= 1.0);

    let refused = metric(&store, REFUSED).await;
    certificates.write("store.pem", "no certificate");
    change(&store, REFUSED, refused).await;
    assert_eq!(metric(&store, ENDS).await, second);
    assert_eq!(put("[2]").await, 204);
    for process in [&mut api, &mut store] {
        process.signal("TERM");
        assert_eq!(process.end(), Some(0));
    }
    let lines = store.said();
    let holds = format!("{} holds something else now", certificates.text("store.pem"));
    for (key, outcome) in [("http.tls.certificate", holds.as_str()), ("http.tls.key", "changed")] {
        let audit = lines.iter().filter_map(|line| serde_json::from_str(line).ok());
        let mut audit = audit.filter(|line: &Value| line["target"] == "audit" && line["what"] == key);
        let line = audit.next().unwrap_or_else(|| panic!("no change of {key} in the audit: {lines:?}"));
        assert_eq!(line["who"], "configuration");
        assert_eq!(line["from"], format!("flag --set {key}_file"));
        assert_eq!(line["outcome"], outcome);
        assert!(audit.next().is_none(), "{key} changed once");
    }
    let said = lines.join("\n");
    assert!(said.contains("http.tls.certificate: what was said is not a certificate in PEM"), "{said}");
}

#[tokio::test]
async fn the_commands_speak_https() {
    let certificates = Certificates::new();
    let data = tempfile::tempdir().unwrap();
    let settings = [
        ("http.tls.certificate_file", certificates.text("store.pem")),
        ("http.tls.key_file", certificates.text("store.key")),
        ("admin.tls.certificate_file", certificates.text("store.pem")),
        ("admin.tls.key_file", certificates.text("store.key")),
        ("shutdown.linger", "0s".to_owned()),
    ];
    let settings: Vec<(String, String)> = settings.map(|(key, value)| (key.to_owned(), value)).to_vec();
    let process = Process::start("all", data.path(), &pairs(&settings));
    let url = format!("https://127.0.0.1:{}", process.traffic.port());
    let trusted = certificates.text("ca.pem");
    tokio::task::spawn_blocking(move || {
        program::run(&["smoke", "--url", &url, "--ca-file", &trusted]).good();
        let untrusted = program::run(&["export", "--url", &url, "--collection", "c", "--retries", "0"]).bad();
        assert!(
            untrusted.err.contains("certificate") || untrusted.err.contains("UnknownIssuer"),
            "{}",
            untrusted.err
        );
        let mut healthcheck = vec!["healthcheck".to_owned(), "--role=all".to_owned()];
        let admin = ("admin.listen".to_owned(), process.admin.to_string());
        for (key, value) in settings.iter().chain([&admin]) {
            healthcheck.extend(["--set".to_owned(), format!("{key}={value}")]);
        }
        let arguments: Vec<&str> = healthcheck.iter().map(String::as_str).collect();
        program::run(&arguments).good();
    })
    .await
    .unwrap();
}
