//! Two stores on one table: what one left behind, and what the other makes of a repetition, or comes between.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join;
use larder::domain::{Attempt, Condition, Context, Error, Kind, PutCollection, Store, Transaction, Write};
use tokio::sync::Semaphore;

use super::setting::{Setting, context};
use crate::conformance::ask::{
    NOTES, Said, collection, delete, done, fresh_token, if_absent, if_match, increment, made, put, settings,
    settle, text, version,
};
use crate::conformance::transactions::{free, t_increment, t_put, transaction};
use crate::support::clock::TestClock;
use crate::support::mishaps::Mishap;
use crate::support::until::until;

/// A context whose deadline comes before a call that stalls is given up.
fn hurried() -> Context {
    Context { deadline: Instant::now() + Duration::from_millis(1500), ..context() }
}

async fn with_schema(store: &dyn Store) {
    let schema = Some(r#"{"type":"number"}"#.into());
    settle(store, PutCollection { schema, ..settings(NOTES) }).await;
}

async fn unknown<T: std::fmt::Debug>(asked: impl Future<Output = Result<T, Error>>) {
    let error = asked.await.expect_err("nothing tells what became of it");
    assert_eq!(error.kind(), Kind::OutcomeUnknown, "{error}");
}

/// Waits until the proxy has seen a request more than that.
async fn until_more_than(setting: &Setting, seen: usize) {
    until("another request", async || setting.proxy.count() > seen).await;
}

#[tokio::test]
async fn a_transaction_that_a_schema_judged_is_not_done_again() {
    let setting = Setting::new().await;
    let (here, there) = (&*setting.store, setting.another(&setting.clock).await);
    with_schema(here).await;
    done(here, put("n", "1")).await;
    let asked = transaction(vec![t_increment("n", r#"{"":5}"#, free())]);
    here.transact(&context(), asked.clone()).await.expect("it is done here");
    done(&*there, increment("n", r#"{"":1}"#)).await;
    let again = Transaction { attempt: Attempt::RepeatElsewhere, ..asked };
    unknown(there.transact(&context(), again)).await;
    assert_eq!(text(here, "n").await.as_deref(), Some("7"), "once");
    setting.emulator.stop();
}

#[tokio::test]
async fn a_transaction_that_was_done_is_not_said_to_break_the_schema() {
    let setting = Setting::new().await;
    let (here, there) = (&*setting.store, setting.another(&setting.clock).await);
    let schema = Some(r#"{"type":"number","maximum":10}"#.into());
    settle(here, PutCollection { schema, ..settings(NOTES) }).await;
    done(here, put("n", "1")).await;
    let asked = transaction(vec![t_increment("n", r#"{"":5}"#, free())]);
    here.transact(&context(), asked.clone()).await.expect("it is done here");
    done(&*there, put("n", "9")).await;
    let again = Transaction { attempt: Attempt::RepeatElsewhere, ..asked };
    unknown(there.transact(&context(), again)).await;
    setting.emulator.stop();
}

#[tokio::test]
async fn a_judged_increment_whose_answer_was_lost_is_not_done_again() {
    let setting = Setting::patient(Duration::from_secs(3)).await;
    let (here, there) = (&*setting.store, setting.another(&setting.clock).await);
    with_schema(here).await;
    done(here, put("n", "1")).await;
    setting.once("UpdateItem", Mishap::StallAfter);
    let asked = increment("n", r#"{"":5}"#);
    unknown(here.write(&hurried(), asked.clone())).await;
    done(&*there, increment("n", r#"{"":1}"#)).await;
    unknown(here.write(&context(), asked.attempt(Attempt::RepeatHere))).await;
    assert_eq!(text(here, "n").await.as_deref(), Some("7"), "once");
    setting.emulator.stop();
}

#[tokio::test]
async fn a_collection_that_was_made_anew_is_not_removed_again() {
    let setting = Setting::new().await;
    let (here, there) = (&*setting.store, setting.another(&setting.clock).await);
    made(here).await;
    setting.once("DeleteItem", Mishap::StallAfter);
    let seen = setting.proxy.count();
    let context = context();
    let removed = here.delete_collection(&context, collection(NOTES), Condition::default());
    let anew = async {
        // A look at the settings, a look whether it is empty, and the call that is lost.
        until_more_than(&setting, seen + 2).await;
        until("made anew", async || settle(&*there, settings(NOTES)).await.created).await;
    };
    let (removed, ()) = join(removed, anew).await;
    assert_eq!(removed.expect_err("nothing tells").kind(), Kind::OutcomeUnknown);
    there.collection(&context, collection(NOTES)).await.expect("it was made anew");
    setting.emulator.stop();
}

/// What the second look finds would decide whether it stays removed.
#[tokio::test]
async fn a_removal_that_was_done_is_not_said_to_be_refused() {
    let setting = Setting::new().await;
    let here = &*setting.store;
    made(here).await;
    let removed = AtomicBool::new(false);
    setting.proxy.decide(move |seen| match seen.operation {
        "DeleteItem" => {
            removed.store(true, Ordering::SeqCst);
            Mishap::None
        }
        "Query" if removed.load(Ordering::SeqCst) => {
            Mishap::Refused(super::throttling::refusal("TableReadKeyRangeThroughputExceeded"))
        }
        _ => Mishap::None,
    });
    let error = here.delete_collection(&context(), collection(NOTES), Condition::default()).await;
    assert_eq!(error.expect_err("nobody knows").kind(), Kind::OutcomeUnknown);
    setting.proxy.decide(|_| Mishap::None);
    let error = here.collection(&context(), collection(NOTES)).await.expect_err("it is removed");
    assert_eq!(error.kind(), Kind::NoSuchCollection);
    setting.emulator.stop();
}

/// Each write is done and its answer lost; then another store, whose clock is a little behind, removes what it left
/// and makes the item anew. Repeating the write must not touch that.
#[tokio::test]
async fn what_a_slower_clock_made_anew_is_neither_replaced_nor_removed() {
    let writes: [fn() -> Write; 3] = [|| put("k", "2"), || increment("k", r#"{"":1}"#), || delete("k")];
    for write in writes {
        let setting = Setting::new().await;
        let slower = Arc::new(TestClock::new());
        setting.clock.advance_millis(900);
        let (here, there) = (&*setting.store, setting.another(&slower).await);
        done(&*there, put("k", "1")).await;
        let operation = if matches!(write().action, larder::domain::Action::Delete) {
            "DeleteItem"
        } else {
            "UpdateItem"
        };
        setting.once(operation, Mishap::StallAfter);
        let seen = setting.proxy.count();
        let context = context();
        let asked = here.write(&context, write());
        let anew = async {
            until_more_than(&setting, seen).await;
            // Not before it was done: until then the item is as it was made.
            until("done", async || text(&*there, "k").await.as_deref() != Some("1")).await;
            if operation == "UpdateItem" {
                done(&*there, delete("k")).await;
            }
            assert!(done(&*there, put("k", "100").under(if_absent())).await.created);
        };
        let (outcome, ()) = join(asked, anew).await;
        assert_eq!(outcome.expect_err("nothing tells").kind(), Kind::OutcomeUnknown, "{operation}");
        assert_eq!(text(&*there, "k").await.as_deref(), Some("100"), "{operation}");
        setting.emulator.stop();
    }
}

/// The other store does all of it between this one's looks.
#[tokio::test]
async fn a_keyed_transaction_that_was_done_meanwhile_is_not_refused() {
    let setting = Setting::new().await;
    let (here, there) = (&*setting.store, setting.another(&setting.clock).await);
    let seen = version(here, put("n", r#"{"x":1}"#)).await;
    // Settings are known from here on.
    assert_eq!(text(here, "a").await, None);
    let operations = vec![t_put("a", "2", free()), t_increment("n", r#"{"/x":5}"#, if_match(seen))];
    let asked = Transaction { token: Some(fresh_token()), ..transaction(operations) };
    let held = Arc::new(Semaphore::new(0));
    let first = setting.proxy.count();
    let answer = Arc::clone(&held);
    setting.proxy.decide(move |seen| match seen.number == first {
        true => Mishap::HoldAfter(Arc::clone(&answer)),
        false => Mishap::None,
    });
    let context = context();
    let late = here.transact(&context, asked.clone());
    let meanwhile = async {
        until_more_than(&setting, first).await;
        let outcomes = there.transact(&context, asked.clone()).await.expect("it is done there").value;
        held.add_permits(1);
        outcomes
    };
    let (late, outcomes) = join(late, meanwhile).await;
    assert_eq!(late.expect("it was done, under this key").value, outcomes);
    assert_eq!(text(here, "n").await.as_deref(), Some(r#"{"x":6}"#), "once");
    setting.emulator.stop();
}

/// The answer under the key is read before the other store does it, and the row behind that.
#[tokio::test]
async fn a_keyed_increment_that_was_done_meanwhile_is_not_refused() {
    let setting = Setting::new().await;
    let (here, there) = (&*setting.store, setting.another(&setting.clock).await);
    let seen = version(here, put("n", "1")).await;
    // Settings are known from here on.
    assert_eq!(text(here, "a").await, None);
    let asked = increment("n", r#"{"":5}"#).under(if_match(seen)).token(fresh_token());
    let held = Arc::new(Semaphore::new(0));
    let row = Arc::clone(&held);
    let first = setting.proxy.count();
    setting.proxy.decide(move |seen| match seen.operation == "GetItem" && !seen.body.contains("#tokens") {
        true => Mishap::HoldBefore(Arc::clone(&row)),
        false => Mishap::None,
    });
    let context = context();
    let late = here.write(&context, asked.clone());
    let meanwhile = async {
        until_more_than(&setting, first + 1).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        done(&*there, asked.clone()).await;
        done(&*there, increment("n", r#"{"":1}"#)).await;
        held.add_permits(10);
    };
    let (late, ()) = join(late, meanwhile).await;
    late.expect("it was done, under this key");
    assert_eq!(text(here, "n").await.as_deref(), Some("7"), "once");
    setting.emulator.stop();
}
