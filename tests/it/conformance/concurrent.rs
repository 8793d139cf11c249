//! Writes side by side: none is lost, and conditions let exactly one through.

use futures_util::future::{self, join_all};
use larder::domain::{Condition, Kind, Store};

use super::ask::{
    NOTES, Said, collection, context, delete, done, if_absent, if_match, increment, made, merge, put,
    settings, settle, text, version,
};
use super::transactions::{t_put, transaction};
use crate::support::clock::TestClock;

/// Increments side by side never lose one.
pub async fn concurrent_increments_lose_none(store: &dyn Store, _clock: &TestClock) {
    let counts = (0..60).map(|_| done(store, increment("n", r#"{"":1}"#)));
    let written = join_all(counts).await;
    assert_eq!(text(store, "n").await.as_deref(), Some("60"));
    assert_eq!(written.iter().filter(|written| written.created).count(), 1, "one of them made the item");
    let mut stamps: Vec<_> = written.iter().filter_map(|written| written.version).map(|v| v.stamp).collect();
    stamps.sort_unstable();
    stamps.dedup();
    assert_eq!(stamps.len(), 60, "each made a version of its own");
}

/// Of many that want to create, one does.
pub async fn one_of_many_creates(store: &dyn Store, _clock: &TestClock) {
    let context = context();
    let create = |n: usize| store.write(&context, put("a", &n.to_string()).under(if_absent()));
    let outcomes = join_all((0..20).map(create)).await;
    let won: Vec<usize> = (0..20).filter(|n| outcomes[*n].is_ok()).collect();
    assert_eq!(won.len(), 1);
    assert_eq!(text(store, "a").await, Some(won[0].to_string()));
    for error in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert_eq!(error.kind(), Kind::PreconditionFailed);
    }
}

/// Of many that saw the same version, one replaces it.
pub async fn one_of_many_replaces(store: &dyn Store, _clock: &TestClock) {
    let seen = version(store, put("a", "0")).await;
    let context = context();
    let replace = |n: usize| store.write(&context, put("a", &n.to_string()).under(if_match(seen)));
    let outcomes = join_all((1..20).map(replace)).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
}

/// Patches side by side are all in, but for those that were overtaken too often, which say so.
pub async fn concurrent_patches_lose_none_that_succeeded(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", "{}")).await;
    let context = context();
    let patch = |n: usize| store.write(&context, merge("a", &format!(r#"{{"m{n}":1}}"#)));
    let outcomes = join_all((0..30).map(patch)).await;
    let document = text(store, "a").await.expect("the item");
    for (n, outcome) in outcomes.iter().enumerate() {
        let there = document.contains(&format!("\"m{n}\""));
        match outcome {
            Ok(_) => assert!(there, "m{n} was acknowledged"),
            Err(error) => {
                assert_eq!(error.kind(), Kind::Conflict);
                assert!(error.retry_after().is_some(), "it can pass by waiting");
                assert!(!there, "m{n} was refused");
            }
        }
    }
    assert!(outcomes.iter().filter(|outcome| outcome.is_ok()).count() >= 5);
}

/// A write that would make its collection is never told that there is none, whoever removes it at the same time.
pub async fn a_removal_denies_no_write_that_makes_its_collection(store: &dyn Store, _clock: &TestClock) {
    for write in [|| put("a", "1"), || increment("a", r#"{"":1}"#)] {
        for _ in 0..20 {
            made(store).await;
            let context = context();
            let removal = store.delete_collection(&context, collection(NOTES), Condition::default());
            let second = transaction(vec![t_put("b", "1", if_absent())]);
            let both = future::join(store.write(&context, write()), store.transact(&context, second));
            let (removed, (written, together)) = future::join(removal, both).await;
            if let Err(error) = removed {
                assert_eq!(error.kind(), Kind::CollectionNotEmpty);
            }
            written.expect("it makes the collection, or finds it");
            together.expect("so does a transaction");
            assert_eq!(text(store, "a").await.as_deref(), Some("1"));
            assert_eq!(text(store, "b").await.as_deref(), Some("1"));
            done(store, delete("a")).await;
            done(store, delete("b")).await;
        }
    }
}

/// The same write many times at once is done once.
pub async fn the_same_write_at_once_is_done_once(store: &dyn Store, _clock: &TestClock) {
    let write = put("a", "1").keyed(4711, 1);
    let written = join_all((0..10).map(|_| done(store, write.clone()))).await;
    assert!(written.iter().all(|answer| *answer == written[0]), "{written:?}");

    let token = super::ask::fresh_token();
    let write = increment("n", r#"{"":1}"#).token(token);
    let context = context();
    let outcomes = join_all((0..10).map(|_| store.write(&context, write.clone()))).await;
    for error in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert_eq!(error.kind(), Kind::RequestInProgress);
    }
    assert_eq!(text(store, "n").await.as_deref(), Some("1"));
}

/// First writes side by side make one collection.
pub async fn first_writes_make_one_collection(store: &dyn Store, _clock: &TestClock) {
    let written = join_all((0..20).map(|n| done(store, put(&format!("k{n}"), "1")))).await;
    assert!(written.iter().all(|written| written.created));
    let query = larder::domain::CollectionQuery { limit: 10, after: None };
    let page = store.collections(&context(), query).await.expect("a page").value;
    assert_eq!(page.collections.len(), 1);
}

/// What was written while its collection was being removed is there: either the removal failed, or the write made the
/// collection anew.
pub async fn a_removal_hides_no_write(store: &dyn Store, _clock: &TestClock) {
    let context = context();
    for round in 0..40 {
        let key = format!("k{round}");
        settle(store, settings(NOTES)).await;
        let remove = || store.delete_collection(&context, collection(NOTES), Condition::default());
        let late = async {
            // At another moment of the removal each time.
            for _ in 0..round {
                tokio::task::yield_now().await;
            }
            store.write(&context, put(&key, "1")).await
        };
        let (removed, written, _) = futures_util::future::join3(remove(), late, remove()).await;
        if written.is_ok() {
            assert_eq!(text(store, &key).await.as_deref(), Some("1"), "round {round}, removal: {removed:?}");
            done(store, delete(&key)).await;
        }
        drop(remove().await);
    }
}
