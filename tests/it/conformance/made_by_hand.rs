//! Where writes make no collections, they have to be made by hand.

use larder::domain::{Kind, Store};
use larder::store::engine::Options;

use super::ask::{Said, context, delete, done, increment, merge, put, refused, settings, settle};
use super::transactions::{failed, free, t_put};
use crate::support::stores::{self, Fixture};

#[tokio::test]
async fn the_embedded_store_makes_none_by_itself() {
    check(stores::Kind::Embedded).await;
}

#[tokio::test]
async fn the_remote_store_makes_none_by_itself() {
    check(stores::Kind::Remote).await;
}

#[tokio::test]
async fn the_store_on_dynamodb_makes_none_by_itself() {
    check(stores::Kind::Dynamo).await;
}

async fn check(kind: stores::Kind) {
    let fixture = Fixture::with(kind, Options { auto_create: false }).await;
    let store: &dyn Store = &*fixture.store;
    for write in [put("a", "1"), increment("a", r#"{"":1}"#), merge("a", "1"), delete("a")] {
        assert_eq!(refused(store, write).await.kind(), Kind::NoSuchCollection);
    }
    let error = failed(store, vec![t_put("a", "1", free())]).await;
    assert_eq!(error.kind(), Kind::NoSuchCollection);
    assert_eq!(error.failures().iter().map(|failure| failure.op).collect::<Vec<_>>(), [0]);
    let missing = store.collection(&context(), super::ask::collection("notes")).await;
    assert_eq!(missing.expect_err("nothing made it").kind(), Kind::NoSuchCollection);
    settle(store, settings("notes")).await;
    assert!(done(store, put("a", "1")).await.created);
    let elsewhere = put("a", "1").within("elsewhere");
    assert_eq!(refused(store, elsewhere).await.kind(), Kind::NoSuchCollection);
    fixture.close().await;
}
