//! Methods and representations as RFC 9110 has them: HEAD, OPTIONS, media types, codings.

use crate::support::client::{Answer, Client};
use crate::support::clock::TestClock;
use crate::support::servers::on_all_roles;

on_all_roles! {
    head_is_get_without_body,
    options_says_what_there_is,
    media_types_have_parameters_and_no_case,
    accept_rules_out_only_what_it_names,
    large_answers_are_compressed_when_asked,
    coded_answers_go_round,
    a_path_is_decoded_once,
    dot_segments_are_not_removed,
    the_whole_target_may_be_an_address,
}

const A: &str = "/v1/collections/notes/items/a";

/// Fields that differ from one answer to the next.
const OWN: [&str; 2] = ["date", "x-request-id"];

fn fields(answer: &Answer) -> Vec<(String, String)> {
    let lower = |(name, value): &(String, String)| (name.to_ascii_lowercase(), value.clone());
    let mut fields: Vec<_> = answer.headers.iter().map(lower).collect();
    fields.retain(|(name, _)| !OWN.contains(&name.as_str()));
    fields.sort();
    fields
}

async fn head_is_get_without_body(client: &Client, _clock: &TestClock) {
    client.put(A, format!("\"{}\"", "x".repeat(3000))).header("Item-TTL", "60").send().await.expect(201);
    let targets = [
        A,
        "/v1/collections/notes/items/nothing",
        "/v1/collections/notes/items/a//b",
        "/v1/collections/notes/items",
        "/v1/collections/notes/items?limit=0",
        "/v1/collections/notes",
        "/v1/collections",
        "/v1/collections/nowhere",
        "/openapi.json",
        "/docs",
        "/problems/conflict",
        "/nothing",
    ];
    for target in targets {
        for coding in ["identity", "gzip"] {
            let get = client.get(target).header("Accept-Encoding", coding).send().await;
            let head = client.request("HEAD", target).header("Accept-Encoding", coding).send().await;
            assert_eq!(head.status, get.status, "{target}");
            let mut expected = fields(&get);
            // RFC 9110 §9.3.2: what is only known by making the content may be left out.
            let made = ["content-length", "transfer-encoding"];
            expected.retain(|(name, _)| coding == "identity" || !made.contains(&name.as_str()));
            let mut found = fields(&head);
            found.retain(|(name, _)| coding == "identity" || !made.contains(&name.as_str()));
            assert_eq!(found, expected, "HEAD {target} with {coding}");
        }
    }
    let mut connection = client.connect().await;
    let two = [client.request("HEAD", A).bytes(), client.get("/v1/collections").bytes()].concat();
    connection.send(two).await;
    assert_eq!(connection.head_answer().await.map(|answer| answer.status), Some(200));
    let next = connection.answer().await.expect("the connection is good for more");
    assert!(next.json()["collections"].is_array());
}

async fn options_says_what_there_is(client: &Client, _clock: &TestClock) {
    let item = "GET, HEAD, PUT, PATCH, DELETE, OPTIONS";
    let resources = [
        ("/v1/collections", "GET, HEAD, OPTIONS"),
        ("/v1/collections/nowhere", "GET, HEAD, PUT, DELETE, OPTIONS"),
        ("/v1/collections/nowhere/items", "GET, HEAD, POST, OPTIONS"),
        ("/v1/collections/nowhere/items/a", item),
        ("/v1/collections/nowhere/items/a/b/c", item),
        ("/v1/collections/nowhere/batch", "POST, OPTIONS"),
        ("/v1/collections/nowhere/import", "POST, OPTIONS"),
        ("/v1/collections/nowhere/export", "GET, HEAD, OPTIONS"),
        ("/v1/transactions", "POST, OPTIONS"),
        ("/openapi.json", "GET, HEAD, OPTIONS"),
        ("/docs", "GET, HEAD, OPTIONS"),
        ("/problems/conflict", "GET, HEAD, OPTIONS"),
        ("/healthz", "GET, HEAD, OPTIONS"),
    ];
    for (target, allow) in resources {
        let answer = client.request("OPTIONS", target).send().await.expect(204);
        assert_eq!(answer.header("Allow").as_deref(), Some(allow), "{target}");
        let patches = answer.header("Accept-Patch");
        assert_eq!(patches.is_some(), allow == item, "{target}");
        if let Some(patches) = patches {
            assert_eq!(patches.split(", ").count(), 3, "{patches}");
        }
        assert_eq!(answer.header("Access-Control-Allow-Origin"), None);
        let refused = client.request("LINK", target).send().await.expect(405);
        assert_eq!(refused.header("Allow").as_deref(), Some(allow), "{target}");
    }
    client.request("OPTIONS", "/nothing").send().await.expect_problem(404, "no-such-path");
    let origin = client.request("OPTIONS", A).header("Origin", "https://example.com");
    let preflight = origin.header("Access-Control-Request-Method", "PUT").send().await.expect(204);
    assert_eq!(preflight.header("Access-Control-Allow-Methods"), None, "no CORS unless it is configured");
}

async fn media_types_have_parameters_and_no_case(client: &Client, _clock: &TestClock) {
    let good = [
        "application/json",
        "Application/JSON",
        "application/json;charset=utf-8",
        "application/json ; Charset=\"UTF-8\"",
        "application/json; profile=\"x;y\"",
    ];
    for media_type in good {
        let answer = client.put(A, "1").header("Content-Type", media_type).send().await;
        assert!(matches!(answer.status, 201 | 204), "{media_type}: {}", answer.status);
    }
    let bad =
        ["application/json; charset=utf-16", "application/jsonp", "*/*", "application/json, text/plain", "/"];
    for media_type in bad {
        let answer = client.put(A, "1").header("Content-Type", media_type).send().await;
        assert_eq!(answer.status, 415, "{media_type}");
    }
    let patch = client.request("PATCH", A).body("2");
    patch.header("Content-Type", "Application/Merge-Patch+JSON; charset=utf-8").send().await.expect(204);
}

async fn accept_rules_out_only_what_it_names(client: &Client, _clock: &TestClock) {
    client.put(A, "1").send().await.expect(201);
    let cases = [
        ("*/*", 200),
        ("application/*", 200),
        ("application/json;q=0.1, text/html", 200),
        ("text/html, */*;q=0.1", 200),
        ("APPLICATION/json; charset=utf-8", 200),
        ("application/*;q=0, application/json", 200),
        ("text/html", 406),
        ("application/json;q=0, */*", 406),
        ("application/*;q=0.0", 406),
        ("application/problem+json", 406),
        ("image/*, text/*;q=0.5", 406),
    ];
    for (accept, status) in cases {
        let answer = client.get(A).header("Accept", accept).send().await;
        assert_eq!(answer.status, status, "{accept}");
    }
    for (page, accept) in [
        ("/openapi.json", "application/json"),
        ("/docs", "text/html,application/xhtml+xml,*/*;q=0.8"),
        ("/problems", "text/*"),
        ("/problems/conflict", "*/*"),
    ] {
        client.get(page).header("Accept", accept).send().await.expect(200);
        client.get(page).send().await.expect(200);
    }
    let missing = client.get("/nothing").header("Accept", "text/html").send().await;
    missing.expect_problem(404, "no-such-path");
    let put = client.put(A, "2").header("Accept", "text/html").send().await;
    assert_eq!(put.status, 204, "nothing would be sent that could be ruled out");
}

/// Bytes that each coding begins with; brotli has none of its own.
const MAGIC: [(&str, &[u8]); 3] = [("gzip", &[0x1f, 0x8b]), ("zstd", &[0x28, 0xb5, 0x2f, 0xfd]), ("br", &[])];

async fn large_answers_are_compressed_when_asked(client: &Client, _clock: &TestClock) {
    let large = format!("\"{}\"", "x".repeat(4000));
    let plain = client.put(A, large.clone()).send().await.expect(201).etag();
    let get = |coding: &str| client.get(A).header("Accept-Encoding", coding).send();
    for (coding, magic) in MAGIC {
        let answer = get(coding).await.expect(200);
        assert_eq!(answer.header("Content-Encoding").as_deref(), Some(coding));
        assert!(answer.body.len() < 1000 && answer.body.starts_with(magic), "{coding}");
        assert_eq!(answer.header("Vary").as_deref(), Some("Accept-Encoding"));
        assert_eq!(answer.etag(), format!("{}-{coding}\"", plain.trim_end_matches('"')));
    }
    for none in ["identity", "deflate", "gzip;q=0", "*;q=0, identity", ""] {
        let answer = get(none).await.expect(200);
        assert_eq!((answer.header("Content-Encoding"), answer.text()), (None, large.as_str()), "{none:?}");
        assert_eq!(answer.header("Vary").as_deref(), Some("Accept-Encoding"));
        assert_eq!(answer.etag(), plain);
    }
    for (coding, chosen) in [("gzip;q=0.5, br;q=0.9", "br"), ("GZIP", "gzip"), ("gzip, deflate", "gzip")] {
        assert_eq!(get(coding).await.header("Content-Encoding").as_deref(), Some(chosen), "{coding}");
    }
    client.put(A, "\"small\"").send().await.expect(204);
    let small = get("gzip").await.expect(200);
    assert_eq!((small.header("Content-Encoding"), small.text()), (None, "\"small\""));
    assert_eq!(small.header("Vary").as_deref(), Some("Accept-Encoding"), "another time it may be compressed");
}

async fn coded_answers_go_round(client: &Client, _clock: &TestClock) {
    client.put(A, format!("\"{}\"", "x".repeat(4000))).send().await.expect(201);
    let coded = client.get(A).header("Accept-Encoding", "gzip").send().await.etag();
    let again = client.get(A).header("Accept-Encoding", "gzip").header("If-None-Match", &coded).send().await;
    assert_eq!(again.expect(304).etag(), coded, "the same representation has the same tag");
    let read = client.get(A).header("Min-Version", &coded).send().await.expect(200);
    assert_eq!(read.header("Consistency").as_deref(), Some("eventual"));
    client.put(A, "1").header("If-Match", &coded).send().await.expect(204);
}

async fn a_path_is_decoded_once(client: &Client, _clock: &TestClock) {
    client.put("/v1/collections/notes/items/a%2525b", "1").send().await.expect(201);
    let list = client.get("/v1/collections/notes/items").send().await.json();
    assert_eq!(list["items"][0]["key"], "a%25b");
    client.get("/v1/collections/notes/items/a%25b").send().await.expect_problem(404, "no-such-item");
    client.get("/v1/collections/%6Eotes/items/%61%25%32%35b").send().await.expect(200);
    for unreserved in
        ["a.b", "..a", "a..", "...", "~", "a;b=c", "a:b@c", "a,b", "(a)", "!$&'*+=", "%3F", "%23"]
    {
        let path = format!("/v1/collections/notes/items/{unreserved}");
        client.put(&path, "1").send().await.expect(201);
        client.get(&path).send().await.expect(200);
    }
}

async fn dot_segments_are_not_removed(client: &Client, _clock: &TestClock) {
    client.put(A, "1").send().await.expect(201);
    for target in ["/v1/collections/notes/items/./a", "/v1/collections/notes/items/x/../a"] {
        client.get(target).send().await.expect_problem(400, "invalid-key");
    }
    for target in ["/v1/./collections", "/x/../v1/collections", "/v1/collections/../collections/notes"] {
        let status = client.get(target).send().await.status;
        assert!(matches!(status, 404 | 400), "{target}: {status}");
    }
}

async fn the_whole_target_may_be_an_address(client: &Client, _clock: &TestClock) {
    client.put(A, "1").send().await.expect(201);
    let absolute = format!("GET http://{}{A} HTTP/1.1\r\nHost: {}\r\n\r\n", client.address, client.address);
    assert_eq!(client.raw(absolute).await.expect(200).text(), "1");
    let all = client.raw("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(matches!(all.status, 204 | 404 | 400), "{}", all.status);
}
