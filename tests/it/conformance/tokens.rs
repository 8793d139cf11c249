//! Idempotency keys that are remembered beside their items: those of increments.

use larder::domain::{Attempt, Kind, Store};

use super::ask::{Said as _, delete, done, fresh_token, increment, put, refused, text};
use crate::support::clock::TestClock;

/// An increment with a token is done once within ten minutes, whatever happens to the item between.
pub async fn a_token_holds_for_ten_minutes(store: &dyn Store, clock: &TestClock) {
    let token = fresh_token();
    let count = || increment("n", r#"{"":5}"#).token(token);
    let first = done(store, count()).await;
    done(store, increment("n", r#"{"":1}"#)).await;
    clock.advance_millis(599_000);
    for attempt in [Attempt::First, Attempt::RepeatHere, Attempt::RepeatElsewhere] {
        let again = done(store, count().attempt(attempt)).await;
        assert_eq!(
            (again.created, again.version, again.expires),
            (first.created, first.version, first.expires)
        );
    }
    assert_eq!(text(store, "n").await.as_deref(), Some("6"));
    clock.advance_millis(2000);
    done(store, count()).await;
    assert_eq!(text(store, "n").await.as_deref(), Some("11"), "after ten minutes it is another increment");
}

/// The same token with another content is refused.
pub async fn a_token_with_another_content_is_refused(store: &dyn Store, _clock: &TestClock) {
    let token = fresh_token();
    done(store, increment("n", r#"{"":5}"#).token(token)).await;
    let other = larder::domain::Token { content: [2; 16], ..token };
    let error = refused(store, increment("n", r#"{"":6}"#).token(other)).await;
    assert_eq!(error.kind(), Kind::IdempotencyKeyReused);
    assert_eq!(text(store, "n").await.as_deref(), Some("5"));
}

/// A token is remembered of what was done, not of what failed.
pub async fn a_failed_increment_is_not_remembered(store: &dyn Store, _clock: &TestClock) {
    done(store, put("n", "\"text\"")).await;
    let token = fresh_token();
    assert_eq!(refused(store, increment("n", r#"{"":5}"#).token(token)).await.kind(), Kind::Conflict);
    done(store, put("n", "1")).await;
    done(store, increment("n", r#"{"":5}"#).token(token)).await;
    assert_eq!(text(store, "n").await.as_deref(), Some("6"));
}

/// A token is remembered of an item that was deleted since, which is not made again.
pub async fn a_token_outlives_its_item(store: &dyn Store, _clock: &TestClock) {
    let token = fresh_token();
    let count = || increment("n", r#"{"":5}"#).token(token);
    let first = done(store, count()).await;
    done(store, delete("n")).await;
    assert_eq!(done(store, count()).await.version, first.version);
    assert_eq!(text(store, "n").await, None);
}

/// What has expired since is in no repeated answer.
pub async fn a_repeated_answer_shows_nothing_that_expired(store: &dyn Store, clock: &TestClock) {
    let token = fresh_token();
    done(store, put("n", "5").ttl(60)).await;
    let count = || increment("n", r#"{"":1}"#).token(token).wanting_document();
    let first = done(store, count()).await;
    assert_eq!(done(store, count()).await.document, first.document, "it is there");
    clock.advance_millis(60_000);
    let again = done(store, count()).await;
    assert_eq!((again.version, again.document), (first.version, None));
}
