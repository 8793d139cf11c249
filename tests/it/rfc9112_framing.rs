//! Messages as RFC 9112 frames them: what is good is read to its end, what is doubtful is refused and cut off.

use crate::support::client::{Client, Connection};
use crate::support::clock::TestClock;
use crate::support::servers::on_all_roles;

on_all_roles! {
    chunked_bodies_are_read,
    broken_chunks_are_refused,
    two_lengths_are_refused,
    lengths_that_are_none_are_refused,
    odd_transfer_codings_are_refused,
    odd_heads_are_refused,
    nothing_is_smuggled,
    a_body_is_waited_for_only_when_wanted,
    a_body_that_is_too_large_is_not_read,
    old_clients_are_served,
    a_connection_is_kept_until_told,
    a_body_that_never_ends_changes_nothing,
}

const A: &str = "/v1/collections/notes/items/a";
const HOST: &str = "Host: localhost\r\n";

fn put(fields: &str, body: &str) -> String {
    format!("PUT {A} HTTP/1.1\r\n{HOST}{fields}\r\n\r\n{body}")
}

/// Sends bytes that must be refused with 400, after which the connection must end.
async fn is_refused(client: &Client, bytes: impl AsRef<[u8]>) {
    let shown = String::from_utf8_lossy(bytes.as_ref()).chars().take(200).collect::<String>();
    let mut connection = client.connect().await;
    connection.send(bytes).await;
    let answer = connection.answer().await.unwrap_or_else(|| panic!("closed without an answer: {shown}"));
    assert_eq!(answer.status, 400, "{shown}");
    assert_eq!(answer.header("Content-Type").as_deref(), Some("application/problem+json"), "{shown}");
    assert!(connection.is_closed().await, "the connection goes on: {shown}");
}

async fn is_absent(client: &Client) {
    let answer = client.get(A).send().await;
    assert_eq!(answer.status, 404, "{}", answer.text());
}

async fn chunked_bodies_are_read(client: &Client, _clock: &TestClock) {
    let good = [
        "3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n",
        "5;name=value;other=\"a;b\"\r\n[1,2]\r\n0\r\n\r\n",
        "00005\r\n[1,2]\r\n0\r\nTrailer: ignored\r\n\r\n",
    ];
    for body in good {
        let answer = client.raw(put("Transfer-Encoding: chunked", body)).await;
        assert!(matches!(answer.status, 201 | 204), "{body}: {}", answer.text());
        assert_eq!(client.get(A).send().await.text(), "[1,2]");
    }
    let (text, mut chunked) = (format!("\"{}\"", "x".repeat(300_000)), String::new());
    for piece in text.as_bytes().chunks(7001) {
        chunked.push_str(&format!("{:x}\r\n{}\r\n", piece.len(), std::str::from_utf8(piece).expect("ASCII")));
    }
    client.raw(put("Transfer-Encoding: Chunked", &format!("{chunked}0\r\n\r\n"))).await.expect(204);
    assert_eq!(client.get(A).send().await.text(), text);

    let large = format!("{:x}\r\n{}\r\n", 600_000, "x".repeat(600_000));
    let refused =
        client.raw(put("Transfer-Encoding: chunked", &large)).await.expect_problem(413, "too-large");
    assert!(refused.json()["actual"].as_u64().is_some_and(|actual| actual > 512 * 1024));
    assert_eq!(refused.json()["limit"], 512 * 1024);
}

async fn broken_chunks_are_refused(client: &Client, _clock: &TestClock) {
    let broken = [
        "zz\r\n[1]\r\n0\r\n\r\n",
        "-3\r\n[1]\r\n0\r\n\r\n",
        "+3\r\n[1]\r\n0\r\n\r\n",
        "0x3\r\n[1]\r\n0\r\n\r\n",
        "fffffffffffffffff\r\n[1]\r\n0\r\n\r\n",
        "3\r\n[1]XX0\r\n\r\n",
        "\r\n[1]\r\n0\r\n\r\n",
        "3 3\r\n[1]\r\n0\r\n\r\n",
    ];
    for body in broken {
        is_refused(client, put("Transfer-Encoding: chunked", body)).await;
    }
    is_absent(client).await;
}

async fn two_lengths_are_refused(client: &Client, _clock: &TestClock) {
    let both = "Content-Length: 3\r\nTransfer-Encoding: chunked";
    is_refused(client, put(both, "3\r\n[1]\r\n0\r\n\r\n")).await;
    let turned = "Transfer-Encoding: chunked\r\nContent-Length: 13";
    is_refused(client, put(turned, "3\r\n[1]\r\n0\r\n\r\n")).await;
    is_refused(client, put("Content-Length: 3\r\nContent-Length: 1", "[1]")).await;
    is_refused(client, put("Content-Length: 3, 3", "[1]")).await;
    is_absent(client).await;
}

async fn lengths_that_are_none_are_refused(client: &Client, _clock: &TestClock) {
    for length in ["+3", "-3", "0x3", "3.0", "3 3", "three", "99999999999999999999999", "٣"] {
        is_refused(client, put(&format!("Content-Length: {length}"), "[1]")).await;
    }
    is_absent(client).await;
}

async fn odd_transfer_codings_are_refused(client: &Client, _clock: &TestClock) {
    let body = "3\r\n[1]\r\n0\r\n\r\n";
    for coding in ["xchunked", "chunked, identity", "chunked, chunked", "gzip", "\"chunked\"", "chunked;q=1"]
    {
        is_refused(client, put(&format!("Transfer-Encoding: {coding}"), body)).await;
    }
    is_refused(client, put("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", body)).await;
    let old = format!("PUT {A} HTTP/1.0\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n{body}");
    is_refused(client, old).await;
    is_absent(client).await;
}

async fn odd_heads_are_refused(client: &Client, _clock: &TestClock) {
    let heads = [
        format!("GET {A} HTTP/1.1\r\n{HOST}X-A: b\r\n folded\r\n\r\n"),
        format!("GET {A} HTTP/1.1\r\n{HOST}X-A : b\r\n\r\n"),
        format!("GET {A} HTTP/1.1\r\n{HOST}X A: b\r\n\r\n"),
        format!("GET {A} HTTP/1.1\r\n{HOST}: b\r\n\r\n"),
        format!("GET {A} HTTP/1.1\r\n{HOST}no colon\r\n\r\n"),
        format!("GET {A} HTTP/1.1\r\n{HOST}X-A: a\0b\r\n\r\n"),
        format!("GET {A} HTTP/1.1\r\n{HOST}X-A: a\rb\r\n\r\n"),
        format!("GET {A} HTTP/1.1\r\n{HOST}X-\0: b\r\n\r\n"),
        format!("GET {A} HTTP/1.1\r\n\r\n"),
        format!("GET {A} HTTP/1.1\r\n{HOST}Host: other\r\n\r\n"),
        format!("GET {A} HTTP/1.2.3\r\n{HOST}\r\n"),
        format!("GET {A} http/1.1\r\n{HOST}\r\n"),
        format!("GET  {A} HTTP/1.1\r\n{HOST}\r\n"),
        format!("GET {A} b HTTP/1.1\r\n{HOST}\r\n"),
        format!("GET {A}\r\n{HOST}\r\n"),
        format!("G@T {A} HTTP/1.1\r\n{HOST}\r\n"),
        "GET caf\u{e9} HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
        "GET v1/collections HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
        "GET /v1/collections/notes/items/caf\u{e9} HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
    ];
    for head in heads {
        is_refused(client, head).await;
    }
    for host in ["a b", "a/b", "user@a", "a,b?"] {
        let answer = client.raw(format!("GET {A} HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
        answer.expect_problem(400, "invalid-header");
    }
}

/// A second request hidden in the body of a first one is never answered.
async fn nothing_is_smuggled(client: &Client, _clock: &TestClock) {
    let hidden = format!("DELETE {A} HTTP/1.1\r\n{HOST}\r\n");
    client.put(A, "1").send().await.expect(201);
    let shapes = [
        format!(
            "Content-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
            hidden.len() + 5
        ),
        format!("Content-Length: 4\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n{hidden}"),
        format!("Content-Length: 0\r\nContent-Length: {}\r\n\r\n{hidden}", hidden.len()),
        format!("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n{hidden}"),
        format!("Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n{hidden}"),
        format!("X: y\nTransfer-Encoding: chunked\nContent-Length: 5\r\n\r\n0\r\n\r\n{hidden}"),
        format!("Transfer-Encoding: chunked\r\n\r\n0\n\r\n{hidden}"),
        format!("Transfer-Encoding: chunked\r\n\r\n2;\nxx\r\n{}\r\n0\r\n\r\n{hidden}", "[]"),
    ];
    for shape in shapes {
        let mut connection = client.connect().await;
        connection.send(format!("PUT {A}2 HTTP/1.1\r\n{HOST}{shape}")).await;
        connection.finish().await;
        while connection.answer().await.is_some() {}
        assert_eq!(client.get(A).send().await.status, 200, "{shape:?}");
    }
    // A GET may have a body, which is not the next request either.
    let mut connection = client.connect().await;
    let length = hidden.len();
    connection.send(format!("GET {A} HTTP/1.1\r\n{HOST}Content-Length: {length}\r\n\r\n{hidden}")).await;
    connection.answer().await.expect("an answer").expect(200);
    assert_eq!(client.get(A).send().await.status, 200);
}

async fn a_body_is_waited_for_only_when_wanted(client: &Client, _clock: &TestClock) {
    let mut connection = client.connect().await;
    connection.send(put("Expect: 100-continue\r\nContent-Length: 3", "")).await;
    let wait = connection.interim().await;
    assert_eq!(wait, Some(100), "the body is asked for before it is sent");
    connection.send("[1]").await;
    connection.answer().await.expect("an answer").expect(201);
    assert_eq!(client.get(A).send().await.text(), "[1]");

    let refusals = [
        ("Expect: 100-continue\r\nContent-Length: 3\r\nContent-Type: text/plain", 415),
        ("Expect: 100-continue\r\nContent-Length: 3\r\nItem-TTL: soon", 400),
        ("Expect: 100-continue\r\nContent-Length: 999999999", 413),
        ("Expect: something\r\nContent-Length: 3", 417),
    ];
    for (fields, status) in refusals {
        let mut connection = client.connect().await;
        connection.send(put(fields, "")).await;
        let answer = connection.answer().await.expect("an answer without the body");
        assert_eq!(answer.status, status, "{fields}");
    }
}

async fn a_body_that_is_too_large_is_not_read(client: &Client, _clock: &TestClock) {
    let mut connection = client.connect().await;
    connection.send(put("Content-Length: 10737418240", "\"begins")).await;
    let answer =
        connection.answer().await.expect("an answer before the body").expect_problem(413, "too-large");
    assert_eq!(answer.json()["actual"], 10_737_418_240_u64);
    assert!(connection.is_closed().await);
    is_absent(client).await;
}

async fn old_clients_are_served(client: &Client, _clock: &TestClock) {
    let large = format!("\"{}\"", "x".repeat(200_000));
    client.put(A, large.clone()).send().await.expect(201);
    for target in [A, "/v1/collections/notes/export"] {
        let mut connection: Connection = client.connect().await;
        connection.send(format!("GET {target} HTTP/1.0\r\n\r\n")).await;
        let answer = connection.answer().await.expect("an answer").expect(200);
        assert_eq!(answer.header("Transfer-Encoding"), None, "HTTP/1.0 knows no chunks");
        assert!(answer.text().contains(&large));
        assert!(connection.is_closed().await);
    }
    let keep = "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    let mut connection = client.connect().await;
    connection.send(keep).await;
    connection.answer().await.expect("an answer");
}

async fn a_connection_is_kept_until_told(client: &Client, _clock: &TestClock) {
    let mut connection = client.connect().await;
    for _ in 0..3 {
        connection.send(client.get("/v1/collections").bytes()).await;
        connection.answer().await.expect("an answer").expect(200);
    }
    connection.send(client.get("/v1/collections").header("Connection", "close").bytes()).await;
    let last = connection.answer().await.expect("an answer").expect(200);
    assert_eq!(last.header("Connection").map(|value| value.to_ascii_lowercase()).as_deref(), Some("close"));
    assert!(connection.is_closed().await);

    // A refusal is no reason to hang up, whether it has looked at the body or not.
    let refused = [
        (client.put(A, "{"), 400),
        (client.put(A, "{}").header("Item-TTL", "soon"), 400),
        (client.put("/no", "{}"), 404),
    ];
    for (request, status) in refused {
        let mut connection = client.connect().await;
        connection.send([request.bytes(), client.get("/v1/collections").bytes()].concat()).await;
        connection.answer().await.expect("an answer").expect(status);
        connection.answer().await.expect("the next answer").expect(200);
    }
    // Unless the body is large, or does not come.
    for (length, part) in [(100_000, "\"large"), (100, "\"late")] {
        let mut connection = client.connect().await;
        connection.send(put(&format!("Item-TTL: soon\r\nContent-Length: {length}"), part)).await;
        connection.answer().await.expect("an answer").expect(400);
        assert!(connection.is_closed().await);
    }
}

async fn a_body_that_never_ends_changes_nothing(client: &Client, _clock: &TestClock) {
    for (fields, part) in [("Content-Length: 9", "[1]"), ("Transfer-Encoding: chunked", "3\r\n[1]\r\n")] {
        let mut connection = client.connect().await;
        connection.send(put(fields, part)).await;
        connection.finish().await;
        let answer = connection.answer().await;
        assert!(answer.is_none_or(|answer| answer.status == 400), "{fields}");
    }
    is_absent(client).await;
}
