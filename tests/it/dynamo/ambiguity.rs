//! Mishaps between the store and DynamoDB: nothing is lost, doubled or brought back, and what nobody knows is said.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use larder::domain::{Condition, Consistency, Error, Kind, Read, Store, Version, Write};
use tokio::sync::{Barrier, Mutex};

use super::checker::{History, Look, Told, Written};
use super::setting::{Setting, context, mishaps};
use crate::conformance::ask::{
    Said, delete, done, fresh_id, fresh_token, if_absent, if_match, increment, put, read_of, settings,
    settle, text, text_of,
};
use crate::conformance::transactions::{t_increment, t_put, transaction};
use crate::support::clock::TestClock;
use crate::support::mishaps::{Mishap, Proxy};

/// Those that write side by side.
const WRITERS: usize = 3;

fn told(outcome: &Result<Option<Version>, Error>) -> Told {
    match outcome.as_ref().map_err(Error::kind) {
        Ok(_) => Told::Done,
        Err(Kind::OutcomeUnknown) => Told::Unknown,
        Err(Kind::PreconditionFailed | Kind::NoSuchItem | Kind::Throttled | Kind::StoreUnavailable) => {
            Told::Refused
        }
        Err(kind) => panic!("a mishap led to {kind:?}"),
    }
}

async fn look(store: &dyn Store, history: &Mutex<History>) -> Option<Version> {
    let began = Instant::now();
    let read = Read { consistency: Consistency::Strong, ..read_of("k") };
    let found = store.read(&context(), read).await.expect("reads have no mishaps").value.0;
    let found = found.map(|item| (item.version, text_of(&item.document)));
    let version = found.as_ref().map(|(version, _)| *version);
    history.lock().await.looks.push(Look { found, began, ended: Instant::now() });
    version
}

async fn write(
    store: &dyn Store,
    history: &Mutex<History>,
    write: Write,
    over: Option<Version>,
    document: Option<String>,
) {
    let began = Instant::now();
    let outcome = store.write(&context(), write).await.map(|done| done.value.version);
    let told = told(&outcome);
    let version = outcome.ok().flatten();
    history.lock().await.writes.push(Written { document, over, version, told, began, ended: Instant::now() });
}

/// Runs writers side by side with one who looks, and judges what they saw.
async fn judged(
    seed: u64,
    rounds: usize,
    step: impl AsyncFn(&dyn Store, &Mutex<History>, usize, usize, &TestClock),
) -> History {
    let setting = Setting::new().await;
    let store: &dyn Store = &*setting.store;
    let history = Mutex::new(History::default());
    write(store, &history, put("k", "\"first\""), None, Some("\"first\"".into())).await;
    setting.proxy.decide(mishaps(seed));
    let writers = (0..WRITERS).map(|writer| {
        let (history, step, clock) = (&history, &step, &setting.clock);
        async move {
            for round in 0..rounds {
                clock.advance(Duration::from_micros(7));
                step(store, history, writer, round, clock).await;
            }
        }
    });
    let looking = async {
        for _ in 0..rounds * 4 {
            look(store, &history).await;
            tokio::task::yield_now().await;
        }
    };
    join(join_all(writers), looking).await;
    setting.proxy.decide(|_| Mishap::None);
    look(store, &history).await;
    let history = history.into_inner();
    assert_eq!(history.faults(), Vec::<String>::new(), "seed {seed}");
    setting.emulator.stop();
    history
}

fn count(history: &History, told: Told) -> usize {
    history.writes.iter().filter(|write| write.told == told).count()
}

#[tokio::test]
async fn conditional_writes_side_by_side_follow_one_another() {
    let all = Barrier::new(WRITERS);
    let history = judged(1, 60, async |store, history, writer, round, _| {
        let Some(over) = look(store, history).await else { panic!("nobody removes it") };
        // At times nobody writes before all have looked, so that only one of them is in time.
        if round % 5 == 0 {
            all.wait().await;
        }
        let document = format!("\"{writer}-{round}\"");
        let asked = put("k", &document).under(if_match(over));
        write(store, history, asked, Some(over), Some(document)).await;
    })
    .await;
    assert!(count(&history, Told::Done) > 20, "some got through");
    assert!(count(&history, Told::Refused) > 10, "some were overtaken");
}

#[tokio::test]
async fn unconditional_writes_are_never_brought_back() {
    let history = judged(2, 60, async |store, history, writer, round, _| {
        let document = format!("\"{writer}-{round}\"");
        write(store, history, put("k", &document), None, Some(document)).await;
    })
    .await;
    assert!(count(&history, Told::Done) > 100);
}

#[tokio::test]
async fn what_is_removed_and_made_anew_is_never_brought_back() {
    let history = judged(3, 60, async |store, history, writer, round, _| {
        let document = format!("\"{writer}-{round}\"");
        if (writer + round) % 3 == 0 {
            write(store, history, delete("k"), None, None).await;
        } else {
            write(store, history, put("k", &document).under(if_absent()), None, Some(document)).await;
        }
    })
    .await;
    assert!(count(&history, Told::Done) > 40);
    assert!(
        count(&history, Told::Unknown) > 0,
        "a create whose answer was lost, and that is not there, is unknown"
    );
}

#[tokio::test]
async fn increments_are_counted_once() {
    let setting = Setting::new().await;
    let store: &dyn Store = &*setting.store;
    done(store, put("n", "0")).await;
    setting.proxy.decide(mishaps(4));
    let (acknowledged, unknown) = (AtomicU64::new(0), AtomicU64::new(0));
    let counters = (0..3).map(|_| async {
        for _ in 0..60 {
            setting.clock.advance(Duration::from_micros(3));
            match store.write(&context(), increment("n", r#"{"":1}"#)).await {
                Ok(_) => acknowledged.fetch_add(1, Ordering::Relaxed),
                Err(error) if error.kind() == Kind::OutcomeUnknown => unknown.fetch_add(1, Ordering::Relaxed),
                Err(error) => {
                    assert_eq!(error.kind(), Kind::Throttled, "{error:?}");
                    0
                }
            };
        }
    });
    join_all(counters).await;
    setting.proxy.decide(|_| Mishap::None);
    let sum: u64 = text(store, "n").await.expect("a number").parse().expect("a number");
    let (least, unsure) = (acknowledged.into_inner(), unknown.into_inner());
    assert!((least..=least + unsure).contains(&sum), "{least} acknowledged, {unsure} unknown: {sum}");
    assert!(least > 100, "{least}");
    setting.emulator.stop();
}

/// Repeats with the same key until it is known to be done.
async fn until_done(store: &dyn Store, write: Write) {
    for _ in 0..50 {
        match store.write(&context(), write.clone()).await {
            Ok(_) => return,
            Err(error) => {
                let passing =
                    [Kind::OutcomeUnknown, Kind::Throttled, Kind::RequestInProgress, Kind::Conflict];
                assert!(passing.contains(&error.kind()), "{error:?}");
            }
        }
    }
    panic!("it was never done");
}

#[tokio::test]
async fn keyed_increments_and_transactions_are_done_exactly_once() {
    let setting = Setting::new().await;
    let store: &dyn Store = &*setting.store;
    done(store, put("n", "0")).await;
    done(store, put("m", "0")).await;
    setting.proxy.decide(mishaps(5));
    let increments = async {
        for _ in 0..30 {
            setting.clock.advance(Duration::from_micros(3));
            until_done(store, increment("n", r#"{"":1}"#).token(fresh_token())).await;
        }
    };
    let transactions = async {
        for round in 0..30 {
            let operations = vec![
                t_increment("m", r#"{"":1}"#, Condition::default()),
                t_put("last", &round.to_string(), Condition::default()),
            ];
            let asked = larder::domain::Transaction { token: Some(fresh_token()), ..transaction(operations) };
            for tries in 0.. {
                assert!(tries < 50, "it was never done");
                if store.transact(&context(), asked.clone()).await.is_ok() {
                    break;
                }
            }
        }
    };
    join(increments, transactions).await;
    setting.proxy.decide(|_| Mishap::None);
    let found = (text(store, "n").await, text(store, "m").await, text(store, "last").await);
    assert_eq!(found, (Some("30".into()), Some("30".into()), Some("29".into())));
    setting.emulator.stop();
}

#[tokio::test]
async fn transactions_without_key_are_never_done_twice() {
    let setting = Setting::new().await;
    let store: &dyn Store = &*setting.store;
    done(store, put("a", "100")).await;
    done(store, put("b", "100")).await;
    setting.proxy.decide(mishaps(6));
    let (mut least, mut most) = (0, 0);
    for _ in 0..60 {
        setting.clock.advance(Duration::from_micros(3));
        let operations = vec![
            t_increment("a", r#"{"":-1}"#, Condition::default()),
            t_increment("b", r#"{"":1}"#, Condition::default()),
        ];
        match store.transact(&context(), transaction(operations)).await.map_err(|error| error.kind()) {
            Ok(_) => (least, most) = (least + 1, most + 1),
            Err(Kind::OutcomeUnknown) => most += 1,
            Err(kind) => assert!(matches!(kind, Kind::Throttled | Kind::Conflict), "{kind:?}"),
        }
    }
    setting.proxy.decide(|_| Mishap::None);
    let number =
        async |key: &str| -> i64 { text(store, key).await.expect("there").parse().expect("a number") };
    let (a, b) = (number("a").await, number("b").await);
    assert_eq!(a + b, 200, "never half");
    assert!((least..=most).contains(&(b - 100)), "{least} to {most}: {b}");
    assert!(least > 20, "{least}");
    setting.emulator.stop();
}

/// An answer that was lost is found again, and not done again.
#[tokio::test]
async fn a_lost_answer_is_found_again() {
    for mishap in [Mishap::ResetAfter, Mishap::CloseAfter, Mishap::StallAfter, Mishap::BrokenAfter] {
        let setting = Setting::new().await;
        let store: &dyn Store = &*setting.store;
        done(store, put("there", "1")).await;
        let at = |place: usize, mishap: Mishap, proxy: &Proxy| {
            let unlucky = proxy.count() + place;
            proxy.decide(move |seen| if seen.number == unlucky { mishap.clone() } else { Mishap::None });
        };
        let once = |mishap: Mishap, proxy: &Proxy| at(0, mishap, proxy);
        once(mishap.clone(), &setting.proxy);
        let written = done(store, put("fresh", "1").named(fresh_id())).await;
        assert!(written.created, "{mishap:?}");
        once(mishap.clone(), &setting.proxy);
        let written = done(store, put("there", "2")).await;
        assert!(!written.created, "{mishap:?}");
        once(mishap.clone(), &setting.proxy);
        done(store, increment("there", r#"{"":5}"#)).await;
        assert_eq!(text(store, "there").await.as_deref(), Some("7"), "{mishap:?}");
        once(mishap.clone(), &setting.proxy);
        let gone = store.write(&context(), delete("there")).await;
        assert_eq!(gone.expect_err("nothing tells").kind(), Kind::OutcomeUnknown, "{mishap:?}");
        // Settings are looked at first.
        at(1, mishap.clone(), &setting.proxy);
        assert!(settle(store, settings("fresh")).await.created, "{mishap:?}");
        at(1, mishap.clone(), &setting.proxy);
        assert!(!settle(store, settings("fresh")).await.created, "{mishap:?}");
        setting.emulator.stop();
    }
}
