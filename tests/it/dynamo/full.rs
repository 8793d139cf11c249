//! A keyed transaction of a hundred operations, which leaves no room for its key.

use std::time::{Duration, Instant};

use futures_util::future::join;
use larder::domain::{Context, Kind, Operation, Store, Token, Transaction};

use super::setting::Setting;
use crate::conformance::ask::{
    context, done, fresh_token, if_absent, if_match, made, put, string_of, text, version,
};
use crate::conformance::transactions::{failed, free, t_check, t_increment, t_put, transaction};
use crate::support::mishaps::Mishap;
use crate::support::stores::{Fixture, Kind as Backend};
use crate::support::until::until;

fn hundred(last: Operation) -> Vec<Operation> {
    let puts = (0..98).map(|number| t_put(&format!("k{number:02}"), "1", free()));
    puts.chain([t_increment("n", r#"{"":5}"#, free()), last]).collect()
}

#[tokio::test]
async fn its_key_is_known_all_the_same() {
    let fixture = Fixture::open(Backend::Dynamo).await;
    let store = &*fixture.store;
    made(store).await;
    let token = fresh_token();
    let last = || t_check("nothing", if_absent());
    let asked = Transaction { token: Some(token), ..transaction(hundred(last())) };
    let first = store.transact(&context(), asked.clone()).await.expect("a transaction").value;
    done(store, put("k07", "2")).await;
    assert_eq!(store.transact(&context(), asked.clone()).await.expect("the first answer").value, first);
    assert_eq!(text(store, "n").await.as_deref(), Some("5"), "it was done once");
    assert_eq!(text(store, "k07").await.as_deref(), Some("2"));
    let other = Transaction { token: Some(Token { content: [9; 16], ..token }), ..asked };
    let error = store.transact(&context(), other).await.expect_err("another content");
    assert_eq!(error.kind(), Kind::IdempotencyKeyReused);

    done(store, put("there", "1")).await;
    let token = Some(fresh_token());
    let failing = Transaction { token, ..transaction(hundred(t_check("there", if_absent()))) };
    let error = store.transact(&context(), failing).await.expect_err("it is there");
    assert_eq!(error.kind(), Kind::TransactionPrecondition);
    let again = Transaction { token, ..transaction(hundred(last())) };
    store.transact(&context(), again).await.expect("a failure is not remembered");
    assert_eq!(text(store, "n").await.as_deref(), Some("10"));
    fixture.close().await;
}

#[tokio::test]
async fn a_collection_that_cannot_be_made_behind_it_is_made_by_the_repetition() {
    for last in [Some(t_put("k98", "1", free())), None] {
        let setting = Setting::new().await;
        let store = &*setting.store;
        let token = fresh_token();
        let operations = (0..98).map(|number| t_put(&format!("k{number:02}"), "1", free()));
        let operations = operations.chain([t_increment("n", r#"{"":5}"#, free())]).chain(last).collect();
        let asked = Transaction { token: Some(token), ..transaction(operations) };
        // The settings of a collection are the only item that is put behind a transaction with its content.
        setting.proxy.decide(|seen| match seen.operation == "PutItem" && seen.body.contains("\"h\"") {
            true => Mishap::Refused(super::throttling::refusal("TableWriteKeyRangeThroughputExceeded")),
            false => Mishap::None,
        });
        let patience = Context { deadline: Instant::now() + Duration::from_secs(2), ..context() };
        let error = store.transact(&patience, asked.clone()).await.expect_err("half of it is missing");
        assert_eq!(error.kind(), Kind::OutcomeUnknown, "{error}");
        setting.proxy.decide(|_| Mishap::None);
        store.transact(&context(), asked).await.expect("it was done");
        assert_eq!(text(store, "n").await.as_deref(), Some("5"), "once");
        setting.emulator.stop();
    }
}

/// It is refused for want of capacity for as long as it waits, and so is giving its key back.
#[tokio::test]
async fn its_key_is_taken_while_it_is_done_and_free_when_nobody_is_at_it_any_more() {
    let setting = Setting::new().await;
    let (here, there) = (&*setting.store, setting.another(&setting.clock).await);
    let seen = version(here, put("last", "1")).await;
    let refuse = |operations: &'static [&'static str]| {
        setting.proxy.decide(|seen| match operations.contains(&seen.operation) {
            true => Mishap::Refused(super::throttling::refusal("TableWriteKeyRangeThroughputExceeded")),
            false => Mishap::None,
        });
    };
    refuse(&["TransactWriteItems", "DeleteItem"]);
    let operations = hundred(t_put("last", "2", if_match(seen)));
    let asked = Transaction { token: Some(fresh_token()), ..transaction(operations) };
    let kind = async |store: &dyn Store, context: Context| {
        store.transact(&context, asked.clone()).await.map_err(|error| error.kind()).err()
    };
    let first = setting.proxy.count();
    let hurried = Context { deadline: Instant::now() + Duration::from_secs(2), ..context() };
    let beside = async {
        // The settings or rows that are looked at, the claim, and a try.
        until("a try", async || setting.proxy.count() >= first + 3).await;
        kind(&*there, context()).await
    };
    let (refused, beside) = join(kind(here, hurried), beside).await;
    assert_eq!(
        refused,
        Some(Kind::Throttled),
        "what went wrong, and not that its key could not be given back"
    );
    assert_eq!(beside, Some(Kind::RequestInProgress));
    // A call to give it back may still be on its way, given up by who made it.
    refuse(&["DeleteItem"]);
    assert_eq!(kind(here, context()).await, Some(Kind::RequestInProgress), "nobody knows that it has ended");
    setting.clock.advance(Duration::from_secs(6));
    assert_eq!(kind(here, context()).await, None, "it was not done, and is done now");
    assert_eq!(text(here, "n").await.as_deref(), Some("5"), "once");
    setting.emulator.stop();
}

/// DynamoDB takes four megabytes in one transaction, however little the request says of them.
#[tokio::test]
async fn items_that_are_too_large_together_are_told_so() {
    let fixture = Fixture::open(Backend::Dynamo).await;
    let store = &*fixture.store;
    for number in 0..11 {
        let large = format!(r#"{{"n":1,"text":{}}}"#, string_of(380 * 1024));
        done(store, put(&format!("k{number}"), &large)).await;
    }
    let operations = (0..11).map(|number| t_increment(&format!("k{number}"), r#"{"/n":1}"#, free()));
    let error = failed(store, operations.collect()).await;
    let limit = error.limit().map(|(limit, _)| limit);
    assert_eq!((error.kind(), limit), (Kind::TooLarge, Some(4_000_000)), "{error}");
    fixture.close().await;
}
