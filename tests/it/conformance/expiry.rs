//! Lifetimes: when they end, to the millisecond, and what keeps or changes them.

use larder::domain::{Clock, Consistency, Kind, PutCollection, Read, Store, Timestamp};

use super::ask::{
    NOTES, Said, context, delete, done, everything, increment, item, json_patch, made, merge, put, read_of,
    refused, settings, settle, target, text,
};
use crate::support::clock::TestClock;

/// An item ends exactly its lifetime after the millisecond in which it was written.
pub async fn an_item_ends_to_the_millisecond(store: &dyn Store, clock: &TestClock) {
    clock.advance(std::time::Duration::from_micros(1_234_567));
    let now = clock.now().millis();
    let written = done(store, put("a", "1").ttl(2)).await;
    assert_eq!(written.expires, Some(Timestamp::from_millis(now + 2000)));
    assert_eq!(item(store, "a").await.and_then(|item| item.expires), written.expires);
    clock.advance_millis(1999);
    assert!(item(store, "a").await.is_some(), "a millisecond before its end");
    clock.advance_millis(1);
    assert_eq!(item(store, "a").await, None, "at its end");
}

/// What has expired is absent in every kind of read.
pub async fn what_has_expired_is_absent_in_every_read(store: &dyn Store, clock: &TestClock) {
    done(store, put("a", "1").ttl(1)).await;
    done(store, put("b", "2")).await;
    let version = done(store, put("c", "3").ttl(1)).await.version;
    clock.advance_millis(1000);
    for consistency in [Consistency::Strong, Consistency::Eventual] {
        let read = Read { consistency, ..read_of("a") };
        assert_eq!(store.read(&context(), read).await.expect("a read").value.0, None);
    }
    let read = Read { consistency: Consistency::Eventual, min_version: version, ..read_of("c") };
    assert_eq!(store.read(&context(), read).await.expect("a read").value.0, None);
    let reads = vec![read_of("a"), read_of("b")];
    let many = store.read_many(&context(), reads).await.expect("reads").value;
    assert!(matches!((&many[0], &many[1]), (Ok(None), Ok(Some(_)))));
    for values in [true, false] {
        let query = larder::domain::ListQuery { values, ..everything(NOTES) };
        let page = store.list(&context(), query).await.expect("a list").value;
        let keys: Vec<_> = page.entries.iter().map(|entry| entry.key.as_str()).collect();
        assert_eq!(keys, ["b"]);
    }
    let snapshot = super::transactions::gets(&[target(NOTES, "a"), target(NOTES, "b")]);
    let outcomes = store.transact(&context(), snapshot).await.expect("a snapshot").value;
    assert!(matches!(outcomes[0], larder::domain::OperationOutcome::Got(None)));
}

/// What has expired can't be deleted or patched, and a put over it creates.
pub async fn what_has_expired_is_absent_in_every_write(store: &dyn Store, clock: &TestClock) {
    for key in ["a", "b", "c", "d"] {
        done(store, put(key, r#"{"n":5}"#).ttl(1)).await;
    }
    clock.advance_millis(1000);
    assert_eq!(refused(store, delete("a")).await.kind(), Kind::NoSuchItem);
    assert_eq!(refused(store, merge("b", "{}")).await.kind(), Kind::NoSuchItem);
    assert_eq!(refused(store, json_patch("b", "[]")).await.kind(), Kind::NoSuchItem);
    let again = done(store, put("c", "1")).await;
    assert!(again.created);
    assert_eq!(again.expires, None, "the end of what was there before does not count");
    let counted = done(store, increment("d", r#"{"/n":1}"#)).await;
    assert!(counted.created);
    assert_eq!(counted.expires, None);
    assert_eq!(
        text(store, "d").await.as_deref(),
        Some(r#"{"n":1}"#),
        "nothing of the expired document is left"
    );
}

/// A put says how long from now; without saying it, for ever.
pub async fn a_put_begins_a_new_lifetime(store: &dyn Store, clock: &TestClock) {
    done(store, put("a", "1").ttl(100)).await;
    clock.advance_millis(50_000);
    let now = clock.now();
    assert_eq!(done(store, put("a", "1").ttl(100)).await.expires, Some(now.expiry(100)));
    assert_eq!(done(store, put("a", "1")).await.expires, None, "a put without ttl has none");
    assert_eq!(done(store, put("a", "1").ttl(100)).await.expires, Some(now.expiry(100)));
    assert_eq!(done(store, put("a", "1").forever()).await.expires, None);
}

/// Patches and increments keep the end, unless they say another.
pub async fn patches_and_increments_keep_the_end(store: &dyn Store, clock: &TestClock) {
    let end = done(store, put("a", r#"{"n":1}"#).ttl(100)).await.expires;
    clock.advance_millis(10_000);
    for write in [merge("a", "{}"), json_patch("a", "[]"), increment("a", r#"{"/n":1}"#)] {
        assert_eq!(done(store, write).await.expires, end);
        assert_eq!(item(store, "a").await.and_then(|item| item.expires), end);
    }
    let now = clock.now();
    for write in [merge("a", "{}"), json_patch("a", "[]"), increment("a", r#"{"/n":1}"#)] {
        assert_eq!(done(store, write.clone().ttl(7)).await.expires, Some(now.expiry(7)));
        let forever = write.named(super::ask::fresh_id()).forever();
        assert_eq!(done(store, forever).await.expires, None);
    }
    assert_eq!(done(store, merge("a", "{}")).await.expires, None, "no end is kept, too");
}

/// The default of the collection holds for whatever creates, and for each put.
pub async fn the_default_lifetime_is_for_creations_and_puts(store: &dyn Store, clock: &TestClock) {
    settle(store, PutCollection { default_ttl: Some(60), ..settings(NOTES) }).await;
    let end = Some(clock.now().expiry(60));
    assert_eq!(done(store, put("a", "1")).await.expires, end);
    assert_eq!(done(store, increment("n", r#"{"":1}"#)).await.expires, end);
    assert_eq!(done(store, put("b", "1").ttl(5)).await.expires, Some(clock.now().expiry(5)));
    assert_eq!(done(store, put("c", "1").forever()).await.expires, None);
    clock.advance_millis(1000);
    assert_eq!(done(store, put("a", "2")).await.expires, Some(clock.now().expiry(60)), "a put begins anew");
    assert_eq!(done(store, increment("n", r#"{"":1}"#)).await.expires, end, "what is there keeps its end");
    assert_eq!(done(store, merge("c", "2")).await.expires, None, "or that it has none");
}

/// Another default touches nothing that is there.
pub async fn another_default_lifetime_touches_nothing(store: &dyn Store, clock: &TestClock) {
    settle(store, PutCollection { default_ttl: Some(60), ..settings(NOTES) }).await;
    let end = done(store, put("a", "1")).await.expires;
    settle(store, settings(NOTES)).await;
    assert_eq!(item(store, "a").await.and_then(|item| item.expires), end);
    assert_eq!(done(store, put("b", "1")).await.expires, None);
    clock.advance_millis(60_000);
    assert_eq!(item(store, "a").await, None);
}

/// The longest lifetime does not overflow.
pub async fn the_longest_lifetime_is_ten_years(store: &dyn Store, clock: &TestClock) {
    made(store).await;
    let end = clock.now().expiry(315_360_000);
    assert_eq!(done(store, put("a", "1").ttl(315_360_000)).await.expires, Some(end));
    clock.advance(std::time::Duration::from_secs(315_359_999));
    assert!(item(store, "a").await.is_some());
}
