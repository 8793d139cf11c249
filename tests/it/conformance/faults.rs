//! Which fault answers where several things are wrong at once.

use larder::domain::{Kind, PutCollection, Store};

use super::ask::{
    NOTES, Said, context, done, if_absent, if_match, if_match_any, merge, put, refused, settings, settle,
    version,
};
use super::transactions::{failed, free, t_delete, t_put};
use crate::support::clock::TestClock;

const NUMBERS: &str = r#"{"type":"number"}"#;

async fn strict(store: &dyn Store) {
    let schema = Some(NUMBERS.into());
    settle(store, PutCollection { schema, require_preconditions: true, ..settings(NOTES) }).await;
}

/// The collection comes before everything else.
pub async fn a_missing_collection_comes_first(store: &dyn Store, _clock: &TestClock) {
    let error = refused(store, merge("a", "1").under(if_match_any())).await;
    assert_eq!(error.kind(), Kind::NoSuchCollection);
    let error = refused(store, super::ask::delete("a").under(if_absent())).await;
    assert_eq!(error.kind(), Kind::NoSuchCollection);
}

/// The schema of a document that is given comes before a missing condition, and before one that fails.
pub async fn the_schema_of_a_put_comes_second(store: &dyn Store, _clock: &TestClock) {
    strict(store).await;
    assert_eq!(refused(store, put("a", "\"x\"")).await.kind(), Kind::SchemaViolation);
    assert_eq!(refused(store, put("a", "\"x\"").under(if_match_any())).await.kind(), Kind::SchemaViolation);
    let error = failed(store, vec![t_delete("b", free()), t_put("a", "\"x\"", if_match_any())]).await;
    assert_eq!(error.kind(), Kind::SchemaViolation);
}

/// A missing condition comes before a missing item.
pub async fn a_missing_condition_comes_third(store: &dyn Store, _clock: &TestClock) {
    strict(store).await;
    assert_eq!(refused(store, merge("a", "1")).await.kind(), Kind::PreconditionRequired);
    let error = failed(store, vec![t_put("a", "1", free()), t_put("b", "1", if_match_any())]).await;
    assert_eq!(error.kind(), Kind::PreconditionRequired);
}

/// A missing item comes before the condition.
pub async fn a_missing_item_comes_fourth(store: &dyn Store, _clock: &TestClock) {
    strict(store).await;
    assert_eq!(refused(store, merge("a", "1").under(if_match_any())).await.kind(), Kind::NoSuchItem);
}

/// The condition comes before what comes of applying a patch.
pub async fn the_condition_comes_before_applying(store: &dyn Store, _clock: &TestClock) {
    strict(store).await;
    let old = version(store, put("a", "1").under(if_absent())).await;
    let now = version(store, put("a", "2").under(if_match(old))).await;
    let misfit = || super::ask::json_patch("a", r#"[{"op":"test","path":"","value":9}]"#);
    assert_eq!(refused(store, misfit().under(if_match(old))).await.kind(), Kind::PreconditionFailed);
    assert_eq!(refused(store, misfit().under(if_match(now))).await.kind(), Kind::Conflict);
    let text = || merge("a", "\"x\"");
    assert_eq!(refused(store, text().under(if_match(old))).await.kind(), Kind::PreconditionFailed);
    assert_eq!(refused(store, text().under(if_match(now))).await.kind(), Kind::SchemaViolation);
}

/// An error that is known at once still leaves everything as it was.
pub async fn a_failed_operation_changes_nothing(store: &dyn Store, _clock: &TestClock) {
    let seen = version(store, put("a", "1").ttl(60)).await;
    refused(store, put("a", "2").ttl(5).under(if_absent())).await;
    refused(store, merge("a", "2").under(if_absent())).await;
    refused(store, super::ask::increment("a", r#"{"/x":1}"#)).await;
    failed(store, vec![t_put("a", "2", if_absent()), t_put("b", "2", free())]).await;
    let read = store.read(&context(), super::ask::read_of("a")).await.expect("a read").value.0.expect("a");
    assert_eq!(read.version, seen);
    assert!(read.expires.is_some());
    done(store, put("a", "2").under(if_match(seen))).await;
}
