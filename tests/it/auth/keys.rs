//! API keys: which are let in, what the others are told, and how keys change.

use std::process::Command;
use std::time::Duration;

use crate::support::client::Client;
use crate::support::cluster::Plan;
use crate::support::keys::Keys;
use crate::support::process::Process;
use crate::support::reloads::{replace, until_reloaded};

const ITEM: &str = "/v1/collections/notes/items/a";

#[tokio::test]
async fn whoever_has_no_good_key_is_told_what_is_expected() {
    let mut keys = Keys::default();
    let good = keys.add(&["read:*", "write:*"]);
    let short_lived = keys.add_with(&["read:*"], "expires = '2026-11-23T02:09:22Z'");
    let cluster = Plan::all().set("auth.keys", keys.toml()).start().await;
    let client = Client::new(cluster.front.traffic);
    client.put(ITEM, "1").bearer(&good).send().await.expect(201);
    client.get(ITEM).header("Authorization", &format!("bEARER   {good}")).send().await.expect(200);
    client.get(ITEM).bearer(&short_lived).send().await.expect(200);
    cluster.clock.advance(Duration::from_secs(1));

    let nobody = client.get(ITEM).send().await.expect_problem(401, "unauthenticated");
    assert_eq!(nobody.header("WWW-Authenticate").as_deref(), Some("Bearer realm=\"larder\""));
    let wrong = [
        format!("Bearer {short_lived}"),
        format!("Bearer {}x", &good[..good.len() - 1]),
        format!("Bearer {}", &good[..good.len() - 1]),
        format!("Bearer {}", good.to_uppercase()),
        format!("Basic {good}"),
        format!("Bearer{good}"),
        format!("Bearer {good} {good}"),
        format!("Bearer {good},{good}"),
        format!("Bearer {}", "a".repeat(9000)),
        "Bearer lrd_".into(),
        "Bearer a.b.c".into(),
        "Bearer ".into(),
        "Bearer".into(),
        good.clone(),
    ];
    for field in wrong {
        let answer = client.get(ITEM).header("Authorization", &field).send().await;
        let answer = answer.expect_problem(401, "unauthenticated");
        let challenge = answer.header("WWW-Authenticate").unwrap();
        assert!(challenge.contains("error=\"invalid_token\""), "{field}: {challenge}");
        assert!(!answer.text().contains("planted") && !challenge.contains("planted"));
    }
    let twice = client.get(ITEM).bearer(&good).bearer(&good).send().await;
    twice.expect_problem(401, "unauthenticated");
    cluster.stop().await;
}

#[tokio::test]
async fn who_asks_is_judged_after_the_path_and_before_everything_else() {
    let mut keys = Keys::default();
    let narrow = keys.add(&["read:notes/users/"]);
    let cluster = Plan::all().set("auth.keys", keys.toml()).start().await;
    let client = Client::new(cluster.front.traffic);
    client.get("/v1/nothing").send().await.expect_problem(404, "no-such-path");
    client.request("BREW", ITEM).send().await.expect_problem(405, "method-not-allowed");
    client.get("/v1/collections/NO/items?x=1").send().await.expect_problem(401, "unauthenticated");
    client.request("OPTIONS", ITEM).send().await.expect_problem(401, "unauthenticated");
    let parameters = client.get("/v1/collections/notes/items?x=1").bearer(&narrow).send().await;
    parameters.expect_problem(400, "invalid-parameter");
    let scope = client.put(ITEM, "{").header("Content-Type", "text/plain").bearer(&narrow).send().await;
    let scope = scope.expect_problem(403, "insufficient-scope");
    let challenge = "Bearer realm=\"larder\", error=\"insufficient_scope\", scope=\"write:notes/a\"";
    assert_eq!(scope.header("WWW-Authenticate").as_deref(), Some(challenge));
    for page in ["/docs", "/openapi.json", "/problems", "/problems/too-large", "/healthz"] {
        client.get(page).send().await.expect(200);
    }
    cluster.stop().await;
}

#[tokio::test]
async fn a_list_of_no_keys_lets_nobody_in() {
    let cluster = Plan::all().set("auth.keys", "").start().await;
    let client = Client::new(cluster.front.traffic);
    client.get("/v1/collections").send().await.expect_problem(401, "unauthenticated");
    cluster.stop().await;
}

#[tokio::test]
async fn who_may_only_write_learns_no_value_by_a_patch() {
    let mut keys = Keys::default();
    let (writer, both) = (keys.add(&["write:*"]), keys.add(&["write:*", "read:*"]));
    let cluster = Plan::all().set("auth.keys", keys.toml()).start().await;
    let client = Client::new(cluster.front.traffic);
    client.put(ITEM, r#"{"secret":7}"#).bearer(&writer).send().await.expect(201);
    for guess in ["6", "7"] {
        let test = format!(r#"[{{"op":"test","path":"/secret","value":{guess}}}]"#);
        let guessed = client.patch(ITEM, "json-patch", test.clone()).bearer(&writer).send().await;
        guessed.expect_problem(403, "insufficient-scope");
        let key = ITEM.rsplit('/').next().expect("a key");
        let batch = format!(r#"{{"ops":[{{"op":"patch","key":"{key}","json_patch":{test}}}]}}"#);
        let target = "/v1/collections/notes/batch";
        let guessed = client.post(target, batch).bearer(&writer).send().await.expect(200).json();
        assert_eq!(guessed["results"][0]["status"], 403, "{guessed}");
        let known = client.patch(ITEM, "json-patch", test).bearer(&both).send().await;
        known.expect(if guess == "7" { 204 } else { 409 });
    }
    // Nor by an answer: as there will be none, it may have any type.
    let preferred =
        client.put(ITEM, r#"{"secret":7}"#).bearer(&writer).header("Prefer", "return=representation");
    let put = preferred.header("Accept", "text/html").send().await.expect(204);
    assert_eq!(put.body.len(), 0);
    let step = r#"[{"op":"add","path":"/more","value":1}]"#;
    client.patch(ITEM, "json-patch", step).bearer(&writer).send().await.expect(204);
    cluster.stop().await;
}

#[tokio::test]
async fn an_idempotency_key_belongs_to_who_sent_it() {
    let mut keys = Keys::default();
    let (one, other) = (keys.add(&["write:*", "read:*"]), keys.add(&["write:*", "read:*"]));
    let cluster = Plan::all().set("auth.keys", keys.toml()).start().await;
    let client = Client::new(cluster.front.traffic);
    let post = |key: &str| {
        let post = client.post("/v1/collections/notes/items", "1").bearer(key);
        post.header("Idempotency-Key", "the-same").send()
    };
    let first = post(&one).await.expect(201).header("Location");
    assert_eq!(post(&one).await.expect(201).header("Location"), first);
    assert_ne!(post(&other).await.expect(201).header("Location"), first);
    cluster.stop().await;
}

#[tokio::test]
async fn changed_keys_are_taken_over_and_bad_ones_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("keys.toml");
    let mut keys = Keys::default();
    let first = keys.add(&["read:*"]);
    replace(&file, keys.toml());
    let settings = [("auth.keys_file", file.to_str().unwrap()), ("shutdown.linger", "0s")];
    let mut process = Process::start("all", dir.path(), &settings);
    let client = Client::new(process.traffic);
    let status = async |key: &str| client.get("/v1/collections").bearer(key).send().await.status;
    assert_eq!(status(&first).await, 200);

    let second = keys.add(&["write:*"]);
    replace(&file, keys.toml());
    until_reloaded(&process, "ok", 1).await;
    assert_eq!((status(&first).await, status(&second).await), (200, 200));

    replace(&file, "keys = [");
    until_reloaded(&process, "refused", 1).await;
    assert_eq!((status(&first).await, status(&second).await), (200, 200));

    std::fs::remove_file(&file).unwrap();
    until_reloaded(&process, "refused", 2).await;
    assert_eq!(status(&second).await, 200, "a file that is gone changes nothing");

    replace(&file, "");
    until_reloaded(&process, "ok", 2).await;
    assert_eq!((status(&first).await, status("").await), (401, 401), "no keys is not an open door");
    process.signal("TERM");
    assert_eq!(process.end(), Some(0));
    let said = process.said().join("\n");
    for words in [
        r#""what":"key:key000000002","outcome":"added""#,
        r#""what":"key:key000000001","outcome":"removed""#,
        "auth.keys: is no TOML",
    ] {
        assert!(said.contains(words), "{words} was never said: {said}");
    }
}

#[tokio::test]
async fn a_key_that_is_made_comes_in() {
    let made = Command::new(env!("CARGO_BIN_EXE_app"))
        .args(["key", "new", "--scope", "write:notes/users/", "--scope", "read:*", "--name", "ci"])
        .output()
        .expect("the binary runs");
    let text = String::from_utf8(made.stdout).expect("text");
    let (key, toml) = text.split_once("\n\n").expect("a key and its entry");
    let cluster = Plan::all().set("auth.keys", toml).start().await;
    let client = Client::new(cluster.front.traffic);
    client.put("/v1/collections/notes/items/users/1", "1").bearer(key).send().await.expect(201);
    client.put(ITEM, "1").bearer(key).send().await.expect_problem(403, "insufficient-scope");
    cluster.stop().await;
    let bad = Command::new(env!("CARGO_BIN_EXE_app")).args(["key", "new", "--scope", "notes"]).output();
    assert_eq!(bad.expect("the binary runs").status.code(), Some(64));
}
