//! Increments: what they make, what they refuse.

use larder::domain::{Kind, Place, Store};

use super::ask::{Said, done, increment, made, put, refused, text};
use crate::support::clock::TestClock;

/// Numbers are added exactly, wherever they are, and everything else stays as it is.
pub async fn numbers_are_added_exactly(store: &dyn Store, _clock: &TestClock) {
    let cases = [
        ("1", r#"{"":1}"#, "2"),
        ("0.1", r#"{"":0.2}"#, "0.3"),
        ("1", r#"{"":-2.5}"#, "-1.5"),
        ("0.5", r#"{"":0.5}"#, "1"),
        ("-1", r#"{"":1}"#, "0"),
        ("1e3", r#"{"":1}"#, "1001"),
        ("1.50", r#"{"":0.25}"#, "1.75"),
        ("9007199254740993", r#"{"":1}"#, "9007199254740994"),
        ("99999999999999999999999999999999999998", r#"{"":1}"#, "99999999999999999999999999999999999999"),
        ("99999999999999999999999999999999999999", r#"{"":1}"#, "100000000000000000000000000000000000000"),
        (r#"{"views":1,"score":2}"#, r#"{"/views":1,"/score":-2.5}"#, r#"{"views":2,"score":-0.5}"#),
        (r#"{"a":{"b":[1,2]}}"#, r#"{"/a/b/1":10}"#, r#"{"a":{"b":[1,12]}}"#),
        (r#"{"a":1}"#, r#"{"/b":3}"#, r#"{"a":1,"b":3}"#),
        (r#"{"a/b":1,"m~n":1}"#, r#"{"/a~1b":1,"/m~0n":1}"#, r#"{"a/b":2,"m~n":2}"#),
    ];
    for (before, by, after) in cases {
        done(store, put("n", before)).await;
        let written = done(store, increment("n", by).wanting_document()).await;
        assert!(!written.created);
        assert_eq!(text(store, "n").await.as_deref(), Some(after), "{before} by {by}");
        assert_eq!(written.document.map(|shown| super::ask::text_of(&shown)).as_deref(), Some(after));
    }
}

/// An increment may make the item, and the collection with it.
pub async fn an_increment_may_create(store: &dyn Store, _clock: &TestClock) {
    for (key, by, made) in [("a", r#"{"":3}"#, "3"), ("b", r#"{"/x":1.5,"/y":2}"#, r#"{"x":1.5,"y":2}"#)] {
        assert!(done(store, increment(key, by)).await.created);
        assert_eq!(text(store, key).await.as_deref(), Some(made));
    }
}

/// Where no number is, where parents are missing, and beyond 38 digits: `conflict`, naming the place.
pub async fn an_increment_that_does_not_fit_is_conflict(store: &dyn Store, _clock: &TestClock) {
    let cases = [
        ("\"1\"", r#"{"":1}"#, ""),
        (r#"{"a":"x"}"#, r#"{"/a":1}"#, "/a"),
        (r#"{"a":{}}"#, r#"{"/a/b/c":1}"#, "/a/b/c"),
        (r#"{"a":[1]}"#, r#"{"/a/1":1}"#, "/a/1"),
        (r#"{"a":[1]}"#, r#"{"/a/-":1}"#, "/a/-"),
        ("99999999999999999999999999999999999999", r#"{"":2}"#, ""),
        ("1e40", r#"{"":1}"#, ""),
    ];
    for (before, by, pointer) in cases {
        done(store, put("n", before)).await;
        let error = refused(store, increment("n", by)).await;
        assert_eq!(error.kind(), Kind::Conflict, "{before} by {by}");
        assert_eq!(error.retry_after(), None);
        let places: Vec<_> = error.faults().iter().map(|fault| fault.place.clone()).collect();
        assert_eq!(places, [Place::Pointer(pointer.into())], "{before} by {by}");
        assert_eq!(text(store, "n").await.as_deref(), Some(before));
    }
}

/// One place that does not fit keeps all others from being added.
pub async fn an_increment_adds_all_or_none(store: &dyn Store, _clock: &TestClock) {
    done(store, put("n", r#"{"a":1,"b":"x"}"#)).await;
    assert_eq!(refused(store, increment("n", r#"{"/a":1,"/b":1}"#)).await.kind(), Kind::Conflict);
    assert_eq!(text(store, "n").await.as_deref(), Some(r#"{"a":1,"b":"x"}"#));
}

/// An increment of nothing that would need a parent makes nothing.
pub async fn an_increment_makes_no_parents(store: &dyn Store, _clock: &TestClock) {
    made(store).await;
    assert_eq!(refused(store, increment("n", r#"{"/a/b":1}"#)).await.kind(), Kind::Conflict);
    assert_eq!(text(store, "n").await, None);
    let error = refused(store, increment("n", r#"{"/a/b":1}"#).within("fresh")).await;
    assert_eq!(error.kind(), Kind::Conflict);
    let missing = super::ask::collection("fresh");
    let error =
        store.collection(&super::ask::context(), missing).await.expect_err("a failed write makes none");
    assert_eq!(error.kind(), Kind::NoSuchCollection);
}
