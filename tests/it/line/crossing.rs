//! What crosses a line that holds, and what is said where there is none.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use larder::domain::{Action, Kind, Store};

use super::PATIENCE;
use crate::support::lines::{Node, embedded, put, read, remote, within, write};

#[tokio::test]
async fn what_is_written_at_one_end_is_read_at_the_other() {
    let kept = embedded();
    let node = Node::start(Arc::clone(&kept.store));
    let remote = remote(node.address);
    let context = within(PATIENCE);
    let written = remote.write(&context, write("a/b", put(r#"{"n": 1.0}"#), 1)).await.unwrap();
    let there = remote.read(&context, read("a/b")).await.unwrap();
    let (item, _) = there.value;
    let item = item.expect("it was written");
    assert_eq!(
        (Some(item.version), &item.document.bytes()[..]),
        (written.value.version, &br#"{"n": 1.0}"#[..])
    );
    assert_eq!(kept.store.read(&context, read("a/b")).await.unwrap().value.0, Some(item));
    assert_eq!((written.charge.writes, there.charge.read_halves), (1, 2));
}

#[tokio::test]
async fn large_documents_cross_in_pieces_beside_small_ones() {
    let kept = embedded();
    let node = Node::start(Arc::clone(&kept.store));
    let remote = remote(node.address);
    let text = |n: usize| format!("\"{}\"", "x".repeat(n * 9_973 % 390_000));
    let one = async |n: usize| {
        let (key, context) = (format!("k{n}"), within(PATIENCE));
        remote.write(&context, write(&key, put(text(n)), n as u64)).await.unwrap();
        let (item, _) = remote.read(&context, read(&key)).await.unwrap().value;
        assert_eq!(item.expect("it was written").document.bytes(), text(n).as_bytes());
    };
    join_all((0..30).map(one)).await;
}

#[tokio::test]
async fn errors_cross_with_all_they_say() {
    let kept = embedded();
    let node = Node::start(Arc::clone(&kept.store));
    let remote = remote(node.address);
    let context = within(PATIENCE);
    let missing = remote.read(&context, read("a")).await.unwrap_err();
    assert_eq!(missing.kind(), Kind::NoSuchCollection);
    remote.write(&context, write("a", put("[1]"), 1)).await.unwrap();
    let mut blind = write("a", put("[2]"), 2);
    blind.condition = larder::domain::Condition::absent();
    blind.want_document = true;
    let refused = remote.write(&context, blind.clone()).await.unwrap_err();
    let same = kept.store.write(&context, blind).await.unwrap_err();
    assert_eq!(refused.current().and_then(|current| current.document.clone()), Some("[1]".into()));
    assert_eq!(
        (refused.kind(), refused.detail(), refused.current(), refused.charge()),
        (same.kind(), same.detail(), same.current(), same.charge())
    );
}

#[tokio::test]
async fn without_a_store_that_is_said_at_once_and_with_the_address() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    drop(taken);
    let remote = remote(address);
    for _ in 0..2 {
        let began = Instant::now();
        let error = remote.read(&within(PATIENCE), read("a")).await.unwrap_err();
        assert_eq!((error.kind(), error.retry_after()), (Kind::StoreUnavailable, Some(1)));
        assert!(error.detail().contains(&address.to_string()), "{error}");
        assert!(error.detail().contains("--role=store"), "{error}");
        assert!(began.elapsed() < Duration::from_secs(5));
        let error = remote.ready(&within(PATIENCE)).await.unwrap_err();
        assert_eq!(error.kind(), Kind::StoreUnavailable);
    }
}

#[tokio::test]
async fn a_deadline_that_has_passed_is_not_sent() {
    let kept = embedded();
    let node = Node::start(Arc::clone(&kept.store));
    let remote = remote(node.address);
    remote.ready(&within(PATIENCE)).await.unwrap();
    let error = remote.write(&within(Duration::ZERO), write("a", Action::Delete, 1)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::DeadlineExceeded);
}
