//! Puts and deletes without conditions, and the versions that they make.

use std::time::Duration;

use larder::domain::{Kind, Store, WriteId};

use super::ask::Said;
use super::ask::{delete, done, fresh_id, if_match, if_match_any, item, made, put, refused, text, version};
use crate::support::clock::TestClock;

/// A put says whether anything was there before; its version is the item's.
pub async fn a_put_says_whether_it_created(store: &dyn Store, _clock: &TestClock) {
    let first = done(store, put("a", "1")).await;
    assert!(first.created);
    let second = done(store, put("a", "2")).await;
    assert!(!second.created);
    assert_eq!(item(store, "a").await.map(|item| item.version), second.version);
    assert_eq!(first.document, None, "nobody asked for the document");
    done(store, delete("a")).await;
    assert!(done(store, put("a", "3")).await.created, "what was deleted is created again");
}

/// A version carries the name of the write, and a stamp that is the time of the write.
pub async fn a_version_is_the_time_and_the_name_of_the_write(store: &dyn Store, clock: &TestClock) {
    use larder::domain::Clock as _;
    let id = fresh_id();
    let made = version(store, put("a", "1").named(id)).await;
    assert_eq!(made.write, id);
    assert_eq!(made.stamp, clock.now().micros());
    let all_bits = WriteId::from_bits(u64::MAX);
    assert_eq!(version(store, put("b", "1").named(all_bits)).await.write, all_bits);
}

/// Stamps of an item grow strictly, even when the clock stands still or goes back.
pub async fn stamps_grow_whatever_the_clock_does(store: &dyn Store, clock: &TestClock) {
    let first = version(store, put("a", "1")).await;
    let second = version(store, put("a", "2")).await;
    assert!(second.stamp > first.stamp, "the clock stood still");
    clock.turn_back(Duration::from_secs(3600));
    let third = version(store, put("a", "3")).await;
    assert!(third.stamp > second.stamp, "the clock went back");
    assert_eq!(text(store, "a").await.as_deref(), Some("3"));
}

/// Stamps grow even over an item that has expired.
pub async fn stamps_grow_over_what_has_expired(store: &dyn Store, clock: &TestClock) {
    let first = version(store, put("a", "1").ttl(1)).await;
    clock.advance(Duration::from_secs(1));
    clock.turn_back(Duration::from_micros(1));
    clock.advance(Duration::from_micros(1));
    let second = version(store, put("a", "2")).await;
    assert!(second.stamp > first.stamp);
}

/// The answer holds the document where that is wanted.
pub async fn a_put_returns_the_document_that_is_wanted(store: &dyn Store, _clock: &TestClock) {
    let written = done(store, put("a", " [1] ").wanting_document()).await;
    assert_eq!(written.document.map(|document| super::ask::text_of(&document)).as_deref(), Some(" [1] "));
}

/// A delete removes; a delete of what is not there says so, whatever its condition.
pub async fn a_delete_of_nothing_is_no_such_item(store: &dyn Store, _clock: &TestClock) {
    let old = version(store, put("a", "1")).await;
    let gone = done(store, delete("a")).await;
    assert_eq!((gone.created, gone.version, gone.expires), (false, None, None));
    assert_eq!(item(store, "a").await, None);
    for delete in [delete("a"), delete("a").under(if_match_any()), delete("a").under(if_match(old))] {
        assert_eq!(refused(store, delete).await.kind(), Kind::NoSuchItem);
    }
}

/// A delete in a collection that is not there says so, and makes none.
pub async fn a_delete_makes_no_collection(store: &dyn Store, _clock: &TestClock) {
    assert_eq!(refused(store, delete("a")).await.kind(), Kind::NoSuchCollection);
    assert_eq!(refused(store, delete("a")).await.kind(), Kind::NoSuchCollection);
}

/// Keys are told apart by their bytes.
pub async fn keys_are_their_bytes(store: &dyn Store, _clock: &TestClock) {
    let longest = "k".repeat(1024);
    let keys =
        ["a", "A", "a ", "a/b", "a.b", "é", "e\u{301}", "#", "%2F", "a\u{feff}", "\u{10ffff}", &longest];
    for (n, key) in keys.iter().enumerate() {
        assert!(done(store, put(key, &n.to_string())).await.created, "{key}");
    }
    for (n, key) in keys.iter().enumerate() {
        assert_eq!(text(store, key).await, Some(n.to_string()), "{key}");
    }
}

/// The same key in two collections is two items.
pub async fn collections_do_not_mix(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", "1")).await;
    done(store, put("a", "2").within("note")).await;
    done(store, put("a", "3").within("notes-2")).await;
    assert_eq!(text(store, "a").await.as_deref(), Some("1"));
    done(store, delete("a")).await;
    assert!(super::ask::item_in(store, "note", "a").await.is_some());
    assert!(super::ask::item_in(store, "notes-2", "a").await.is_some());
}

/// The largest document there is can be stored under the longest key.
pub async fn the_largest_document_fits(store: &dyn Store, _clock: &TestClock) {
    made(store).await;
    let largest = super::ask::string_of(larder::domain::limits::DOCUMENT_BYTES);
    let longest = "k".repeat(larder::domain::limits::KEY_BYTES);
    done(store, put(&longest, &largest).ttl(60)).await;
    assert_eq!(text(store, &longest).await, Some(largest));
}
