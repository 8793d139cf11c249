//! Lone reads of several callers: beyond a number of calls on their way they share one, and nobody can tell by the answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use larder::domain::{Charge, Consistency, Item, Kind, Read, Reply, Store};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::setting::Setting;
use crate::conformance::ask::{context, done, made, put, read_of, string_of, text_of};
use crate::support::mishaps::Mishap;
use crate::support::until::until;

/// Calls from which on reads wait for each other.
const APART: usize = 16;

/// Longer than a test takes.
const PATIENT: Duration = Duration::from_secs(20);

type Answer = Reply<(Option<Item>, Consistency)>;

/// A store with so many reads on their way that the next ones wait.
struct Crowd {
    setting: Setting,
    /// Those that are on their way, until they are let go.
    ahead: Vec<JoinHandle<Answer>>,
    /// Lets those that are ahead go.
    single: Arc<Semaphore>,
    /// Single reads and shared ones that came to DynamoDB.
    calls: Arc<[AtomicUsize; 2]>,
}

impl Crowd {
    /// Keys `k0` to `k9` with their numbers in it; what happens to reads that are shared is to be said.
    async fn new(shared: impl Fn(&str) -> Mishap + Send + Sync + 'static) -> Crowd {
        Crowd::waiting(PATIENT, shared).await
    }

    /// The same, where reads wait so long for each other.
    async fn waiting(share_wait: Duration, shared: impl Fn(&str) -> Mishap + Send + Sync + 'static) -> Crowd {
        let setting = Setting::told(|options| {
            options.attempt_timeout = PATIENT;
            options.share_wait = share_wait;
        })
        .await;
        made(&*setting.store).await;
        for number in 0..10 {
            done(&*setting.store, put(&format!("k{number}"), &number.to_string())).await;
        }
        let (single, calls) = (Arc::new(Semaphore::new(0)), Arc::new([const { AtomicUsize::new(0) }; 2]));
        let (gate, counted) = (Arc::clone(&single), Arc::clone(&calls));
        setting.proxy.decide(move |seen| match seen.operation {
            "GetItem" => {
                counted[0].fetch_add(1, Ordering::SeqCst);
                let ahead = seen.body.contains("\"k0\"");
                if ahead { Mishap::HoldBefore(Arc::clone(&gate)) } else { Mishap::None }
            }
            "BatchGetItem" => {
                counted[1].fetch_add(1, Ordering::SeqCst);
                shared(seen.body)
            }
            _ => Mishap::None,
        });
        let ahead = (0..APART).map(|_| reading(&setting.store, read_of("k0"))).collect();
        let crowd = Crowd { setting, ahead, single, calls };
        crowd.until_calls(APART, 0).await;
        crowd
    }

    /// A read that waits.
    async fn behind(&self, read: Read) -> JoinHandle<Answer> {
        let task = reading(&self.setting.store, read);
        // It comes as far as it can.
        tokio::task::yield_now().await;
        task
    }

    async fn behind_strong(&self, keys: &[&str]) -> Vec<JoinHandle<Answer>> {
        let mut all = Vec::new();
        for key in keys {
            all.push(self.behind(read_of(key)).await);
        }
        all
    }

    async fn until_calls(&self, single: usize, shared: usize) {
        let counted = || [0, 1].map(|which: usize| self.calls[which].load(Ordering::SeqCst));
        until("the calls", async || counted() == [single, shared]).await;
    }

    /// All go, and those that were ahead have their answers.
    async fn end(self) {
        self.single.add_permits(1000);
        for answer in join_all(self.ahead).await {
            assert_eq!(said(answer.expect("no read panics")), Some("0".to_owned()));
        }
        self.setting.emulator.stop();
    }
}

fn reading(store: &Arc<dyn Store>, read: Read) -> JoinHandle<Answer> {
    let store = Arc::clone(store);
    tokio::spawn(async move { store.read(&context(), read).await })
}

fn said(answer: Answer) -> Option<String> {
    let (item, _) = answer.expect("an answer").value;
    item.map(|item| text_of(&item.document))
}

async fn all_said(reads: Vec<JoinHandle<Answer>>) -> Vec<Option<String>> {
    join_all(reads).await.into_iter().map(|answer| said(answer.expect("no read panics"))).collect()
}

fn numbers(all: &[&str]) -> Vec<Option<String>> {
    all.iter().map(|number| Some((*number).to_owned())).collect()
}

#[tokio::test]
async fn those_that_wait_share_a_call_and_each_has_its_own_answer_and_cost() {
    let crowd = Crowd::new(|_| Mishap::None).await;
    done(&*crowd.setting.store, put("large", &string_of(9000))).await;
    let strong = [("k1", 2), ("k2", 2), ("large", 6), ("nothing", 2), ("k3", 2), ("k1", 0)];
    let eventual = [("k4", 1), ("k5", 1), ("large", 3)];
    let all = strong.map(|read| (Consistency::Strong, read)).into_iter();
    let all = all.chain(eventual.map(|read| (Consistency::Eventual, read)));
    let mut reads = Vec::new();
    for (consistency, (key, halves)) in all {
        reads.push((key, halves, crowd.behind(Read { consistency, ..read_of(key) }).await));
    }
    crowd.single.add_permits(APART);
    crowd.until_calls(APART, 2).await;
    for (key, halves, read) in reads {
        let answer = read.await.expect("no read panics").expect("an answer");
        let expected = match key {
            "nothing" => None,
            "large" => Some(string_of(9000)),
            key => Some(key[1..].to_owned()),
        };
        assert_eq!(answer.value.0.map(|item| text_of(&item.document)), expected, "{key}");
        assert_eq!(answer.charge, Charge { read_halves: halves, writes: 0 }, "{key}");
    }
    crowd.end().await;
}

#[tokio::test]
async fn what_a_call_left_out_is_asked_for_alone() {
    let crowd = Crowd::new(|body| {
        let asked: serde_json::Value = serde_json::from_str(body).expect("JSON");
        let left = &asked["RequestItems"];
        Mishap::Answered(format!(r#"{{"Responses":{{}},"UnprocessedKeys":{left}}}"#))
    })
    .await;
    let reads = crowd.behind_strong(&["k1", "k2", "k3"]).await;
    crowd.single.add_permits(1);
    crowd.until_calls(APART + 3, 1).await;
    crowd.single.add_permits(1000);
    assert_eq!(all_said(reads).await, numbers(&["1", "2", "3"]));
    crowd.end().await;
}

#[tokio::test]
async fn what_a_call_failed_with_all_are_told() {
    let crowd =
        Crowd::new(|_| Mishap::Refused(super::throttling::refusal("TableReadKeyRangeThroughputExceeded")))
            .await;
    let reads = crowd.behind_strong(&["k1", "k2", "k3"]).await;
    crowd.single.add_permits(1);
    for read in reads {
        let error = read.await.expect("no read panics").expect_err("no capacity");
        assert_eq!(error.kind(), Kind::Throttled, "{error}");
    }
    crowd.end().await;
}

#[tokio::test]
async fn what_a_call_was_not_answered_each_asks_for_alone() {
    let crowd = Crowd::new(|_| Mishap::ResetBefore).await;
    let mut reads = crowd.behind_strong(&["k1", "k2", "k3"]).await;
    crowd.single.add_permits(1);
    let error = reads.remove(0).await.expect("no read panics").expect_err("nobody answered");
    assert_eq!(error.kind(), Kind::StoreUnavailable, "{error}");
    assert_eq!(all_said(reads).await, numbers(&["2", "3"]));
    crowd.end().await;
}

#[tokio::test]
async fn calls_that_take_long_hold_up_nobody_else() {
    let never = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&never);
    let crowd = Crowd::waiting(Duration::from_millis(20), move |body| {
        let slow = body.contains("\"k0\"");
        if slow { Mishap::HoldBefore(Arc::clone(&held)) } else { Mishap::None }
    })
    .await;
    // The first calls, which are not answered, have given their places on; then as many others take these.
    let again: Vec<_> = (0..APART).map(|_| reading(&crowd.setting.store, read_of("k0"))).collect();
    let reads = crowd.behind_strong(&["k1", "k2", "k3"]).await;
    assert_eq!(all_said(reads).await, numbers(&["1", "2", "3"]));
    never.add_permits(1000);
    crowd.single.add_permits(1000);
    assert_eq!(all_said(again).await, vec![Some("0".to_owned()); APART]);
    crowd.end().await;
}

#[tokio::test]
async fn those_whom_nobody_asks_for_any_more_ask_themselves() {
    let held = Arc::new(Semaphore::new(0));
    let crowd = Crowd::new(move |_| Mishap::HoldBefore(Arc::clone(&held))).await;
    let mut reads = crowd.behind_strong(&["k1", "k2", "k3"]).await;
    crowd.single.add_permits(1);
    crowd.until_calls(APART, 1).await;
    // Its caller has gone.
    reads.remove(0).abort();
    crowd.until_calls(APART + 2, 1).await;
    crowd.single.add_permits(1000);
    assert_eq!(all_said(reads).await, numbers(&["2", "3"]));
    crowd.end().await;
}

#[tokio::test]
async fn who_has_gone_while_it_waited_is_not_asked_for() {
    let crowd = Crowd::new(|body| {
        assert!(!body.contains("k1") && !body.contains("k3"), "{body}");
        Mishap::None
    })
    .await;
    let mut reads = crowd.behind_strong(&["k1", "k2", "k3", "k4"]).await;
    reads.remove(2).abort();
    reads.remove(0).abort();
    tokio::task::yield_now().await;
    crowd.single.add_permits(1);
    assert_eq!(all_said(reads).await, numbers(&["2", "4"]));
    crowd.end().await;
}

#[tokio::test]
async fn a_strong_read_is_answered_by_no_call_that_began_before_it() {
    let answers = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&answers);
    let crowd = Crowd::new(move |_| Mishap::HoldAfter(Arc::clone(&held))).await;
    let before = crowd.behind_strong(&["k1", "k2"]).await;
    crowd.single.add_permits(1);
    crowd.until_calls(APART, 1).await;
    // The call has been done, or it has not: what it found is before or after this.
    let elsewhere = crowd.setting.another(&crowd.setting.clock).await;
    crowd.setting.clock.advance_millis(1);
    done(&*elsewhere, put("k1", "11")).await;
    let after = crowd.behind_strong(&["k1", "k2"]).await;
    answers.add_permits(1);
    let texts = all_said(before).await;
    assert!(texts == numbers(&["1", "2"]) || texts == numbers(&["11", "2"]), "{texts:?}");
    answers.add_permits(1);
    assert_eq!(all_said(after).await, numbers(&["11", "2"]));
    crowd.end().await;
}
