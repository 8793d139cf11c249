//! Requests that ask for another protocol are answered in this one, as RFC 9110 §7.8 allows, and framed as if they did not ask.

use crate::support::client::Client;
use crate::support::clock::TestClock;
use crate::support::servers::on_all_roles;

on_all_roles! {
    whoever_asks_for_another_protocol_is_answered_in_this_one,
    what_else_stands_beside_the_wish_still_counts,
}

const A: &str = "/v1/collections/notes/items/a";
const WEBSOCKET: &str = "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n";
const HTTP2: &str =
    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n";

fn request(line: &str, fields: &str, body: &str) -> String {
    format!("{line} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n{body}")
}

async fn whoever_asks_for_another_protocol_is_answered_in_this_one(client: &Client, _clock: &TestClock) {
    let (get, batch) = (format!("GET {A}"), "POST /v1/collections/notes/batch");
    for wish in [WEBSOCKET, HTTP2] {
        let put =
            |n: u8| request(&format!("PUT {A}"), &format!("{wish}Content-Length: 1\r\n"), &n.to_string());
        let chunked = format!("{wish}Transfer-Encoding: chunked\r\n");
        let all = [
            (put(1), 201),
            (put(2), 204),
            (request(&get, wish, ""), 200),
            // It has no body, since it tells of none.
            (request(batch, wish, ""), 400),
            (request(&format!("PUT {A}"), &chunked, "1\r\n3\r\n0\r\n\r\n"), 204),
            (request(&format!("DELETE {A}"), wish, ""), 204),
        ];
        let whole: String = all.iter().map(|(sent, _)| sent.as_str()).collect();
        for piece in [whole.len(), 40, 1] {
            let mut connection = client.connect().await;
            for piece in whole.as_bytes().chunks(piece) {
                connection.send(piece).await;
                tokio::task::yield_now().await;
            }
            for (sent, status) in &all {
                let answer = connection.answer().await.unwrap_or_else(|| panic!("closed before {sent}"));
                assert_eq!((answer.status, answer.interim.len()), (*status, 0), "{sent}: {}", answer.text());
                assert_eq!(answer.header("Connection"), None, "{sent}");
            }
        }
    }
}

async fn what_else_stands_beside_the_wish_still_counts(client: &Client, _clock: &TestClock) {
    let mut connection = client.connect().await;
    connection.send(request("GET /healthz", "Connection: Upgrade, close\r\nUpgrade: h2c\r\n", "")).await;
    connection.answer().await.expect("an answer").expect(200);
    assert!(connection.is_closed().await);
}
