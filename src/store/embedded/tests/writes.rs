//! Single changes, transactions, collections, expiry: as the writer does them.

use std::sync::Arc;

use tempfile::tempdir;

use super::{
    Hand, all, context, delete_change, name, open, put, put_change, row, scan, scan_all, single, text, token,
};
use crate::domain::{
    CollectionQuery, Condition, Kind, OperationOutcome, PutCollection, Timestamp, Ttl, WriteId,
};
use crate::store::backend::{Backend, Lifetime, Scan};

#[tokio::test]
async fn what_is_put_is_there_until_it_is_deleted() {
    let directory = tempdir().unwrap();
    let store = open(directory.path(), &Hand::at(1000));
    let made = put(&store, "a/b", "{\"n\":1}", 1).await.unwrap();
    assert!(made.value.created);
    assert_eq!(made.charge.writes, 1);
    assert_eq!(text(&store, "a/b").await.unwrap(), "{\"n\":1}");
    let again = put(&store, "a/b", "2", 2).await.unwrap().value;
    assert!(!again.created);
    assert!(again.version.unwrap().stamp > made.value.version.unwrap().stamp);
    store.change(&context(), single(delete_change("a/b"), 3)).await.unwrap();
    assert_eq!(text(&store, "a/b").await, None);
    let gone = store.change(&context(), single(delete_change("a/b"), 4)).await.unwrap_err();
    assert_eq!((gone.kind(), gone.charge().writes), (Kind::NoSuchItem, 1));
}

#[tokio::test]
async fn a_condition_is_judged_over_what_the_same_turn_did() {
    let directory = tempdir().unwrap();
    let store = open(directory.path(), &Hand::at(1000));
    let writes = (1..=50).map(|write| {
        let mut change = put_change("one", &write.to_string());
        change.condition = Condition::absent();
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.change(&context(), single(change, write)).await })
    });
    let outcomes = futures_util::future::join_all(writes).await;
    let done = outcomes.iter().filter(|outcome| outcome.as_ref().unwrap().is_ok()).count();
    assert_eq!(done, 1);
}

#[tokio::test]
async fn a_transaction_happens_as_a_whole_or_not_at_all() {
    let directory = tempdir().unwrap();
    let store = open(directory.path(), &Hand::at(1000));
    put(&store, "old", "1", 1).await.unwrap();
    let mut refused = put_change("old", "2");
    refused.condition = Condition::absent();
    let failing = vec![put_change("new", "1"), refused, delete_change("none")];
    let error = store.together(&context(), all(failing, 2)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::TransactionPrecondition);
    assert_eq!(error.failures().iter().map(|failure| failure.op).collect::<Vec<_>>(), [1]);
    assert_eq!(error.charge().writes, 6);
    assert_eq!((text(&store, "new").await, text(&store, "old").await.as_deref()), (None, Some("1")));

    let working = vec![put_change("new", "1"), delete_change("old"), delete_change("none")];
    let done = store.together(&context(), all(working, 3)).await.unwrap().value;
    assert!(matches!(
        done[..],
        [OperationOutcome::Put { .. }, OperationOutcome::Deleted, OperationOutcome::Deleted]
    ));
    assert_eq!((text(&store, "new").await.as_deref(), text(&store, "old").await), (Some("1"), None));
}

#[tokio::test]
async fn a_failed_first_write_makes_no_collection() {
    let directory = tempdir().unwrap();
    let store = open(directory.path(), &Hand::at(1000));
    let mut change = put_change("a", "1");
    change.condition = Condition { if_match: Some(crate::domain::Tags::Any), ..Condition::default() };
    store.change(&context(), single(change, 1)).await.unwrap_err();
    assert_eq!(store.collection(&context(), &name("notes")).await.unwrap().value, None);
    let mut change = put_change("a", "1");
    change.create_collection = false;
    let error = store.change(&context(), single(change, 2)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::NoSuchCollection);
    put(&store, "a", "1", 3).await.unwrap();
    let made = store.collection(&context(), &name("notes")).await.unwrap().value.unwrap();
    assert_eq!(made.settings.shards, 1);
}

#[tokio::test]
async fn a_collection_goes_only_when_nothing_in_it_is_live() {
    let directory = tempdir().unwrap();
    let clock = Hand::at(1000);
    let store = open(directory.path(), &clock);
    let mut change = put_change("a", "1");
    change.lifetime = Lifetime::From(Ttl::Seconds(10));
    store.change(&context(), single(change, 1)).await.unwrap();
    let delete = || async { store.delete_collection(&context(), &name("notes"), Condition::default()).await };
    assert_eq!(delete().await.unwrap_err().kind(), Kind::CollectionNotEmpty);
    clock.forward(10);
    delete().await.unwrap();
    assert_eq!(row(&store, "a").await, None);
    assert_eq!(delete().await.unwrap_err().kind(), Kind::NoSuchCollection);
}

#[tokio::test]
async fn a_write_for_another_number_of_shards_is_turned_away() {
    let directory = tempdir().unwrap();
    let store = open(directory.path(), &Hand::at(1000));
    let put_settings = |shards| PutCollection {
        name: name("notes"),
        default_ttl: None,
        schema: None,
        require_preconditions: false,
        shards: Some(shards),
        condition: Condition::default(),
        write_id: WriteId::from_bits(7 << 24),
        attempt: crate::domain::Attempt::First,
    };
    store.put_collection(&context(), put_settings(8)).await.unwrap();
    let mut turned_away = 0;
    for key in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        turned_away += usize::from(put(&store, key, "1", 1).await.is_err());
    }
    assert!(turned_away > 3);
    let page = store.collections(&context(), CollectionQuery { limit: 10, after: None }).await.unwrap().value;
    assert_eq!(page.collections[0].settings.shards, 8);
}

#[tokio::test]
async fn expired_rows_are_absent_for_writes_and_swept_without_a_trace() {
    let directory = tempdir().unwrap();
    let clock = Hand::at(1000);
    let store = open(directory.path(), &clock);
    let until = |ttl| {
        let mut change = put_change("a", "1");
        change.lifetime = Lifetime::From(Ttl::Seconds(ttl));
        change.condition = Condition::absent();
        change
    };
    store.change(&context(), single(until(10), 1)).await.unwrap();
    assert_eq!(store.sweep_now().await.unwrap(), 0);
    clock.forward(10);
    assert!(store.change(&context(), single(until(20), 2)).await.unwrap().value.created);
    // The first end is forgotten with the row that had it.
    assert_eq!(store.sweep_now().await.unwrap(), 0);
    assert!(row(&store, "a").await.is_some());
    clock.forward(20);
    assert_eq!(store.sweep_now().await.unwrap(), 1);
    assert_eq!(row(&store, "a").await, None);
    assert_eq!(store.sweep_now().await.unwrap(), 0);
}

#[tokio::test]
async fn more_expired_rows_than_a_turn_clears_are_all_cleared() {
    let directory = tempdir().unwrap();
    let clock = Hand::at(1000);
    let store = open(directory.path(), &clock);
    for page in 0..25 {
        let changes = (0..100).map(|n| {
            let mut change = put_change(&format!("{page}/{n}"), "1");
            change.lifetime = Lifetime::At(Some(Timestamp::from_secs(1001 + page)));
            change
        });
        store.together(&context(), all(changes.collect(), page + 1)).await.unwrap();
    }
    clock.forward(100);
    store.sweep_now().await.unwrap();
    assert_eq!(scan(&store, scan_all()).await, (Vec::new(), false));
}

#[tokio::test]
async fn a_scan_goes_by_bytes_in_both_directions_and_says_when_there_is_more() {
    let directory = tempdir().unwrap();
    let store = open(directory.path(), &Hand::at(1000));
    for (write, key) in ["b", "a", "a/1", "é", "c"].into_iter().enumerate() {
        put(&store, key, "1", write as u64 + 1).await.unwrap();
    }
    assert_eq!(scan(&store, scan_all()).await.0, ["a", "a/1", "b", "c", "é"]);
    let back = Scan { reverse: true, limit: 2, ..scan_all() };
    assert_eq!(scan(&store, back).await, (vec!["é".into(), "c".into()], true));
    let middle = Scan { lower: b"a/".to_vec(), upper: Some(b"c".to_vec()), ..scan_all() };
    assert_eq!(scan(&store, middle).await, (vec!["a/1".into(), "b".into()], false));
    let empty = Scan { lower: b"z".to_vec(), upper: Some(b"b".to_vec()), ..scan_all() };
    assert_eq!(scan(&store, empty).await, (vec![], false));
}

#[tokio::test]
async fn a_page_ends_near_a_mebibyte_but_holds_at_least_one_row() {
    let directory = tempdir().unwrap();
    let store = open(directory.path(), &Hand::at(1000));
    let large = format!("\"{}\"", "x".repeat(390 * 1024 - 2));
    for write in 1..=4u64 {
        put(&store, &write.to_string(), &large, write).await.unwrap();
    }
    let (first, more) = scan(&store, scan_all()).await;
    assert_eq!((first, more), (vec!["1".into(), "2".into()], true));
    let rest = Scan { lower: b"3".to_vec(), ..scan_all() };
    assert_eq!(scan(&store, rest).await, (vec!["3".into(), "4".into()], false));
}

#[tokio::test]
async fn a_transaction_with_a_key_happens_once() {
    let directory = tempdir().unwrap();
    let store = open(directory.path(), &Hand::at(1000));
    let mut once = all(vec![put_change("a", "1"), put_change("b", "1")], 1);
    once.token = Some(token(3, 1));
    let first = store.together(&context(), once.clone()).await.unwrap().value;
    put(&store, "a", "2", 2).await.unwrap();
    assert_eq!(store.together(&context(), once.clone()).await.unwrap().value, first);
    assert_eq!(text(&store, "a").await.unwrap(), "2");
    once.token = Some(token(3, 2));
    let other = store.together(&context(), once).await.unwrap_err();
    assert_eq!(other.kind(), Kind::IdempotencyKeyReused);
}

#[tokio::test]
async fn a_clock_that_was_set_back_does_not_keep_what_has_expired() {
    let directory = tempdir().unwrap();
    let clock = Hand::at(1_000_000);
    let store = open(directory.path(), &clock);
    put(&store, "first", "1", 1).await.unwrap();
    clock.back(900_000);
    let mut mortal = put_change("mortal", "1");
    mortal.lifetime = Lifetime::From(Ttl::Seconds(5));
    store.change(&context(), single(mortal, 2)).await.unwrap();
    clock.forward(20);
    put(&store, "last", "1", 3).await.unwrap();
    assert_eq!(store.sweep_now().await.unwrap(), 0, "the turn of the last write has cleared it away");
}
