//! A repeated write is known again, whatever happened in between.

use std::time::Duration;

use tempfile::tempdir;

use super::{Hand, all, context, delete_change, open, put, put_change, row, single, text};
use crate::domain::{Attempt, Condition, Kind, Tag, Tags, Version, WriteId};
use crate::store::backend::{Backend, Single, Together};
use crate::store::embedded::{Embedded, Options};

fn here(single: Single) -> Single {
    Single { attempt: Attempt::RepeatHere, ..single }
}

#[tokio::test]
async fn a_repeated_put_gives_its_first_answer_though_another_came_over_it() {
    let directory = tempdir().unwrap();
    let store = open(directory.path(), &Hand::at(1000));
    let first = put(&store, "a", "1", 1).await.unwrap().value;
    put(&store, "a", "2", 2).await.unwrap();
    let again = store.change(&context(), here(single(put_change("a", "1"), 1))).await.unwrap().value;
    assert_eq!(again, first);
    assert_eq!(text(&store, "a").await.unwrap(), "2");
}

#[tokio::test]
async fn a_repeated_delete_does_not_delete_what_came_after_it() {
    let directory = tempdir().unwrap();
    let store = open(directory.path(), &Hand::at(1000));
    put(&store, "a", "1", 1).await.unwrap();
    store.change(&context(), single(delete_change("a"), 2)).await.unwrap();
    put(&store, "a", "3", 3).await.unwrap();
    store.change(&context(), here(single(delete_change("a"), 2))).await.unwrap();
    assert_eq!(text(&store, "a").await.unwrap(), "3");
}

#[tokio::test]
async fn a_repeated_transaction_gives_its_first_answer() {
    let directory = tempdir().unwrap();
    let store = open(directory.path(), &Hand::at(1000));
    let once = all(vec![put_change("a", "1"), delete_change("b")], 1);
    let first = store.together(&context(), once.clone()).await.unwrap().value;
    put(&store, "a", "2", 2).await.unwrap();
    let again = Together { attempt: Attempt::RepeatHere, ..once };
    assert_eq!(store.together(&context(), again).await.unwrap().value, first);
    assert_eq!(text(&store, "a").await.unwrap(), "2");
}

#[tokio::test]
async fn a_repetition_of_what_never_arrived_is_done_and_its_late_original_is_not() {
    let directory = tempdir().unwrap();
    let store = open(directory.path(), &Hand::at(1000));
    store.change(&context(), here(single(put_change("a", "1"), 1))).await.unwrap();
    put(&store, "a", "2", 2).await.unwrap();
    put(&store, "a", "1", 1).await.unwrap();
    assert_eq!(text(&store, "a").await.unwrap(), "2");
}

#[tokio::test]
async fn the_late_original_of_a_refused_repetition_does_nothing() {
    let directory = tempdir().unwrap();
    let store = open(directory.path(), &Hand::at(1000));
    put(&store, "a", "1", 1).await.unwrap();
    let mut change = put_change("a", "2");
    change.condition = Condition::absent();
    let refused = store.change(&context(), here(single(change.clone(), 2))).await.unwrap_err();
    assert_eq!(refused.kind(), Kind::PreconditionFailed);
    store.change(&context(), single(delete_change("a"), 3)).await.unwrap();
    store.change(&context(), single(change, 2)).await.unwrap_err();
    assert_eq!(row(&store, "a").await, None);
}

#[tokio::test]
async fn a_repetition_elsewhere_is_done_only_where_it_was_certainly_not_done() {
    let directory = tempdir().unwrap();
    let store = open(directory.path(), &Hand::at(1000));
    let version = put(&store, "a", "1", 1).await.unwrap().value.version.unwrap();
    let elsewhere = |change, write| Single { attempt: Attempt::RepeatElsewhere, ..single(change, write) };
    let error = store.change(&context(), elsewhere(put_change("a", "2"), 2)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::OutcomeUnknown);
    let mut pinned = put_change("a", "2");
    pinned.condition = Condition::version(version);
    let done = store.change(&context(), elsewhere(pinned.clone(), 2)).await.unwrap().value;
    assert_eq!(store.change(&context(), elsewhere(pinned, 2)).await.unwrap().value, done);
}

#[tokio::test]
async fn without_room_to_remember_the_outcome_is_said_to_be_unknown() {
    let directory = tempdir().unwrap();
    let window = Duration::from_secs(3600);
    let options = Options { remembered: 4, repeat_window: window, ..Options::new(directory.path()) };
    let store = Embedded::open(options, Hand::at(1000)).unwrap();
    for write in 1..=20 {
        put(&store, "a", "1", write).await.unwrap();
    }
    let error = store.change(&context(), here(single(put_change("a", "1"), 2))).await.unwrap_err();
    assert_eq!(error.kind(), Kind::OutcomeUnknown);
    store.change(&context(), here(single(put_change("a", "1"), 18))).await.unwrap();
}

#[tokio::test]
async fn a_key_that_its_owner_repeats_is_judged_by_the_row_alone() {
    let directory = tempdir().unwrap();
    let store = open(directory.path(), &Hand::at(1000));
    let first = put(&store, "a", "1", 1).await.unwrap().value.version.unwrap();
    let mut change = put_change("a", "2");
    let tag = Tag { version: Some(first), weak: false };
    change.condition.if_match = Some(Tags::List(vec![tag]));
    let keyed = Single { keyed: true, ..single(change, 2) };
    let second = store.change(&context(), keyed.clone()).await.unwrap().value;
    assert_eq!(store.change(&context(), keyed.clone()).await.unwrap().value, second);
    let other = Single { write_id: WriteId::from_bits((2 << 24) | 5), ..keyed.clone() };
    let reused = store.change(&context(), other).await.unwrap_err();
    assert_eq!(reused.kind(), Kind::IdempotencyKeyReused);
    put(&store, "a", "3", 3).await.unwrap();
    let between = store.change(&context(), keyed).await.unwrap_err();
    assert_eq!(between.kind(), Kind::PreconditionFailed);
    assert!(between.current().is_some_and(|current| current.version != Version { ..first }));
}
