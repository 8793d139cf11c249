//! Reads of items over HTTP.

use crate::support::client::Client;
use crate::support::clock::TestClock;
use crate::support::servers::on_all_roles;

on_all_roles! {
    a_get_answers_the_document_and_its_fields,
    consistency_is_chosen_and_said,
    a_least_version_is_looked_for,
    what_a_get_does_not_need_is_ignored,
    request_ids_are_taken_over_or_made,
    an_expired_item_is_gone_to_the_millisecond,
    problems_are_explained_to_people,
    the_service_describes_itself,
    health_says_nothing_more,
    unknown_parameters_are_ignored_outside_the_api,
}

const A: &str = "/v1/collections/notes/items/a";

async fn a_get_answers_the_document_and_its_fields(client: &Client, _clock: &TestClock) {
    let put = client.put(A, "{\"a\": 1}").header("Item-TTL", "10").send().await.expect(201);
    let answer = client.get(A).send().await.expect(200);
    let expected = [
        ("Content-Type", "application/json"),
        ("Content-Length", "8"),
        ("ETag", put.etag().leak()),
        ("Last-Modified", "Mon, 23 Nov 2026 02:09:21 GMT"),
        ("Sunset", "Mon, 23 Nov 2026 02:09:31 GMT"),
        ("Cache-Control", "private, no-cache"),
        ("Consistency", "strong"),
        ("Request-Charge", "rcu=1, wcu=0"),
        ("Vary", "Accept-Encoding"),
    ];
    for (name, value) in expected {
        assert_eq!(answer.header(name).as_deref(), Some(value), "{name}");
    }
    for name in ["Location", "Access-Control-Allow-Origin", "Accept-Ranges", "Server"] {
        assert_eq!(answer.header(name), None, "{name}");
    }
}

async fn consistency_is_chosen_and_said(client: &Client, _clock: &TestClock) {
    client.put(A, "1").send().await.expect(201);
    for consistency in ["strong", "eventual"] {
        let answer = client.get(&format!("{A}?consistency={consistency}")).send().await.expect(200);
        assert_eq!(answer.header("Consistency").as_deref(), Some(consistency));
        let list = format!("/v1/collections/notes/items?consistency={consistency}");
        let answer = client.get(&list).send().await.expect(200);
        assert_eq!(answer.header("Consistency").as_deref(), Some(consistency));
    }
    let absent = client.get(&format!("{A}x")).send().await.expect(404);
    assert_eq!(absent.header("Request-Charge").as_deref(), Some("rcu=1, wcu=0"));
}

async fn a_least_version_is_looked_for(client: &Client, clock: &TestClock) {
    let old = client.put(A, "1").send().await.expect(201).etag();
    let read =
        |version: &str, query: &str| client.get(&format!("{A}{query}")).header("Min-Version", version).send();
    let found = read(&old, "").await.expect(200);
    assert_eq!(found.header("Consistency").as_deref(), Some("eventual"), "the first read was enough");
    clock.advance_millis(5000);
    let elsewhere = client.put("/v1/collections/notes/items/b", "1").send().await.expect(201).etag();
    let newer = read(&elsewhere, "").await.expect(200);
    assert_eq!(newer.header("Consistency").as_deref(), Some("strong"), "a second read was made, and no more");
    assert_eq!(newer.header("Request-Charge").as_deref(), Some("rcu=1.5, wcu=0"));
    assert_eq!(newer.etag(), old);
    let strong = read(&elsewhere, "?consistency=strong").await.expect(200);
    assert_eq!(strong.header("Request-Charge").as_deref(), Some("rcu=1, wcu=0"), "no effect beside strong");
}

async fn what_a_get_does_not_need_is_ignored(client: &Client, _clock: &TestClock) {
    client.put(A, "1").send().await.expect(201);
    let harmless = [
        ("Content-Type", "text/plain"),
        ("Prefer", "return=representation"),
        ("Idempotency-Key", "abc"),
        ("Range", "bytes=0-0"),
        ("If-Range", "\"x\""),
        ("If-Modified-Since", "yesterday"),
        ("If-Unmodified-Since", "yesterday"),
        ("X-Anything", "at all"),
        ("Cookie", "a=b"),
        ("Authorization", "Bearer nobody-asked"),
    ];
    for (name, value) in harmless {
        let answer = client.get(A).header(name, value).send().await;
        assert_eq!((answer.status, answer.text()), (200, "1"), "{name}: {value}");
    }
}

async fn request_ids_are_taken_over_or_made(client: &Client, _clock: &TestClock) {
    let with = |id: &str| client.get("/v1/collections").header("X-Request-Id", id).send();
    assert_eq!(with("my-id/42").await.header("X-Request-Id").as_deref(), Some("my-id/42"));
    for bad in ["", "two words", &"x".repeat(129)] {
        let made = with(bad).await.expect(200).header("X-Request-Id").expect("an id");
        assert_eq!((made.len(), made.as_bytes()[14]), (36, b'7'), "a UUIDv7: {made}");
    }
    let problem = client.get("/nothing").header("X-Request-Id", "abc").send().await.expect(404);
    assert_eq!(problem.json()["request_id"], "abc");
}

async fn an_expired_item_is_gone_to_the_millisecond(client: &Client, clock: &TestClock) {
    client.put(A, "1").header("Item-TTL", "2").send().await.expect(201);
    clock.advance_millis(1999);
    let last = client.get(A).send().await.expect(200);
    assert_eq!(last.header("Sunset").as_deref(), Some("Mon, 23 Nov 2026 02:09:23 GMT"));
    clock.advance_millis(1);
    client.get(A).send().await.expect_problem(404, "no-such-item");
    let list = client.get("/v1/collections/notes/items").send().await.expect(200);
    assert_eq!(list.json()["items"].as_array().map(Vec::len), Some(0));
}

async fn problems_are_explained_to_people(client: &Client, _clock: &TestClock) {
    let problem = client.get(A).send().await.expect(404).json();
    let page = client.get(problem["type"].as_str().expect("a type")).send().await.expect(200);
    assert_eq!(page.header("Content-Type").as_deref(), Some("text/html; charset=utf-8"));
    assert!(page.text().contains("no-such-collection"));
    assert!(!page.text().contains("http://") && !page.text().contains("src="), "nothing from elsewhere");
    for kind in larder::domain::Kind::ALL {
        client.get(&format!("/problems/{}", kind.name())).send().await.expect(200);
    }
}

async fn the_service_describes_itself(client: &Client, _clock: &TestClock) {
    let description = client.get("/openapi.json").send().await.expect(200).json();
    assert!(description["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    let paths = description["paths"].as_object().expect("paths");
    assert!(paths.contains_key("/v1/transactions"), "{:?}", paths.keys());
    let docs = client.get("/docs").send().await.expect(200);
    assert!(docs.text().contains("<html"));
}

async fn health_says_nothing_more(client: &Client, _clock: &TestClock) {
    // A front that has just started has not yet asked its store.
    for _ in 0..100 {
        let health = client.get("/healthz").send().await;
        assert_eq!(health.text(), "");
        if health.status == 200 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the store was never found well");
}

async fn unknown_parameters_are_ignored_outside_the_api(client: &Client, _clock: &TestClock) {
    for path in ["/openapi.json?x=1", "/docs?utm=1", "/problems/conflict?a=1&a=2"] {
        client.get(path).send().await.expect(200);
    }
}
