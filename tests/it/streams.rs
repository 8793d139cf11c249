//! Export and import of a collection as lines of JSON.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::client::{Answer, Client};
use crate::support::clock::TestClock;
use crate::support::cluster::Plan;
use crate::support::servers::on_all_roles;

on_all_roles! {
    an_export_is_lines_in_the_order_of_keys,
    an_export_goes_back_in,
    what_never_ends_does_not_begin_to_on_its_way,
    what_has_ended_is_left_out_and_counted,
    an_export_has_a_range,
    each_line_is_on_its_own,
    odd_lines_are_told_apart,
    an_import_keeps_the_rules_of_writes,
    large_collections_stream,
    lines_are_written_while_the_next_is_waited_for,
    media_types_of_lines,
    deletes_need_no_collection,
}

const NOTES: &str = "/v1/collections/notes";

async fn export(client: &Client, query: &str) -> Answer {
    client.get(&format!("{NOTES}/export{query}")).send().await.expect(200)
}

async fn import(client: &Client, lines: &str) -> Value {
    client.post(&format!("{NOTES}/import"), lines.to_owned()).send().await.expect(200).json()
}

async fn put(client: &Client, key: &str, document: &str) -> String {
    client.put(&format!("{NOTES}/items/{key}"), document.to_owned()).send().await.etag()
}

async fn an_export_is_lines_in_the_order_of_keys(client: &Client, _clock: &TestClock) {
    let b = put(client, "b", "{ \"n\" : 1.0 }").await;
    let path = format!("{NOTES}/items/a");
    let a = client.put(&path, "null").header("Item-TTL", "60").send().await.expect(201).etag();
    let answer = export(client, "").await;
    assert_eq!(answer.header("Content-Type").as_deref(), Some("application/x-ndjson"));
    assert_eq!(answer.header("Consistency").as_deref(), Some("strong"));
    let lines: Vec<Value> =
        answer.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let expected = [
        json!({"op": "put", "key": "a", "etag": a, "expires": "2026-11-23T02:10:21.000Z", "value": null}),
        json!({"op": "put", "key": "b", "etag": b, "value": {"n": 1.0}}),
    ];
    for (line, expected) in lines.iter().zip(&expected) {
        let mut line = line.clone();
        // Without an end, `expires` may be missing or null.
        if line["expires"].is_null() {
            line.as_object_mut().expect("an object").remove("expires");
        }
        assert_eq!(line, *expected);
    }
    assert_eq!(lines.len(), 2);
    assert!(answer.text().contains("{ \"n\" : 1.0 }") && answer.text().ends_with('\n'));
}

async fn an_export_goes_back_in(client: &Client, clock: &TestClock) {
    put(client, "a", "{ \"n\" : 1.0 }").await;
    client.put(&format!("{NOTES}/items/b"), "2").header("Item-TTL", "60").send().await.expect(201);
    let lines = export(client, "").await.text().to_owned();
    clock.advance_millis(5000);
    for (key, status) in [("a", 204), ("b", 204)] {
        client.delete(&format!("{NOTES}/items/{key}")).send().await.expect(status);
    }
    let report = import(client, &lines).await;
    assert_eq!(report, json!({"read": 2, "written": 2, "failed": 0, "errors": []}));
    let a = client.get(&format!("{NOTES}/items/a")).send().await.expect(200);
    assert_eq!(a.text(), "{ \"n\" : 1.0 }");
    let b = client.get(&format!("{NOTES}/items/b")).send().await.expect(200);
    assert_eq!(
        b.header("Sunset").as_deref(),
        Some("Mon, 23 Nov 2026 02:10:21 GMT"),
        "the end that was exported"
    );
}

async fn what_has_ended_is_left_out_and_counted(client: &Client, clock: &TestClock) {
    for key in ["a", "b", "c"] {
        client.put(&format!("{NOTES}/items/{key}"), "1").header("Item-TTL", "60").send().await.expect(201);
    }
    let path = format!("{NOTES}/items/long");
    client.put(&path, "1").header("Item-TTL", "315360000").send().await.expect(201);
    let lines = export(client, "").await.text().to_owned();
    let report = import(client, &lines).await;
    assert_eq!(report, json!({"read": 4, "written": 4, "failed": 0, "errors": []}), "ten years go back in");
    clock.advance_millis(60_000);
    put(client, "b", "2").await;
    let report = import(client, &lines).await;
    assert_eq!(report, json!({"read": 4, "written": 1, "failed": 0, "expired": 3, "errors": []}));
    client.get(&format!("{NOTES}/items/a")).send().await.expect(404);
    let b = client.get(&format!("{NOTES}/items/b")).send().await.expect(200);
    assert_eq!(b.text(), "2", "what came after it stays");
}

async fn an_export_has_a_range(client: &Client, _clock: &TestClock) {
    for key in ["a", "b/1", "b/2", "b/3", "c"] {
        put(client, key, "1").await;
    }
    let keys = |answer: &Answer| {
        let key = |line: &str| {
            serde_json::from_str::<Value>(line).expect("JSON")["key"].as_str().map(str::to_owned)
        };
        answer.text().lines().filter_map(key).collect::<Vec<_>>().join(" ")
    };
    for (query, expected) in [
        ("?prefix=b/", "b/1 b/2 b/3"),
        ("?prefix=b/&start=b/2", "b/2 b/3"),
        ("?start=b&end=b/3", "b/1 b/2"),
        ("?start=x", ""),
        ("?consistency=eventual&end=b", "a"),
    ] {
        assert_eq!(keys(&export(client, query).await), expected, "{query}");
    }
}

async fn each_line_is_on_its_own(client: &Client, _clock: &TestClock) {
    put(client, "there", "1").await;
    put(client, "gone", "1").await;
    let lines = [
        r#"{"op":"put","key":"a","value":1}"#,
        "",
        r#"{"op":"put","key":"b"}"#,
        "not json",
        "{\"op\":\"put\",\"key\":\"c\",\"value\":3}\r",
        r#"{"op":"put","key":"there","value":2,"if_none_match":"*"}"#,
        r#"{"op":"delete","key":"gone"}"#,
        r#"{"op":"put","key":"d","value":4,"ttl":60}"#,
    ];
    let report = import(client, &lines.join("\n")).await;
    assert_eq!((&report["read"], &report["written"], &report["failed"]), (&json!(7), &json!(4), &json!(3)));
    let told: Vec<(u64, &str)> = report["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|error| (error["line"].as_u64().expect("a line"), error["type"].as_str().expect("a type")))
        .collect();
    let expected = [
        (3, "/problems/invalid-operation"),
        (4, "/problems/malformed-json"),
        (6, "/problems/precondition-failed"),
    ];
    assert_eq!(told, expected);
    assert!(report["errors"].as_array().expect("errors").iter().all(|error| error["detail"].is_string()));
    let d = client.get(&format!("{NOTES}/items/d")).send().await.expect(200);
    assert!(d.header("Sunset").is_some());
}

async fn odd_lines_are_told_apart(client: &Client, _clock: &TestClock) {
    let cases = [
        (r#"{"op":"put","key":"a//b","value":1}"#.to_owned(), "invalid-key"),
        (r#"{"op":"get","key":"a"}"#.to_owned(), "invalid-operation"),
        (r#"{"op":"put","key":"a","value":1,"extra":1}"#.to_owned(), "invalid-operation"),
        (r#"{"op":"put","key":"a","value":1,"ttl":0}"#.to_owned(), "invalid-operation"),
        (r#"{"op":"put","key":"a","value":1,"expires":"soon"}"#.to_owned(), "invalid-operation"),
        (
            r#"{"op":"put","key":"a","value":1,"expires":"2036-11-24T02:09:21.000Z"}"#.to_owned(),
            "invalid-operation",
        ),
        (r#"{"op":"put","key":"a","value":{"x":1,"x":2}}"#.to_owned(), "malformed-json"),
        ("[]".to_owned(), "invalid-operation"),
        (format!(r#"{{"op":"put","key":"a","value":"{}"}}"#, "x".repeat(395 * 1024)), "too-large"),
        (format!(r#"{{"op":"put","key":"a","value":"{}"}}"#, "x".repeat(600 * 1024)), "too-large"),
    ];
    for (line, kind) in cases {
        let report =
            import(client, &format!("{line}\n{{\"op\":\"put\",\"key\":\"next\",\"value\":1}}\n")).await;
        let shown: String = line.chars().take(60).collect();
        assert_eq!((&report["written"], &report["failed"]), (&json!(1), &json!(1)), "{shown}: {report}");
        assert_eq!(report["errors"][0]["type"], format!("/problems/{kind}"), "{shown}: {report}");
    }
    let many = "x\n".repeat(150);
    let report = import(client, &many).await;
    assert_eq!((&report["read"], &report["failed"]), (&json!(150), &json!(150)));
    assert_eq!(report["errors"].as_array().map(Vec::len), Some(100), "the first hundred");
    assert_eq!(import(client, "").await, json!({"read": 0, "written": 0, "failed": 0, "errors": []}));
}

async fn an_import_keeps_the_rules_of_writes(client: &Client, _clock: &TestClock) {
    let settings = r#"{"schema":{"type":"number"},"default_ttl":60}"#;
    client.put(NOTES, settings).send().await.expect(201);
    let lines =
        "{\"op\":\"put\",\"key\":\"a\",\"value\":1}\n{\"op\":\"put\",\"key\":\"b\",\"value\":\"x\"}\n";
    let report = import(client, lines).await;
    assert_eq!(
        (&report["written"], &report["errors"][0]["type"]),
        (&json!(1), &json!("/problems/schema-violation"))
    );
    let a = client.get(&format!("{NOTES}/items/a")).send().await.expect(200);
    assert_eq!(a.header("Sunset").as_deref(), Some("Mon, 23 Nov 2026 02:10:21 GMT"));
}

async fn what_never_ends_does_not_begin_to_on_its_way(client: &Client, _clock: &TestClock) {
    client.put(NOTES, r#"{"default_ttl":60}"#).send().await.expect(201);
    let path = format!("{NOTES}/items/a");
    client.put(&path, "1").header("Item-TTL", "never").send().await.expect(201);
    put(client, "b", "2").await;
    let answer = export(client, "").await;
    assert_eq!(answer.text().matches(r#","ttl":"never","value":1}"#).count(), 1, "{}", answer.text());
    for key in ["a", "b"] {
        client.delete(&format!("{NOTES}/items/{key}")).send().await.expect(204);
    }
    assert_eq!(import(client, answer.text()).await["written"], 2);
    assert_eq!(client.get(&path).send().await.expect(200).header("Sunset"), None);
}

async fn large_collections_stream(client: &Client, _clock: &TestClock) {
    let value = "x".repeat(3000);
    let lines: String = (0..2000)
        .map(|n| format!("{{\"op\":\"put\",\"key\":\"k{n:05}\",\"value\":\"{value}\"}}\n"))
        .collect();
    let report = import(client, &lines).await;
    assert_eq!((&report["written"], &report["failed"]), (&json!(2000), &json!(0)));
    let answer = export(client, "").await;
    assert_eq!(answer.header("Transfer-Encoding").as_deref(), Some("chunked"));
    assert_eq!(answer.text().lines().count(), 2000);
    let keys: Vec<String> = answer
        .text()
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).expect("JSON")["key"].as_str().expect("a key").to_owned()
        })
        .collect();
    assert!(keys.is_sorted());
}

async fn media_types_of_lines(client: &Client, _clock: &TestClock) {
    let line = "{\"op\":\"put\",\"key\":\"a\",\"value\":1}";
    for good in ["application/x-ndjson", "application/ndjson", "application/jsonl; charset=utf-8"] {
        let answer = client.post(&format!("{NOTES}/import"), line).header("Content-Type", good).send().await;
        assert_eq!(answer.status, 200, "{good}");
    }
    let refused =
        client.post(&format!("{NOTES}/import"), line).header("Content-Type", "text/csv").send().await;
    assert_eq!(
        refused.expect_problem(415, "unsupported-media-type").header("Accept").as_deref(),
        Some("application/x-ndjson, application/ndjson, application/jsonl")
    );
}

async fn lines_are_written_while_the_next_is_waited_for(client: &Client, _clock: &TestClock) {
    let mut connection = client.connect().await;
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    let head = format!("POST {NOTES}/import HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    connection.send(head + &chunk("{\"op\":\"put\",\"key\":\"a\",\"value\":1}\n")).await;
    is_written(client, "a").await;
    connection.send(chunk("{\"op\":\"put\",\"key\":\"b\",\"value\":2}\n")).await;
    connection.finish().await;
    if let Some(answer) = connection.answer().await {
        assert_eq!(answer.expect(400).header("Request-Charge").as_deref(), Some("rcu=0, wcu=2"));
    }
    is_written(client, "b").await;
}

/// Waits until an item is there.
async fn is_written(client: &Client, key: &str) {
    for _ in 0..2000 {
        if client.get(&format!("{NOTES}/items/{key}")).send().await.status == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{key} was never written");
}

#[tokio::test]
async fn no_line_waits_once_more_for_a_store_that_is_away() {
    let nobody = |_| std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound");
    let cluster = Plan::pair().set("http.deadline", "1s").through(nobody).start().await;
    let client = Client::new(cluster.front.traffic);
    let lines: String =
        (0..2000).map(|n| format!("{{\"op\":\"put\",\"key\":\"k{n}\",\"value\":1}}\n")).collect();
    let began = std::time::Instant::now();
    let report = import(&client, &lines).await;
    assert_eq!(
        (&report["failed"], &report["errors"][0]["type"]),
        (&json!(2000), &json!("/problems/store-unavailable"))
    );
    // Sixty-four at once, each for its own second, would take half a minute.
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    cluster.stop().await;
}

async fn deletes_need_no_collection(client: &Client, _clock: &TestClock) {
    let report = import(client, "{\"op\":\"delete\",\"key\":\"a\"}\n").await;
    assert_eq!((&report["written"], &report["failed"]), (&json!(1), &json!(0)));
}
