//! Collections and their settings over HTTP.

use std::pin::pin;

use serde_json::json;

use crate::support::client::Client;
use crate::support::clock::TestClock;
use crate::support::servers::on_all_roles;

on_all_roles! {
    settings_are_put_and_got,
    collections_are_listed_by_name,
    the_first_write_makes_a_collection,
    settings_have_conditions,
    a_schema_judges_writes,
    conditions_can_be_required,
    only_an_empty_collection_is_deleted,
    a_default_lifetime_holds_for_what_is_created,
    settings_can_be_repeated,
    a_document_that_takes_long_to_judge_holds_up_nobody,
}

const NOTES: &str = "/v1/collections/notes";

async fn settings_are_put_and_got(client: &Client, _clock: &TestClock) {
    let asked = r#"{"default_ttl":60,"schema":{"type":"object"},"require_preconditions":true,"shards":3}"#;
    let made = client.put(NOTES, asked).send().await.expect(201);
    let expected = json!({
        "name": "notes", "etag": made.etag(), "default_ttl": 60, "schema": {"type": "object"},
        "require_preconditions": true, "shards": 3
    });
    let answer = client.get(NOTES).send().await.expect(200);
    assert_eq!(answer.json(), expected);
    assert_eq!(answer.etag(), made.etag());
    assert_eq!(answer.header("Cache-Control").as_deref(), Some("private, no-cache"));

    let replaced = client.put(NOTES, "{}").send().await.expect(204);
    assert_ne!(replaced.etag(), made.etag());
    let expected = json!({
        "name": "notes", "etag": replaced.etag(), "default_ttl": null, "schema": null,
        "require_preconditions": false, "shards": 3
    });
    assert_eq!(client.get(NOTES).send().await.json(), expected, "all but a missing `shards` is replaced");
}

async fn collections_are_listed_by_name(client: &Client, _clock: &TestClock) {
    assert_eq!(client.get("/v1/collections").send().await.expect(200).json(), json!({"collections": []}));
    for name in ["c", "a", "b-2", "b"] {
        client.put(&format!("/v1/collections/{name}"), "{}").send().await.expect(201);
    }
    let names = |page: serde_json::Value| -> Vec<String> {
        let all = page["collections"].as_array().expect("collections").clone();
        all.iter().map(|one| one["name"].as_str().expect("a name").to_owned()).collect()
    };
    let all = client.get("/v1/collections").send().await.json();
    assert_eq!(all["collections"][0], client.get("/v1/collections/a").send().await.json());
    assert_eq!(all.get("next"), None);
    assert_eq!(names(all), ["a", "b", "b-2", "c"]);
    let first = client.get("/v1/collections?limit=3").send().await.json();
    let next = first["next"].as_str().expect("more").to_owned();
    assert_eq!(names(first), ["a", "b", "b-2"]);
    let rest = client.get(&format!("/v1/collections?limit=3&cursor={next}")).send().await.json();
    assert_eq!(names(rest), ["c"]);
}

async fn the_first_write_makes_a_collection(client: &Client, _clock: &TestClock) {
    client.get(NOTES).send().await.expect_problem(404, "no-such-collection");
    let failed = client.put(&format!("{NOTES}/items/a"), "1").header("If-Match", "*").send().await;
    failed.expect_problem(412, "precondition-failed");
    client.get(NOTES).send().await.expect_problem(404, "no-such-collection");
    client.put(&format!("{NOTES}/items/a"), "1").send().await.expect(201);
    let made = client.get(NOTES).send().await.expect(200).json();
    assert_eq!((&made["shards"], &made["default_ttl"]), (&json!(1), &json!(null)));
}

async fn settings_have_conditions(client: &Client, _clock: &TestClock) {
    let tag = client.put(NOTES, "{}").header("If-None-Match", "*").send().await.expect(201).etag();
    client
        .put(NOTES, "{}")
        .header("If-None-Match", "*")
        .send()
        .await
        .expect_problem(412, "precondition-failed");
    client.get(NOTES).header("If-None-Match", &tag).send().await.expect(304);
    let newer = client.put(NOTES, "{}").header("If-Match", &tag).send().await.expect(204).etag();
    let stale = client.put(NOTES, "{}").header("If-Match", &tag).send().await;
    assert_eq!(stale.expect_problem(412, "precondition-failed").json()["current_etag"], json!(newer));
    client.delete(NOTES).header("If-Match", &tag).send().await.expect_problem(412, "precondition-failed");
    let there = client.get(NOTES).send().await.expect(200).json();
    for method in ["GET", "PUT", "DELETE"] {
        let request = client.request(method, NOTES).header("If-Match", &tag).body("{}");
        let minimal = request.clone().header("Prefer", "return=minimal").send().await;
        assert_eq!(minimal.expect_problem(412, "precondition-failed").json().get("current"), None);
        let shown = request.header("Prefer", "return=representation").send().await;
        let shown = shown.expect_problem(412, "precondition-failed");
        assert_eq!((&shown.json()["current"], shown.etag()), (&there, newer.clone()), "{method}");
        assert_eq!(shown.header("Preference-Applied").as_deref(), Some("return=representation"), "{method}");
    }
    client.delete(NOTES).header("If-Match", &newer).send().await.expect(204);
}

async fn a_schema_judges_writes(client: &Client, _clock: &TestClock) {
    client.put(&format!("{NOTES}/items/old"), "\"kept\"").send().await.expect(201);
    let schema = r#"{"schema":{"type":"object","properties":{"n":{"type":"integer","format":"email"}}}}"#;
    client.put(NOTES, schema).send().await.expect(204);
    assert_eq!(client.get(&format!("{NOTES}/items/old")).send().await.text(), "\"kept\"");
    client.put(&format!("{NOTES}/items/a"), r#"{"n":1}"#).send().await.expect(201);
    let refused = client.put(&format!("{NOTES}/items/a"), r#"{"n":"x"}"#).send().await;
    let refused = refused.expect_problem(422, "schema-violation").json();
    assert_eq!(refused["errors"][0]["pointer"], "/n");
    let patch = client.patch(&format!("{NOTES}/items/a"), "vnd.larder.increment", r#"{"/n":0.5}"#);
    patch.send().await.expect_problem(422, "schema-violation");
}

async fn conditions_can_be_required(client: &Client, _clock: &TestClock) {
    client.put(NOTES, r#"{"require_preconditions":true}"#).send().await.expect(201);
    let a = format!("{NOTES}/items/a");
    client.put(&a, "1").send().await.expect_problem(428, "precondition-required");
    client.put(&a, "1").header("If-None-Match", "*").send().await.expect(201);
    client.patch(&a, "vnd.larder.increment", r#"{"":1}"#).send().await.expect(204);
    client.delete(&a).send().await.expect_problem(428, "precondition-required");
    client.delete(&a).header("If-Match", "*").send().await.expect(204);
    // A line of an import can't have one: what was exported comes back, and goes.
    for (line, status) in
        [(r#"{"op":"put","key":"a","value":1}"#, 200), (r#"{"op":"delete","key":"a"}"#, 404)]
    {
        let told = client.post(&format!("{NOTES}/import"), line).send().await.expect(200).json();
        assert_eq!((&told["written"], &told["failed"]), (&json!(1), &json!(0)), "{told}");
        client.get(&a).send().await.expect(status);
    }
}

async fn only_an_empty_collection_is_deleted(client: &Client, clock: &TestClock) {
    let a = format!("{NOTES}/items/a");
    client.put(&a, "1").header("Item-TTL", "5").send().await.expect(201);
    client.delete(NOTES).send().await.expect_problem(409, "collection-not-empty");
    clock.advance_millis(5000);
    client.delete(NOTES).send().await.expect(204);
    client.get(&a).send().await.expect_problem(404, "no-such-collection");
    client.get(&format!("{NOTES}/items")).send().await.expect_problem(404, "no-such-collection");
    client.delete(NOTES).send().await.expect_problem(404, "no-such-collection");
}

async fn a_default_lifetime_holds_for_what_is_created(client: &Client, _clock: &TestClock) {
    client.put(NOTES, r#"{"default_ttl":60}"#).send().await.expect(201);
    let sunset = Some("Mon, 23 Nov 2026 02:10:21 GMT");
    let put = client.put(&format!("{NOTES}/items/a"), "1").send().await.expect(201);
    assert_eq!(put.header("Sunset").as_deref(), sunset);
    let post = client.post(&format!("{NOTES}/items"), "1").send().await.expect(201);
    assert_eq!(post.header("Sunset").as_deref(), sunset);
    let never =
        client.put(&format!("{NOTES}/items/a"), "1").header("Item-TTL", "never").send().await.expect(204);
    assert_eq!(never.header("Sunset"), None);
}

async fn settings_can_be_repeated(client: &Client, _clock: &TestClock) {
    let put =
        || client.put(NOTES, r#"{"shards":2}"#).header("If-None-Match", "*").header("Idempotency-Key", "s");
    let first = put().send().await.expect(201);
    let again = put().send().await.expect(201);
    assert_eq!(again.etag(), first.etag());
    assert_eq!(again.header("Location"), first.header("Location"));
    let change = || client.put(NOTES, r#"{"default_ttl":9}"#).header("Idempotency-Key", "t");
    change().send().await.expect(204);
    change().send().await.expect(204);
}

async fn a_document_that_takes_long_to_judge_holds_up_nobody(client: &Client, _clock: &TestClock) {
    client.put(NOTES, r#"{"schema":{"pattern":"[ab]*a[ab]{300}[c-z]"}}"#).send().await.expect(201);
    // Without a pattern of its own, which would be found fast.
    let mut state: u32 = 1;
    let letter = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if state >> 31 == 0 { 'a' } else { 'b' }
    };
    let long = format!("\"{}\"", (0..8_000).map(letter).collect::<String>());
    let judged = client.put(&format!("{NOTES}/items/long"), long).send();
    let (mut judged, mut reads) = (pin!(judged), 0);
    let refused = loop {
        tokio::select! {
            biased;
            refused = &mut judged => break refused,
            _ = client.get(NOTES).send() => reads += 1,
        }
    };
    refused.expect(422);
    assert!(reads > 10, "of the reads meanwhile only {reads} were answered");
}
