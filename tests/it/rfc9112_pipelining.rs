//! Requests that are sent without waiting for the answers before, as RFC 9112 §9.3.2 allows.

use crate::support::client::Client;
use crate::support::clock::TestClock;
use crate::support::servers::on_all_roles;

on_all_roles! {
    requests_may_come_all_at_once,
    each_of_them_gets_the_answer_it_asked_for,
}

const A: &str = "/v1/collections/notes/items/a";
const HOST: &str = "Host: localhost\r\n";

async fn requests_may_come_all_at_once(client: &Client, _clock: &TestClock) {
    let mut all = Vec::new();
    for n in 0..5 {
        all.extend(client.put(&format!("{A}{n}"), n.to_string()).bytes());
        all.extend(client.get(&format!("{A}{n}")).bytes());
        all.extend(client.get("/nothing").bytes());
    }
    let mut connection = client.connect().await;
    connection.send(all).await;
    for n in 0..5 {
        let mut next = async || connection.answer().await.expect("an answer");
        next().await.expect(201);
        assert_eq!(next().await.expect(200).text(), n.to_string(), "in the order of the requests");
        next().await.expect_problem(404, "no-such-path");
    }
}

/// What one asks for decides how it is answered, not what comes behind it.
async fn each_of_them_gets_the_answer_it_asked_for(client: &Client, _clock: &TestClock) {
    const EXPORT: &str = "/v1/collections/notes/export";
    let large = format!("\"{}\"", "x".repeat(200_000));
    client.put(A, large.clone()).send().await.expect(201);
    let request = |line: &str, fields: &str| format!("{line} HTTP/1.1\r\n{HOST}{fields}\r\n");
    let (get, head) = (request(&format!("GET {A}"), ""), request(&format!("HEAD {A}"), ""));
    let export = request(&format!("GET {EXPORT}"), "");
    let put = request(&format!("PUT {A}"), "Transfer-Encoding: chunked\r\n");
    let chunked = format!("{put}3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n");
    let last = request(&format!("GET {A}"), "Connection: close\r\n");
    let all = [
        &get, &get, &head, &get, &export, &get, &head, &head, &export, &head, &export, &get, &chunked, &head,
        &last,
    ];
    let whole = all.map(String::as_str).concat();
    // At once, and so that each piece ends within a request.
    for piece in [whole.len(), 50, 7] {
        client.put(A, large.clone()).send().await.expect(204);
        let mut connection = client.connect().await;
        for piece in whole.as_bytes().chunks(piece) {
            connection.send(piece).await;
        }
        for (nth, sent) in all.into_iter().enumerate() {
            let heads = sent.starts_with("HEAD");
            let answer = if heads { connection.head_answer().await } else { connection.answer().await };
            let answer = answer.unwrap_or_else(|| panic!("closed before answer {nth}"));
            assert!(matches!(answer.status, 200 | 204), "{nth}: {}", answer.text());
            let text = answer.text();
            match sent {
                _ if sent == &last => assert_eq!(text, "[1,2]"),
                _ if sent == &get => assert_eq!(text, large, "{nth}"),
                _ if sent == &export => assert!(text.contains(&large), "{nth}"),
                _ => assert_eq!(text, "", "{nth}"),
            }
            let closes = answer.header("Connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
            assert_eq!(closes, nth + 1 == all.len(), "{nth}");
        }
        assert!(connection.is_closed().await);
    }
    let old = format!("GET {A} HTTP/1.0\r\n\r\n");
    let mut connection = client.connect().await;
    connection.send([&get[..], &get, &old].concat()).await;
    for _ in 0..3 {
        assert_eq!(connection.answer().await.expect("an answer").text(), "[1,2]");
    }
    assert!(connection.is_closed().await);
}
