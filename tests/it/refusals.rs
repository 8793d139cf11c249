//! What the HTTP parser refuses by itself has a problem document too, and ends the connection; what only looks so does not.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::support::client::Client;
use crate::support::cluster::Plan;

const A: &str = "/v1/collections/notes/items/a";

/// Sends bytes, and reads until the connection ends.
async fn answer(to: SocketAddr, bytes: Vec<u8>) -> (String, serde_json::Value) {
    let exchange = move || {
        let mut stream = TcpStream::connect(to).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a socket");
        // The server may have answered and left before it has read everything.
        let _sent = stream.write_all(&bytes);
        let mut answer = Vec::new();
        let _ended = stream.read_to_end(&mut answer);
        String::from_utf8(answer).expect("text")
    };
    let answer = tokio::task::spawn_blocking(exchange).await.expect("an exchange");
    let (head, body) = answer.rsplit_once("\r\n\r\n").expect("a head");
    (head.to_owned(), serde_json::from_str(body).unwrap_or_else(|_| panic!("no document: {answer}")))
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_a_document() {
    let cluster = Plan::all().set("http.head_timeout", "300ms").start().await;
    let to = cluster.front.traffic;
    let fields = format!("GET / HTTP/1.1\r\nhost: x\r\na: {}\r\n\r\n", "x".repeat(200_000));
    for (bytes, status) in [
        ("nonsense\r\n\r\n", 400),
        ("GET /healthz HTTP/1.1\r\n\r\n", 400),
        ("GET /\u{e4} HTTP/1.1\r\nhost: x\r\n\r\n", 400),
        ("PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nnonsense\r\n\r\n", 400),
        (fields.as_str(), 431),
        ("GET /heal", 408),
    ] {
        let (head, body) = answer(to, bytes.into()).await;
        let shown: String = bytes.chars().take(40).collect();
        assert_eq!(body["status"], status, "{shown}: {head}");
        assert_eq!(body["type"], "/problems/invalid-header", "{shown}");
        let last = &head[head.rfind("HTTP/1.1").expect("a status line")..];
        assert!(last.starts_with(&format!("HTTP/1.1 {status} ")), "{last}");
        for field in ["content-type: application/problem+json", "connection: close"] {
            assert!(last.contains(field), "{field} is not in {last}");
        }
        let id = body["request_id"].as_str().expect("an id");
        assert!(last.contains(&format!("x-request-id: {id}")), "{last}");
    }
    cluster.stop().await;
}

#[tokio::test]
async fn documents_that_look_like_refusals_are_left_alone() {
    let cluster = Plan::all().start().await;
    let client = Client::new(cluster.front.traffic);
    let looks = "\"HTTP/1.1 400 Bad Request\"";
    for (document, status) in [(format!("{looks}\r\n\r\n"), 201), (looks.to_owned(), 204)] {
        client.put(A, document.clone()).send().await.expect(status);
        let mut connection = client.connect().await;
        for _ in 0..2 {
            connection.send(client.get(A).bytes()).await;
            assert_eq!(connection.answer().await.expect("an answer").expect(200).text(), document);
        }
        connection.send(client.get("/v1/collections/notes/export").bytes()).await;
        let exported = connection.answer().await.expect("an answer").expect(200);
        assert!(exported.text().contains(looks) && exported.text().ends_with("}\n"), "{}", exported.text());
        connection.send(client.get("/healthz").bytes()).await;
        connection.answer().await.expect("an answer").expect(200);
    }
    cluster.stop().await;
}
