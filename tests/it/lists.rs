//! Lists over HTTP: entries, ranges, cursors.

use serde_json::{Value, json};

use crate::support::client::Client;
use crate::support::clock::TestClock;
use crate::support::servers::on_all_roles;

on_all_roles! {
    entries_are_as_the_contract_shows,
    a_walk_follows_next_or_link_to_the_end,
    ranges_and_directions,
    keys_alone,
    a_delimiter_folds,
    only_some_parameters_may_change_with_a_cursor,
    a_cursor_outlives_what_it_stood_at,
    parameters_are_decoded,
    a_sharded_collection_lists_in_order,
    large_documents_make_short_pages,
    an_empty_collection_is_an_empty_list,
}

const ITEMS: &str = "/v1/collections/notes/items";

async fn fill(client: &Client, keys: &[&str]) {
    for key in keys {
        client.put(&format!("{ITEMS}/{key}"), format!("\"{key}\"")).send().await.expect(201);
    }
}

async fn list(client: &Client, query: &str) -> Value {
    client.get(&format!("{ITEMS}{query}")).send().await.expect(200).json()
}

fn keys(list: &Value) -> String {
    let items = list["items"].as_array().expect("items");
    items.iter().map(|item| item["key"].as_str().expect("a key")).collect::<Vec<_>>().join(" ")
}

async fn entries_are_as_the_contract_shows(client: &Client, clock: &TestClock) {
    clock.advance_millis(7);
    let put = client.put(&format!("{ITEMS}/a"), "{ \"n\" : 1.0 }").header("Item-TTL", "60").send().await;
    let other = client.put(&format!("{ITEMS}/b"), "null").send().await;
    let answer = client.get(ITEMS).send().await.expect(200);
    assert_eq!(answer.header("Content-Type").as_deref(), Some("application/json"));
    assert_eq!(answer.header("Cache-Control").as_deref(), Some("private, no-cache"));
    assert_eq!((answer.header("ETag"), answer.header("Link")), (None, None));
    let expected = json!({"items": [
        {
            "key": "a", "etag": put.etag(), "modified": "2026-11-23T02:09:21.007Z",
            "expires": "2026-11-23T02:10:21.007Z", "value": {"n": 1.0}
        },
        {"key": "b", "etag": other.etag(), "modified": "2026-11-23T02:09:21.007Z", "expires": null, "value": null},
    ]});
    assert_eq!(answer.json().to_string(), expected.to_string());
    assert!(
        answer.text().contains("{ \"n\" : 1.0 }"),
        "documents stand there byte for byte: {}",
        answer.text()
    );
}

async fn a_walk_follows_next_or_link_to_the_end(client: &Client, _clock: &TestClock) {
    fill(client, &["a", "b", "c", "d", "e"]).await;
    let (mut by_next, mut by_link) = (Vec::new(), Vec::new());
    let mut target = format!("{ITEMS}?limit=2");
    loop {
        let page = client.get(&target).send().await.expect(200);
        by_next.push(keys(&page.json()));
        let Some(next) = page.json()["next"].as_str().map(str::to_owned) else {
            assert_eq!(page.header("Link"), None);
            break;
        };
        assert!(next.len() < 2048);
        assert!(next.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte)), "{next}");
        target = format!("{ITEMS}?limit=2&cursor={next}");
    }
    let mut target = format!("{ITEMS}?limit=2");
    loop {
        let page = client.get(&target).send().await.expect(200);
        by_link.push(keys(&page.json()));
        let Some(link) = page.header("Link") else { break };
        let inner = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\""));
        target = inner.unwrap_or_else(|| panic!("{link}")).to_owned();
    }
    assert_eq!(by_next, ["a b", "c d", "e"]);
    assert_eq!(by_link, by_next);
}

async fn ranges_and_directions(client: &Client, _clock: &TestClock) {
    fill(client, &["a", "a/1", "a/2", "b", "c"]).await;
    let cases = [
        ("?prefix=a/", "a/1 a/2"),
        ("?prefix=", "a a/1 a/2 b c"),
        ("?start=", "a a/1 a/2 b c"),
        ("?start=a/1&end=b", "a/1 a/2"),
        ("?reverse=true", "c b a/2 a/1 a"),
        ("?reverse=false", "a a/1 a/2 b c"),
        ("?reverse=true&start=a/1&end=b", "a/2 a/1"),
        ("?prefix=a&start=a/2", "a/2"),
        ("?start=c&end=a", ""),
        ("?reverse=true&limit=1", "c"),
    ];
    for (query, expected) in cases {
        assert_eq!(keys(&list(client, query).await), expected, "{query}");
    }
}

async fn keys_alone(client: &Client, _clock: &TestClock) {
    fill(client, &["a"]).await;
    let page = list(client, "?fields=keys").await;
    let entry = page["items"][0].as_object().expect("an entry");
    assert_eq!(entry.keys().map(String::as_str).collect::<Vec<_>>(), ["etag", "expires", "key", "modified"]);
    assert!(list(client, "?fields=value").await["items"][0]["value"].is_string());
}

async fn a_delimiter_folds(client: &Client, _clock: &TestClock) {
    fill(client, &["a", "b/1", "b/2", "c/d/1", "e"]).await;
    let page = list(client, "?delimiter=/").await;
    assert_eq!((keys(&page).as_str(), &page["prefixes"]), ("a e", &json!(["b/", "c/"])));
    let page = list(client, "?delimiter=/&prefix=c/").await;
    assert_eq!((keys(&page).as_str(), &page["prefixes"]), ("", &json!(["c/d/"])));
    let page = list(client, "?delimiter=/&limit=2").await;
    assert_eq!((keys(&page).as_str(), &page["prefixes"]), ("a", &json!(["b/"])));
    let next = page["next"].as_str().expect("more");
    let page = list(client, &format!("?delimiter=/&limit=2&cursor={next}")).await;
    assert_eq!((keys(&page).as_str(), &page["prefixes"]), ("e", &json!(["c/"])));
    assert_eq!(list(client, "").await.get("prefixes"), None, "only with a delimiter");
}

async fn only_some_parameters_may_change_with_a_cursor(client: &Client, _clock: &TestClock) {
    fill(client, &["a", "b", "c"]).await;
    let next = list(client, "?limit=1&start=a").await["next"].as_str().expect("more").to_owned();
    let page =
        list(client, &format!("?limit=5&fields=keys&consistency=eventual&start=a&cursor={next}")).await;
    assert_eq!(keys(&page), "b c");
    let page = list(client, &format!("?cursor={next}&start=a")).await;
    assert_eq!(keys(&page), "b c", "the order of parameters does not matter");
    let changed = client.get(&format!("{ITEMS}?limit=1&start=b&cursor={next}")).send().await;
    changed.expect_problem(400, "invalid-cursor");
}

async fn a_cursor_outlives_what_it_stood_at(client: &Client, clock: &TestClock) {
    fill(client, &["a", "b", "c"]).await;
    let next = list(client, "?limit=2").await["next"].as_str().expect("more").to_owned();
    client.delete(&format!("{ITEMS}/b")).send().await.expect(204);
    clock.advance_millis(400 * 86_400_000);
    assert_eq!(keys(&list(client, &format!("?limit=2&cursor={next}")).await), "c");
}

async fn parameters_are_decoded(client: &Client, _clock: &TestClock) {
    client.put(&format!("{ITEMS}/two%20words/x"), "1").send().await.expect(201);
    client.put(&format!("{ITEMS}/caf%C3%A9"), "1").send().await.expect(201);
    assert_eq!(keys(&list(client, "?prefix=two+words").await), "two words/x");
    assert_eq!(keys(&list(client, "?prefix=two%20words%2F").await), "two words/x");
    assert_eq!(keys(&list(client, "?%70refix=caf%c3%a9").await), "café");
}

async fn a_sharded_collection_lists_in_order(client: &Client, _clock: &TestClock) {
    client.put("/v1/collections/notes", r#"{"shards":5}"#).send().await.expect(201);
    let all: Vec<String> = (0..30).map(|n| format!("k{n:02}")).collect();
    fill(client, &all.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert_eq!(keys(&list(client, "").await), all.join(" "));
    assert_eq!(keys(&list(client, "?limit=7&start=k10").await), all[10..17].join(" "));
}

async fn large_documents_make_short_pages(client: &Client, _clock: &TestClock) {
    let large = format!("\"{}\"", "x".repeat(300 * 1024));
    for n in 0..4 {
        client.put(&format!("{ITEMS}/k{n}"), large.clone()).send().await.expect(201);
    }
    let page = list(client, "").await;
    assert_eq!(keys(&page), "k0 k1 k2");
    let next = page["next"].as_str().expect("more");
    assert_eq!(keys(&list(client, &format!("?cursor={next}")).await), "k3");
}

async fn an_empty_collection_is_an_empty_list(client: &Client, _clock: &TestClock) {
    client.put("/v1/collections/notes", "{}").send().await.expect(201);
    assert_eq!(list(client, "").await, json!({"items": []}));
    assert_eq!(list(client, "?delimiter=/").await, json!({"items": [], "prefixes": []}));
}
