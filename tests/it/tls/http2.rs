//! HTTP/2 of callers: what one connection may take, what happens to those who take more, and that nobody else notices.

use std::time::{Duration, Instant};

use larder::run::Running;
use reqwest::Version;

use crate::support::certificates::Certificates;
use crate::support::cluster::Cluster;
use crate::support::http2::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, Http2, INITIAL_WINDOW_SIZE, PING, PRIORITY,
    RST_STREAM, SETTINGS, WINDOW_UPDATE, field, frame, head,
};

use super::callers::{client, settings, url};

const ENHANCE_YOUR_CALM: u32 = 11;
const ITEMS: &str = "/v1/collections/c/items";
/// What is not there is answered with a body.
const NOTHING: &str = "/v1/nothing";
const EXPORT: &str = "/v1/collections/c/export";

/// A server, and a connection whose answers wait for windows, or not.
async fn start(window: u32) -> (Certificates, Cluster, Http2) {
    let certificates = Certificates::new();
    let cluster = settings(&certificates).start().await;
    let caller = connect(&certificates, &cluster, window).await;
    (certificates, cluster, caller)
}

/// A connection on which the server's settings are known.
async fn connect(certificates: &Certificates, cluster: &Cluster, window: u32) -> Http2 {
    let settings = [(INITIAL_WINDOW_SIZE, window)];
    let mut caller = Http2::connect(certificates, cluster.front.traffic, &settings).await;
    caller.until(SETTINGS).await;
    caller
}

/// Asks as anybody else.
async fn status(certificates: &Certificates, front: &Running, path: &str) -> u16 {
    let client = client(certificates).build().expect("a client");
    client.get(url(front, path)).send().await.expect("an answer").status().as_u16()
}

/// The connection ends, and the reason is the right one where it comes through what is still on its way.
async fn calmed(mut caller: Http2, what: &str) {
    let error = caller.ended().await;
    assert!(error.is_none_or(|error| error == ENHANCE_YOUR_CALM), "{what}: {error:?}");
}

#[tokio::test]
async fn bounds_are_announced() {
    let certificates = Certificates::new();
    let cluster = settings(&certificates).start().await;
    let mut caller = Http2::connect(&certificates, cluster.front.traffic, &[]).await;
    let first = caller.next().await.unwrap();
    assert_eq!((first.kind, first.flags), (SETTINGS, 0));
    let said: Vec<(u16, u32)> = first
        .payload
        .chunks(6)
        .map(|setting| {
            let (name, value) = setting.split_at(2);
            (u16::from_be_bytes(name.try_into().unwrap()), u32::from_be_bytes(value.try_into().unwrap()))
        })
        .collect();
    assert!(said.contains(&(3, 128)), "{said:?}");
    assert!(said.contains(&(6, 32 * 1024)), "{said:?}");
    assert!(said.iter().any(|(name, _)| *name == INITIAL_WINDOW_SIZE), "{said:?}");
    cluster.stop().await;
}

#[tokio::test]
async fn whoever_keeps_too_many_requests_open_is_ended_and_others_are_served() {
    let (certificates, cluster, mut greedy) = start(0).await;
    for stream in 0..128 {
        greedy.get(2 * stream + 1, NOTHING);
    }
    // All that the bound allows, then a sign that the connection lives, and only then one more.
    greedy.send(frame(PING, 0, 0, &[7; 8]));
    while greedy.until(PING).await.payload != [7; 8] {}
    assert_eq!(status(&certificates, &cluster.front, "/healthz").await, 200);
    greedy.get(257, NOTHING);
    assert_eq!(greedy.ended().await, Some(ENHANCE_YOUR_CALM));
    let mut greedy = connect(&certificates, &cluster, 0).await;
    for stream in 0..5000 {
        greedy.get(2 * stream + 1, NOTHING);
    }
    calmed(greedy, "all at once").await;
    assert_eq!(status(&certificates, &cluster.front, "/healthz").await, 200);
    cluster.stop().await;
}

#[tokio::test]
async fn a_client_that_keeps_to_the_bounds_is_served() {
    let certificates = Certificates::new();
    let cluster = settings(&certificates).start().await;
    let client = client(&certificates).build().unwrap();
    let put = client.put(url(&cluster.front, &format!("{ITEMS}/k"))).body(vec![b'1'; 20_000]);
    assert_eq!(put.send().await.unwrap().status(), 201);
    let tasks: Vec<_> = (0..128)
        .map(|_| {
            let (client, item) = (client.clone(), url(&cluster.front, &format!("{ITEMS}/k")));
            tokio::spawn(async move {
                for _ in 0..20 {
                    let answer = client.get(&item).send().await.unwrap();
                    assert_eq!((answer.status().as_u16(), answer.version()), (200, Version::HTTP_2));
                    assert_eq!(answer.bytes().await.unwrap().len(), 20_000);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    // One connection: the bound is not kept by making more of them.
    let mut caller = connect(&certificates, &cluster, 1 << 20).await;
    caller.send(frame(WINDOW_UPDATE, 0, 0, &(1_u32 << 30).to_be_bytes()));
    for round in 0..20 {
        for stream in 0..128 {
            caller.get(2 * (128 * round + stream) + 1, NOTHING);
        }
        for _ in 0..128 {
            while caller.until(DATA).await.flags & END_STREAM == 0 {}
        }
    }
    cluster.stop().await;
}

/// A head in frames of the size that everybody takes.
fn in_frames(stream: u32, block: &[u8]) -> Vec<u8> {
    let parts: Vec<&[u8]> = block.chunks(16_000).collect();
    let frames = parts.iter().enumerate().map(|(at, part)| {
        let kind = if at == 0 { HEADERS } else { CONTINUATION };
        let end = if at + 1 == parts.len() { END_HEADERS } else { 0 };
        frame(kind, end | if at == 0 { END_STREAM } else { 0 }, stream, part)
    });
    frames.flatten().collect()
}

#[tokio::test]
async fn heads_that_would_take_much_memory_are_refused() {
    let (certificates, cluster, mut caller) = start(65_535).await;
    let plain = head("GET", NOTHING);
    let large = [plain.clone(), field(0, "x-a", &"a".repeat(30_000))].concat();
    caller.send(in_frames(1, &large));
    // A field that is remembered, and 100 times named by a byte.
    let many = [plain.clone(), field(0x40, "x-a", ""), vec![0xbe; 100]].concat();
    caller.send(in_frames(3, &many));
    for _ in 0..2 {
        while caller.until(DATA).await.flags & END_STREAM == 0 {}
    }
    let references = [plain.clone(), field(0x40, "x-a", ""), vec![0xbe; 20_000]].concat();
    let larger = [plain, field(0, "x-a", &"a".repeat(40_000))].concat();
    for (what, block) in [("references", references), ("larger", larger)] {
        let mut caller = connect(&certificates, &cluster, 65_535).await;
        caller.send(in_frames(1, &block));
        calmed(caller, what).await;
    }
    assert_eq!(status(&certificates, &cluster.front, "/healthz").await, 200);
    cluster.stop().await;
}

#[tokio::test]
async fn floods_of_frames_that_ask_for_nothing_are_ended() {
    let (certificates, cluster, caller) = start(65_535).await;
    drop(caller);
    let body = frame(HEADERS, END_HEADERS, 1, &head("PUT", &format!("{ITEMS}/k")));
    for (what, before, one) in [
        ("pings", vec![], frame(PING, 0, 0, &[0; 8])),
        ("priorities", vec![], frame(PRIORITY, 0, 3, &[0, 0, 0, 0, 16])),
        ("windows", vec![], frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1])),
        ("settings", vec![], frame(SETTINGS, 0, 0, &[])),
        ("empty data", body, frame(DATA, 0, 1, &[])),
    ] {
        let mut caller = connect(&certificates, &cluster, 65_535).await;
        caller.send(before);
        for _ in 0..100 {
            caller.send(one.repeat(1000));
        }
        calmed(caller, what).await;
        assert_eq!(status(&certificates, &cluster.front, "/healthz").await, 200, "{what}");
    }
    cluster.stop().await;
}

/// A server with little patience (two seconds) and two places, and something to export.
async fn impatient(certificates: &Certificates) -> Cluster {
    let mut plan = settings(certificates).set("admission.max_in_flight", "2");
    for key in ["http.idle", "http.head_timeout", "http.body_timeout", "http.deadline"] {
        plan = plan.set(key, "1s");
    }
    let cluster = plan.start().await;
    let client = client(certificates).build().expect("a client");
    let put =
        client.put(url(&cluster.front, &format!("{ITEMS}/k"))).body(format!("\"{}\"", "x".repeat(50_000)));
    assert_eq!(put.send().await.expect("an answer").status(), 201);
    cluster
}

#[tokio::test]
async fn an_export_that_nobody_takes_gives_its_place_back_while_pings_go_on() {
    let certificates = Certificates::new();
    let cluster = impatient(&certificates).await;
    let mut caller = connect(&certificates, &cluster, 0).await;
    for stream in [1, 3] {
        caller.get(stream, EXPORT);
        caller.until(HEADERS).await;
    }
    let item = format!("{ITEMS}/k");
    assert_eq!(status(&certificates, &cluster.front, &item).await, 503, "both places are taken");
    let began = Instant::now();
    while status(&certificates, &cluster.front, &item).await == 503 {
        assert!(began.elapsed() < Duration::from_secs(15), "they never came back");
        caller.send(frame(PING, 0, 0, &[7; 8]));
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(began.elapsed() > Duration::from_millis(1500), "{:?}", began.elapsed());
    let mut told = [caller.until(RST_STREAM).await.stream, caller.until(RST_STREAM).await.stream];
    told.sort_unstable();
    assert_eq!(told, [1, 3]);
    // The connection goes on.
    caller.get(5, "/healthz");
    assert_eq!(caller.until(HEADERS).await.stream, 5);
    cluster.stop().await;
}

#[tokio::test]
async fn an_export_that_is_taken_slowly_comes_to_its_end() {
    let certificates = Certificates::new();
    let cluster = impatient(&certificates).await;
    let mut caller = connect(&certificates, &cluster, 0).await;
    caller.get(1, EXPORT);
    let mut bytes = 0;
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_millis(600)).await;
        caller.send(frame(WINDOW_UPDATE, 0, 1, &[0, 0, 0, 1]));
        bytes += caller.until(DATA).await.payload.len();
    }
    assert_eq!(bytes, 10);
    caller.send(frame(WINDOW_UPDATE, 0, 1, &[0, 1, 0, 0]));
    loop {
        let frame = caller.until(DATA).await;
        bytes += frame.payload.len();
        if frame.flags & END_STREAM != 0 {
            break;
        }
    }
    assert!(bytes > 50_000, "{bytes}");
    cluster.stop().await;
}
