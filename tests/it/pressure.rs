//! What holds a process up or fills it is bounded: bodies that are large, and lines that do not come.

use std::time::{Duration, Instant};

use crate::support::client::Client;
use crate::support::cluster::Plan;
use crate::support::process::Process;
use crate::support::until::until;

const NOTES: &str = "/v1/collections/notes";

#[tokio::test]
async fn an_import_whose_lines_do_not_come_ends() {
    let cluster = Plan::all().set("http.body_timeout", "1s").start().await;
    let client = Client::new(cluster.front.traffic);
    let head = "POST /v1/collections/notes/import HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    let mut connection = client.connect().await;
    connection.send(head.as_bytes()).await;
    // Each piece comes in time, and none of them ends a line with something in it.
    for _ in 0..6 {
        connection.send(b"2\r\n \n\r\n").await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let sent = Instant::now();
    assert_eq!(connection.answer().await.expect("an answer").status, 408);
    // Counted from the last piece, the time would not be over for another 700 ms.
    assert!(sent.elapsed() < Duration::from_millis(400), "{:?}", sent.elapsed());
    cluster.stop().await;
}

#[tokio::test]
async fn large_bodies_share_the_room_that_there_is() {
    let cluster = Plan::all().set("admission.max_body_bytes", "1MiB").start().await;
    let client = Client::new(cluster.front.traffic);
    let body = format!("{{\"ops\":[{{\"op\":\"get\",\"key\":\"a\"}}]}}{}", " ".repeat(600 * 1024));
    let batch = || client.post(&format!("{NOTES}/batch"), body.clone());
    client.put(&format!("{NOTES}/items/a"), "1").send().await.expect(201);
    let mut first = client.connect().await;
    let bytes = batch().bytes();
    first.send(&bytes[..bytes.len() - 1]).await;
    // The first has come as far as it has when nobody else has room.
    until("a batch that has no room", async || batch().send().await.status != 200).await;
    let refused = batch().send().await;
    assert_eq!((refused.status, refused.header("Retry-After").as_deref()), (503, Some("1")));
    assert_eq!(refused.json()["type"], "/problems/overloaded");
    assert_eq!(
        client.get(&format!("{NOTES}/items/a")).send().await.status,
        200,
        "small ones have room of their own"
    );
    first.send(&bytes[bytes.len() - 1..]).await;
    assert_eq!(first.answer().await.expect("an answer").status, 200);
    assert_eq!(batch().send().await.status, 200);
    cluster.stop().await;
}

/// Strangers who only connect must not keep the database from its own files: a flush that finds none ends all writes.
#[tokio::test]
async fn connections_leave_the_database_the_files_that_it_needs() {
    const FILES: u32 = 320;
    let data = tempfile::tempdir().expect("a directory");
    let process = Process::start_with_files(
        FILES,
        "all",
        data.path(),
        &[("shutdown.linger", "0s"), ("http.workers", "2")],
    );
    let client = Client::new(process.traffic);
    let mut first = client.connect().await;
    let put = client.put(&format!("{NOTES}/items/a"), "1").bytes();
    first.send(put.clone()).await;
    first.answer().await.expect("an answer").expect(201);
    let mut idle = Vec::new();
    for _ in 0..FILES {
        idle.push(
            tokio::net::TcpStream::connect(process.traffic)
                .await
                .expect("at least the listener's queue takes it"),
        );
    }
    let open = || std::fs::read_dir(format!("/proc/{}/fd", process.id())).expect("its files").count();
    let free = FILES as usize / 4 + 64;
    for _ in 0..20 {
        first.send(put.clone()).await;
        first.answer().await.expect("an answer").expect(204);
        let taken = open();
        assert!(taken + free < FILES as usize, "{taken} of {FILES} files are open");
    }
    assert!(open() > 100, "connections are taken as far as there is room");
}
