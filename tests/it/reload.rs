//! A configuration file that changes while the process runs.

use std::time::Duration;

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
