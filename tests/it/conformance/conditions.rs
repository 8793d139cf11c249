//! Conditions of writes: every kind over every state.

use larder::domain::{Clock, Condition, Kind, Store, Timestamp, Version, Write};

use super::ask::{
    Said, delete, done, if_absent, if_match, if_match_any, if_match_foreign, if_match_one_of, if_match_weak,
    if_none_match, if_none_match_weak, if_unmodified_since, increment, merge, put, refused, text, version,
};
use crate::support::clock::TestClock;

/// What a write is called, and a new one of its kind.
type Make = (&'static str, fn() -> Write);

/// Conditions, and whether they hold over an item of the version `now` that was `old` before.
fn over_an_item(old: Version, now: Version) -> Vec<(&'static str, Condition, bool)> {
    let modified = now.modified().secs();
    let second = Timestamp::from_secs;
    vec![
        ("no condition", Condition::default(), true),
        ("If-Match of the current version", if_match(now), true),
        ("If-Match of the version before", if_match(old), false),
        ("If-Match: *", if_match_any(), true),
        ("If-Match of a list with it", if_match_one_of(&[old, now]), true),
        ("If-Match of an empty list", if_match_one_of(&[]), false),
        ("a weak If-Match", if_match_weak(now), false),
        ("If-Match of a tag that is none of ours", if_match_foreign(), false),
        ("If-None-Match: *", if_absent(), false),
        ("If-None-Match of the current version", if_none_match(now), false),
        ("If-None-Match of it, weak", if_none_match_weak(now), false),
        ("If-None-Match of the version before", if_none_match(old), true),
        ("If-Unmodified-Since its second", if_unmodified_since(second(modified)), true),
        ("If-Unmodified-Since a second before", if_unmodified_since(second(modified - 1)), false),
        ("If-Unmodified-Since a later time", if_unmodified_since(second(modified + 9)), true),
        (
            "If-Match beside If-Unmodified-Since, which then does not count",
            Condition { if_unmodified_since: Some(second(1)), ..if_match(now) },
            true,
        ),
        (
            "If-Match and If-None-Match that both must hold",
            Condition { if_none_match: if_none_match(now).if_none_match, ..if_match(now) },
            false,
        ),
        (
            "If-Match and If-None-Match that both do hold",
            Condition { if_none_match: if_none_match(old).if_none_match, ..if_match(now) },
            true,
        ),
        (
            "If-Modified-Since, which means nothing on a write",
            Condition { if_modified_since: Some(second(modified + 9)), ..Condition::default() },
            true,
        ),
    ]
}

/// Conditions, and whether they hold where nothing is.
fn over_nothing(old: Version) -> Vec<(&'static str, Condition, bool)> {
    vec![
        ("no condition", Condition::default(), true),
        ("If-Match", if_match(old), false),
        ("If-Match: *", if_match_any(), false),
        ("If-None-Match: *", if_absent(), true),
        ("If-None-Match of a version", if_none_match(old), true),
        ("If-Unmodified-Since", if_unmodified_since(Timestamp::from_secs(1)), true),
    ]
}

async fn fresh_item(store: &dyn Store) -> (Version, Version) {
    let old = version(store, put("a", "1")).await;
    (old, version(store, put("a", "2")).await)
}

/// Every write of an item that is there is judged by each condition alike.
pub async fn conditions_over_an_item(store: &dyn Store, clock: &TestClock) {
    let writes: [Make; 4] = [
        ("put", || put("a", "3")),
        ("merge patch", || merge("a", "3")),
        ("increment", || increment("a", r#"{"":1}"#)),
        ("delete", || delete("a")),
    ];
    for (what, write) in writes {
        for case in 0..over_an_item_cases() {
            clock.advance_millis(1);
            let (old, now) = fresh_item(store).await;
            let (name, condition, holds) = over_an_item(old, now).swap_remove(case);
            if holds {
                done(store, write().under(condition)).await;
                continue;
            }
            let error = refused(store, write().under(condition)).await;
            assert_eq!(error.kind(), Kind::PreconditionFailed, "{what} under {name}");
            let current =
                error.current().unwrap_or_else(|| panic!("{what} under {name} names what is there"));
            assert_eq!(current.version, now, "{what} under {name}");
            assert_eq!(current.document, None, "nobody asked for the document");
            assert_eq!(text(store, "a").await.as_deref(), Some("2"), "{what} under {name} changed nothing");
        }
    }
}

fn over_an_item_cases() -> usize {
    let version = Version { stamp: 9_000_000, write: super::ask::fresh_id() };
    over_an_item(version, version).len()
}

/// Where nothing is, puts and increments may create, and patches and deletes are `no-such-item` all the same.
pub async fn conditions_over_nothing(store: &dyn Store, _clock: &TestClock) {
    let gone = version(store, put("a", "1")).await;
    done(store, delete("a")).await;
    judge_over_nothing(store, gone).await;
}

/// What has expired is nothing to every condition.
pub async fn conditions_over_what_has_expired(store: &dyn Store, clock: &TestClock) {
    let creates: [Make; 2] = [("put", || put("a", "3")), ("increment", || increment("a", r#"{"":1}"#))];
    for (what, write) in creates {
        let cases = over_nothing(Version { stamp: 1, write: super::ask::fresh_id() }).len();
        for case in 0..cases {
            done(store, put("a", "0")).await;
            let old = version(store, put("a", "1").ttl(1)).await;
            clock.advance_millis(1000);
            let (name, condition, holds) = over_nothing(old).swap_remove(case);
            check_creation(store, write().under(condition), holds, &format!("{what} under {name}")).await;
        }
    }
    for write in [delete("a"), merge("a", "1")] {
        let old = version(store, put("a", "1").ttl(1)).await;
        clock.advance_millis(1000);
        assert_eq!(refused(store, write.under(if_match(old))).await.kind(), Kind::NoSuchItem);
    }
}

async fn judge_over_nothing(store: &dyn Store, old: Version) {
    for (name, condition, holds) in over_nothing(old) {
        for write in [put("a", "3"), increment("a", r#"{"":1}"#)] {
            check_creation(store, write.under(condition.clone()), holds, name).await;
            if holds {
                done(store, delete("a")).await;
            }
        }
        for write in [delete("a"), merge("a", "1")] {
            let error = refused(store, write.under(condition.clone())).await;
            assert_eq!(error.kind(), Kind::NoSuchItem, "{name}");
        }
    }
}

async fn check_creation(store: &dyn Store, write: Write, holds: bool, name: &str) {
    if holds {
        assert!(done(store, write).await.created, "{name}");
        return;
    }
    let error = refused(store, write).await;
    assert_eq!(error.kind(), Kind::PreconditionFailed, "{name}");
    assert_eq!(error.current(), None, "{name}: there is nothing to be named");
    assert_eq!(text(store, "a").await, None, "{name}");
}

/// The document in the way comes with the refusal where it is wanted.
pub async fn a_refusal_shows_the_document_that_is_wanted(store: &dyn Store, _clock: &TestClock) {
    let now = version(store, put("a", "[1, 2]")).await;
    for write in [put("a", "3"), delete("a"), merge("a", "3")] {
        let error = refused(store, write.under(if_absent()).wanting_document()).await;
        let current = error.current().expect("the item in the way");
        assert_eq!(current.version, now);
        assert_eq!(current.document.as_deref(), Some(&b"[1, 2]"[..]));
    }
}

/// A version that was deleted never comes back, even for the same document at the same time.
pub async fn no_version_comes_back(store: &dyn Store, _clock: &TestClock) {
    let first = version(store, put("a", "1")).await;
    done(store, delete("a")).await;
    let second = version(store, put("a", "1")).await;
    assert_ne!(first, second);
    assert_eq!(refused(store, put("a", "2").under(if_match(first))).await.kind(), Kind::PreconditionFailed);
    done(store, put("a", "2").under(if_match(second))).await;
}

/// If-Unmodified-Since counts whole seconds: a change within its second is not one.
pub async fn dates_count_whole_seconds(store: &dyn Store, clock: &TestClock) {
    clock.advance_millis(999);
    let second = clock.now().secs();
    done(store, put("a", "1")).await;
    done(store, put("a", "2").under(if_unmodified_since(Timestamp::from_secs(second)))).await;
    clock.advance_millis(1);
    done(store, put("a", "3")).await;
    let late = put("a", "4").under(if_unmodified_since(Timestamp::from_secs(second)));
    assert_eq!(refused(store, late).await.kind(), Kind::PreconditionFailed);
}
