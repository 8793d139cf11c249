//! Conditional requests as RFC 9110 §13 has them, over HTTP.

use crate::support::client::{Answer, Client};
use crate::support::clock::TestClock;
use crate::support::servers::on_all_roles;

on_all_roles! {
    reads_are_judged_in_the_order_of_the_standard,
    a_304_has_the_fields_that_a_200_would_have,
    dates_come_in_three_formats,
    what_means_nothing_is_ignored,
    lists_of_tags_may_have_empty_members,
    tags_of_coded_answers_are_tags,
    settings_are_judged_alike,
    an_absent_item_has_no_version,
}

const A: &str = "/v1/collections/notes/items/a";
const BEFORE: &str = "Mon, 23 Nov 2026 02:09:20 GMT";
const THEN: &str = "Mon, 23 Nov 2026 02:09:21 GMT";
const AFTER: &str = "Mon, 23 Nov 2026 02:09:22 GMT";

async fn read(client: &Client, method: &str, fields: &[(&str, &str)]) -> Answer {
    let mut request = client.request(method, A);
    for (name, value) in fields {
        request = request.header(name, value);
    }
    request.send().await
}

/// If-Match before If-Unmodified-Since, both before If-None-Match, and that before If-Modified-Since.
async fn reads_are_judged_in_the_order_of_the_standard(client: &Client, _clock: &TestClock) {
    let tag = client.put(A, "1").send().await.expect(201).etag();
    let (tag, weak) = (tag.as_str(), format!("W/{tag}"));
    let other = "\"1K0X0AFQXJ0-0000000000000\"";
    let cases: &[(&[(&str, &str)], u16)] = &[
        (&[("If-Match", tag)], 200),
        (&[("If-Match", "*")], 200),
        (&[("If-Match", other)], 412),
        (&[("If-Match", &weak)], 412),
        (&[("If-None-Match", tag)], 304),
        (&[("If-None-Match", &weak)], 304),
        (&[("If-None-Match", "*")], 304),
        (&[("If-None-Match", other)], 200),
        (&[("If-Unmodified-Since", BEFORE)], 412),
        (&[("If-Unmodified-Since", THEN)], 200),
        (&[("If-Unmodified-Since", AFTER)], 200),
        (&[("If-Modified-Since", BEFORE)], 200),
        (&[("If-Modified-Since", THEN)], 304),
        (&[("If-Modified-Since", AFTER)], 304),
        // The finer condition hides the coarser one.
        (&[("If-Match", tag), ("If-Unmodified-Since", BEFORE)], 200),
        (&[("If-None-Match", other), ("If-Modified-Since", AFTER)], 200),
        (&[("If-None-Match", tag), ("If-Modified-Since", BEFORE)], 304),
        // What forbids comes before what spares the body.
        (&[("If-Match", other), ("If-None-Match", tag)], 412),
        (&[("If-Match", tag), ("If-None-Match", tag)], 304),
        (&[("If-Unmodified-Since", BEFORE), ("If-None-Match", tag)], 412),
        (&[("If-Unmodified-Since", AFTER), ("If-Modified-Since", AFTER)], 304),
        (&[("If-Match", tag), ("If-None-Match", other), ("If-Modified-Since", AFTER)], 200),
    ];
    for (fields, status) in cases {
        for method in ["GET", "HEAD"] {
            let answer = read(client, method, fields).await;
            assert_eq!(answer.status, *status, "{method} {fields:?}");
            assert_eq!(answer.etag(), tag, "{method} {fields:?}");
        }
    }
}

async fn a_304_has_the_fields_that_a_200_would_have(client: &Client, _clock: &TestClock) {
    let tag = client.put(A, "1").header("Item-TTL", "60").send().await.expect(201).etag();
    let full = client.get(A).send().await.expect(200);
    let spared = client.get(A).header("If-None-Match", &tag).send().await.expect(304);
    for name in ["ETag", "Last-Modified", "Sunset", "Cache-Control", "Vary", "Consistency", "Request-Charge"]
    {
        assert_eq!(spared.header(name), full.header(name), "{name}");
        assert!(full.header(name).is_some(), "{name}");
    }
    assert_eq!((spared.header("Content-Type"), spared.header("Transfer-Encoding")), (None, None));
    assert_eq!(spared.body.len(), 0);

    // The connection is good for more: a 304 has no body whatever its fields say.
    let mut connection = client.connect().await;
    let request = client.get(A).header("If-None-Match", &tag);
    connection.send([request.bytes(), client.get(A).bytes()].concat()).await;
    assert_eq!(connection.answer().await.map(|answer| answer.status), Some(304));
    assert_eq!(connection.answer().await.map(|answer| answer.status), Some(200));
}

async fn dates_come_in_three_formats(client: &Client, _clock: &TestClock) {
    client.put(A, "1").send().await.expect(201);
    for same in [THEN, "Monday, 23-Nov-26 02:09:21 GMT", "Mon Nov 23 02:09:21 2026"] {
        assert_eq!(read(client, "GET", &[("If-Modified-Since", same)]).await.status, 304, "{same}");
        assert_eq!(read(client, "GET", &[("If-Unmodified-Since", same)]).await.status, 200, "{same}");
    }
    for ancient in [
        "Wed, 31 Dec 1969 23:59:59 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Sat, 23 Nov 1901 02:09:21 GMT",
        "Sat Nov 23 02:09:21 1901",
    ] {
        assert_eq!(read(client, "GET", &[("If-Modified-Since", ancient)]).await.status, 200, "{ancient}");
        let write = client.put(A, "2").header("If-Unmodified-Since", ancient).send().await;
        assert_eq!(write.status, 412, "{ancient}");
    }
    for none in [
        "yesterday",
        "23 Nov 1960 02:09 GMT",
        "2026-11-23T02:09:21Z",
        "Mon, 23 Nov 2026 02:09:21 +0000",
        "1795399761",
    ] {
        for name in ["If-Modified-Since", "If-Unmodified-Since"] {
            assert_eq!(read(client, "GET", &[(name, none)]).await.status, 200, "{name}: {none}");
        }
        let write = client.put(A, "2").header("If-Unmodified-Since", none).send().await;
        assert_eq!(write.status, 204, "a date that is none is ignored: {none}");
    }
}

async fn what_means_nothing_is_ignored(client: &Client, _clock: &TestClock) {
    client.put(A, "1").header("If-Modified-Since", AFTER).send().await.expect(201);
    client.put(A, "2").header("If-Modified-Since", AFTER).send().await.expect(204);
    let range = read(client, "GET", &[("Range", "bytes=0-0"), ("If-Range", THEN)]).await.expect(200);
    assert_eq!(range.header("Content-Range"), None);
    client.request("OPTIONS", A).header("If-Match", "\"x\"").send().await.expect(204);
    client.delete(A).header("If-Modified-Since", AFTER).send().await.expect(204);
}

async fn lists_of_tags_may_have_empty_members(client: &Client, _clock: &TestClock) {
    let tag = client.put(A, "1").send().await.expect(201).etag();
    for list in [format!(",{tag}"), format!("{tag},"), format!("\"a,b\" ,, {tag}\t, W/\"c\"")] {
        assert_eq!(read(client, "GET", &[("If-None-Match", &list)]).await.status, 304, "{list}");
        assert_eq!(read(client, "GET", &[("If-Match", &list)]).await.status, 200, "{list}");
    }
    let two = read(client, "GET", &[("If-None-Match", "\"a\""), ("If-None-Match", &tag)]).await;
    assert_eq!(two.status, 304, "two fields are one list");
    for opaque in ["\"\"", "\"*\"", "\"\u{e9}\"", "\"\\\"", "\"!#~\""] {
        let status = read(client, "GET", &[("If-None-Match", opaque)]).await.status;
        assert_eq!(status, 200, "{opaque}: any visible character may be part of a tag");
    }
}

async fn tags_of_coded_answers_are_tags(client: &Client, _clock: &TestClock) {
    for coding in ["gzip", "br", "zstd"] {
        let plain = client.put(A, "1").send().await.etag();
        let coded = format!("{}-{coding}\"", plain.trim_end_matches('"'));
        assert_eq!(read(client, "GET", &[("If-None-Match", &coded)]).await.status, 304, "{coded}");
        assert_eq!(read(client, "GET", &[("If-Match", &coded)]).await.status, 200, "{coded}");
        client.put(A, "2").header("If-Match", &coded).send().await.expect(204);
        client.put(A, "2").header("If-Match", &coded).send().await.expect_problem(412, "precondition-failed");
    }
    let foreign = format!("{}-deflate\"", client.get(A).send().await.etag().trim_end_matches('"'));
    assert_eq!(read(client, "GET", &[("If-None-Match", &foreign)]).await.status, 200, "no coding of ours");
}

async fn settings_are_judged_alike(client: &Client, _clock: &TestClock) {
    let path = "/v1/collections/notes";
    let tag = client.put(path, "{}").send().await.expect(201).etag();
    let get = |name: &str, value: &str| client.get(path).header(name, value).send();
    assert_eq!(get("If-None-Match", &tag).await.expect(304).etag(), tag);
    assert_eq!(get("If-None-Match", "\"x\"").await.status, 200);
    assert_eq!(get("If-Match", "\"x\"").await.status, 412);
    assert_eq!(get("If-Modified-Since", AFTER).await.status, 304);
    assert_eq!(get("If-Unmodified-Since", BEFORE).await.status, 412);
}

async fn an_absent_item_has_no_version(client: &Client, _clock: &TestClock) {
    client.put("/v1/collections/notes", "{}").send().await.expect(201);
    for fields in [("If-Match", "*"), ("If-None-Match", "*"), ("If-Unmodified-Since", BEFORE)] {
        let answer = client.get(A).header(fields.0, fields.1).send().await;
        answer.expect_problem(404, "no-such-item");
    }
    let answer = client.put(A, "1").header("If-Match", "*").send().await;
    let answer = answer.expect_problem(412, "precondition-failed");
    assert_eq!((answer.header("ETag"), answer.json().get("current_etag")), (None, None));
    client.put(A, "1").header("If-Unmodified-Since", BEFORE).send().await.expect(201);
}
