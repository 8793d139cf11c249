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
    // The framework's clock is up to half a second behind.
    let cluster = Plan::all().set("http.head_timeout", "1s").start().await;
    let to = cluster.front.traffic;
    let fields = format!("GET {A} HTTP/1.1\r\nhost: x\r\na: {}\r\n\r\n", "x".repeat(200_000));
    let many = format!("GET {A}?x=y HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(96));
    let most = format!("GET {A} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{}\r\n", "a: b\r\n".repeat(94));
    assert_eq!(answer(to, most.into()).await.1["status"], 404, "96 fields are few enough");
    for (bytes, status, instance) in [
        ("nonsense\r\n\r\n", 400, None),
        ("GET /healthz HTTP/1.1\r\n\r\n", 400, Some("/healthz")),
        ("\r\nGET http://x/v1/a?b HTTP/1.1\r\n\r\n", 400, Some("/v1/a")),
        (
            "PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
            400,
            Some("/"),
        ),
        ("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nnonsense\r\n\r\n", 400, None),
        (fields.as_str(), 431, Some(A)),
        (many.as_str(), 431, Some(A)),
        ("GET /heal", 408, None),
        ("GET /healthz HTTP/1.1\r\nhost: x\r\n", 408, Some("/healthz")),
    ] {
        let (head, body) = answer(to, bytes.into()).await;
        let shown: String = bytes.chars().take(40).collect();
        assert_eq!(body["status"], status, "{shown}: {head}");
        assert_eq!(body["type"], "/problems/invalid-header", "{shown}");
        assert_eq!(body["instance"].as_str(), instance, "{shown}");
        let last = &head[head.rfind("HTTP/1.1").expect("a status line")..];
        assert!(last.starts_with(&format!("HTTP/1.1 {status} ")), "{last}");
        for field in ["content-type: application/problem+json", "connection: close"] {
            assert!(last.contains(field), "{field} is not in {last}");
        }
        for field in ["request-charge: rcu=0, wcu=0\r\n", "cache-control: private, no-cache\r\n"] {
            let under_v1 = instance.is_some_and(|path| path.starts_with("/v1/"));
            assert_eq!(last.contains(field), under_v1, "{field} in {last}");
        }
        let id = body["request_id"].as_str().expect("an id");
        assert!(last.contains(&format!("x-request-id: {id}")), "{last}");
    }
    cluster.stop().await;
}

/// What the parser cuts off, or gives up, is told as what it is.
#[tokio::test]
async fn targets_that_the_parser_does_not_show_whole_are_refused() {
    let cluster = Plan::all().start().await;
    let (to, client) = (cluster.front.traffic, Client::new(cluster.front.traffic));
    for method in ["PUT", "DELETE"] {
        let bytes = format!("{method} {A}#b?c HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\n1");
        let (head, body) = answer(to, bytes.into()).await;
        assert!(head.starts_with("HTTP/1.1 400 ") && head.contains("request-charge"), "{head}");
        assert_eq!((&body["type"], &body["instance"]), (&"/problems/invalid-key".into(), &A.into()));
        assert!(body["errors"][0]["detail"].as_str().is_some_and(|detail| detail.contains("%23")), "{body}");
    }
    for (target, kind, at) in [
        ("/v1/collections/c/items/\u{e4}", "/problems/invalid-key", "key"),
        ("/v1/collections/c/items/<a>", "/problems/invalid-key", "key"),
        ("/v1/collections/c/items?limit=2&prefix=\u{e4}", "/problems/invalid-parameter", "prefix"),
    ] {
        let (_, body) = answer(to, format!("GET {target} HTTP/1.1\r\nhost: x\r\n\r\n").into()).await;
        assert_eq!((&body["type"], &body["errors"][0]["parameter"]), (&kind.into(), &at.into()), "{body}");
        assert!(body["detail"].as_str().is_some_and(|detail| detail.contains("percent-encoded")), "{body}");
    }
    client.get(A).send().await.expect(404);
    let mut connection = client.connect().await;
    connection.send(client.request("HEAD", &format!("{A}#b")).bytes()).await;
    assert_eq!(connection.head_answer().await.map(|answer| answer.status), Some(400));
    assert!(connection.is_closed().await, "no body follows");
    // However it is cut, and behind another one.
    let mut connection = client.connect().await;
    connection.send(client.put(A, "\"a#b\"").header("X-Note", "a#b").bytes()).await;
    connection.answer().await.expect("an answer").expect(201);
    for piece in ["GET ", A, "#", "b HTTP/1", ".1\r", "\nhost: x\r\n\r\n"] {
        connection.send(piece).await;
        tokio::task::yield_now().await;
    }
    connection.answer().await.expect("an answer").expect_problem(400, "invalid-key");
    assert_eq!(client.get(A).send().await.text(), "\"a#b\"");
    // Behind one whose body was asked for and answered in one go.
    let mut connection = client.connect().await;
    connection.send(client.get(A).header("Expect", "100-continue").bytes()).await;
    connection.answer().await.expect("an answer").expect(200);
    connection.send(client.put(&format!("{A}#b"), "1").bytes()).await;
    connection.answer().await.expect("an answer").expect_problem(400, "invalid-key");

    let (x, y) = ("x".repeat(8200), "x".repeat(200_000));
    for (target, instance) in [
        (format!("{A}?{x}"), Some(A)),
        (format!("{A}?{}", &y[..70_000]), Some(A)),
        (format!("{A}?{y}"), Some(A)),
        (format!("{A}/{}", &y[..70_000]), None),
        (format!("{A}/{y}"), None),
    ] {
        let (head, body) = answer(to, client.get(&target).header("Connection", "close").bytes()).await;
        assert!(head.starts_with("HTTP/1.1 414 ") && head.contains("request-charge"), "{head}");
        assert_eq!((&body["type"], &body["limit"]), (&"/problems/invalid-key".into(), &8192.into()));
        assert_eq!(body["instance"].as_str(), instance);
        let whole = target.len() as u64;
        let read = 100_000..=whole;
        let actual = body["actual"].as_u64().expect("a number");
        assert!(actual == whole || whole > 200_000 && read.contains(&actual), "{actual} of {whole}");
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
