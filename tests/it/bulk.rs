//! Batches and transactions over HTTP.

use serde_json::{Value, json};

use crate::support::client::{Answer, Client};
use crate::support::clock::TestClock;
use crate::support::servers::on_all_roles;

on_all_roles! {
    a_transaction_does_what_the_contract_shows,
    a_failed_transaction_names_its_failures,
    gets_are_a_snapshot,
    a_keyed_transaction_is_done_once,
    a_batch_answers_each_operation_as_a_single_request,
    one_bad_operation_of_a_batch_is_its_own,
    a_batch_without_collection,
    empty_ones_are_nothing,
    values_are_kept_byte_for_byte,
    answers_are_bounded,
    charges_are_summed,
}

const BATCH: &str = "/v1/collections/notes/batch";

async fn transact(client: &Client, ops: &Value) -> Answer {
    client.post("/v1/transactions", json!({"ops": ops}).to_string()).send().await
}

async fn batch(client: &Client, ops: &Value) -> Vec<Value> {
    let answer = client.post(BATCH, json!({"ops": ops}).to_string()).send().await.expect(200);
    answer.json()["results"].as_array().expect("results").clone()
}

async fn get(client: &Client, collection: &str, key: &str) -> Answer {
    client.get(&format!("/v1/collections/{collection}/items/{key}")).send().await
}

async fn put(client: &Client, collection: &str, key: &str, document: &str) -> String {
    let path = format!("/v1/collections/{collection}/items/{key}");
    client.put(&path, document.to_owned()).send().await.etag()
}

async fn a_transaction_does_what_the_contract_shows(client: &Client, _clock: &TestClock) {
    let checked = put(client, "accts", "a", "1").await;
    put(client, "cart", "c9", "1").await;
    let ops = json!([
        {"op": "check", "collection": "accts", "key": "a", "if_match": checked},
        {"op": "put", "collection": "orders", "key": "o1", "value": {}, "if_none_match": "*", "ttl": 3600},
        {"op": "increment", "collection": "stats", "key": "orders", "by": {"": 1}},
        {"op": "delete", "collection": "cart", "key": "c9"},
    ]);
    let answer = transact(client, &ops).await.expect(200);
    let order = get(client, "orders", "o1").await.expect(200);
    let stats = get(client, "stats", "orders").await.expect(200);
    let results = answer.json()["results"].clone();
    let told: Vec<_> =
        results.as_array().expect("results").iter().map(|result| result["status"].clone()).collect();
    assert_eq!(json!(told), json!([200, 201, 200, 204]));
    assert_eq!((&results[1]["etag"], &results[2]["etag"]), (&json!(order.etag()), &json!(stats.etag())));
    assert_eq!(order.header("Sunset").as_deref(), Some("Mon, 23 Nov 2026 03:09:21 GMT"));
    get(client, "cart", "c9").await.expect_problem(404, "no-such-item");
    let again = json!([{"op": "put", "collection": "orders", "key": "o1", "value": 1}]);
    assert_eq!(transact(client, &again).await.expect(200).json()["results"][0]["status"], 200);
}

async fn a_failed_transaction_names_its_failures(client: &Client, _clock: &TestClock) {
    let tag = put(client, "notes", "a", "1").await;
    let ops = json!([
        {"op": "put", "collection": "notes", "key": "a", "value": 2, "if_none_match": "*"},
        {"op": "put", "collection": "notes", "key": "b", "value": 2},
        {"op": "delete", "collection": "notes", "key": "c", "if_match": "*"},
    ]);
    let answer = transact(client, &ops).await.expect_problem(412, "transaction-precondition").json();
    let failures = answer["failures"].as_array().expect("failures");
    assert_eq!((failures.len(), &failures[0]["op"], &failures[1]["op"]), (2, &json!(0), &json!(2)));
    assert_eq!((&failures[0]["status"], &failures[0]["etag"]), (&json!(412), &json!(tag)));
    assert_eq!(failures[1].get("etag"), None);
    get(client, "notes", "b").await.expect_problem(404, "no-such-item");
}

async fn gets_are_a_snapshot(client: &Client, _clock: &TestClock) {
    let tag = put(client, "notes", "a", "[ 1 ]").await;
    let ops = json!([
        {"op": "get", "collection": "notes", "key": "a"},
        {"op": "get", "collection": "notes", "key": "b"},
        {"op": "get", "collection": "nowhere", "key": "a"},
    ]);
    let answer = transact(client, &ops).await.expect(200);
    assert!(answer.text().contains("[ 1 ]"), "as it was written: {}", answer.text());
    let results = answer.json()["results"].clone();
    assert_eq!((&results[0]["status"], &results[0]["etag"]), (&json!(200), &json!(tag)));
    assert_eq!((&results[0]["value"], &results[1]["status"]), (&json!([1]), &json!(404)));
    assert_eq!(results[2]["status"], 404);
    assert_eq!(answer.header("Request-Charge").as_deref(), Some("rcu=4, wcu=0"));
}

async fn a_keyed_transaction_is_done_once(client: &Client, clock: &TestClock) {
    let ops = json!([{"op": "increment", "collection": "notes", "key": "n", "by": {"": 1}}]);
    let body = json!({"ops": ops}).to_string();
    let send = || client.post("/v1/transactions", body.clone()).header("Idempotency-Key", "once").send();
    let first = send().await.expect(200);
    assert_eq!(send().await.expect(200).json()["results"], first.json()["results"]);
    clock.advance_millis(601_000);
    send().await.expect(200);
    assert_eq!(get(client, "notes", "n").await.text(), "2");
}

async fn a_batch_answers_each_operation_as_a_single_request(client: &Client, _clock: &TestClock) {
    let tag = put(client, "notes", "a", r#"{"n":1}"#).await;
    put(client, "notes", "b", "1").await;
    put(client, "notes", "c", "1").await;
    put(client, "notes", "d", r#"{"x":1}"#).await;
    let results = batch(
        client,
        &json!([
            {"op": "get", "key": "a"},
            {"op": "get", "key": "nothing"},
            {"op": "put", "key": "new", "value": 1, "ttl": 60},
            {"op": "put", "key": "b", "value": 2, "if_none_match": "*"},
            {"op": "patch", "key": "d", "merge": {"x": null, "y": 2}},
            {"op": "patch", "key": "absent", "json_patch": []},
            {"op": "increment", "key": "counter", "by": {"": 5}},
            {"op": "delete", "key": "c"},
            {"op": "delete", "key": "gone"},
            {"op": "check", "key": "other", "if_none_match": "*"},
        ]),
    )
    .await;
    let statuses: Vec<u64> =
        results.iter().map(|result| result["status"].as_u64().expect("a status")).collect();
    assert_eq!(statuses, [200, 404, 201, 412, 204, 404, 201, 204, 404, 200]);
    assert_eq!((&results[0]["etag"], &results[0]["value"]), (&json!(tag), &json!({"n": 1})));
    assert_eq!(results[1]["problem"]["type"], "/problems/no-such-item");
    assert_eq!(results[2]["etag"], json!(get(client, "notes", "new").await.etag()));
    assert_eq!(results[3]["problem"]["type"], "/problems/precondition-failed");
    assert_eq!(results[3]["problem"]["current_etag"], json!(get(client, "notes", "b").await.etag()));
    assert_eq!(get(client, "notes", "d").await.text(), r#"{"y":2}"#);
    assert_eq!(get(client, "notes", "counter").await.text(), "5");
}

async fn one_bad_operation_of_a_batch_is_its_own(client: &Client, _clock: &TestClock) {
    let large = "x".repeat(390 * 1024);
    let mut patch = serde_json::Map::new();
    patch.insert("x".repeat(512 * 1024), Value::Null);
    let results = batch(
        client,
        &json!([
            {"op": "put", "key": "a//b", "value": 1},
            {"op": "put", "key": "b", "value": 1, "if_match": "no tag"},
            {"op": "put", "key": "c", "value": 1, "ttl": 0},
            {"op": "put", "key": "d", "value": 1, "ttl": "60"},
            {"op": "increment", "key": "e", "by": {"n": 1}},
            {"op": "patch", "key": "f", "json_patch": [{"op": "remove"}]},
            {"op": "put", "key": "g", "value": large},
            {"op": "patch", "key": "h", "merge": patch},
            {"op": "increment", "key": "i", "by": patch},
            {"op": "put", "key": "good", "value": 1, "ttl": "never"},
        ]),
    )
    .await;
    let told: Vec<(u64, String)> = results
        .iter()
        .map(|result| {
            let kind = result["problem"]["type"].as_str().unwrap_or("/problems/").to_owned();
            (result["status"].as_u64().expect("a status"), kind.trim_start_matches("/problems/").to_owned())
        })
        .collect();
    let expected = [
        (400, "invalid-key"),
        (400, "invalid-operation"),
        (400, "invalid-operation"),
        (400, "invalid-operation"),
        (400, "invalid-patch"),
        (400, "invalid-patch"),
        (413, "too-large"),
        (413, "too-large"),
        (413, "too-large"),
        (201, ""),
    ];
    assert_eq!(told, expected.map(|(status, kind)| (status, kind.to_owned())));
    assert_eq!(results[4]["problem"]["errors"][0]["pointer"], "/ops/4/by/n");
    assert_eq!(results[5]["problem"]["errors"][0]["pointer"], "/ops/5/json_patch/0/path");
    assert_eq!(results[6]["problem"]["limit"], 390 * 1024);
    for (place, member) in [(7, "merge"), (8, "by")] {
        let problem = &results[place]["problem"];
        assert_eq!(problem["limit"], 512 * 1024, "as alone");
        assert_eq!(problem["errors"][0]["pointer"], format!("/ops/{place}/{member}"));
    }
}

async fn a_batch_without_collection(client: &Client, _clock: &TestClock) {
    let results = batch(client, &json!([{"op": "get", "key": "a"}, {"op": "delete", "key": "b"}])).await;
    for result in &results {
        assert_eq!(
            (&result["status"], &result["problem"]["type"]),
            (&json!(404), &json!("/problems/no-such-collection"))
        );
    }
    let results = batch(client, &json!([{"op": "put", "key": "a", "value": 1}])).await;
    assert_eq!(results[0]["status"], 201, "a write makes it");
}

async fn empty_ones_are_nothing(client: &Client, _clock: &TestClock) {
    assert_eq!(batch(client, &json!([])).await, Vec::<Value>::new());
    let answer = transact(client, &json!([])).await.expect(200);
    assert_eq!(answer.json(), json!({"results": []}));
    assert_eq!(answer.header("Request-Charge").as_deref(), Some("rcu=0, wcu=0"));
}

async fn values_are_kept_byte_for_byte(client: &Client, _clock: &TestClock) {
    let value = "{ \"a\" : 1.00,\n\t\"b\":\"\\u00e9\" }";
    let body = format!("{{\"ops\":[{{\"value\": {value} ,\"op\":\"put\",\"key\":\"a\"}}]}}");
    client.post(BATCH, body).send().await.expect(200);
    assert_eq!(get(client, "notes", "a").await.text(), value);
    let body = format!(r#"{{"ops":[{{"op":"put","collection":"notes","key":"b","value":{value}}}]}}"#);
    client.post("/v1/transactions", body).send().await.expect(200);
    assert_eq!(get(client, "notes", "b").await.text(), value);
}

async fn answers_are_bounded(client: &Client, _clock: &TestClock) {
    let large = format!("\"{}\"", "x".repeat(380 * 1024));
    let keys: Vec<String> = (0..25).map(|n| format!("k{n}")).collect();
    for key in &keys {
        put(client, "notes", key, &large).await;
    }
    let single: Vec<Value> = keys.iter().map(|key| json!({"op": "get", "key": key})).collect();
    let results = batch(client, &json!(single)).await;
    let statuses: Vec<u64> =
        results.iter().map(|result| result["status"].as_u64().expect("a status")).collect();
    let fit = 8 * 1024 * 1024 / (380 * 1024 + 2);
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), fit);
    assert!(statuses[fit..].iter().all(|status| *status == 413), "{statuses:?}");
    let together: Vec<Value> =
        keys.iter().map(|key| json!({"op": "get", "collection": "notes", "key": key})).collect();
    let results = transact(client, &json!(together)).await.expect(200).json();
    assert_eq!(
        (&results["results"][fit - 1]["status"], &results["results"][fit]["status"]),
        (&json!(200), &json!(413))
    );
}

async fn charges_are_summed(client: &Client, _clock: &TestClock) {
    client.put("/v1/collections/notes", "{}").send().await.expect(201);
    let ops = json!([{"op": "put", "key": "a", "value": 1}, {"op": "put", "key": "b", "value": 1}, {"op": "get", "key": "c"}]);
    let answer = client.post(BATCH, json!({"ops": ops}).to_string()).send().await.expect(200);
    assert_eq!(answer.header("Request-Charge").as_deref(), Some("rcu=1, wcu=2"));
    let ops = json!([{"op": "put", "collection": "notes", "key": "a", "value": 1}]);
    assert_eq!(transact(client, &ops).await.header("Request-Charge").as_deref(), Some("rcu=0, wcu=2"));
}
