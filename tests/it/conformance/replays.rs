//! Writes that are repeated: known again by their name, by their key, or not at all.

use larder::domain::{Attempt, Condition, Kind, PutCollection, Store};

use super::ask::{
    NOTES, Said, delete, done, fresh_id, if_absent, if_match, increment, merge, put, refused, settings,
    settle, text, version,
};
use crate::support::clock::TestClock;

/// A write whose own version is the current one was done before: the same answer, and nothing happens again.
pub async fn a_repeated_put_gives_its_first_answer(store: &dyn Store, clock: &TestClock) {
    let create = put("a", "1").ttl(60).under(if_absent()).wanting_document();
    let first = done(store, create.clone()).await;
    clock.advance_millis(5000);
    assert_eq!(done(store, create).await, first, "created, version, expiry and document as they were");

    let old = first.version.expect("a version");
    let replace = put("a", "2").under(if_match(old));
    let first = done(store, replace.clone()).await;
    clock.advance_millis(5000);
    assert_eq!(done(store, replace).await, first, "its condition held when it was done");
    assert!(!first.created);
}

/// Patches and increments are known again too.
pub async fn repeated_patches_and_increments_are_done_once(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", "[1]")).await;
    let patch = super::ask::json_patch("a", r#"[{"op":"add","path":"/-","value":2}]"#);
    let first = done(store, patch.clone()).await;
    assert_eq!(done(store, patch.clone()).await, first);
    assert_eq!(done(store, patch.attempt(Attempt::RepeatElsewhere)).await, first);
    assert_eq!(text(store, "a").await.as_deref(), Some("[1,2]"));

    let count = increment("n", r#"{"":1}"#);
    let first = done(store, count.clone()).await;
    assert!(first.created);
    assert_eq!(done(store, count).await, first);
    assert_eq!(text(store, "n").await.as_deref(), Some("1"));
}

/// A repetition is known again whatever is said about it having been tried.
pub async fn a_repetition_is_known_however_it_comes(store: &dyn Store, _clock: &TestClock) {
    let write = put("a", "1").under(if_absent());
    let first = done(store, write.clone()).await;
    for attempt in [Attempt::First, Attempt::RepeatHere, Attempt::RepeatElsewhere] {
        assert_eq!(done(store, write.clone().attempt(attempt)).await, first, "{attempt:?}");
    }
}

/// The same key with another content is refused, as long as that write is the current one.
pub async fn a_key_with_another_content_is_refused(store: &dyn Store, _clock: &TestClock) {
    let first = done(store, put("a", "1").keyed(77, 1)).await;
    assert_eq!(refused(store, put("a", "2").keyed(77, 2)).await.kind(), Kind::IdempotencyKeyReused);
    assert_eq!(refused(store, merge("a", "2").keyed(77, 3)).await.kind(), Kind::IdempotencyKeyReused);
    assert_eq!(text(store, "a").await.as_deref(), Some("1"));
    assert_eq!(done(store, put("a", "1").keyed(77, 1)).await, first);
    assert!(!done(store, put("a", "3").keyed(78, 1)).await.created, "another key is another write");
}

/// Names of writes that only look alike because they are random are no key.
pub async fn names_without_key_never_clash(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", "1").named(larder::domain::WriteId::keyed(5 << 24, 1))).await;
    done(store, put("a", "2").named(larder::domain::WriteId::keyed(5 << 24, 2))).await;
    assert_eq!(text(store, "a").await.as_deref(), Some("2"));
}

/// A key belongs to an item: elsewhere it is another write.
pub async fn a_key_belongs_to_its_item(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", "1").keyed(9, 1)).await;
    assert!(done(store, put("b", "2").keyed(9, 2)).await.created);
}

/// After another writer an unconditional repetition applies again, and one under If-Match does not.
pub async fn after_another_writer_only_a_condition_protects(store: &dyn Store, _clock: &TestClock) {
    let old = version(store, put("a", "0")).await;
    let conditional = put("a", "1").under(if_match(old)).keyed(3, 1);
    done(store, conditional.clone()).await;
    done(store, put("a", "9")).await;
    assert_eq!(refused(store, conditional).await.kind(), Kind::PreconditionFailed);

    let free = put("a", "2").keyed(4, 1);
    done(store, free.clone()).await;
    done(store, put("a", "9")).await;
    done(store, free).await;
    assert_eq!(text(store, "a").await.as_deref(), Some("2"), "the printed limit of idempotency keys");
}

/// What has expired was not done before.
pub async fn an_expired_item_is_no_earlier_answer(store: &dyn Store, clock: &TestClock) {
    let write = put("a", "1").ttl(1);
    let first = done(store, write.clone()).await;
    clock.advance_millis(1000);
    let second = done(store, write).await;
    assert!(second.created);
    assert_ne!(second.version, first.version);
}

/// A repeated delete finds nothing, and says so.
pub async fn a_repeated_delete_is_no_such_item(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", "1")).await;
    let write = delete("a").keyed(6, 0);
    done(store, write.clone()).await;
    assert_eq!(refused(store, write).await.kind(), Kind::NoSuchItem);
}

/// A write that may have been done by another process, and of which the item does not tell: nobody knows.
pub async fn a_repetition_elsewhere_over_a_foreign_version_is_unknown(store: &dyn Store, _clock: &TestClock) {
    let old = version(store, put("a", "1")).await;
    let elsewhere = Attempt::RepeatElsewhere;
    let foreign = version(store, put("a", "2")).await;
    let writes = [
        put("a", "3"),
        put("a", "3").under(if_absent()),
        put("a", "3").under(if_match(old)),
        put("a", "3").under(super::ask::if_match_any()),
        increment("a", r#"{"":1}"#),
        merge("a", "3"),
        delete("a"),
        put("nothing", "3"),
        delete("nothing"),
        put("nothing", "3").under(if_absent()),
    ];
    for write in writes {
        let error = refused(store, write.attempt(elsewhere)).await;
        assert_eq!(error.kind(), Kind::OutcomeUnknown);
    }
    assert_eq!(super::ask::item(store, "a").await.map(|item| item.version), Some(foreign), "nothing changed");
}

/// A repetition elsewhere under If-Match of the very version that is there was certainly not done: it is now.
pub async fn a_repetition_elsewhere_that_is_pinned_is_done(store: &dyn Store, _clock: &TestClock) {
    let old = version(store, put("a", "1")).await;
    let elsewhere = Attempt::RepeatElsewhere;
    let new = version(store, put("a", "2").under(if_match(old)).attempt(elsewhere)).await;
    let new = version(store, increment("a", r#"{"":1}"#).under(if_match(new)).attempt(elsewhere)).await;
    done(store, delete("a").under(if_match(new)).attempt(elsewhere)).await;
    assert_eq!(text(store, "a").await, None);
}

/// A repetition to the same process, which knows of no earlier one, is done.
pub async fn a_repetition_here_that_was_not_done_is_done(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", "1")).await;
    done(store, put("a", "2").attempt(Attempt::RepeatHere)).await;
    done(store, increment("a", r#"{"":1}"#).attempt(Attempt::RepeatHere)).await;
    done(store, increment("fresh", r#"{"":1}"#).named(fresh_id()).attempt(Attempt::RepeatHere)).await;
    assert_eq!(text(store, "a").await.as_deref(), Some("3"));
}

/// A repetition to the same process is never done twice, even where another writer came between.
pub async fn a_repetition_here_is_never_done_twice(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", "1")).await;
    done(store, put("gone", "1")).await;
    for write in [put("a", "2"), merge("a", "3"), increment("a", r#"{"":1}"#), delete("gone"), delete("a")] {
        let first = done(store, write.clone()).await;
        let foreign = version(store, put("a", "7")).await;
        match store.write(&super::ask::context(), write.attempt(Attempt::RepeatHere)).await {
            Ok(reply) => assert_eq!(reply.value, first),
            Err(error) => assert_eq!(error.kind(), Kind::OutcomeUnknown),
        }
        assert_eq!(super::ask::item(store, "a").await.map(|item| item.version), Some(foreign));
    }
}

/// A write that happened is never denied to its repetition, whatever others did since.
pub async fn a_write_that_happened_is_never_denied(store: &dyn Store, _clock: &TestClock) {
    let writes = [put("a", "[2]"), merge("a", "[3]"), super::ask::json_patch("a", MOVE), delete("a")];
    for write in writes {
        for attempt in [Attempt::RepeatHere, Attempt::RepeatElsewhere] {
            let old = version(store, put("a", r#"{"from":1}"#)).await;
            let write = write.clone().named(fresh_id()).under(if_match(old));
            let first = done(store, write.clone()).await;
            let foreign = version(store, put("a", "[]")).await;
            let repeat = write.clone().attempt(attempt);
            assert_known_or_unsure(store, repeat.clone(), &first).await;
            assert_eq!(super::ask::item(store, "a").await.map(|item| item.version), Some(foreign));
            done(store, delete("a")).await;
            assert_known_or_unsure(store, repeat, &first).await;
        }
    }
}

/// Nor is it denied by settings that came since.
pub async fn settings_deny_no_write_that_happened(store: &dyn Store, _clock: &TestClock) {
    let strict = PutCollection {
        schema: Some(r#"{"type":"string"}"#.into()),
        require_preconditions: true,
        ..settings(NOTES)
    };
    for attempt in [Attempt::RepeatHere, Attempt::RepeatElsewhere] {
        for between in [false, true] {
            for write in [put("a", "[2]"), merge("a", "[3]"), super::ask::json_patch("a", MOVE), delete("a")]
            {
                settle(store, settings(NOTES)).await;
                done(store, put("a", r#"{"from":1}"#)).await;
                let write = write.named(fresh_id());
                let first = done(store, write.clone()).await;
                settle(store, PutCollection { write_id: fresh_id(), ..strict.clone() }).await;
                if between {
                    let there = super::ask::item(store, "a").await;
                    let condition = there.map_or_else(if_absent, |item| if_match(item.version));
                    done(store, put("a", "\"foreign\"").under(condition)).await;
                }
                assert_known_or_unsure(store, write.attempt(attempt), &first).await;
            }
        }
    }
    settle(store, strict).await;
    let error = refused(store, put("a", "1").attempt(Attempt::RepeatHere)).await;
    assert_eq!(error.kind(), Kind::SchemaViolation, "it was not done");
}

/// A deletion that happened is not denied because its collection is gone by now.
pub async fn a_removed_collection_denies_no_deletion(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", "1")).await;
    let write = delete("a");
    let first = done(store, write.clone()).await;
    let name = super::ask::collection(NOTES);
    store.delete_collection(&super::ask::context(), name, Condition::default()).await.expect("it is empty");
    assert_known_or_unsure(store, write.attempt(Attempt::RepeatHere), &first).await;
}

/// A JSON Patch that can't be applied twice is known again by the process that did it.
pub async fn a_repeated_patch_that_no_longer_fits_is_known(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", r#"{"from":1}"#)).await;
    let patch = super::ask::json_patch("a", MOVE);
    let first = done(store, patch.clone()).await;
    done(store, put("a", "[]")).await;
    assert_eq!(done(store, patch.attempt(Attempt::RepeatHere)).await, first);
}

const MOVE: &str = r#"[{"op":"move","from":"/from","path":"/to"}]"#;

async fn assert_known_or_unsure(
    store: &dyn Store,
    write: larder::domain::Write,
    first: &larder::domain::Written,
) {
    match store.write(&super::ask::context(), write.clone()).await {
        Ok(reply) => assert_eq!(reply.value, *first),
        Err(error) => assert_eq!(error.kind(), Kind::OutcomeUnknown, "{write:?}"),
    }
}
