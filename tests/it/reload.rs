//! A configuration file that changes while the process runs.

use std::time::Duration;

use reqwest::Certificate;

use crate::support::certificates::{Certificates, a_year, issue};
use crate::support::keys::Keys;
use crate::support::process::Process;
use crate::support::reloads::{replace, until_reloaded};

async fn text(url: &str) -> String {
    reqwest::get(url).await.expect("an answer").text().await.expect("a body")
}

/// Waits until the log says this; a line takes a moment from the process to here.
async fn heard(process: &mut Process, words: &str) {
    let mut said = String::new();
    for _ in 0..200 {
        said.push_str(&process.said().join("\n"));
        if said.contains(words) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{words} was never said: {said}");
}

#[tokio::test]
async fn a_good_change_takes_effect_and_a_bad_one_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("larder.toml");
    replace(&file, "log.filter = 'info'\nhttp.idle = '50s'\n");
    let mut process = Process::start_with("all", dir.path(), &[("shutdown.linger", "0s")], Some(&file));
    let item = format!("{}/v1/collections/c/items/k", process.url());
    let config = format!("http://{}/config", process.admin);

    replace(&file, "log.filter = 'warn'\nhttp.idle = '60s'\n");
    until_reloaded(&process, "ok", 1).await;
    let shown: serde_json::Value = serde_json::from_str(&text(&config).await).unwrap();
    assert_eq!(shown["log.filter"]["value"], "warn");
    assert_eq!(shown["http.idle"]["value"], "50s", "what needs a restart is shown as it holds");
    heard(&mut process, r#""key":"http.idle""#).await;
    text(&item).await;

    replace(&file, "log.filter = 'deafening'\n");
    until_reloaded(&process, "refused", 1).await;
    let shown: serde_json::Value = serde_json::from_str(&text(&config).await).unwrap();
    assert_eq!(shown["log.filter"]["value"], "warn");
    process.signal("TERM");
    assert_eq!(process.end(), Some(0));
    let said = process.said().join("\n");
    assert!(!said.contains(r#""target":"request""#), "{said}");
    assert!(said.contains("log.filter: ") && said.contains("deafening"), "{said}");
}

#[tokio::test]
async fn a_filter_said_while_it_runs_is_shown_and_a_hang_up_has_the_files_read() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("larder.toml");
    replace(&file, "log.filter = 'info'\n");
    let mut process = Process::start_with("all", dir.path(), &[("shutdown.linger", "0s")], Some(&file));
    let admin = format!("http://{}", process.admin);
    let client = reqwest::Client::new();
    let changed = client.put(format!("{admin}/log-filter")).body("larder=info").send().await.unwrap();
    assert_eq!(changed.status(), 204);
    let shown: serde_json::Value = serde_json::from_str(&text(&format!("{admin}/config")).await).unwrap();
    assert_eq!(shown["log.filter"]["value"], "larder=info");
    assert_eq!(shown["log.filter"]["origin"], "admin port");
    process.signal("HUP");
    heard(&mut process, "told to read the configuration again").await;
    until_reloaded(&process, "ok", 1).await;
    let shown: serde_json::Value = serde_json::from_str(&text(&format!("{admin}/config")).await).unwrap();
    assert_eq!(shown["log.filter"]["value"], "info");
    process.signal("TERM");
    assert_eq!(process.end(), Some(0));
}

/// What a refused configuration names is where it will be put right.
#[tokio::test]
async fn a_file_that_is_newly_named_is_watched_though_it_was_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let (file, secret) = (dir.path().join("larder.toml"), dir.path().join("secret"));
    replace(&file, "log.filter = 'info'\n");
    let process = Process::start_with("all", dir.path(), &[("shutdown.linger", "0s")], Some(&file));
    replace(&secret, "a secret of thirty-two characters");
    let rights = |mode| std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(mode)).unwrap();
    rights(0o644);
    replace(&file, &format!("log.filter = 'warn'\napi.secret_file = '{}'\n", secret.display()));
    until_reloaded(&process, "refused", 1).await;
    rights(0o600);
    until_reloaded(&process, "ok", 1).await;
}

/// A process that speaks TLS and knows keys, with everything that it reads in one directory.
struct Served {
    certificates: Certificates,
    process: Process,
    client: reqwest::Client,
}

impl Served {
    /// Starts it with these keys.
    fn start(keys: &str) -> Served {
        let certificates = Certificates::new();
        certificates.write("keys.toml", keys);
        say(&certificates, "");
        let (file, settings) = (certificates.path("larder.toml"), [("shutdown.linger", "0s")]);
        let process = Process::start_with("all", certificates.directory(), &settings, Some(&file));
        let trusted = Certificate::from_pem(certificates.authority.certificate().as_bytes());
        let trusted = trusted.expect("a certificate");
        let client =
            reqwest::Client::builder().tls_certs_only([trusted]).no_proxy().build().expect("a client");
        Served { certificates, process, client }
    }

    /// What a caller with this key is answered.
    async fn status(&self, key: &str) -> u16 {
        let list = format!("https://{}/v1/collections", self.process.traffic);
        self.client.get(&list).bearer_auth(key).send().await.expect("an answer").status().as_u16()
    }

    /// The log filter that holds.
    async fn filter(&self) -> String {
        let shown = text(&format!("http://{}/config", self.process.admin)).await;
        let shown: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
        shown["log.filter"]["value"].as_str().expect("a text").to_owned()
    }
}

/// Writes the configuration, with more lines at its end.
fn say(certificates: &Certificates, more: &str) {
    let of = |name: &str| certificates.text(name);
    let tls = format!("certificate_file = '{}', key_file = '{}'", of("store.pem"), of("store.key"));
    let text = format!("http.tls = {{{tls}}}\nauth.keys_file = '{}'\n{more}", of("keys.toml"));
    certificates.write("larder.toml", &text);
}

/// A file that is wrong must not keep a key in force that was taken away, nor anything else that it is not about.
#[tokio::test]
async fn a_key_is_revoked_though_a_certificate_or_another_setting_is_wrong() {
    let mut keys = Keys::default();
    let first = keys.add(&["read:*"]);
    let only_first = keys.toml().to_owned();
    let second = keys.add(&["read:*"]);
    let both = keys.toml().to_owned();
    let only_second = &both[only_first.len()..];
    let mut served = Served::start(&both);
    assert_eq!((served.status(&first).await, served.status(&second).await), (200, 200));

    // Half of a rotation: no certificate of this key.
    let stranger = issue(&served.certificates.authority, &["127.0.0.1"], a_year());
    served.certificates.write("store.pem", &stranger.certificate);
    until_reloaded(&served.process, "refused", 1).await;
    served.certificates.write("keys.toml", only_second);
    until_reloaded(&served.process, "refused", 2).await;
    assert_eq!((served.status(&first).await, served.status(&second).await), (401, 200));

    // A setting that does not even reload.
    say(&served.certificates, "log.filter = 'warn'\nhttp.deadline = 'soon'\n");
    until_reloaded(&served.process, "refused", 3).await;
    assert_eq!(served.filter().await, "warn");

    // What nobody knows may be a misspelt setting of any group.
    served.certificates.write("keys.toml", &both);
    say(&served.certificates, "log.filter = 'error'\nlog.filtre = 'info'\n");
    until_reloaded(&served.process, "refused", 4).await;
    assert_eq!((served.status(&first).await, served.filter().await), (401, "warn".to_owned()));

    served.process.signal("TERM");
    assert_eq!(served.process.end(), Some(0));
    let said = served.process.said().join("\n");
    for words in [
        r#""kept":"http.tls.certificate, http.tls.key""#,
        "http.tls.key: does not fit the certificate",
        "refused in part, these stay as they were: http.tls.certificate, http.tls.key",
        r#""what":"key:key000000001","outcome":"removed""#,
        r#""kept":"http.deadline, http.tls.certificate, http.tls.key""#,
        "the settings before are kept",
    ] {
        assert!(said.contains(words), "{words} was never said: {said}");
    }
}
