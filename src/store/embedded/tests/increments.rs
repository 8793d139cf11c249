//! Increments, alone and under idempotency keys.

use std::sync::Arc;

use ::bytes::Bytes;
use tempfile::tempdir;

use super::{Hand, context, document, open, put_change, single, text, token};
use crate::domain::{Increments, Kind};
use crate::store::backend::{Action, Backend, Single};

#[tokio::test]
async fn concurrent_increments_lose_nothing() {
    let directory = tempdir().unwrap();
    let store = open(directory.path(), &Hand::at(1000));
    let increments = Increments::parse(Bytes::from_static(b"{\"\":1}")).unwrap();
    let writes = (1..=200).map(|write| {
        let mut change = put_change("count", "0");
        change.action = Action::Increment(increments.clone());
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.change(&context(), single(change, write)).await })
    });
    for outcome in futures_util::future::join_all(writes).await {
        outcome.unwrap().unwrap();
    }
    assert_eq!(text(&store, "count").await.unwrap(), "200");
}

#[tokio::test]
async fn an_idempotency_key_gives_the_first_answer_for_ten_minutes() {
    let directory = tempdir().unwrap();
    let clock = Hand::at(1000);
    let store = open(directory.path(), &clock);
    let count = |write, token| {
        let mut change = put_change("count", "0");
        change.action = Action::Increment(Increments::parse(Bytes::from_static(b"{\"\":1}")).unwrap());
        Single { token: Some(token), want_document: true, ..single(change, write) }
    };
    let first = store.change(&context(), count(1, token(1, 1))).await.unwrap().value;
    assert_eq!(first.document, Some(document("1")));
    assert_eq!(store.change(&context(), count(1, token(1, 1))).await.unwrap().value, first);
    let other = store.change(&context(), count(1, token(1, 2))).await.unwrap_err();
    assert_eq!(other.kind(), Kind::IdempotencyKeyReused);
    clock.forward(599);
    assert_eq!(store.change(&context(), count(1, token(1, 1))).await.unwrap().value, first);
    clock.forward(1);
    let anew = store.change(&context(), count(2, token(1, 2))).await.unwrap().value;
    assert_eq!(anew.document, Some(document("2")));
    clock.forward(600);
    assert_eq!(store.sweep_now().await.unwrap(), 1);
}
