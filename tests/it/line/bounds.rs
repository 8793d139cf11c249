//! What a line holds at most, and what does not hold up what.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use larder::domain::{Consistency, KeyRange, Kind, ListQuery, Store};
use larder::wire::line::CALLS;

use super::PATIENCE;
use crate::support::faults::{Proxy, Way};
use crate::support::lines::{Node, embedded, put, read, remote, within, write};

fn list() -> ListQuery {
    ListQuery {
        collection: read("a").target.collection,
        range: KeyRange::default(),
        reverse: false,
        limit: 1000,
        after: None,
        delimiter: None,
        values: true,
        consistency: Consistency::Strong,
    }
}

#[tokio::test]
async fn lists_of_large_documents_do_not_hold_up_small_reads() {
    let kept = embedded();
    for key in 0..4 {
        let text = format!("\"{}\"", "x".repeat(250_000));
        kept.store.write(&within(PATIENCE), write(&format!("k{key}"), put(text), key)).await.unwrap();
    }
    kept.store.write(&within(PATIENCE), write("small", put("[1]"), 9)).await.unwrap();
    let node = Node::start(Arc::clone(&kept.store));
    let proxy = Proxy::start(node.address).await;
    let remote = remote(proxy.address);
    remote.ready(&within(PATIENCE)).await.unwrap();
    // At most 16 KiB each 2 ms: the 24 MiB of all pages take seconds.
    proxy.delay(Way::ToApi, Duration::from_millis(2));
    let began = Instant::now();
    let lists = join_all((0..24).map(|_| async {
        let page = remote.list(&within(PATIENCE), list()).await.unwrap().value;
        assert_eq!(page.entries.len(), 5);
        began.elapsed()
    }));
    let reads = async {
        let mut slowest = Duration::ZERO;
        for _ in 0..5 {
            let began = Instant::now();
            remote.read(&within(PATIENCE), read("small")).await.unwrap();
            slowest = slowest.max(began.elapsed());
        }
        (slowest, began.elapsed())
    };
    let (lists, (slowest, all)) = join(lists, reads).await;
    let last = lists.into_iter().max().expect("lists");
    assert!(all < last, "five reads took {all:?}, the lists {last:?}");
    assert!(slowest < last / 2, "a read took {slowest:?}, the lists {last:?}");
}

#[tokio::test]
async fn calls_to_a_store_that_stands_still_are_bounded_and_end_at_their_deadlines() {
    let kept = embedded();
    let node = Node::start(Arc::clone(&kept.store));
    let proxy = Proxy::start(node.address).await;
    let remote = remote(proxy.address);
    remote.ready(&within(PATIENCE)).await.unwrap();
    proxy.stall(Way::ToStore, true);
    // All have begun before the first one ends, and all end before the line is found to be silent.
    let deadline = Duration::from_secs(2);
    let began = Instant::now();
    let calls = (0..CALLS + 100).map(|_| async {
        let error = remote.read(&within(deadline), read("a")).await.unwrap_err();
        (error.kind(), began.elapsed())
    });
    let ended = join_all(calls).await;
    let refused = ended.iter().filter(|(kind, _)| *kind == Kind::Overloaded).count();
    let expired = ended.iter().filter(|(kind, _)| *kind == Kind::DeadlineExceeded).count();
    assert_eq!((refused, expired), (100, CALLS));
    let late = ended.iter().map(|(_, after)| *after).max().expect("calls");
    assert!(late < deadline * 2, "{late:?}");
}

#[tokio::test]
async fn bytes_for_a_store_that_stands_still_are_bounded() {
    let kept = embedded();
    let node = Node::start(Arc::clone(&kept.store));
    let proxy = Proxy::start(node.address).await;
    let remote = remote(proxy.address);
    remote.ready(&within(PATIENCE)).await.unwrap();
    proxy.stall(Way::ToStore, true);
    let text = format!("\"{}\"", "x".repeat(380_000));
    let puts = (0..200).map(|id| {
        let write = write(&format!("k{id}"), put(text.clone()), id);
        let remote = Arc::clone(&remote);
        async move { remote.write(&within(Duration::from_secs(1)), write).await.unwrap_err().kind() }
    });
    let ended = join_all(puts).await;
    let refused = ended.iter().filter(|kind| **kind == Kind::Overloaded).count();
    // 8 MiB wait, and what the connection holds besides.
    let held = (200 - refused) * 380_000;
    assert!((8_000_000..20_000_000).contains(&held), "{held} bytes were held");
    proxy.heal();
    remote.ready(&within(PATIENCE)).await.unwrap();
    // What was called back did not come.
    let kinds = |kind| ended.iter().filter(|ended| **ended == kind).count();
    let page = kept.store.list(&within(PATIENCE), list()).await;
    let there = page.map_or(0, |page| page.value.entries.len());
    assert!(
        there <= kinds(Kind::OutcomeUnknown),
        "{there} writes were done, of {}",
        kinds(Kind::OutcomeUnknown)
    );
}

#[tokio::test]
async fn whoever_sends_rubbish_loses_its_line_and_no_other() {
    let kept = embedded();
    let node = Node::start(Arc::clone(&kept.store));
    let remote = remote(node.address);
    remote.ready(&within(PATIENCE)).await.unwrap();
    let address = node.address;
    let ended = tokio::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let head = "POST /line/v1 HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n";
        stream.write_all(&[head.as_bytes(), &[0xff; 100]].concat()).unwrap();
        // The end of the connection, in order or by reset; not the end of our patience.
        let end = stream.read_to_end(&mut Vec::new());
        end.map_or_else(|error| error.kind() == std::io::ErrorKind::ConnectionReset, |_| true)
    });
    assert!(ended.await.unwrap());
    remote.ready(&within(PATIENCE)).await.unwrap();
}
