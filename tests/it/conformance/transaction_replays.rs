//! Transactions that are repeated.

use larder::domain::{Attempt, Kind, PutCollection, Store, Token, Transaction};

use super::ask::{
    NOTES, collection, context, done, fresh_id, fresh_token, if_match, made, put, settings, settle, text,
    version,
};
use super::transactions::{free, t_check, t_delete, t_increment, t_put, transaction};
use crate::support::clock::TestClock;

fn keyed(token: Token) -> Transaction {
    let operations =
        vec![t_put("a", "1", free()), t_increment("n", r#"{"":5}"#, free()), t_delete("d", free())];
    Transaction { token: Some(token), ..transaction(operations) }
}

/// With a token that was used within ten minutes: the first answer, and nothing happens again.
pub async fn a_token_holds_for_ten_minutes(store: &dyn Store, clock: &TestClock) {
    made(store).await;
    let asked = keyed(fresh_token());
    let first = store.transact(&context(), asked.clone()).await.expect("the first").value;
    done(store, put("a", "2")).await;
    clock.advance_millis(599_000);
    for attempt in [Attempt::First, Attempt::RepeatHere, Attempt::RepeatElsewhere] {
        let again = Transaction { attempt, ..asked.clone() };
        assert_eq!(store.transact(&context(), again).await.expect("the first answer").value, first);
    }
    assert_eq!(text(store, "a").await.as_deref(), Some("2"));
    assert_eq!(text(store, "n").await.as_deref(), Some("5"));
    clock.advance_millis(2000);
    store.transact(&context(), asked).await.expect("another transaction");
    assert_eq!(text(store, "n").await.as_deref(), Some("10"));
}

/// The first answer comes even if a condition would fail by now.
pub async fn a_token_answers_before_conditions(store: &dyn Store, _clock: &TestClock) {
    let seen = version(store, put("a", "1")).await;
    let asked = Transaction {
        token: Some(fresh_token()),
        ..transaction(vec![t_put("a", "2", if_match(seen)), t_put("b", "2", super::ask::if_absent())])
    };
    let first = store.transact(&context(), asked.clone()).await.expect("the first").value;
    assert_eq!(store.transact(&context(), asked).await.expect("the first answer").value, first);
}

/// The same token with another content is refused, and changes nothing.
pub async fn a_token_with_another_content_is_refused(store: &dyn Store, _clock: &TestClock) {
    made(store).await;
    let token = fresh_token();
    store.transact(&context(), keyed(token)).await.expect("the first");
    let other = keyed(Token { content: [9; 16], ..token });
    let error = store.transact(&context(), other).await.expect_err("another content");
    assert_eq!(error.kind(), Kind::IdempotencyKeyReused);
    assert_eq!(text(store, "n").await.as_deref(), Some("5"));
}

/// The first answer comes, and nothing is made, even if the collection is gone by now.
pub async fn a_removed_collection_denies_no_transaction(store: &dyn Store, _clock: &TestClock) {
    for (token, attempt) in [
        (Some(fresh_token()), Attempt::First),
        (Some(fresh_token()), Attempt::RepeatHere),
        (Some(fresh_token()), Attempt::RepeatElsewhere),
        (None, Attempt::RepeatHere),
        (None, Attempt::RepeatElsewhere),
    ] {
        let there = version(store, put("a", "1")).await;
        let operations = vec![t_delete("a", if_match(there)), t_check("b", super::ask::if_absent())];
        let asked = Transaction { token, ..transaction(operations) };
        let first = store.transact(&context(), asked.clone()).await.expect("the first").value;
        store.delete_collection(&context(), collection(NOTES), free()).await.expect("it is empty");
        match store.transact(&context(), Transaction { attempt, ..asked }).await {
            Ok(again) => assert_eq!(again.value, first, "{attempt:?}"),
            Err(error) => {
                assert_eq!(error.kind(), Kind::OutcomeUnknown, "{attempt:?}");
                assert_eq!(token, None, "{attempt:?}");
            }
        }
        let missing = store.collection(&context(), collection(NOTES)).await.expect_err("it is gone");
        assert_eq!(missing.kind(), Kind::NoSuchCollection);
    }
}

/// With a token, what was not done is known not to have been.
pub async fn a_missing_collection_is_told_where_nothing_was_done(store: &dyn Store, _clock: &TestClock) {
    for attempt in [Attempt::First, Attempt::RepeatHere, Attempt::RepeatElsewhere] {
        let operations = vec![t_delete("a", free()), t_check("b", super::ask::if_absent())];
        let asked = Transaction { token: Some(fresh_token()), attempt, ..transaction(operations) };
        let error = store.transact(&context(), asked).await.expect_err("there is no collection");
        assert_eq!(error.kind(), Kind::NoSuchCollection, "{attempt:?}");
        assert_eq!(error.failures().len(), 2, "{attempt:?}");
    }
}

/// A transaction that failed is not remembered.
pub async fn a_failure_is_not_remembered(store: &dyn Store, _clock: &TestClock) {
    let seen = version(store, put("a", "1")).await;
    done(store, put("a", "2")).await;
    let token = Some(fresh_token());
    let asked =
        Transaction { token, ..transaction(vec![t_check("a", if_match(seen)), t_put("b", "1", free())]) };
    let error = store.transact(&context(), asked).await.expect_err("the version has passed");
    assert_eq!(error.kind(), Kind::TransactionPrecondition);
    let seen = version(store, put("a", "3")).await;
    let asked =
        Transaction { token, ..transaction(vec![t_check("a", if_match(seen)), t_put("b", "1", free())]) };
    store.transact(&context(), asked).await.expect("nothing was remembered");
    assert_eq!(text(store, "b").await.as_deref(), Some("1"));
}

/// Repeated elsewhere without token, it is never done twice: its first answer, or nobody knows.
pub async fn without_token_it_is_never_done_twice(store: &dyn Store, _clock: &TestClock) {
    done(store, put("n", "1")).await;
    let asked = transaction(vec![t_increment("n", r#"{"":5}"#, free()), t_put("a", "1", free())]);
    let first = store.transact(&context(), asked.clone()).await.expect("the first").value;
    done(store, put("a", "2")).await;
    let again = Transaction { attempt: Attempt::RepeatElsewhere, ..asked };
    match store.transact(&context(), again).await {
        Ok(reply) => assert_eq!(reply.value, first),
        Err(error) => assert_eq!(error.kind(), Kind::OutcomeUnknown),
    }
    assert_eq!(text(store, "n").await.as_deref(), Some("6"));
    assert_eq!(text(store, "a").await.as_deref(), Some("2"));
}

/// Gets may be repeated anywhere.
pub async fn gets_may_be_repeated_anywhere(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", "1")).await;
    let asked = super::transactions::gets(&[super::ask::target("notes", "a")]);
    let again = Transaction { attempt: Attempt::RepeatElsewhere, ..asked };
    store.transact(&context(), again).await.expect("a read is never in doubt");
}

/// What was done is not denied by settings that came since.
pub async fn settings_deny_no_transaction_that_happened(store: &dyn Store, _clock: &TestClock) {
    let strict = PutCollection { schema: Some(r#"{"type":"string"}"#.into()), ..settings(NOTES) };
    for (token, attempt) in [
        (None, Attempt::RepeatHere),
        (None, Attempt::RepeatElsewhere),
        (Some(fresh_token()), Attempt::First),
        (Some(fresh_token()), Attempt::RepeatHere),
    ] {
        settle(store, settings(NOTES)).await;
        let asked =
            Transaction { token, ..transaction(vec![t_put("a", "1", free()), t_delete("d", free())]) };
        let first = store.transact(&context(), asked.clone()).await.expect("a transaction").value;
        settle(store, PutCollection { write_id: fresh_id(), ..strict.clone() }).await;
        match store.transact(&context(), Transaction { attempt, ..asked.clone() }).await {
            Ok(again) => assert_eq!(again.value, first, "{attempt:?}"),
            Err(error) => assert_eq!(error.kind(), Kind::OutcomeUnknown, "{attempt:?}"),
        }
    }
}
