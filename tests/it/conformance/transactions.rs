//! Transactions: all or nothing, at one moment.

use larder::domain::{
    Attempt, Check, Condition, Error, Kind, Operation, OperationOutcome, Place, Store, Target, Transaction,
    Ttl, limits,
};

use super::ask::{
    self, NOTES, Said as _, collection, context, delete, document, done, fresh_id, if_absent, if_match,
    if_match_any, increments, item, item_in, made, put, string_of, target, text, version,
};
use crate::support::clock::TestClock;

pub fn transaction(operations: Vec<Operation>) -> Transaction {
    Transaction { operations, write_id: fresh_id(), token: None, attempt: Attempt::First }
}

pub fn gets(targets: &[Target]) -> Transaction {
    transaction(targets.iter().map(|target| Operation::Get { target: target.clone() }).collect())
}

pub fn t_put(key: &str, text: &str, condition: Condition) -> Operation {
    Operation::Put { target: target(NOTES, key), document: document(text), condition, ttl: None }
}

pub fn t_delete(key: &str, condition: Condition) -> Operation {
    Operation::Delete { target: target(NOTES, key), condition }
}

pub fn t_increment(key: &str, text: &str, condition: Condition) -> Operation {
    Operation::Increment { target: target(NOTES, key), increments: increments(text), condition, ttl: None }
}

pub fn t_check(key: &str, condition: Condition) -> Operation {
    Operation::Check(Check { target: target(NOTES, key), condition })
}

pub fn free() -> Condition {
    Condition::default()
}

/// Does a transaction that must succeed.
pub async fn together(store: &dyn Store, operations: Vec<Operation>) -> Vec<OperationOutcome> {
    store.transact(&context(), transaction(operations)).await.expect("a transaction").value
}

/// Does a transaction that must fail.
pub async fn failed(store: &dyn Store, operations: Vec<Operation>) -> Error {
    store.transact(&context(), transaction(operations)).await.expect_err("this transaction fails")
}

/// Every kind of operation happens, and says what it did, in order.
pub async fn all_operations_happen_together(store: &dyn Store, clock: &TestClock) {
    use larder::domain::Clock as _;
    let checked = version(store, put("checked", "1")).await;
    done(store, put("counted", "1")).await;
    done(store, put("deleted", "1")).await;
    let id = fresh_id();
    let operations = vec![
        t_check("checked", if_match(checked)),
        Operation::Put {
            target: target("orders", "o1"),
            document: document("{ }"),
            condition: if_absent(),
            ttl: Some(Ttl::Seconds(60)),
        },
        t_increment("counted", r#"{"":2}"#, free()),
        t_delete("deleted", if_match_any()),
    ];
    let asked = Transaction { write_id: id, ..transaction(operations) };
    let outcomes = store.transact(&context(), asked).await.expect("a transaction").value;
    let order = item_in(store, "orders", "o1").await.expect("the put");
    let counted = item(store, "counted").await.expect("the increment");
    assert_eq!(order.expires, Some(clock.now().expiry(60)));
    assert_eq!(ask::text_of(&order.document), "{ }");
    assert_eq!(ask::text_of(&counted.document), "3");
    assert_eq!((order.version.write, counted.version.write), (id, id));
    assert_eq!(item(store, "deleted").await, None);
    let expected = [
        OperationOutcome::Checked,
        OperationOutcome::Put { version: order.version, expires: order.expires },
        OperationOutcome::Incremented { version: counted.version, expires: None },
        OperationOutcome::Deleted,
    ];
    assert_eq!(outcomes, expected);
}

/// One failed condition keeps everything from happening; each failed one is named, with what is there.
pub async fn failed_conditions_are_all_named_and_nothing_happens(store: &dyn Store, _clock: &TestClock) {
    let a = version(store, put("a", "1")).await;
    let c = version(store, put("c", "1")).await;
    let error = failed(
        store,
        vec![
            t_put("a", "2", if_absent()),
            t_put("b", "2", free()),
            t_check("c", if_match(a)),
            t_delete("nothing", if_match_any()),
            t_increment("n", r#"{"":1}"#, free()),
        ],
    )
    .await;
    assert_eq!(error.kind(), Kind::TransactionPrecondition);
    let named: Vec<_> =
        error.failures().iter().map(|failure| (failure.op, failure.kind, failure.version)).collect();
    let expected = [
        (0, Kind::PreconditionFailed, Some(a)),
        (2, Kind::PreconditionFailed, Some(c)),
        (3, Kind::PreconditionFailed, None),
    ];
    assert_eq!(named, expected);
    for (key, expected) in [("a", Some("1")), ("b", None), ("c", Some("1")), ("n", None)] {
        assert_eq!(text(store, key).await.as_deref(), expected, "{key}");
    }
}

/// Conditions in a transaction see what has expired as absent.
pub async fn expired_items_are_absent_in_transactions(store: &dyn Store, clock: &TestClock) {
    use super::ask::Said as _;
    done(store, put("a", "1").ttl(1)).await;
    done(store, put("b", "1").ttl(1)).await;
    clock.advance_millis(1000);
    let error = failed(store, vec![t_check("a", if_match_any())]).await;
    assert_eq!(error.failures().iter().map(|failure| failure.version).collect::<Vec<_>>(), [None]);
    let written = vec![
        t_check("nothing", if_absent()),
        t_put("a", "2", if_absent()),
        t_increment("b", r#"{"":1}"#, free()),
    ];
    together(store, written).await;
    assert_eq!(text(store, "b").await.as_deref(), Some("1"), "an increment begins anew");
    assert_eq!(item(store, "a").await.and_then(|item| item.expires), None);
}

/// What fails over an item that has expired shows nothing of it.
pub async fn a_failure_shows_nothing_that_expired(store: &dyn Store, clock: &TestClock) {
    done(store, put("n", "5").ttl(60)).await;
    clock.advance_millis(60_000);
    let error = failed(store, vec![t_increment("n", r#"{"/a/b":1}"#, free())]).await;
    assert_eq!(error.kind(), Kind::Conflict);
    assert!(error.failures().iter().all(|failure| failure.version.is_none()), "{:?}", error.failures());
}

/// A delete without condition succeeds on nothing.
pub async fn a_delete_of_nothing_succeeds(store: &dyn Store, _clock: &TestClock) {
    made(store).await;
    let outcomes = together(store, vec![t_delete("nothing", free()), t_put("a", "1", free())]).await;
    assert_eq!(outcomes[0], OperationOutcome::Deleted);
    assert_eq!(text(store, "a").await.as_deref(), Some("1"));
}

/// Stamps of each item grow, as in single writes.
pub async fn stamps_grow_in_transactions(store: &dyn Store, clock: &TestClock) {
    let before = version(store, put("a", "1")).await;
    clock.turn_back(std::time::Duration::from_secs(60));
    together(store, vec![t_put("a", "2", free()), t_put("b", "2", free())]).await;
    assert!(item(store, "a").await.expect("a").version.stamp > before.stamp);
}

/// An increment where no number is fails the whole with `conflict`, naming the operation.
pub async fn an_increment_of_no_number_fails_the_whole(store: &dyn Store, _clock: &TestClock) {
    done(store, put("n", "\"x\"")).await;
    let error = failed(store, vec![t_put("a", "1", free()), t_increment("n", r#"{"":1}"#, free())]).await;
    assert_eq!(error.kind(), Kind::Conflict);
    assert_eq!(error.retry_after(), None, "it can't pass by waiting");
    assert_eq!(text(store, "a").await, None);
}

/// Transfers side by side keep the sum.
pub async fn concurrent_transactions_keep_the_sum(store: &dyn Store, _clock: &TestClock) {
    together(store, vec![t_put("a", "100", free()), t_put("b", "100", free())]).await;
    let context = context();
    let transfer = |n: i64| {
        let (out, into) = (format!(r#"{{"":-{n}}}"#), format!(r#"{{"":{n}}}"#));
        let operations = vec![t_increment("a", &out, free()), t_increment("b", &into, free())];
        store.transact(&context, transaction(operations))
    };
    let outcomes = futures_util::future::join_all((1..=20).map(transfer)).await;
    let moved: i64 = (1..=20).zip(&outcomes).filter(|(_, outcome)| outcome.is_ok()).map(|(n, _)| n).sum();
    for error in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert_eq!(error.kind(), Kind::Conflict);
        assert!(error.retry_after().is_some());
    }
    assert_eq!(text(store, "a").await, Some((100 - moved).to_string()));
    assert_eq!(text(store, "b").await, Some((100 + moved).to_string()));
}

/// A failed transaction makes no collection; a check alone neither.
pub async fn a_failed_transaction_makes_no_collection(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", "1")).await;
    let fresh = Operation::Put {
        target: target("fresh", "a"),
        document: document("1"),
        condition: free(),
        ttl: None,
    };
    let error = failed(store, vec![fresh, t_check("a", if_absent())]).await;
    assert_eq!(error.kind(), Kind::TransactionPrecondition);
    let error = store.collection(&context(), collection("fresh")).await.expect_err("no collection");
    assert_eq!(error.kind(), Kind::NoSuchCollection);
}

/// Where nothing makes a collection that is not there, whatever is in it fails, and is named.
pub async fn a_missing_collection_fails_what_can_not_make_it(store: &dyn Store, _clock: &TestClock) {
    let elsewhere = Operation::Put {
        target: target("elsewhere", "a"),
        document: document("1"),
        condition: free(),
        ttl: None,
    };
    let error = failed(store, vec![elsewhere, t_check("b", if_absent()), t_delete("c", free())]).await;
    assert_eq!(error.kind(), Kind::NoSuchCollection);
    let named: Vec<_> = error.failures().iter().map(|failure| (failure.op, failure.kind)).collect();
    assert_eq!(named, [(1, Kind::NoSuchCollection), (2, Kind::NoSuchCollection)]);
    together(store, vec![t_put("a", "1", if_absent()), t_increment("b", r#"{"":1}"#, free())]).await;
    assert_eq!(text(store, "a").await.as_deref(), Some("1"), "two of them made one collection");
}

/// A transaction that makes a collection finds it empty, with all of its operations.
pub async fn a_transaction_finds_the_collection_that_it_makes(store: &dyn Store, _clock: &TestClock) {
    let seen = version(store, put("a", "1").within("other")).await;
    let asked = |check| vec![t_check("b", check), t_delete("c", free()), t_put("a", "1", if_absent())];
    let error = failed(store, asked(if_match(seen))).await;
    let named: Vec<_> = error.failures().iter().map(|failure| (failure.op, failure.kind)).collect();
    assert_eq!(named, [(0, Kind::PreconditionFailed)]);
    let missing = store.collection(&context(), collection(NOTES)).await.expect_err("nothing was done");
    assert_eq!(missing.kind(), Kind::NoSuchCollection);
    let outcomes = together(store, asked(if_absent())).await;
    assert_eq!(outcomes[..2], [OperationOutcome::Checked, OperationOutcome::Deleted]);
    assert_eq!(text(store, "a").await.as_deref(), Some("1"));
}

/// A hundred operations, each about another item, are done.
pub async fn a_hundred_operations_are_done(store: &dyn Store, _clock: &TestClock) {
    let large = string_of(30_000);
    let operations = (0..limits::OPERATIONS).map(|n| t_put(&format!("k{n}"), &large, free())).collect();
    assert_eq!(together(store, operations).await.len(), 100);
    let asked: Vec<Target> = (0..limits::OPERATIONS).map(|n| target(NOTES, &format!("k{n}"))).collect();
    let outcomes = store.transact(&context(), gets(&asked)).await.expect("a snapshot").value;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, OperationOutcome::Got(Some(_)))));
}

/// No operations are nothing to do.
pub async fn no_operations_are_done(store: &dyn Store, _clock: &TestClock) {
    assert_eq!(together(store, Vec::new()).await, []);
}

/// Checks alone hold or fail, and change nothing.
pub async fn checks_alone_change_nothing(store: &dyn Store, _clock: &TestClock) {
    let a = version(store, put("a", "1")).await;
    done(store, put("b", "1")).await;
    done(store, delete("b")).await;
    let holding = vec![t_check("a", if_match(a)), t_check("b", if_absent())];
    assert_eq!(together(store, holding).await, [OperationOutcome::Checked, OperationOutcome::Checked]);
    assert_eq!(item(store, "a").await.map(|item| item.version), Some(a));
    let error = failed(store, vec![t_check("a", if_match(a)), t_check("b", if_match(a))]).await;
    assert_eq!(error.failures().iter().map(|failure| failure.op).collect::<Vec<_>>(), [1]);
}

/// Places of faults begin with the operation.
pub fn pointers(error: &Error) -> Vec<String> {
    let pointer = |place: &Place| match place {
        Place::Pointer(pointer) => pointer.clone(),
        other => panic!("not a pointer: {other:?}"),
    };
    error.faults().iter().map(|fault| pointer(&fault.place)).collect()
}
