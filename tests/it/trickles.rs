//! Callers who send a byte now and then: a connection of HTTP/1 is not theirs for as long as they like.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};

use crate::support::client::Client;
use crate::support::cluster::{Cluster, Plan};

const A: &str = "/v1/collections/notes/items/a";

/// How often a byte comes: no wait for the next one is too long.
const NOW_AND_THEN: Duration = Duration::from_millis(50);

/// Far beyond what is set, and far below what holds without that.
const SOON: Duration = Duration::from_secs(10);

/// A system that waits a second for a head, and for the rest of a body.
async fn start() -> Cluster {
    // The framework's clock, which counts for the first head, is up to half a second behind.
    Plan::all().set("http.head_timeout", "1s").set("http.body_timeout", "1s").start().await
}

/// Sends this, and then `more` now and then; what came until the server has closed.
async fn trickle(to: SocketAddr, said: &str, more: &'static str) -> String {
    let (mut read, mut write) = TcpStream::connect(to).await.expect("a connection").into_split();
    write.write_all(said.as_bytes()).await.expect("it is taken");
    let mut sending = JoinSet::new();
    sending.spawn(async move {
        let mut pace = interval(NOW_AND_THEN);
        while write.write_all(more.as_bytes()).await.is_ok() {
            pace.tick().await;
        }
        // What is not written to any more stays open.
        std::future::pending::<()>().await;
    });
    let mut came = Vec::new();
    let ended = timeout(SOON, read.read_to_end(&mut came)).await;
    let came = String::from_utf8(came).expect("text");
    assert!(ended.is_ok(), "the connection is still open: {said:?}, {came:?}");
    came
}

#[tokio::test]
async fn a_head_that_trickles_is_refused_whichever_it_is() {
    let cluster = start().await;
    let first = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let body = format!("PUT {A} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1");
    let begun = ["GET /healthz HTTP/1.1\r\nx: ", "GET /healthz?", "GET /healthz HTTP/1.1\r\nHost: x\r\nx"];
    for begun in begun {
        let before = [String::new(), first.to_owned(), first.repeat(3), format!("{body}{first}")];
        let sent = before.map(|before| format!("{before}{begun}"));
        for came in join_all(sent.iter().map(|sent| trickle(cluster.front.traffic, sent, "y"))).await {
            let last = &came[came.rfind("HTTP/1.1 ").expect("an answer")..];
            assert!(
                last.starts_with("HTTP/1.1 408 ") && last.contains("connection: close"),
                "{begun}: {came}"
            );
            assert!(last.contains("/problems/invalid-header") && last.contains("in time"), "{begun}: {came}");
        }
    }
    // Neither empty lines are a sign of life, nor what nobody can follow.
    for more in ["\r\n", "content-length: 1\r\n"] {
        let begun = if more.len() > 2 { "GET /healthz HTTP/1.1\r\n" } else { "" };
        trickle(cluster.front.traffic, &format!("{first}{begun}"), more).await;
    }
    cluster.stop().await;
}

#[tokio::test]
async fn wherever_a_second_head_stops_it_is_refused() {
    let cluster = start().await;
    let client = Client::new(cluster.front.traffic);
    let head = format!("PUT {A}?x=y HTTP/1.1\r\nHost: x\r\nContent-Length:  1 \r\nx:\r\n\r\n");
    let stopped = (1..head.len()).map(async |at| {
        let mut connection = client.connect().await;
        connection.send(client.get("/healthz").bytes()).await;
        connection.answer().await.expect("an answer").expect(200);
        connection.send(&head[..at]).await;
        let late = connection.answer().await.expect("an answer").expect_problem(408, "invalid-header");
        let path = late.json()["instance"].as_str().map(ToOwned::to_owned);
        assert_eq!(path.as_deref(), head[..at].contains('?').then_some(A), "{}", &head[..at]);
        assert!(connection.is_closed().await, "{}", &head[..at]);
    });
    join_all(stopped).await;
    client.get(A).send().await.expect(404);
    cluster.stop().await;
}

#[tokio::test]
async fn the_admin_port_waits_no_longer() {
    let cluster = start().await;
    let request = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";
    let sent = [format!("{request}GET /livez HTTP/1.1\r\nx: "), "GET /livez HTTP/1.1\r\nx: ".to_owned()];
    let came = join_all(sent.iter().map(|sent| trickle(cluster.front.admin, sent, "y"))).await;
    assert!(came[0].starts_with("HTTP/1.1 200 "), "{}", came[0]);
    assert!(came[1].starts_with("HTTP/1.1 408 "), "{}", came[1]);
    cluster.stop().await;
}

#[tokio::test]
async fn the_rest_of_a_body_behind_its_answer_may_not_trickle() {
    let cluster = start().await;
    let head = |target| format!("PUT {target} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n");
    for (said, more, status) in [
        (head("/no"), "1\r\nx\r\n", 404),
        (head(A) + "Item-TTL: soon\r\n", "1\r\nx\r\n", 400),
        (head("/no") + "\r\n0\r\nx: ", "y", 404),
        (head("/no") + "\r\n1;x=", "y", 404),
    ] {
        let said = if said.contains("\r\n\r\n") { said } else { said + "\r\n" };
        let came = trickle(cluster.front.traffic, &said, more).await;
        assert!(came.starts_with(&format!("HTTP/1.1 {status} ")), "{said}: {came}");
        assert_eq!(came.matches("HTTP/1.1 ").count(), 1, "{said}: {came}");
    }
    cluster.stop().await;
}

/// What was waited for in vain has no effect on what comes in time.
#[tokio::test]
async fn a_connection_goes_on_behind_heads_and_bodies_that_came_in_pieces() {
    let cluster = start().await;
    let client = Client::new(cluster.front.traffic);
    let get = client.get("/healthz").bytes();
    let refused = "PUT /no HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut connection = client.connect().await;
    // Each wait is over well before it is too long, and all of them together are longer.
    for _ in 0..8 {
        for piece in get.chunks(get.len().div_ceil(4)) {
            connection.send(piece).await;
            tokio::time::sleep(NOW_AND_THEN).await;
        }
        connection.answer().await.expect("an answer").expect(200);
        connection.send(refused).await;
        connection.answer().await.expect("an answer").expect(404);
        connection.send(format!("{:x};{}\r\n", 1, "x".repeat(99))).await;
        connection.send("x\r\n0\r\n\r\n").await;
    }
    cluster.stop().await;
}
