//! How a line ends, and what is known then: stores that stop, stall, die, or are replaced.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use larder::api::remote::{Options, Remote};
use larder::domain::{Condition, Kind, Store, Write};
use larder::http::Stage;

use super::PATIENCE;
use crate::support::faults::{End, Proxy, Way};
use crate::support::lines::{Node, embedded, put, read, remote, within, write};

/// A deadline that is passed in the test.
const SOON: Duration = Duration::from_millis(400);

#[tokio::test]
async fn a_store_that_says_nothing_is_left_at_the_deadline() {
    let kept = embedded();
    let node = Node::start(Arc::clone(&kept.store));
    let proxy = Proxy::start(node.address).await;
    let remote = remote(proxy.address);
    remote.write(&within(PATIENCE), write("a", put("[1]"), 1)).await.unwrap();
    proxy.stall(Way::ToStore, true);
    let began = Instant::now();
    let (reading, writing) =
        tokio::join!(async { remote.read(&within(SOON), read("a")).await.unwrap_err() }, async {
            remote.write(&within(SOON), write("a", put("[2]"), 2)).await.unwrap_err()
        },);
    assert!((SOON..SOON * 12).contains(&began.elapsed()), "{:?}", began.elapsed());
    assert_eq!((reading.kind(), writing.kind()), (Kind::DeadlineExceeded, Kind::OutcomeUnknown));
    assert!(writing.detail().contains("Idempotency-Key"), "{writing}");
    proxy.heal();
    // The line is none the worse for it; what came late was not done, or was.
    let (item, _) = remote.read(&within(PATIENCE), read("a")).await.unwrap().value;
    assert!(matches!(&item.expect("it is there").document.bytes()[..], b"[1]" | b"[2]"));
}

#[tokio::test]
async fn a_line_that_is_silent_is_found_out_and_replaced() {
    let kept = embedded();
    let node = Node::start(Arc::clone(&kept.store));
    let proxy = Proxy::start(node.address).await;
    let remote = remote(proxy.address);
    remote.write(&within(PATIENCE), write("a", put("[1]"), 1)).await.unwrap();
    // Whoever is at the other end is gone, and nobody says so: the line of before hears nothing any more.
    proxy.stall(Way::ToApi, true);
    let stalled = proxy.connections();
    let reading = async { remote.read(&within(PATIENCE), read("a")).await };
    let healing = async {
        while proxy.connections() == stalled {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        proxy.heal();
    };
    let began = Instant::now();
    let (read, ()) = tokio::join!(reading, healing);
    assert!(read.is_ok(), "the read goes over another line");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_known_again_by_the_same_store() {
    let kept = embedded();
    let node = Node::start(Arc::clone(&kept.store));
    let proxy = Proxy::start(node.address).await;
    let remote = remote(proxy.address);
    remote.ready(&within(PATIENCE)).await.unwrap();
    for (id, (way, condition)) in [
        // Done, but the answer is cut off; then not done, because the request is.
        (Way::ToApi, Condition::absent()),
        (Way::ToStore, Condition::default()),
    ]
    .into_iter()
    .enumerate()
    {
        proxy.end_after(way, 10, End::Reset);
        let key = format!("k{id}");
        let write = Write { condition, ..write(&key, put("[1]"), id as u64 + 1) };
        let written = remote.write(&within(PATIENCE), write).await.unwrap();
        assert!(written.value.created, "{way:?}");
        let (item, _) = kept.store.read(&within(PATIENCE), read(&key)).await.unwrap().value;
        assert_eq!(item.map(|item| item.version), written.value.version);
    }
}

#[tokio::test]
async fn what_became_of_a_write_is_unknown_where_another_store_process_has_to_tell() {
    let kept = embedded();
    let (first, second) = (Node::start(Arc::clone(&kept.store)), Node::start(Arc::clone(&kept.store)));
    let proxy = Proxy::start(first.address).await;
    let remote = remote(proxy.address);
    let there = remote.write(&within(PATIENCE), write("a", put("[1]"), 1)).await.unwrap();
    let lost = async |id, way, condition| {
        proxy.retarget(first.address);
        proxy.end(End::Cut);
        while remote.ready(&within(PATIENCE)).await.is_err() {}
        proxy.retarget(second.address);
        proxy.end_after(way, 10, End::Reset);
        let write = Write { condition, ..write("a", put("[2]"), id) };
        remote.write(&within(PATIENCE), write).await
    };
    // It may have been written and written over, as far as the second store can tell.
    let unknown = lost(2, Way::ToStore, Condition::default()).await.unwrap_err();
    assert_eq!(unknown.kind(), Kind::OutcomeUnknown);
    // No version comes back: had it been written, another one would be there.
    let version = there.value.version.expect("a version");
    let written = lost(3, Way::ToStore, Condition::version(version)).await.unwrap();
    assert!(!written.value.created);
    // The item itself shows that it was written.
    let again = lost(4, Way::ToApi, Condition::default()).await.unwrap();
    let (item, _) = kept.store.read(&within(PATIENCE), read("a")).await.unwrap().value;
    assert_eq!(item.map(|item| item.version), again.value.version);
}

#[tokio::test]
async fn a_deleted_collection_of_which_no_answer_came_may_be_deleted() {
    let kept = embedded();
    let node = Node::start(Arc::clone(&kept.store));
    let proxy = Proxy::start(node.address).await;
    let remote = remote(proxy.address);
    remote.write(&within(PATIENCE), write("a", put("[1]"), 1)).await.unwrap();
    remote.write(&within(PATIENCE), write("a", larder::domain::Action::Delete, 2)).await.unwrap();
    proxy.end_after(Way::ToApi, 10, End::Reset);
    let name = read("a").target.collection;
    let error = remote.delete_collection(&within(PATIENCE), name, Condition::default()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::OutcomeUnknown);
}

#[tokio::test]
async fn a_stopping_store_answers_what_it_has_and_goes() {
    let kept = embedded();
    let node = Node::start(Arc::clone(&kept.store));
    let remote = remote(node.address);
    remote.write(&within(PATIENCE), write("a", put("[1]"), 1)).await.unwrap();
    let caller = async |caller: u64| {
        let mut done = 0;
        for number in 0.. {
            let write = write("a", put("[2]"), (caller << 32) + number + 2);
            match remote.write(&within(PATIENCE), write).await {
                Ok(_) => done += 1,
                // Not sent, and said so. Anything else would be a write that was lost.
                Err(error) => {
                    assert_eq!(error.kind(), Kind::StoreUnavailable, "{error}");
                    break;
                }
            }
        }
        done
    };
    let stopping = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        node.stop().await
    };
    let (done, took) = tokio::join!(join_all((0..8).map(caller)), stopping);
    assert!(done.iter().sum::<u64>() > 0);
    assert!(took < Duration::from_secs(5), "an idle line held the store for {took:?}");
}

#[tokio::test]
async fn a_line_at_its_age_is_replaced_and_nobody_notices() {
    let kept = embedded();
    let node = Node::start(Arc::clone(&kept.store));
    let proxy = Proxy::start(node.address).await;
    let options = Options::new(proxy.address.ip().to_string(), proxy.address.port());
    let remote = Remote::new(Options { line_age: Duration::from_millis(50), ..options }).unwrap();
    remote.write(&within(PATIENCE), write("a", put("[1]"), 1)).await.unwrap();
    while proxy.connections() < 6 {
        let results =
            join_all((0..8).map(|_| async { remote.read(&within(PATIENCE), read("a")).await })).await;
        assert!(results.iter().all(Result::is_ok), "{results:?}");
    }
}

#[tokio::test]
async fn a_store_that_comes_back_is_found_again() {
    let kept = embedded();
    let node = Node::start(Arc::clone(&kept.store));
    let proxy = Proxy::start(node.address).await;
    let remote = remote(proxy.address);
    remote.write(&within(PATIENCE), write("a", put("[1]"), 1)).await.unwrap();
    proxy.refuse(true);
    proxy.end(End::Reset);
    node.lifecycle.enter(Stage::Stopping);
    node.kill().await;
    // A read that was on the line when it ended waits for another until its deadline; the next ones do not.
    while remote.read(&within(SOON), read("a")).await.unwrap_err().kind() != Kind::StoreUnavailable {}
    let node = Node::start(Arc::clone(&kept.store));
    proxy.retarget(node.address);
    proxy.refuse(false);
    let began = Instant::now();
    while remote.read(&within(PATIENCE), read("a")).await.is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}
