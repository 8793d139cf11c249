//! Many at once: clients that never finish what they say, and more requests than can be borne.

use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::support::client::{Client, Connection};
use crate::support::cluster::{Cluster, Plan};

/// Connections that keep a server waiting. Each takes two file descriptors of this process.
const SLOW: usize = 2000;

/// Opens connections that have said half a head, or half a body, and keep silent.
async fn silent(client: &Client, count: usize) -> Vec<TcpStream> {
    let half_head = "GET /v1/collections HTTP/1.1\r\nHost: x\r\n";
    let half_body =
        "PUT /v1/collections/slow/items/a HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"half\":";
    let mut silent = Vec::new();
    for at in 0..count {
        let mut stream = TcpStream::connect(client.address).await.expect("a connection");
        let said = if at % 8 == 7 { half_body } else { half_head };
        stream.write_all(said.as_bytes()).await.expect("it is taken");
        silent.push(stream);
    }
    silent
}

#[tokio::test]
async fn two_thousand_slow_clients_keep_nobody_waiting() {
    let plan = Plan::all().set("http.head_timeout", "20s").set("http.body_timeout", "20s");
    let cluster = plan.start().await;
    let client = Client::new(cluster.front.traffic);
    client.put("/v1/collections/notes/items/a", "1").send().await.expect(201);
    let silent = silent(&client, SLOW).await;
    let began = Instant::now();
    for _ in 0..50 {
        client.get("/v1/collections/notes/items/a").send().await.expect(200);
        client.put("/v1/collections/notes/items/a", "2").send().await.expect(204);
    }
    // Far below the patience with the slow ones, so that it is not their leaving that let others in.
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    drop(silent);
    cluster.stop().await;
}

/// A system that waits for nobody for longer than a moment.
async fn impatient() -> Cluster {
    let keys = ["http.body_timeout", "http.idle", "http.deadline"];
    let plan = keys.into_iter().fold(Plan::all(), |plan, key| plan.set(key, "300ms"));
    // The server's own clock for this one has half seconds.
    plan.set("http.head_timeout", "1s").start().await
}

#[tokio::test]
async fn a_body_that_nobody_reads_and_nobody_ends_does_not_hold_its_connection() {
    let cluster = impatient().await;
    let client = Client::new(cluster.front.traffic);
    let refused = [("/healthz", 200), ("/v1/collections/c/items/a", 404), ("/no", 404)];
    let ended = refused.map(async |(target, status)| {
        let mut connection = client.connect().await;
        let chunked = "Transfer-Encoding: chunked";
        connection.send(format!("GET {target} HTTP/1.1\r\nHost: x\r\n{chunked}\r\n\r\n")).await;
        assert_eq!(connection.answer().await.expect("an answer").status, status, "{target}");
        assert!(connection.is_closed().await, "{target}");
    });
    futures_util::future::join_all(ended).await;
    cluster.stop().await;
}

#[tokio::test]
async fn an_answer_that_is_not_taken_does_not_hold_its_place() {
    let cluster = impatient().await;
    let client = Client::new(cluster.front.traffic);
    let large = format!("\"{}\"", "x".repeat(390_000));
    for at in 0..40 {
        client.put(&format!("/v1/collections/notes/items/{at}"), large.clone()).send().await.expect(201);
    }
    let mut connection = client.connect().await;
    connection.send(client.get("/v1/collections/notes/export").bytes()).await;
    in_flight(&cluster, 1).await;
    // Nothing is read here, and the rest has no room in the buffers between.
    in_flight(&cluster, 0).await;
    drop(connection);
    cluster.stop().await;
}

#[tokio::test]
async fn slow_clients_are_let_go() {
    let cluster = impatient().await;
    let client = Client::new(cluster.front.traffic);
    for said in [
        "GET /v1/collections HT",
        "PUT /v1/collections/c/items/a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
    ] {
        let mut connection = client.connect().await;
        connection.send(said).await;
        assert_eq!(connection.answer().await.expect("an answer").status, 408, "{said}");
        assert!(connection.is_closed().await, "{said}");
    }
    cluster.stop().await;
}

/// Takes a place, by a request whose body does not come.
async fn hold(client: &Client, at: usize) -> Connection {
    let mut connection = client.connect().await;
    let target = format!("/v1/collections/notes/items/{at}");
    connection.send(format!("PUT {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n")).await;
    connection
}

/// Waits until so many requests are in flight.
async fn in_flight(cluster: &Cluster, count: usize) {
    let admin = cluster.admin_url() + "/metrics";
    let wanted = format!("http_server_active_requests{{role=\"all\"}} {count}");
    let began = Instant::now();
    while !reqwest::get(&admin)
        .await
        .expect("an answer")
        .text()
        .await
        .expect("text")
        .lines()
        .any(|line| line == wanted)
    {
        assert!(began.elapsed() < Duration::from_secs(30), "there never were {count}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn what_is_over_the_bound_is_refused_at_once_and_the_rest_is_served() {
    let most = 16;
    let plan = Plan::all().set("admission.max_in_flight", &most.to_string());
    let cluster = plan.set("http.body_timeout", "20s").start().await;
    let client = Client::new(cluster.front.traffic);
    client.put("/v1/collections/notes/items/a", "1").send().await.expect(201);
    // Requests whose bodies do not end hold all the places but one.
    let mut held = Vec::new();
    for at in 0..most - 1 {
        held.push(hold(&client, at).await);
    }
    in_flight(&cluster, most - 1).await;
    // Four times as many as there are places, through the one that is left.
    let asked = (0..4 * most).map(|_| client.get("/v1/collections/notes/items/a").send());
    let answers = futures_util::future::join_all(asked).await;
    let served = answers.iter().filter(|answer| answer.status == 200).count();
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!((answer.status, answer.problem().as_str()), (503, "overloaded"));
        assert_eq!(answer.header("Retry-After").as_deref(), Some("1"));
    }
    assert!(served >= 1, "none was served");
    held.push(hold(&client, most).await);
    in_flight(&cluster, most).await;
    // A new connection for each write that is refused would cost more than the writes.
    let mut connection = client.connect().await;
    for _ in 0..2 {
        connection.send(client.put("/v1/collections/notes/items/b", "1").bytes()).await;
        connection.answer().await.expect("an answer").expect_problem(503, "overloaded");
    }
    for connection in &mut held {
        connection.send("123").await;
    }
    for connection in &mut held {
        assert_eq!(connection.answer().await.expect("an answer").status, 201);
    }
    client.get("/v1/collections/notes/items/a").send().await.expect(200);
    cluster.stop().await;
}
