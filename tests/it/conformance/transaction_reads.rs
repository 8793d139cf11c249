//! Transactions that only read: a snapshot, as large as an answer may be.

use larder::domain::{Kind, OperationOutcome, Store, Target, limits};

use super::ask::{NOTES, collection, context, done, item, put, string_of, target};
use super::transactions::{free, gets, t_put, together};
use crate::support::clock::TestClock;

/// Gets are a snapshot: of what is there, of what is not, and of collections that are not.
pub async fn gets_tell_what_is_there(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", "1")).await;
    let asked = gets(&[target(NOTES, "a"), target(NOTES, "b"), target("nowhere", "a")]);
    let outcomes = store.transact(&context(), asked).await.expect("a snapshot").value;
    assert_eq!(outcomes[0], OperationOutcome::Got(item(store, "a").await));
    assert_eq!(outcomes[1..], [OperationOutcome::Got(None), OperationOutcome::Nowhere]);
    let error = store.collection(&context(), collection("nowhere")).await.expect_err("a read makes nothing");
    assert_eq!(error.kind(), Kind::NoSuchCollection);
}

/// Documents for which an answer has no room are left out of it. `DynamoDB` gives half as much room, and refuses the whole.
pub async fn gets_bring_no_more_than_an_answer_holds(store: &dyn Store, _clock: &TestClock) {
    let large = string_of(380 * 1024);
    let targets: Vec<Target> = (10..40).map(|n| target(NOTES, &format!("k{n}"))).collect();
    for target in &targets {
        done(store, put(target.key.as_str(), &large)).await;
    }
    let outcomes = match store.transact(&context(), gets(&targets)).await {
        Ok(outcomes) => outcomes.value,
        Err(error) => return assert_eq!(error.kind(), Kind::TooLarge, "{error}"),
    };
    let fit = limits::ANSWER_BYTES / large.len();
    for (place, outcome) in outcomes.iter().enumerate() {
        match outcome {
            OperationOutcome::Got(Some(_)) => assert!(place < fit, "{place} has no room"),
            OperationOutcome::Beyond(_) => assert!(place >= fit, "{place} has room"),
            other => panic!("{place}: {other:?}"),
        }
    }
}

/// Items that only ever change together are never seen apart.
pub async fn gets_never_see_half_a_transaction(store: &dyn Store, _clock: &TestClock) {
    together(store, vec![t_put("a", "0", free()), t_put("b", "0", free())]).await;
    let write = async {
        for n in 1..40 {
            let n = n.to_string();
            together(store, vec![t_put("a", &n, free()), t_put("b", &n, free())]).await;
        }
    };
    let read = async {
        for _ in 0..60 {
            let asked = gets(&[target(NOTES, "a"), target(NOTES, "b")]);
            let outcomes = store.transact(&context(), asked).await.expect("a snapshot").value;
            let [OperationOutcome::Got(Some(a)), OperationOutcome::Got(Some(b))] = &outcomes[..] else {
                panic!("both are there: {outcomes:?}")
            };
            assert_eq!(a.document, b.document);
        }
    };
    futures_util::future::join(write, read).await;
}
