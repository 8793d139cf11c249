//! Counters that DynamoDB adds to itself: exact, and the same to callers as any other number.

use larder::domain::{Clock, PutCollection};

use crate::conformance::ask::{NOTES, Said, done, increment, item, put, settings, settle, text};
use crate::support::stores::{Fixture, Kind};

#[tokio::test]
async fn numbers_pass_from_native_to_text_and_back() {
    let fixture = Fixture::open(Kind::Dynamo).await;
    let store = &*fixture.store;
    let steps = [
        ("999999999999999999", "1", "1000000000000000000"),
        ("999999999999999999", "999999999999999999", "1999999999999999998"),
        ("1000000000000000000", "1", "1000000000000000001"),
        ("0.123456789", "0.000000001", "0.12345679"),
        ("0.123456789", "0.0000000001", "0.1234567891"),
        ("-1.5", "1.5", "0"),
        ("1.50", "0.50", "2"),
        ("1e2", "1", "101"),
        ("-999999999999999999", "-1", "-1000000000000000000"),
    ];
    for (before, by, after) in steps {
        done(store, put("n", before)).await;
        assert_eq!(text(store, "n").await.as_deref(), Some(before), "it is kept as it was written");
        let added = done(store, increment("n", &format!("{{\"\":{by}}}")).wanting_document()).await;
        assert_eq!(text(store, "n").await.as_deref(), Some(after), "{before} and {by}");
        assert!(added.document.is_some() && !added.created);
        done(store, increment("n", r#"{"":0}"#)).await;
        assert_eq!(text(store, "n").await.as_deref(), Some(after));
    }
    fixture.close().await;
}

#[tokio::test]
async fn a_counter_that_never_ends_gets_no_end_by_default() {
    let fixture = Fixture::open(Kind::Dynamo).await;
    let store = &*fixture.store;
    done(store, put("old", "1")).await;
    settle(store, PutCollection { default_ttl: Some(60), ..settings(NOTES) }).await;
    assert_eq!(done(store, increment("old", r#"{"":1}"#)).await.expires, None);
    assert_eq!(item(store, "old").await.expect("it is there").expires, None);
    let end = Some(fixture.clock.now().expiry(60));
    assert_eq!(done(store, increment("new", r#"{"":1}"#)).await.expires, end);
    fixture.clock.advance_millis(59_999);
    assert_eq!(done(store, increment("new", r#"{"":1}"#)).await.expires, end);
    fixture.clock.advance_millis(1);
    let again = done(store, increment("new", r#"{"":7}"#)).await;
    assert!(again.created, "what has expired does not count");
    assert_eq!(text(store, "new").await.as_deref(), Some("7"));
    fixture.close().await;
}
