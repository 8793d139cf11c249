//! Writes of items over HTTP: status, header fields, bodies.

use serde_json::json;

use crate::support::client::Client;
use crate::support::clock::TestClock;
use crate::support::servers::on_all_roles;

on_all_roles! {
    a_put_creates_as_the_contract_shows,
    a_put_replaces,
    a_put_returns_the_document_when_preferred,
    a_post_makes_a_key,
    a_delete_removes,
    patches_change_what_is_there,
    an_increment_creates_and_adds,
    lifetimes_are_said_and_kept,
    conditions_guard_writes,
    a_keyed_write_is_done_once,
    a_keyed_post_is_done_once,
    a_keyed_increment_is_done_once,
    locations_are_encoded,
    every_answer_says_what_it_cost,
    documents_are_kept_byte_for_byte,
    the_largest_bodies_are_taken,
}

const A: &str = "/v1/collections/notes/items/a";

async fn a_put_creates_as_the_contract_shows(client: &Client, _clock: &TestClock) {
    let path = "/v1/collections/notes/items/users/42/today";
    let answer = client
        .put(path, r#"{"title":"hello"}"#)
        .header("Content-Type", "application/json")
        .header("If-None-Match", "*")
        .header("Item-TTL", "86400")
        .header("Idempotency-Key", "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"")
        .send()
        .await
        .expect(201);
    let tag = answer.etag();
    assert!(tag.len() == 27 && tag.as_bytes()[12] == b'-', "{tag}");
    assert_eq!(answer.header("Last-Modified").as_deref(), Some("Mon, 23 Nov 2026 02:09:21 GMT"));
    assert_eq!(answer.header("Sunset").as_deref(), Some("Tue, 24 Nov 2026 02:09:21 GMT"));
    assert_eq!(answer.header("Location").as_deref(), Some(path));
    assert_eq!(answer.header("Request-Charge").as_deref(), Some("rcu=0, wcu=1"));
    assert_eq!(answer.text(), "", "201 has no body unless it is asked for");
    assert!(answer.header("X-Request-Id").is_some());
    let read = client.get(path).send().await.expect(200);
    assert_eq!(read.etag(), tag);
    assert_eq!(read.text(), r#"{"title":"hello"}"#);
}

async fn a_put_replaces(client: &Client, _clock: &TestClock) {
    let first = client.put(A, "1").send().await.expect(201);
    let second = client.put(A, "2").send().await.expect(204);
    assert_ne!(first.etag(), second.etag());
    assert_eq!(second.header("Location"), None);
    assert_eq!(client.get(A).send().await.text(), "2");
}

async fn a_put_returns_the_document_when_preferred(client: &Client, _clock: &TestClock) {
    let put =
        |document: &'static str| client.put(A, document).header("Prefer", "return=representation").send();
    for (document, status) in [("[ 1 ]", 201), ("[ 2 ]", 200)] {
        let answer = put(document).await.expect(status);
        assert_eq!(answer.text(), document);
        assert_eq!(answer.header("Preference-Applied").as_deref(), Some("return=representation"));
        assert_eq!(answer.header("Content-Type").as_deref(), Some("application/json"));
    }
    let minimal = client.put(A, "3").header("Prefer", "return=minimal").send().await.expect(204);
    assert_eq!(minimal.header("Preference-Applied").as_deref(), Some("return=minimal"));
    let unknown = client.put(A, "4").header("Prefer", "respond-async, wait=10").send().await.expect(204);
    assert_eq!(unknown.header("Preference-Applied"), None, "what nobody knows is ignored");
}

async fn a_post_makes_a_key(client: &Client, _clock: &TestClock) {
    let first = client.post("/v1/collections/notes/items", "1").send().await.expect(201);
    let second = client.post("/v1/collections/notes/items", "1").send().await.expect(201);
    let location = first.header("Location").expect("a Location");
    let key = location.strip_prefix("/v1/collections/notes/items/").expect("an item of the collection");
    assert_eq!(key.len(), 26);
    assert!(key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{key}");
    assert_ne!(first.header("Location"), second.header("Location"));
    assert_eq!(client.get(&location).send().await.expect(200).etag(), first.etag());
}

async fn a_delete_removes(client: &Client, _clock: &TestClock) {
    client.put(A, "1").send().await.expect(201);
    let gone = client.delete(A).header("Prefer", "return=representation").send().await.expect(204);
    assert_eq!(gone.header("ETag"), None);
    client.get(A).send().await.expect_problem(404, "no-such-item");
    client.delete(A).send().await.expect_problem(404, "no-such-item");
}

async fn patches_change_what_is_there(client: &Client, _clock: &TestClock) {
    let first = client.put(A, r#"{ "a": 1, "b": {"c": 2} }"#).send().await.expect(201);
    let merged = client.patch(A, "merge-patch", r#"{"b":{"c":null,"d":3}}"#).send().await.expect(204);
    assert_ne!(merged.etag(), first.etag());
    assert_eq!(client.get(A).send().await.text(), r#"{"a":1,"b":{"d":3}}"#);
    let patch = r#"[{"op":"test","path":"/a","value":1},{"op":"move","from":"/b/d","path":"/e"}]"#;
    let patched = client.patch(A, "json-patch", patch).header("Prefer", "return=representation").send().await;
    assert_eq!(patched.expect(200).text(), r#"{"a":1,"b":{},"e":3}"#);
}

async fn an_increment_creates_and_adds(client: &Client, _clock: &TestClock) {
    let add = |body: &'static str| client.patch(A, "vnd.larder.increment", body);
    let made = add(r#"{"/views": 1, "/score": -2.5}"#).send().await.expect(201);
    assert_eq!(made.header("Location").as_deref(), Some(A));
    add(r#"{"/views": 1, "/score": 2}"#).send().await.expect(204);
    let shown = add(r#"{"/views": 1}"#).header("Prefer", "return=representation").send().await.expect(200);
    assert_eq!(shown.text(), r#"{"views":3,"score":-0.5}"#);
}

async fn lifetimes_are_said_and_kept(client: &Client, clock: &TestClock) {
    client.put(A, "{}").header("Item-TTL", "60").send().await.expect(201);
    clock.advance_millis(1500);
    let patched = client.patch(A, "merge-patch", r#"{"a":1}"#).send().await.expect(204);
    assert_eq!(patched.header("Sunset").as_deref(), Some("Mon, 23 Nov 2026 02:10:21 GMT"), "kept");
    let patched = client.patch(A, "merge-patch", "{}").header("Item-TTL", "60").send().await.expect(204);
    assert_eq!(patched.header("Sunset").as_deref(), Some("Mon, 23 Nov 2026 02:10:23 GMT"), "rounded up");
    let forever = client.put(A, "{}").header("Item-TTL", "never").send().await.expect(204);
    assert_eq!(forever.header("Sunset"), None);
    client.put(A, "{}").header("Item-TTL", "1").send().await.expect(204);
    clock.advance_millis(1000);
    client.get(A).send().await.expect_problem(404, "no-such-item");
    client.put(A, "{}").send().await.expect(201);
}

async fn conditions_guard_writes(client: &Client, _clock: &TestClock) {
    let first = client.put(A, "1").header("If-None-Match", "*").send().await.expect(201).etag();
    let second = client.put(A, "2").header("If-Match", &first).send().await.expect(204).etag();
    let stale = client.put(A, "3").header("If-Match", &first).send().await;
    let stale = stale.expect_problem(412, "precondition-failed");
    assert_eq!(stale.etag(), second);
    assert_eq!(stale.json()["current_etag"], json!(second));
    assert_eq!((stale.json().get("current"), stale.header("Preference-Applied")), (None, None));
    for method in ["GET", "PUT", "DELETE"] {
        let stale = client.request(method, A).header("If-Match", &first).body("3");
        let shown = stale.header("Prefer", "return=representation").send().await;
        let shown = shown.expect_problem(412, "precondition-failed");
        assert_eq!(shown.json()["current"], 2, "{method}");
        assert_eq!(shown.header("Preference-Applied").as_deref(), Some("return=representation"), "{method}");
    }
    let either = format!("\"other\",, {first} , {second}");
    client.patch(A, "merge-patch", "3").header("If-Match", &either).send().await.expect(204);
    client.delete(A).header("If-Match", "*").send().await.expect(204);
}

async fn a_keyed_write_is_done_once(client: &Client, clock: &TestClock) {
    let put = || client.put(A, "1").header("If-None-Match", "*").header("Idempotency-Key", "\"once\"").send();
    let first = put().await.expect(201);
    clock.advance_millis(3000);
    let again = put().await.expect(201);
    for name in ["ETag", "Location", "Last-Modified"] {
        assert_eq!(again.header(name), first.header(name), "{name}");
    }
    let bare = client.put(A, "1").header("If-None-Match", "*").header("Idempotency-Key", "once").send().await;
    assert_eq!(bare.expect(201).etag(), first.etag(), "with quotes or without, the same key");
    let other = client.put(A, "2").header("Idempotency-Key", "once").send().await;
    other.expect_problem(422, "idempotency-key-reused");
    client.put(A, "3").send().await.expect(204);
    let late =
        client.put(A, "1").header("If-Match", &first.etag()).header("Idempotency-Key", "once").send().await;
    late.expect_problem(412, "precondition-failed");
}

async fn a_keyed_post_is_done_once(client: &Client, _clock: &TestClock) {
    let post = |document: &'static str| {
        client.post("/v1/collections/notes/items", document).header("Idempotency-Key", "post-1").send()
    };
    let first = post("1").await.expect(201);
    let again = post("1").await.expect(201);
    assert_eq!((first.header("Location"), first.etag()), (again.header("Location"), again.etag()));
    let list = client.get("/v1/collections/notes/items").send().await.json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    post("2").await.expect_problem(422, "idempotency-key-reused");
}

async fn a_keyed_increment_is_done_once(client: &Client, clock: &TestClock) {
    let add =
        || client.patch(A, "vnd.larder.increment", r#"{"":1}"#).header("Idempotency-Key", "plus").send();
    let first = add().await.expect(201);
    client.patch(A, "vnd.larder.increment", r#"{"":10}"#).send().await.expect(204);
    assert_eq!(add().await.expect(201).etag(), first.etag());
    assert_eq!(client.get(A).send().await.text(), "11");
    clock.advance_millis(601_000);
    add().await.expect(204);
    assert_eq!(client.get(A).send().await.text(), "12");

    // What the first of them made is not there any more, so it can't be shown, and nobody says that it was.
    client.put(A, "7").send().await.expect(204);
    let again = client.patch(A, "vnd.larder.increment", r#"{"":1}"#).header("Idempotency-Key", "plus");
    let again = again.header("Prefer", "return=representation").send().await.expect(204);
    assert_eq!((again.header("Preference-Applied"), again.text()), (None, ""));
}

async fn locations_are_encoded(client: &Client, _clock: &TestClock) {
    let sent = "/v1/collections/notes/items/a%2Fb/caf%c3%a9/x+y/~.-_%20%3f";
    let answer = client.put(sent, "1").send().await.expect(201);
    let location = answer.header("Location").expect("a Location");
    assert_eq!(location, "/v1/collections/notes/items/a/b/caf%C3%A9/x%2By/~.-_%20%3F");
    assert_eq!(client.get(&location).send().await.expect(200).etag(), answer.etag());
    let list = client.get("/v1/collections/notes/items").send().await.json();
    assert_eq!(list["items"][0]["key"], json!("a/b/café/x+y/~.-_ ?"));
}

async fn every_answer_says_what_it_cost(client: &Client, _clock: &TestClock) {
    let charge = |answer: crate::support::client::Answer| answer.header("Request-Charge").unwrap_or_default();
    client.put("/v1/collections/notes", "{}").send().await.expect(201);
    let large = format!("\"{}\"", "x".repeat(5000));
    assert_eq!(charge(client.put(A, large).send().await), "rcu=0, wcu=5");
    assert_eq!(charge(client.get(A).send().await), "rcu=2, wcu=0");
    assert_eq!(charge(client.get(&format!("{A}?consistency=eventual")).send().await), "rcu=1, wcu=0");
    assert_eq!(charge(client.put(A, "1").header("If-None-Match", "*").send().await), "rcu=0, wcu=5");
    assert_eq!(charge(client.put(A, "{").send().await), "rcu=0, wcu=0", "no store was touched");
    assert_eq!(charge(client.get("/v1/nothing").send().await), "rcu=0, wcu=0");
    assert_eq!(charge(client.delete(A).send().await), "rcu=0, wcu=5");
    assert_eq!(charge(client.get(&format!("{A}?consistency=eventual")).send().await), "rcu=0.5, wcu=0");
}

async fn documents_are_kept_byte_for_byte(client: &Client, _clock: &TestClock) {
    let odd = [
        " {\"b\" : 1.00 ,\t\"a\":1e400, \"\\u0061b\":\"\\u00e9\\/\" }\r\n",
        "123456789012345678901234567890.000100",
        "null",
        "\"\\ud83d\\ude00 \u{1f600}\"",
    ];
    for document in odd {
        client.put(A, document).send().await;
        let answer = client.get(A).send().await.expect(200);
        assert_eq!(answer.text(), document);
        assert_eq!(answer.header("Content-Length"), Some(document.len().to_string()));
    }
}

async fn the_largest_bodies_are_taken(client: &Client, _clock: &TestClock) {
    let largest = format!("\"{}\"", "x".repeat(390 * 1024 - 2));
    client.put(A, largest.clone()).send().await.expect(201);
    assert_eq!(client.get(A).send().await.text(), largest);
    let nested = format!("{}{}", "[".repeat(64), "]".repeat(64));
    client.put(A, nested).send().await.expect(204);
}
