//! `app bootstrap` on a table that is missing, wrong, forbidden or there; and collections that move to it and back.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::commands::program::{Ran, run};
use crate::support::cluster::{Cluster, Plan};
use crate::support::dynamo::Emulator;
use crate::support::mishaps::{Mishap, Proxy};

/// Runs the binary beside this runtime, which serves what it talks to.
pub(super) async fn app(arguments: &[&str]) -> Ran {
    let arguments: Vec<String> = arguments.iter().map(|one| (*one).to_owned()).collect();
    let run = move || run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    tokio::task::spawn_blocking(run).await.expect("a command")
}

pub(super) async fn bootstrap(address: SocketAddr, table: &str, more: &[&str]) -> Ran {
    let (endpoint, table) =
        (format!("store.dynamodb.endpoint=http://{address}"), format!("store.dynamodb.table={table}"));
    let fixed = ["bootstrap", "--set", "store.backend=dynamodb", "--set", &endpoint, "--set", &table];
    app(&[&fixed[..], more].concat()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_is_made_once_and_then_checked() {
    let emulator = Emulator::start().await;
    let directory = tempfile::tempdir().expect("a directory");
    let seed = directory.path().join("first.ndjson");
    let lines = "{\"collection\":\"notes\",\"key\":\"a\",\"value\":{ \"n\": 1.0 }}\n\n\
                 {\"collection\":\"counts\",\"key\":\"b/c\",\"value\":7,\"ttl\":60}\n";
    std::fs::write(&seed, lines).expect("a file");
    let seed = seed.to_str().expect("a path of text");

    let said = bootstrap(emulator.address, "fresh", &["--create", "never"]).await.bad();
    assert!(said.err.contains("the table fresh is not there"), "{}", said.err);
    let said = bootstrap(emulator.address, "fresh", &["--seed", seed]).await.good();
    for sentence in [
        "table fresh: made",
        "point-in-time recovery",
        "billed on demand",
        "time to live",
        "ready",
        "2 items loaded, 0 were there",
    ] {
        assert!(said.err.contains(sentence), "{sentence}: {}", said.err);
    }
    let said = bootstrap(emulator.address, "fresh", &["--create", "never", "--seed", seed]).await.good();
    assert!(!said.err.contains("made") && !said.err.contains("switched on"), "{}", said.err);
    assert!(said.err.contains("0 items loaded, 2 were there"), "{}", said.err);
    let said = bootstrap(emulator.address, "paid", &["--read-units", "5", "--write-units", "6"]).await.good();
    assert!(said.err.contains("5 read and 6 write units a second"), "{}", said.err);

    let cluster = on(emulator.address, "fresh").await;
    let item =
        reqwest::get(format!("{}/v1/collections/notes/items/a", cluster.url())).await.expect("an answer");
    assert_eq!(item.text().await.expect("a body"), "{ \"n\": 1.0 }");
    cluster.stop().await;
    emulator.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missing_is_named() {
    let emulator = Emulator::start().await;
    let wrong = json!({
        "TableName": "wrong", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    });
    let scope = "AWS4-HMAC-SHA256 Credential=local/20261123/us-east-1/dynamodb/aws4_request, \
                 SignedHeaders=host;x-amz-date, Signature=0";
    let made = reqwest::Client::new()
        .post(format!("http://{}/", emulator.address))
        .header("x-amz-target", "DynamoDB_20120810.CreateTable")
        .header("x-amz-date", "20261123T000000Z")
        .header("authorization", scope)
        .header("content-type", "application/x-amz-json-1.0")
        .body(wrong.to_string())
        .send()
        .await
        .expect("an answer");
    assert_eq!(made.status(), 200);
    let said = bootstrap(emulator.address, "wrong", &["--create", "never"]).await.bad();
    for sentence in ["its keys must be the strings pk", "its time to live must be on"] {
        assert!(said.err.contains(sentence), "{sentence}: {}", said.err);
    }

    bootstrap(emulator.address, "good", &[]).await.good();
    let proxy = Proxy::start(emulator.address).await;
    let denied = json!({
        "__type": "com.amazon.coral.service#AccessDeniedException", "message": "not authorized",
    });
    proxy.decide(move |seen| match seen.operation {
        "TransactWriteItems" | "Query" => Mishap::Refused(denied.to_string()),
        _ => Mishap::None,
    });
    let said = bootstrap(proxy.address, "good", &["--create", "never"]).await.bad();
    for action in ["dynamodb:ConditionCheckItem is not allowed", "dynamodb:Query is not allowed"] {
        assert!(said.err.contains(action), "{action}: {}", said.err);
    }
    assert!(!said.err.contains("dynamodb:GetItem"), "{}", said.err);
    let said = app(&["bootstrap"]).await.senseless();
    assert!(said.err.contains("store.backend is embedded"), "{}", said.err);
    emulator.stop();
}

/// Of a table that was just made `DynamoDB` says for a while that its backups are still being enabled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn point_in_time_recovery_is_asked_for_until_it_can_be_had() {
    let emulator = Emulator::start().await;
    let proxy = Proxy::start(emulator.address).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let (counted, not_yet) =
        (Arc::clone(&asked), "com.amazonaws.dynamodb.v20120810#ContinuousBackupsUnavailableException");
    let not_yet = json!({"__type": not_yet, "message": "Backups are being enabled for the table"});
    proxy.decide(move |seen| match seen.operation {
        "UpdateContinuousBackups" if counted.fetch_add(1, Ordering::Relaxed) < 2 => {
            Mishap::Refused(not_yet.to_string())
        }
        _ => Mishap::None,
    });
    bootstrap(proxy.address, "new", &[]).await.good();
    assert_eq!(asked.load(Ordering::Relaxed), 3);
    emulator.stop();
}

async fn on(address: SocketAddr, table: &str) -> Cluster {
    Plan::all()
        .set("store.backend", "dynamodb")
        .set("store.dynamodb.endpoint", &format!("http://{address}"))
        .set("store.dynamodb.table", table)
        .set("store.dynamodb.attempt_timeout", "10s")
        .start()
        .await
}

/// The lines of a collection, without their tags.
async fn lines(cluster: &Cluster, collection: &str) -> Vec<serde_json::Value> {
    let said = app(&["export", "--quiet", "--url", &cluster.url(), "--collection", collection]).await.good();
    let line = |line: &str| {
        let mut line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        line.as_object_mut().expect("an object").remove("etag");
        line
    };
    said.text().lines().map(line).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collection_moves_to_a_table_and_back() {
    let emulator = Emulator::start().await;
    bootstrap(emulator.address, "moved", &[]).await.good();
    let (embedded, table) = (Cluster::all().await, on(emulator.address, "moved").await);
    let client = reqwest::Client::new();
    let item = |cluster: &Cluster, key: &str| format!("{}/v1/collections/notes/items/{key}", cluster.url());
    for (key, value, ttl) in [
        ("doc", "{ \"a\" : 1.50,\"b\":[1e3] }", Some("1000")),
        ("count", "41", None),
        ("fraction", "0.125", Some("7")),
        ("odd/ü", "\"text\"", None),
    ] {
        let put = client.put(item(&embedded, key)).body(value);
        let put = match ttl {
            Some(ttl) => put.header("item-ttl", ttl),
            None => put,
        };
        assert_eq!(put.send().await.expect("an answer").status(), 201);
    }
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("notes.ndjson");
    let file = file.to_str().expect("a path of text");
    let (from, to) = (embedded.url(), table.url());
    app(&["export", "--quiet", "--url", &from, "--collection", "notes", "--output", file]).await.good();
    app(&["import", "--quiet", "--url", &to, "--collection", "notes", "--input", file]).await.good();
    let before = lines(&embedded, "notes").await;
    assert_eq!(before.len(), 4);
    assert_eq!(lines(&table, "notes").await, before, "documents, counters and ends");

    let increment = |cluster: &Cluster| {
        let patch = client.patch(item(cluster, "count"));
        patch.header("content-type", "application/vnd.larder.increment+json").body(r#"{"":1}"#).send()
    };
    assert_eq!(increment(&table).await.expect("an answer").status(), 204);
    let back = directory.path().join("back.ndjson");
    let back = back.to_str().expect("a path of text");
    app(&["export", "--quiet", "--url", &to, "--collection", "notes", "--output", back]).await.good();
    app(&["import", "--quiet", "--url", &from, "--collection", "back", "--input", back]).await.good();
    assert_eq!(lines(&embedded, "back").await, lines(&table, "notes").await);
    let count = reqwest::get(format!("{from}/v1/collections/back/items/count")).await.expect("an answer");
    assert_eq!(count.text().await.expect("a body"), "42");
    for cluster in [&embedded, &table] {
        cluster.clock.advance_millis(7000);
    }
    assert_eq!(lines(&table, "notes").await.len(), 3, "what ends, ends here as there");
    assert_eq!(lines(&embedded, "notes").await.len(), 3);
    table.stop().await;
    embedded.stop().await;
    emulator.stop();
}
