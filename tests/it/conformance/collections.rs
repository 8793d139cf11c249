//! Collections: made by hand or by the first write, their settings, their end.

use larder::domain::{
    Attempt, Clock, Collection, CollectionQuery, Condition, Kind, PutCollection, Settings, Store, Version,
    WriteId, limits,
};

use super::ask::{
    NOTES, Said, collection, context, delete, done, fresh_id, if_absent, if_match, if_match_any, increment,
    made, merge, put, refused, settings, settle,
};
use crate::support::clock::TestClock;

async fn settings_of(store: &dyn Store, name: &str) -> (Settings, Version) {
    let found = store.collection(&context(), collection(name)).await.expect("the collection").value;
    assert_eq!(found.name.as_str(), name);
    (found.settings, found.version)
}

async fn is_missing(store: &dyn Store, name: &str) -> bool {
    match store.collection(&context(), collection(name)).await {
        Ok(_) => false,
        Err(error) => error.kind() == Kind::NoSuchCollection,
    }
}

async fn names(store: &dyn Store) -> Vec<String> {
    let query = CollectionQuery { limit: 1000, after: None };
    let page = store.collections(&context(), query).await.expect("a page").value;
    page.collections.iter().map(|collection| collection.name.to_string()).collect()
}

/// All pages of the collections.
async fn pages(store: &dyn Store, limit: u16) -> Vec<Vec<Collection>> {
    let (mut query, mut pages) = (CollectionQuery { limit, after: None }, Vec::new());
    loop {
        let page = store.collections(&context(), query.clone()).await.expect("a page").value;
        pages.push(page.collections);
        query.after = page.next;
        if query.after.is_none() {
            return pages;
        }
    }
}

/// The first successful write makes the collection, with default settings.
pub async fn the_first_write_makes_the_collection(store: &dyn Store, clock: &TestClock) {
    for (name, write) in [("puts", put("a", "1")), ("counts", increment("a", r#"{"":1}"#))] {
        assert!(is_missing(store, name).await);
        done(store, write.within(name)).await;
        let (settings, version) = settings_of(store, name).await;
        assert_eq!(settings, Settings::default());
        assert!(version.stamp >= clock.now().micros());
    }
}

/// A failed first write makes no collection.
pub async fn a_failed_first_write_makes_no_collection(store: &dyn Store, _clock: &TestClock) {
    let error = refused(store, put("a", "1").under(if_match_any())).await;
    assert_eq!(error.kind(), Kind::PreconditionFailed);
    assert!(is_missing(store, NOTES).await);
    for write in [delete("a"), merge("a", "{}")] {
        assert_eq!(refused(store, write).await.kind(), Kind::NoSuchCollection);
        assert!(is_missing(store, NOTES).await);
    }
}

/// Settings are stored as they were said, and replaced whole.
pub async fn settings_are_replaced_whole(store: &dyn Store, _clock: &TestClock) {
    let schema = Some("{ \"type\" : \"object\" }".into());
    let asked = PutCollection {
        default_ttl: Some(60),
        schema,
        require_preconditions: true,
        shards: Some(3),
        ..settings(NOTES)
    };
    let written = settle(store, asked.clone()).await;
    assert!(written.created);
    let (found, version) = settings_of(store, NOTES).await;
    assert_eq!(written.version, Some(version));
    let expected =
        Settings { default_ttl: Some(60), schema: asked.schema, require_preconditions: true, shards: 3 };
    assert_eq!(found, expected);

    let written = settle(store, settings(NOTES)).await;
    assert!(!written.created);
    let (found, later) = settings_of(store, NOTES).await;
    assert!(later.stamp > version.stamp);
    assert_eq!(found, Settings { shards: 3, ..Settings::default() }, "all but a missing `shards`");
}

/// The number of shards is fixed when the collection is made.
pub async fn shards_are_fixed(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", "1")).await;
    let asked = PutCollection { shards: Some(2), ..settings(NOTES) };
    let error = store.put_collection(&context(), asked).await.expect_err("it has one");
    assert_eq!(error.kind(), Kind::Conflict);
    assert_eq!(error.retry_after(), None);
    settle(store, PutCollection { shards: Some(1), default_ttl: Some(5), ..settings(NOTES) }).await;
    assert_eq!(settings_of(store, NOTES).await.0.default_ttl, Some(5), "the same number is no change");
}

/// Settings hold at once for the writes that follow.
pub async fn settings_hold_at_once(store: &dyn Store, clock: &TestClock) {
    for n in 1..20 {
        settle(store, PutCollection { default_ttl: Some(n), ..settings(NOTES) }).await;
        let expires = done(store, put("a", "1")).await.expires;
        assert_eq!(expires, Some(clock.now().expiry(n)));
    }
}

/// Conditions of settings are judged against their own version.
pub async fn settings_have_conditions(store: &dyn Store, _clock: &TestClock) {
    let under = |condition: Condition| PutCollection { condition, ..settings(NOTES) };
    let error = store.put_collection(&context(), under(if_match_any())).await.expect_err("nothing is there");
    assert_eq!((error.kind(), error.current()), (Kind::PreconditionFailed, None));
    assert!(is_missing(store, NOTES).await);
    let first = settle(store, under(if_absent())).await.version.expect("a version");
    let second = settle(store, under(if_match(first))).await.version.expect("a version");
    for condition in [if_absent(), if_match(first)] {
        let error = store.put_collection(&context(), under(condition)).await.expect_err("it has changed");
        assert_eq!(error.kind(), Kind::PreconditionFailed);
        assert_eq!(error.current().map(|current| current.version), Some(second));
    }
    done(store, put("a", "1")).await;
    assert_eq!(settings_of(store, NOTES).await.1, second, "items do not change the settings");
}

/// Repeated settings give their first answer; elsewhere, over foreign ones, nobody knows.
pub async fn repeated_settings_are_known(store: &dyn Store, _clock: &TestClock) {
    let asked = PutCollection { condition: if_absent(), write_id: fresh_id(), ..settings(NOTES) };
    let first = settle(store, asked.clone()).await;
    // By the caller, with his key; and by us.
    for attempt in [Attempt::First, Attempt::RepeatElsewhere] {
        let again = settle(store, PutCollection { attempt, ..asked.clone() }).await;
        assert_eq!(again, first, "{attempt:?}");
    }
    let elsewhere = PutCollection { attempt: Attempt::RepeatElsewhere, ..settings(NOTES) };
    let error = store.put_collection(&context(), elsewhere).await.expect_err("nobody knows");
    assert_eq!(error.kind(), Kind::OutcomeUnknown);
}

/// Settings that were done are never done again, nor denied, whatever others did since.
pub async fn repeated_settings_are_never_done_twice(store: &dyn Store, _clock: &TestClock) {
    for attempt in [Attempt::RepeatHere, Attempt::RepeatElsewhere] {
        let first = settle(store, PutCollection { default_ttl: Some(100), ..settings(NOTES) }).await;
        let condition = if_match(first.version.expect("a version"));
        let asked = PutCollection { default_ttl: Some(200), condition, ..settings(NOTES) };
        let done = settle(store, asked.clone()).await;
        let foreign = settle(store, PutCollection { default_ttl: Some(300), ..settings(NOTES) }).await;
        match store.put_collection(&context(), PutCollection { attempt, ..asked }).await {
            Ok(again) => assert_eq!(again.value, done),
            Err(error) => assert_eq!(error.kind(), Kind::OutcomeUnknown),
        }
        let (there, version) = settings_of(store, NOTES).await;
        assert_eq!((there.default_ttl, Some(version)), (Some(300), foreign.version));

        let asked = PutCollection { condition: if_absent(), ..settings("gone") };
        settle(store, asked.clone()).await;
        store.delete_collection(&context(), collection("gone"), Condition::default()).await.expect("empty");
        let again = store.put_collection(&context(), PutCollection { attempt, ..asked }).await;
        assert!(again.map_or_else(|error| error.kind() == Kind::OutcomeUnknown, |again| again.value.created));
        let error = store.collection(&context(), collection("gone")).await.expect_err("it stays away");
        assert_eq!(error.kind(), Kind::NoSuchCollection);
    }
}

/// A key that came with settings is refused with others, which change nothing.
pub async fn a_key_of_other_settings_is_refused(store: &dyn Store, _clock: &TestClock) {
    let keyed = |content| WriteId::keyed(7 << 24, content);
    let first = settle(store, PutCollection { write_id: keyed(1), ..settings(NOTES) }).await;
    let other = PutCollection { write_id: keyed(2), default_ttl: Some(60), ..settings(NOTES) };
    let error = store.put_collection(&context(), other).await.expect_err("other settings");
    assert_eq!(error.kind(), Kind::IdempotencyKeyReused);
    let (there, version) = settings_of(store, NOTES).await;
    assert_eq!((there.default_ttl, Some(version)), (None, first.version));
}

/// Collections come by name, in pages.
pub async fn collections_come_by_name(store: &dyn Store, _clock: &TestClock) {
    assert_eq!(names(store).await, Vec::<String>::new());
    let all = ["0", "a", "a-b", "a_b", "ab", "b"];
    for name in all.iter().rev() {
        settle(store, PutCollection { default_ttl: Some(9), ..settings(name) }).await;
    }
    assert_eq!(names(store).await, all);
    for limit in [1, 2, 4, 6] {
        let pages = pages(store, limit).await;
        assert!(pages.iter().all(|page| page.len() <= usize::from(limit)));
        let seen = pages.concat();
        assert!(seen.iter().all(|found| found.settings.default_ttl == Some(9)));
        assert_eq!(seen.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(), all, "limit {limit}");
    }
}

/// A page of collections is no larger than a page of items, however large their schemas are.
pub async fn large_schemas_fill_a_page(store: &dyn Store, _clock: &TestClock) {
    let schema = format!("{{\"description\":\"{}\"}}", "x".repeat(60_000));
    let all: Vec<String> = (10..40).map(|number| format!("c{number}")).collect();
    for name in &all {
        settle(store, PutCollection { schema: Some(schema.clone().into()), ..settings(name) }).await;
    }
    let pages = pages(store, 1000).await;
    for page in &pages {
        assert!(page.iter().map(Collection::bytes).sum::<usize>() <= limits::PAGE_BYTES);
    }
    let seen: Vec<String> = pages.concat().iter().map(|found| found.name.to_string()).collect();
    assert_eq!((seen, pages.len()), (all, 2));
}

/// Only an empty collection is removed; one write later it is there again, with defaults.
pub async fn only_an_empty_collection_is_removed(store: &dyn Store, _clock: &TestClock) {
    settle(store, PutCollection { default_ttl: Some(9), shards: Some(4), ..settings(NOTES) }).await;
    done(store, put("a", "1").forever()).await;
    let context = context();
    let error = store
        .delete_collection(&context, collection(NOTES), Condition::default())
        .await
        .expect_err("it holds an item");
    assert_eq!(error.kind(), Kind::CollectionNotEmpty);
    done(store, delete("a")).await;
    store.delete_collection(&context, collection(NOTES), Condition::default()).await.expect("it is empty");
    assert!(is_missing(store, NOTES).await);
    assert_eq!(names(store).await, Vec::<String>::new());
    assert_eq!(refused(store, delete("a")).await.kind(), Kind::NoSuchCollection);
    done(store, put("a", "1")).await;
    assert_eq!(settings_of(store, NOTES).await.0, Settings::default());
}

/// What has expired does not hold a collection back, and does not come back with the next one of its name.
pub async fn what_has_expired_holds_no_collection_back(store: &dyn Store, clock: &TestClock) {
    for n in 0..30 {
        done(store, put(&format!("k{n}"), "1").ttl(1)).await;
    }
    clock.advance_millis(1000);
    store
        .delete_collection(&context(), collection(NOTES), Condition::default())
        .await
        .expect("all has expired");
    done(store, put("new", "1")).await;
    let page = store.list(&context(), super::ask::everything(NOTES)).await.expect("a list").value;
    assert_eq!(page.entries.len(), 1);
}

/// Removing a collection has its conditions, and one that is not there can't be removed.
pub async fn removing_has_conditions(store: &dyn Store, _clock: &TestClock) {
    let name = || collection(NOTES);
    let error = store.delete_collection(&context(), name(), if_match_any()).await.expect_err("none is there");
    assert_eq!(error.kind(), Kind::NoSuchCollection);
    made(store).await;
    let old = settings_of(store, NOTES).await.1;
    made(store).await;
    let now = settings_of(store, NOTES).await.1;
    let error = store.delete_collection(&context(), name(), if_match(old)).await.expect_err("it has changed");
    assert_eq!(error.kind(), Kind::PreconditionFailed);
    assert_eq!(error.current().map(|current| current.version), Some(now));
    store.delete_collection(&context(), name(), if_match(now)).await.expect("the version is right");
}

/// A collection that is made anew never has the version of the one before.
pub async fn a_new_collection_has_a_new_version(store: &dyn Store, _clock: &TestClock) {
    made(store).await;
    let old = settings_of(store, NOTES).await.1;
    store.delete_collection(&context(), collection(NOTES), Condition::default()).await.expect("it is empty");
    made(store).await;
    assert_ne!(settings_of(store, NOTES).await.1, old);
}
