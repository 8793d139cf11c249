//! Merge patches and JSON patches of what is stored; the languages themselves are tested where they are.

use larder::domain::{Kind, Place, Store, limits};

use super::ask::{Said, done, item, json_patch, made, merge, put, refused, string_of, text};
use crate::support::clock::TestClock;

/// A merge patch changes members, removes those that are null, and keeps the rest as it was written.
pub async fn a_merge_patch_changes_what_it_names(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", r#"{ "title": "x", "n": 1.50, "gone": [1], "deep": {"a": 1, "b": 2} }"#)).await;
    let patch = r#"{"gone": null, "deep": {"b": null, "c": 3}, "title": "y", "new": true}"#;
    let written = done(store, merge("a", patch).wanting_document()).await;
    let expected = r#"{"title":"y","n":1.50,"deep":{"a":1,"c":3},"new":true}"#;
    assert_eq!(text(store, "a").await.as_deref(), Some(expected), "compact, members in their places");
    assert!(!written.created);
    let shown = written.document.expect("the document that was asked for");
    assert_eq!(super::ask::text_of(&shown), expected);
}

/// A JSON patch does its steps in order, or none.
pub async fn a_json_patch_does_all_steps_or_none(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", r#"{"list":[1,2],"n":1}"#)).await;
    let patch = r#"[
        {"op":"test","path":"/n","value":1.0},
        {"op":"add","path":"/list/1","value":9},
        {"op":"move","from":"/n","path":"/m"},
        {"op":"replace","path":"/list/0","value":{}}]"#;
    done(store, json_patch("a", patch)).await;
    assert_eq!(text(store, "a").await.as_deref(), Some(r#"{"list":[{},9,2],"m":1}"#));

    let before = item(store, "a").await;
    let half = r#"[{"op":"add","path":"/x","value":1},{"op":"test","path":"/m","value":2}]"#;
    assert_eq!(refused(store, json_patch("a", half)).await.kind(), Kind::Conflict);
    assert_eq!(item(store, "a").await, before);
}

/// A patch of nothing is `no-such-item`, and makes neither item nor collection.
pub async fn a_patch_of_nothing_is_no_such_item(store: &dyn Store, _clock: &TestClock) {
    made(store).await;
    assert_eq!(refused(store, merge("a", "{}")).await.kind(), Kind::NoSuchItem);
    let add = r#"[{"op":"add","path":"","value":1}]"#;
    assert_eq!(refused(store, json_patch("a", add)).await.kind(), Kind::NoSuchItem);
    assert_eq!(item(store, "a").await, None);
    assert_eq!(refused(store, merge("a", "{}").within("nowhere")).await.kind(), Kind::NoSuchCollection);
}

/// A patch that does not fit is `conflict`, names the place, and can't pass by waiting.
pub async fn a_patch_that_does_not_fit_is_conflict_with_a_pointer(store: &dyn Store, _clock: &TestClock) {
    let cases = [
        (r#"[{"op":"test","path":"/n","value":2}]"#, "/n"),
        (r#"[{"op":"remove","path":"/x/y"}]"#, "/x/y"),
        (r#"[{"op":"replace","path":"/list/7","value":1}]"#, "/list/7"),
        (r#"[{"op":"add","path":"/list/9","value":1}]"#, "/list/9"),
        (r#"[{"op":"remove","path":""}]"#, ""),
        (r#"[{"op":"move","from":"/list","path":"/list/0"}]"#, "/list/0"),
        (r#"[{"op":"copy","from":"/missing","path":"/n"}]"#, "/missing"),
    ];
    done(store, put("a", r#"{"n":1,"list":[1,2]}"#)).await;
    for (patch, pointer) in cases {
        let error = refused(store, json_patch("a", patch)).await;
        assert_eq!(error.kind(), Kind::Conflict, "{patch}");
        assert_eq!(error.retry_after(), None, "{patch}");
        let places: Vec<_> = error.faults().iter().map(|fault| fault.place.clone()).collect();
        assert_eq!(places, [Place::Pointer(pointer.into())], "{patch}");
    }
}

/// An empty patch is a write: it makes a version.
pub async fn an_empty_patch_is_a_write(store: &dyn Store, _clock: &TestClock) {
    let old = done(store, put("a", "{\"b\": 1}")).await.version.expect("a version");
    for patch in [json_patch("a", "[]"), merge("a", "{}")] {
        let new = done(store, patch).await.version.expect("a version");
        assert!(new.stamp > old.stamp);
    }
    assert_eq!(text(store, "a").await.as_deref(), Some(r#"{"b":1}"#));
}

/// A patch may not make a document that is larger, or deeper, than one may be.
pub async fn a_patch_keeps_the_limits_of_documents(store: &dyn Store, _clock: &TestClock) {
    let half = string_of(limits::DOCUMENT_BYTES / 2);
    done(store, put("a", &format!(r#"{{"x":{half}}}"#))).await;
    let error = refused(store, merge("a", &format!(r#"{{"y":{half}}}"#))).await;
    assert_eq!(error.kind(), Kind::TooLarge);
    let (limit, actual) = error.limit().expect("both numbers");
    assert_eq!(limit, limits::DOCUMENT_BYTES as u64);
    assert!(actual > limit);

    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    done(store, put("b", &nested(64))).await;
    let deeper = r#"[{"op":"copy","from":"","path":"/-"}]"#;
    assert_eq!(refused(store, json_patch("b", deeper)).await.kind(), Kind::MalformedJson);
    assert_eq!(text(store, "b").await, Some(nested(64)));
}
