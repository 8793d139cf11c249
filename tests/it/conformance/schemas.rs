//! Schemas and required conditions hold for every kind of write.

use larder::domain::{Kind, Place, PutCollection, Store, Transaction, Write};

use super::ask::{
    NOTES, Said, context, delete, done, fresh_token, if_absent, if_match, if_match_any, increment, item,
    json_patch, merge, put, refused, settings, settle, text, version,
};
use super::transactions::{failed, free, pointers, t_delete, t_increment, t_put, together, transaction};
use crate::support::clock::TestClock;

const SCHEMA: &str =
    r#"{"type":"object","required":["n"],"properties":{"n":{"type":"number","maximum":10}}}"#;

async fn with_schema(store: &dyn Store) {
    settle(store, PutCollection { schema: Some(SCHEMA.into()), ..settings(NOTES) }).await;
}

fn pointer(error: &larder::domain::Error) -> Vec<String> {
    let pointer = |fault: &'_ larder::domain::Fault| match &fault.place {
        Place::Pointer(pointer) => pointer.clone(),
        other => panic!("a schema points into the document: {other:?}"),
    };
    error.faults().iter().map(pointer).collect()
}

/// A document that the schema forbids is refused, with the places where it is wrong.
pub async fn a_put_must_satisfy_the_schema(store: &dyn Store, _clock: &TestClock) {
    with_schema(store).await;
    for (document, places) in [("1", [""]), (r#"{"n":"x"}"#, ["/n"]), (r#"{"n":11}"#, ["/n"]), ("{}", [""])] {
        let error = refused(store, put("a", document)).await;
        assert_eq!(error.kind(), Kind::SchemaViolation, "{document}");
        assert_eq!(pointer(&error), places, "{document}");
        assert!(error.faults().iter().all(|fault| !fault.detail.is_empty()));
    }
    assert_eq!(item(store, "a").await, None);
    done(store, put("a", r#"{"n":10,"more":true}"#)).await;
}

/// Every fault of a document is told at once.
pub async fn every_fault_is_told(store: &dyn Store, _clock: &TestClock) {
    let schema = r#"{"properties":{"a":{"type":"string"},"b":{"type":"string"}}}"#;
    settle(store, PutCollection { schema: Some(schema.into()), ..settings(NOTES) }).await;
    let error = refused(store, put("a", r#"{"a":1,"b":2}"#)).await;
    let mut places = pointer(&error);
    places.sort_unstable();
    assert_eq!(places, ["/a", "/b"]);
}

/// What a patch or an increment would leave must satisfy the schema, too.
pub async fn results_must_satisfy_the_schema(store: &dyn Store, _clock: &TestClock) {
    with_schema(store).await;
    done(store, put("a", r#"{"n":9}"#)).await;
    let writes = [
        merge("a", r#"{"n":null}"#),
        merge("a", r#"{"n":11}"#),
        json_patch("a", r#"[{"op":"replace","path":"/n","value":"x"}]"#),
        increment("a", r#"{"/n":2}"#),
        increment("fresh", r#"{"/m":2}"#),
    ];
    for write in writes {
        assert_eq!(refused(store, write).await.kind(), Kind::SchemaViolation);
    }
    assert_eq!(text(store, "a").await.as_deref(), Some(r#"{"n":9}"#));
    done(store, increment("a", r#"{"/n":1}"#)).await;
    done(store, increment("fresh", r#"{"/n":1}"#)).await;
    done(store, delete("a")).await;
}

/// A schema fails the whole transaction, with pointers that begin with the operation.
pub async fn a_transaction_must_satisfy_the_schema(store: &dyn Store, _clock: &TestClock) {
    with_schema(store).await;
    done(store, put("a", r#"{"n":9}"#)).await;
    let error = failed(
        store,
        vec![
            t_put("x", r#"{"n":1}"#, free()),
            t_put("y", r#"{"n":"x"}"#, if_match_any()),
            t_put("z", "1", free()),
        ],
    )
    .await;
    assert_eq!(error.kind(), Kind::SchemaViolation, "before the condition that fails");
    assert_eq!(pointers(&error), ["/ops/1/value/n", "/ops/2/value"]);
    assert_eq!(item(store, "x").await, None);
    let error =
        failed(store, vec![t_put("x", r#"{"n":1}"#, free()), t_increment("a", r#"{"/n":5}"#, free())]).await;
    assert_eq!(error.kind(), Kind::SchemaViolation);
    assert!(pointers(&error).iter().all(|pointer| pointer.starts_with("/ops/1")), "{:?}", pointers(&error));
    assert_eq!(item(store, "x").await, None);
    together(store, vec![t_put("x", r#"{"n":1}"#, free()), t_increment("a", r#"{"/n":1}"#, free())]).await;
}

/// Another schema judges what is written from then on, not what is there.
pub async fn another_schema_touches_nothing(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", "\"text\"")).await;
    with_schema(store).await;
    assert_eq!(text(store, "a").await.as_deref(), Some("\"text\""));
    assert_eq!(refused(store, put("a", "\"text\"")).await.kind(), Kind::SchemaViolation);
    settle(store, settings(NOTES)).await;
    done(store, put("a", "\"text\"")).await;
}

/// A schema that was taken once and would not be any more keeps nobody from reading, deleting, and setting another.
pub async fn a_schema_that_would_not_be_taken_any_more_refuses_documents(
    store: &dyn Store,
    _clock: &TestClock,
) {
    done(store, put("a", "1")).await;
    done(store, put("b", "1")).await;
    let costly = r#"{"pattern":"[ab]*a[ab]{2000}[^ab]"}"#;
    settle(store, PutCollection { schema: Some(costly.into()), ..settings(NOTES) }).await;
    for write in [put("a", "2"), merge("a", "2"), increment("a", r#"{"":1}"#)] {
        let error = refused(store, write).await;
        assert_eq!((error.kind(), pointer(&error)), (Kind::SchemaViolation, vec![String::new()]));
        assert!(error.detail().contains("set another one, or none, in the settings"), "{error}");
    }
    let error = failed(store, vec![t_put("a", "2", free())]).await;
    assert_eq!((error.kind(), pointers(&error)), (Kind::SchemaViolation, vec!["/ops/0/value".to_owned()]));
    assert_eq!(text(store, "a").await.as_deref(), Some("1"));
    done(store, delete("b")).await;
    settle(store, settings(NOTES)).await;
    done(store, put("a", "2")).await;
}

async fn with_preconditions(store: &dyn Store) {
    settle(store, PutCollection { require_preconditions: true, ..settings(NOTES) }).await;
}

/// Where conditions are required, puts, patches and deletes need one; increments do not.
pub async fn required_conditions_are_required(store: &dyn Store, _clock: &TestClock) {
    with_preconditions(store).await;
    let free: [fn() -> Write; 4] =
        [|| put("a", "1"), || merge("a", "1"), || json_patch("a", "[]"), || delete("a")];
    for write in free {
        assert_eq!(refused(store, write()).await.kind(), Kind::PreconditionRequired, "before `no-such-item`");
    }
    let made = version(store, put("a", "1").under(if_absent())).await;
    for write in free {
        assert_eq!(refused(store, write()).await.kind(), Kind::PreconditionRequired);
    }
    let since = super::ask::if_unmodified_since(made.modified());
    let made = version(store, put("a", "2").under(since)).await;
    let made = version(store, merge("a", "3").under(if_match(made))).await;
    done(store, increment("n", r#"{"":1}"#)).await;
    done(store, increment("a", r#"{"":1}"#)).await;
    assert_eq!(refused(store, delete("a").under(if_match(made))).await.kind(), Kind::PreconditionFailed);
    done(store, delete("a").under(if_match_any())).await;
}

/// A condition that a write has no use for guards nothing.
pub async fn a_read_condition_guards_no_write(store: &dyn Store, _clock: &TestClock) {
    with_preconditions(store).await;
    let since = Some(larder::domain::Timestamp::from_secs(1));
    let condition = larder::domain::Condition { if_modified_since: since, ..Default::default() };
    let error = refused(store, put("a", "1").under(condition)).await;
    assert_eq!(error.kind(), Kind::PreconditionRequired);
}

/// In transactions too, with the operations that lack one named.
pub async fn required_conditions_hold_in_transactions(store: &dyn Store, _clock: &TestClock) {
    with_preconditions(store).await;
    let error = failed(
        store,
        vec![
            t_increment("n", r#"{"":1}"#, free()),
            t_put("a", "1", free()),
            t_put("b", "1", if_absent()),
            t_delete("c", free()),
        ],
    )
    .await;
    assert_eq!(error.kind(), Kind::PreconditionRequired);
    assert_eq!(pointers(&error), ["/ops/1", "/ops/3"]);
    assert_eq!(item(store, "n").await, None);
    together(store, vec![t_increment("n", r#"{"":1}"#, free()), t_put("b", "1", if_absent())]).await;
}

/// Settings that were replaced while writes go on never let a forbidden document in afterwards.
pub async fn a_schema_holds_from_its_answer_on(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", "1")).await;
    let context = context();
    let writes = (0..20).map(|n| store.write(&context, put(&format!("k{n}"), "1")));
    futures_util::future::join(futures_util::future::join_all(writes), with_schema(store)).await;
    assert_eq!(refused(store, put("late", "1")).await.kind(), Kind::SchemaViolation);
}

/// What was done under a key is answered again, also where doing it again would break the schema.
pub async fn a_repetition_that_a_schema_would_refuse_is_known(store: &dyn Store, _clock: &TestClock) {
    let schema = r#"{"type":"number","maximum":1}"#;
    settle(store, PutCollection { schema: Some(schema.into()), ..settings(NOTES) }).await;
    let count = increment("n", r#"{"":1}"#).token(fresh_token());
    let first = done(store, count.clone()).await;
    done(store, put("n", "0.5")).await;
    assert_eq!(done(store, count).await.version, first.version);
    let operations = vec![t_increment("t", r#"{"":1}"#, free())];
    let asked = Transaction { token: Some(fresh_token()), ..transaction(operations) };
    let first = store.transact(&context(), asked.clone()).await.expect("a transaction").value;
    assert_eq!(store.transact(&context(), asked.clone()).await.expect("the same").value, first);
    assert_eq!(text(store, "t").await.as_deref(), Some("1"));
    let unknown = Transaction { token: Some(fresh_token()), ..asked };
    let error = store.transact(&context(), unknown).await.expect_err("more than one");
    assert_eq!(error.kind(), Kind::SchemaViolation);
}

/// An increment that can't be applied hides no condition that fails, where there is a schema as where there is none.
pub async fn conditions_that_fail_beside_a_schema_are_named(store: &dyn Store, _clock: &TestClock) {
    settle(store, PutCollection { schema: Some("{}".into()), ..settings(NOTES) }).await;
    done(store, put("text", "\"text\"")).await;
    done(store, put("there", "1")).await;
    let operations = vec![t_put("there", "2", if_absent()), t_increment("text", r#"{"":1}"#, free())];
    let error = store.transact(&context(), transaction(operations)).await.expect_err("it is there");
    assert_eq!(error.kind(), Kind::TransactionPrecondition);
    assert_eq!(error.failures().iter().map(|failure| failure.op).collect::<Vec<_>>(), [0]);
}

/// A transaction's increment never leaves what the schema forbids, whoever writes meanwhile: one that can't be applied,
/// or whose condition does not hold, is judged over what it meets in the end.
pub async fn no_increment_slips_past_the_schema(store: &dyn Store, _clock: &TestClock) {
    let schema = r#"{"anyOf":[{"type":"string"},{"type":"number","maximum":1}]}"#;
    settle(store, PutCollection { schema: Some(schema.into()), ..settings(NOTES) }).await;
    let context = context();
    for condition in [free, if_match_any] {
        for round in 0..40 {
            let key = format!("k{round}");
            done(store, put(&key, "\"text\"")).await;
            let count = || async {
                let asked = transaction(vec![t_increment(&key, r#"{"":1}"#, condition())]);
                store.transact(&context, asked).await.map(|_| ())
            };
            let (one, _, two) =
                futures_util::future::join3(count(), store.write(&context, put(&key, "1")), count()).await;
            assert!(one.is_err() && two.is_err(), "a text or more than one: {one:?} {two:?}");
            assert_ne!(text(store, &key).await.as_deref(), Some("2"));
            done(store, delete(&key)).await;
            let condition = if_absent();
            let asked = transaction(vec![t_increment(&key, r#"{"":2}"#, condition)]);
            done(store, put(&key, "1")).await;
            let (raced, _) = futures_util::future::join(
                store.transact(&context, asked),
                store.write(&context, delete(&key)),
            )
            .await;
            assert!(raced.is_err(), "it is there, or two are too many: {raced:?}");
        }
    }
}
